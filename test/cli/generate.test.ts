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
