import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { BROKEN, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('m/server.yaml', SERVER);
  folder.write('open/all.yaml', `${SERVER}---\n${OPEN}`);
  folder.write('broken/all.yaml', `${SERVER}---\n${BROKEN}`);
  folder.write('chokepoint.yaml', CONFIG);
});
afterAll(() => folder.remove());

test('what generate prints makes check pass', async () => {
  const { status, stdout, stderr } = await folder.run(['generate', 'm']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  folder.write('m/policy.yaml', stdout);
  const checked = await folder.run(['check', 'm', '--output', 'json']);
  expect([checked.status, JSON.parse(checked.stdout).summary.deny]).toEqual([0, 0]);
});

test('as Helm values, what generate prints makes check pass', async () => {
  const { stdout } = await folder.run(['generate', 'm/server.yaml', '--as', 'helm-values']);
  folder.write('values/values.yaml', stdout);
  const checked = await folder.run(['check', 'm/server.yaml', 'values', '--output', 'json']);
  expect([checked.status, JSON.parse(checked.stdout).summary.deny]).toEqual([0, 0]);
});

test('a server that another policy opens stays denied, which is said', async () => {
  const { status, stderr } = await folder.run(['generate', 'open']);
  expect(status).toBe(1);
  expectGolden('generate/open.stderr', stderr);
});

test('a document that cannot be read is said, and hides no server', async () => {
  const { status, stdout, stderr } = await folder.run(['generate', 'broken']);
  expect(status).toBe(2);
  expect(stdout).toMatch(/^kind: NetworkPolicy$/m);
  expect(stderr).toMatch(/^broken\/all\.yaml:\d+:\d+: error: /);
});

const NAMED = CONFIG.replace(
  'spec:\n',
  `spec:
  clusterDNS: kube-dns
  allowedDestinations:
  - name: github
    domains: [api.github.com, "*.githubusercontent.com"]
    ports: [{protocol: TCP, port: 443}]
`,
);

test('on Cilium, hosts by name stand in for the internet, in a policy of their own', async () => {
  folder.write('names/cilium.yaml', NAMED.replace('spec:\n', 'spec:\n  dataplane: cilium\n'));
  const written = await folder.run(['generate', 'm/server.yaml', '--config', 'names/cilium.yaml']);
  expectGolden('generate/names-cilium.yaml', written.stdout);
  const values = ['--as', 'helm-values', '--config', 'names/cilium.yaml'];
  expectGolden(
    'generate/names-cilium-values.yaml',
    (await folder.run(['generate', 'm/server.yaml', ...values])).stdout,
  );
});

test('elsewhere the internet stands for hosts by name, which is said', async () => {
  folder.write('names/any.yaml', NAMED);
  const { stdout } = await folder.run(['generate', 'm/server.yaml', '--config', 'names/any.yaml']);
  expect(stdout).toContain('a NetworkPolicy cannot tell api.github.com, *.githubusercontent.com from the rest');
  expect(stdout).not.toContain('CiliumNetworkPolicy');
});
