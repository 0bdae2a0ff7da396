import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/adapters/kubernetes/client/client.ts';
import { chooseConnection } from '../../src/adapters/kubernetes/client/connection.ts';
import { NETWORK_POLICIES, PODS } from '../../src/adapters/kubernetes/client/kinds.ts';
import { type ClusterCache, createClusterCache } from '../../src/adapters/kubernetes/view/cache.ts';
import { createLiveReader } from '../../src/adapters/kubernetes/view/live-reader.ts';
import { createLeaseClient } from '../../src/adapters/kubernetes/writes/lease-client.ts';
import { createWriter } from '../../src/adapters/kubernetes/writes/writer.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import type { NamespaceContent } from '../../src/core/world/world.ts';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

const GATE = 'chokepoint.dev/network-policy';
/** Shorter than what a process has, so that the quiet outlasts it in seconds; every other time follows from it. */
const STALE_MS = 6_000;
const CONTAINERS = [{ name: 'app', image: 'registry.test/app:1' }];

let cluster: Connection;
let client: Client;
let cache: ClusterCache;
const ending = new AbortController();

beforeAll(async () => {
  cluster = sharedCluster();
  const { kubeconfig } = cluster.address;
  client = createClient(
    await chooseConnection({ kubeconfig, env: process.env, home: '/nonexistent', nowMs: Date.now }),
    SYSTEM_TIME,
  );
  cache = createClusterCache({ client, staleMs: STALE_MS });
  cache.start();
  await eventually('the cache is ready', () => (cache.read().kind === 'ready' ? true : undefined));
});
afterAll(async () => {
  ending.abort();
  await cache.stop();
  client.close();
  cluster.close();
});

function contentOf(namespace: string): NamespaceContent {
  const reading = cache.read();
  if (reading.kind !== 'ready') throw new Error(reading.kind);
  return reading.world.namespace(namespace);
}

const writer = () =>
  createWriter(
    client,
    SYSTEM_TIME,
    { controller: 'chokepoint.dev/controller', instance: 'test', nowMs: Date.now },
    ending.signal,
  );

test('what kubectl applies stands in the cache, and what it deletes does not', async () => {
  const namespace = await newNamespace(cluster, 'cache');
  const policy = { metadata: { name: 'closed' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };
  const policies = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  expectOk(await cluster.request('POST', policies, policy));
  await eventually('the policy is there', () => contentOf(namespace).policies.get('NetworkPolicy/closed'));
  expect(contentOf(namespace).namespace?.meta.labels.get('kubernetes.io/metadata.name')).toBe(namespace);
  expectOk(await cluster.request('DELETE', `${policies}/closed`));
  await eventually('the policy is gone', () => (contentOf(namespace).policies.size === 0 ? true : undefined));
});

test('the service ranges are those of the API server', () => {
  expect(cache.serviceCidrs()).toEqual(['10.96.0.0/12']);
});

test('live reads see what was written a moment ago', async () => {
  const namespace = await newNamespace(cluster, 'live');
  const live = createLiveReader(client, SYSTEM_TIME, ending.signal);
  expect((await live.namespace(namespace))?.meta.name).toBe(namespace);
  expect(await live.namespace('not-there')).toBeUndefined();
  expect(await live.policies(namespace)).toEqual([]);
  const written = await writer().apply(
    { resource: NETWORK_POLICIES, namespace, name: 'closed' },
    { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
    'test',
  );
  expect(written.kind).toBe('done');
  expect((await live.policies(namespace)).map(({ meta }) => meta.name)).toEqual(['closed']);
});

test('writes: apply and its conflicts, removal by uid, gates, events, leases', async () => {
  const namespace = await newNamespace(cluster, 'writes');
  const target = { resource: NETWORK_POLICIES, namespace, name: 'closed' };
  const spec = (types: readonly string[]) => ({ spec: { podSelector: {}, policyTypes: types } });
  const applied = await writer().apply(target, spec(['Ingress']), 'one');
  if (applied.kind !== 'done') throw new Error(JSON.stringify(applied));
  const other = spec(['Ingress', 'Egress']);
  expect((await writer().apply(target, other, 'two')).kind).toBe('conflict');
  expect((await writer().remove(target, { uid: 'another' })).kind).toBe('conflict');
  expect((await writer().remove(target, { uid: applied.uid })).kind).toBe('done');
  expect((await writer().remove(target, {})).kind).toBe('absent');

  const pod = {
    metadata: { name: 'held' },
    spec: { containers: CONTAINERS, schedulingGates: [{ name: GATE }, { name: 'other.example/gate' }] },
  };
  const made = await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod);
  expectOk(made);
  const held = { namespace, name: 'held', uid: String(made.body.metadata.uid) };
  expect((await writer().removeSchedulingGate({ ...held, uid: 'another' }, GATE)).kind).toBe('conflict');
  expect((await writer().removeSchedulingGate(held, GATE)).kind).toBe('done');
  expect((await writer().removeSchedulingGate(held, GATE)).kind).toBe('done');
  const gates = () => contentOf(namespace).workloads.get('Pod/held')?.schedulingGates;
  await eventually('the gate is gone', () => (gates()?.join() === 'other.example/gate' ? true : undefined));

  const event = await writer().createEvent({
    regarding: { apiVersion: 'v1', kind: PODS.kind, ...held },
    type: 'Normal',
    reason: 'PolicyCreated',
    action: 'Release',
    note: 'é'.repeat(2_000),
  });
  expect(event.kind).toBe('done');

  const lease = createLeaseClient(client, namespace, 'leader');
  expect(await lease.read(5_000)).toBeUndefined();
  const mine = {
    holderIdentity: 'me',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  };
  const created = await lease.create(mine, 5_000);
  if (created.kind !== 'done') throw new Error(JSON.stringify(created));
  expect((await lease.create(mine, 5_000)).kind).toBe('conflict');
  expect((await lease.read(5_000))?.spec).toEqual(mine);
  const released = { ...mine, holderIdentity: '', acquireTime: '' };
  expect((await lease.update(released, created.resourceVersion, 5_000)).kind).toBe('done');
  expect((await lease.update(mine, created.resourceVersion, 5_000)).kind).toBe('conflict');
});

test('a quiet cluster stays ready for longer than a view may be old, and no watch fails', async () => {
  const before = cache.status().map(({ counts }) => counts.failures + counts.misses);
  const endMs = performance.now() + 1.5 * STALE_MS;
  while (performance.now() < endMs) {
    await sleep(200);
    expect(cache.read().kind).toBe('ready');
  }
  expect(cache.status().map(({ counts }) => counts.failures + counts.misses)).toEqual(before);
});
