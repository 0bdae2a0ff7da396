import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/adapters/kubernetes/client/client.ts';
import { chooseConnection } from '../../src/adapters/kubernetes/client/connection.ts';
import { type ClusterCache, createClusterCache } from '../../src/adapters/kubernetes/view/cache.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';

/** Shorter than what a process has; every other time follows from it. */
const STALE_MS = 6_000;

let cluster: Cluster;
let client: Client;
let cache: ClusterCache;

const becomes = (kind: string): Promise<boolean> =>
  eventually(`the view is ${kind}`, () => cache.read().kind === kind || undefined, { timeoutMs: 60_000 });
const create = async (name: string): Promise<void> => {
  expectOk(await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } }));
};
const isKnown = (name: string): boolean => {
  const reading = cache.read();
  return reading.kind === 'ready' && reading.world.namespace(name).namespace !== undefined;
};

beforeAll(async () => {
  cluster = await startCluster();
  const { kubeconfig } = cluster.address;
  client = createClient(
    await chooseConnection({ kubeconfig, env: process.env, home: '/nonexistent', nowMs: Date.now }),
    SYSTEM_TIME,
  );
  cache = createClusterCache({ client, staleMs: STALE_MS });
  cache.start();
  await becomes('ready');
});
afterAll(async () => {
  await cache.stop();
  client.close();
  await cluster.stop();
});

test('an API server that keeps its connections and answers nothing makes the view stale in time, and ready again', async () => {
  cluster.pause('kube-apiserver');
  const startMs = performance.now();
  await becomes('stale');
  expect(performance.now() - startMs).toBeLessThan(STALE_MS + 1_000);
  cluster.resume('kube-apiserver');
  await becomes('ready');
  await create('after-the-freeze');
  await eventually('the namespace is known', () => isKnown('after-the-freeze') || undefined);
}, 120_000);

test('an API server that is started again is followed again, and nothing is missed', async () => {
  await create('before-the-restart');
  await cluster.restart('kube-apiserver');
  await create('after-the-restart');
  await eventually(
    'both namespaces are known',
    () => (isKnown('before-the-restart') && isKnown('after-the-restart')) || undefined,
    { timeoutMs: 60_000 },
  );
  expect(cache.status().map(({ counts }) => counts.misses)).toEqual(cache.status().map(() => 0));
}, 120_000);
