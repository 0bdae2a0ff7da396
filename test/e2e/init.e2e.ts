import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../src/app/report/check-report.ts';
import { ensure, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { PODS, POLICIES, pathIn } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** What `init` writes of a real cluster is enough to judge it by, and opens nothing. */

const PROGRAM = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));

let cluster: Connection;
let folder: string;

beforeAll(async () => {
  cluster = sharedCluster();
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-init-'));
  await ensure(cluster.request, '/api/v1/namespaces', { metadata: { name: 'mcp-gateway' } });
  // The cluster knows the addresses of its Pods by its nodes.
  const node = { metadata: { name: 'node-of-init' }, spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'] } };
  expectOk(await cluster.request('POST', '/api/v1/nodes', node));
  const status = { addresses: [{ type: 'InternalIP', address: '192.0.2.77' }] };
  expectOk(await cluster.request('PATCH', '/api/v1/nodes/node-of-init/status', { status }));
});
afterAll(async () => {
  await cluster?.request('DELETE', '/api/v1/nodes/node-of-init');
  await deleteNamespaces(cluster, ['mcp-gateway']);
  rmSync(folder, { recursive: true, force: true });
  cluster?.close();
});

function chokepoint(...args: readonly string[]) {
  const command = [PROGRAM, ...args, '--kubeconfig', cluster.address.kubeconfig];
  return spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
}

test('after init nothing of a server is undetermined for want of ranges, and nothing says what to set', async () => {
  const namespace = await newNamespace(cluster, 'init');
  expectOk(await cluster.request('POST', pathIn(namespace, PODS), pod('weather')));
  expectOk(await cluster.request('POST', pathIn(namespace, POLICIES), policy('weather', CLOSED)));
  const gateway = 'mcp-gateway/app.kubernetes.io/name=envoy';
  const { stderr } = chokepoint('init', '--gateway', gateway);
  const written = readFileSync(join(folder, 'chokepoint.yaml'), 'utf8');
  expect({ written, stderr }).toMatchObject({ written: expect.stringContaining('192.0.2.77/32') });
  const { stdout } = chokepoint('scan', '-n', namespace, '--config', 'chokepoint.yaml', '-o', 'json');
  const { servers }: CheckReport = JSON.parse(stdout);
  expect(servers.map(({ name, verdict, findings }) => [name, verdict, findings.map(({ rule }) => rule)])).toEqual([
    ['weather', 'allow', []],
  ]);
  expect(stdout).not.toMatch(/unknown-networks|set the ranges/);
  expect(written).not.toMatch(/^ {2}(?:exceptions|allowedClients|detection):/m);
});
