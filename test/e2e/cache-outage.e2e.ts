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

test('an API server that keeps its connections and answers nothing makes the view stale, and ready again', async () => {
  cluster.pause('kube-apiserver');
  await becomes('stale');
  cluster.resume('kube-apiserver');
  await becomes('ready');
  await create('after-the-freeze');
  await eventually('the namespace is known', () => isKnown('after-the-freeze') || undefined);
});

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
});

const CALICO = 'projectcalico.org/NetworkPolicy';
/** An API that another server is to serve, which is not there. */
const API_SERVICE = {
  metadata: { name: 'v3.projectcalico.org' },
  spec: {
    ...{ group: 'projectcalico.org', version: 'v3', groupPriorityMinimum: 1500, versionPriority: 200 },
    ...{ service: { namespace: 'default', name: 'calico-api', port: 443 }, insecureSkipTLSVerify: true },
  },
};
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const isUnlisted = (of: ClusterCache): boolean => of.status().some(({ id, isUnlisted: is }) => id === CALICO && is);

test('an API whose own server is down counts as not known, to a view that is there and to one that begins, and no view is stale by it', async () => {
  expectOk(await cluster.request('POST', API_SERVICES, API_SERVICE));
  const later = createClusterCache({ client, staleMs: STALE_MS });
  try {
    await eventually('the kind counts as not known', () => isUnlisted(cache) || undefined, { timeoutMs: 60_000 });
    later.start();
    await eventually('the view that begins is ready', () => later.read().kind === 'ready' || undefined, {
      timeoutMs: 60_000,
    });
    expect(isUnlisted(later)).toBe(true);
    const until = performance.now() + 2 * STALE_MS;
    while (performance.now() < until) {
      expect([cache.read().kind, later.read().kind]).toEqual(['ready', 'ready']);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expectOk(await cluster.request('DELETE', `${API_SERVICES}/${API_SERVICE.metadata.name}`));
    await eventually('the kind is not served', () => !(isUnlisted(cache) || isUnlisted(later)) || undefined, {
      timeoutMs: 60_000,
    });
  } finally {
    await later.stop();
  }
});
