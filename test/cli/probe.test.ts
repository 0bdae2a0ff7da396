import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseYaml } from '../support/yaml.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

test('the rights that a probe needs are printed as manifests, without a cluster', async () => {
  const args = ['doctor', '--probe', '--print-rights', '--gate-namespace', 'security'];
  const { status, stdout, stderr } = await folder.run(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(parseYaml(stdout)).toMatchObject([
    { kind: 'ClusterRole', metadata: { name: 'chokepoint-probe' } },
    { kind: 'Role', metadata: { name: 'chokepoint-probe', namespace: 'security' } },
  ]);
});

test.each(['--yes', '--print-rights', '--image=x'])('%s means nothing without --probe', async flag => {
  const { status, stderr } = await folder.run(['doctor', flag]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(`option '${flag.split('=')[0]}' needs '--probe'`)]);
});

test('where a probe may be made on no cluster, that is told', async () => {
  const { status, stderr } = await folder.run(['doctor', '--probe', '--yes', '--kubeconfig', 'nowhere']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('nowhere')]);
});
