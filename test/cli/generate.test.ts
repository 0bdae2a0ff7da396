import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIALECTS } from '../../src/core/remedy/dialect.ts';
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

const NODES = NAMED.replace(
  'spec:\n',
  `spec:
  dataplane: cilium
  protectedNetworks: {pods: [], services: [], nodes: [192.168.0.0/24], controlPlane: [172.16.0.2/32]}
`,
).replace(
  '  allowedDestinations:\n',
  `  allowedClients:
  - name: nodes
    reason: health checks
    from: [{ipBlock: {cidr: 192.168.0.0/16}}]
    ports: [{protocol: TCP, port: 8081}]
  allowedDestinations:
  - name: api-server
    to: [{ipBlock: {cidr: 172.16.0.2/32}}]
    ports: [{protocol: TCP, port: 6443}]
  - name: one-node
    to: [{ipBlock: {cidr: 192.168.0.7/32}}]
`,
);

test.each(DIALECTS)('hosts by name stand in for the internet, in a policy beside it: %s', async dialect => {
  folder.write('names/any.yaml', NAMED);
  const args = ['generate', 'm/server.yaml', '--config', 'names/any.yaml', '--dialect', dialect];
  const { status, stdout, stderr } = await folder.run(args);
  expect([status, stderr]).toEqual([0, '']);
  expectGolden(`generate/names-${dialect}.yaml`, stdout);
  folder.write('written/all.yaml', `${SERVER}---\n${stdout}`);
  const checked = await folder.run(['check', 'written', '--config', 'names/any.yaml', '--output', 'json']);
  expect(JSON.parse(checked.stdout).summary).toMatchObject({ deny: 0, warn: 0, undetermined: 0 });
});

test.each([
  ['dataplane: cilium', 'CiliumNetworkPolicy'],
  ['dataplane: cilium\n  provider: gcp', 'FQDNNetworkPolicy'],
  ['dataplane: aws', 'ApplicationNetworkPolicy'],
  ['dataplane: calico', 'NetworkPolicy'],
  ['dataplane: ovn', 'NetworkPolicy'],
])('of a configuration with %j the last policy is a %s', async (line, kind) => {
  folder.write('names/of.yaml', NAMED.replace('spec:\n', `spec:\n  ${line}\n`));
  const { stdout } = await folder.run(['generate', 'm/server.yaml', '--config', 'names/of.yaml']);
  expect(stdout.match(/^kind: .*$/gm)?.at(-1)).toBe(`kind: ${kind}`);
});

test('on Cilium, all nodes and the API server are named as what they are, and one node is not', async () => {
  folder.write('names/nodes.yaml', NODES);
  const { stdout } = await folder.run(['generate', 'm/server.yaml', '--config', 'names/nodes.yaml']);
  expectGolden('generate/nodes-cilium.yaml', stdout.slice(stdout.indexOf('apiVersion: cilium.io')));
});

test('as Helm values, what stands beside a policy follows it', async () => {
  folder.write('names/any.yaml', NAMED);
  const args = ['--as', 'helm-values', '--dialect', 'cilium', '--config', 'names/any.yaml'];
  expectGolden('generate/names-cilium-values.yaml', (await folder.run(['generate', 'm/server.yaml', ...args])).stdout);
});

test('elsewhere the internet stands for hosts by name, which is said', async () => {
  folder.write('names/any.yaml', NAMED);
  const { stdout } = await folder.run(['generate', 'm/server.yaml', '--config', 'names/any.yaml']);
  const none = ['--dialect', 'none', '--config', 'names/nodes.yaml'];
  expect((await folder.run(['generate', 'm/server.yaml', ...none])).stdout).not.toContain('CiliumNetworkPolicy');
  expect(stdout).toContain('a NetworkPolicy cannot tell api.github.com, *.githubusercontent.com from the rest');
  expect(stdout).not.toContain('CiliumNetworkPolicy');
});

const PROFILE = `apiVersion: toolhive.stacklok.dev/v1beta1
kind: MCPServer
metadata: {name: github, namespace: tools}
spec:
  image: ghcr.io/github/github-mcp-server
  permissionProfile: {type: configmap, name: profiles, key: github.json}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: profiles, namespace: tools}
data:
  github.json: '{"network": {"outbound": {"allow_host": ["api.github.com", "*", "10.0.0.1.nip.io"], "allow_port": [443]}}}'
`;

test('what operators are told is proposed for the GatePolicy, with where it comes from', async () => {
  folder.write('operators/all.yaml', PROFILE);
  const { status, stdout, stderr } = await folder.run(['generate', 'operators', '--from-operator']);
  expect(status).toBe(1);
  expectGolden('generate/from-operator.yaml', stdout);
  expectGolden('generate/from-operator.stderr', stderr);
});

test('where nothing is told, nothing is proposed', async () => {
  const { status, stdout } = await folder.run(['generate', 'm', '--from-operator']);
  expect([status, stdout]).toEqual([0, '']);
});

test('beside a list of destinations that the configuration has, DNS is not named again', async () => {
  folder.write('operators/all.yaml', PROFILE);
  const { stdout } = await folder.run(['generate', 'operators', '--from-operator', '--config', 'names/any.yaml']);
  expect(stdout).not.toContain('clusterDNS');
});
