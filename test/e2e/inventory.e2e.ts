import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Inventory } from '../../src/app/inventory/inventory.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from '../cli/manifests.ts';
import { type Folder, type Ran, temporaryFolder } from '../cli/run.ts';
import type { Connection } from '../control-plane/connection.ts';
import { documentedRules } from '../support/scan-role.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** The inventory of a real cluster, by a user who may do nothing but what a scan needs. */

let cluster: Connection;
let folder: Folder;
let namespace: string;
let kubeconfig: string;

const here = (yaml: string): string => yaml.replaceAll('namespace: shop', `namespace: ${namespace}`);
const apply = async (...manifests: readonly string[]): Promise<void> => {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin: manifests.map(here).join('---\n') });
  expect(code, stderr).toBe(0);
};

beforeAll(async () => {
  cluster = sharedCluster();
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  namespace = await newNamespace(cluster, 'inventory', { team: 'orders-team' });
  kubeconfig = (await cluster.user('librarian', { rules: documentedRules() })).kubeconfig;
  await apply(SERVER, CLOSED);
});
afterAll(async () => {
  await deleteNamespaces(cluster, [namespace]);
  folder.remove();
  cluster.close();
});

const run = (...args: readonly string[]): Promise<Ran> =>
  folder.run(['inventory', '--kubeconfig', kubeconfig, '-n', namespace, ...args]);

test('a server is listed with its owner and what lets traffic through', async () => {
  const { status, stdout, stderr } = await run('-o', 'json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { servers, problems }: Inventory = JSON.parse(stdout);
  expect(problems).toEqual([]);
  expect(servers).toMatchObject([
    {
      namespace,
      kind: 'Deployment',
      name: 'orders',
      verdict: 'allow',
      owner: { team: 'orders-team', from: `label team of Namespace ${namespace}` },
      ports: ['TCP 8080'],
      ingress: { isolated: true, open: [{ by: `${namespace}/orders spec.ingress[0].from[0]`, ports: ['TCP 8080'] }] },
      egress: { isolated: true },
    },
  ]);
});

test('a policy that opens it is told against what was saved', async () => {
  folder.write('servers.json', (await run('-o', 'json')).stdout);
  expect(await run('--diff', 'servers.json')).toMatchObject({ status: 0 });
  await apply(OPEN);
  const { status, stdout } = await run('--diff', 'servers.json');
  expect([status, stdout]).toEqual([1, expect.stringContaining('+ from all pods in every namespace: any')]);
  expect(stdout).toContain('verdict: allow → deny');
});
