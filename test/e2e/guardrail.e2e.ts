import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import {
  ADMIN_NETWORK_POLICY,
  LATE_KIND as AWS,
  CALICO_GLOBAL,
  CILIUM_CLUSTERWIDE,
  CLUSTER_NETWORK_POLICY,
  TIER,
} from './bypasses/other-policies.ts';
import { type GateProcess, SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, newScene, PODS, POLICIES, pathIn, said } from './scene.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** The guardrail that the controller keeps, by the rights that are shipped for it alone. In a cluster of its own: it closes servers of every namespace. */

const RIGHTS = new URL('../../manifests/components/guardrail/rights.yaml', import.meta.url);
const OBJECT = `${collectionOf(CLUSTER_NETWORK_POLICY)}/chokepoint-mcp-servers`;
const ON = { ...SPEC, guardrail: true };
const LABEL = 'chokepoint.dev/mcp-server';
/** Opens the server to every pod of the cluster. */
const TO_PODS = policy('to-pods', {
  podSelector: { matchLabels: { app: 'weather' } },
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ namespaceSelector: {} }] }],
});

let cluster: Cluster;
let gate: WorkingGate;
let controller: GateProcess;

beforeAll(async () => {
  cluster = await startCluster();
  await serveKinds(cluster, [
    ...[CLUSTER_NETWORK_POLICY, ADMIN_NETWORK_POLICY, AWS],
    ...[CALICO_GLOBAL, TIER, CILIUM_CLUSTERWIDE],
  ]);
  gate = await startWorkingGate(cluster, 'guardrail', ON);
  expect(await cluster.kubectl(['apply', '-f', '-'], { stdin: readFileSync(RIGHTS, 'utf8') })).toMatchObject({
    code: 0,
  });
  controller = await gate.startController();
});
afterAll(async () => {
  await gate?.close();
  await cluster?.stop();
});

const stored = (object = OBJECT): Promise<Answer> => cluster.request('GET', object);
const untilThere = (object = OBJECT): Promise<Answer> =>
  eventually(
    'the guardrail is there',
    async () => {
      const answer = await stored(object);
      return answer.status === 200 ? answer : undefined;
    },
    { timeoutMs: 60_000 },
  );
const untilGone = (object = OBJECT): Promise<unknown> =>
  eventually('it is gone', async () => (await stored(object)).status === 404 || undefined, { timeoutMs: 60_000 });
/** Has the controller read another configuration. */
function configure(spec: object): void {
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec };
  writeFileSync(join(cluster.address.folder, 'guardrail-controller-0.json'), JSON.stringify(document));
}

/** What the controller keeps where this is the dataplane: the kind, and the object's name. */
const IN_EACH_API: readonly (readonly [dataplane: string | undefined, kind: ServedKind, name: string])[] = [
  [undefined, CLUSTER_NETWORK_POLICY, 'chokepoint-mcp-servers'],
  ['ovn', ADMIN_NETWORK_POLICY, 'chokepoint-mcp-servers'],
  ['aws', AWS, 'chokepoint-mcp-servers'],
  ['calico', CALICO_GLOBAL, 'chokepoint.chokepoint-mcp-servers'],
  ['cilium', CILIUM_CLUSTERWIDE, 'chokepoint-mcp-servers'],
];

describe.each(IN_EACH_API)('where the dataplane is %s', (dataplane, kind, name) => {
  const object = `${collectionOf(kind)}/${name}`;
  const before = IN_EACH_API[IN_EACH_API.findIndex(([one]) => one === dataplane) - 1];
  beforeAll(() => configure({ ...ON, dataplane }));

  test('it is written with its mark in that API, and the one of another API goes', async () => {
    const { body } = await untilThere(object);
    expect(body.metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'chokepoint' });
    if (before !== undefined) await untilGone(`${collectionOf(before[1])}/${before[2]}`);
  });

  test('it holds what a NetworkPolicy would open, and cannot go before that', async () => {
    await untilThere(object);
    const { post, remove } = await newScene(cluster, 'enforce');
    await eventually(
      'the gate has heard of it',
      async () => (await post(POLICIES, TO_PODS)).status === 201 || undefined,
    );
    expect(said(await cluster.request('DELETE', object))).toMatch(/^403 .*policy-removal/s);
    // A Pod of the server is judged closed though the policy would let every pod in.
    expectOk(await post(PODS, pod('another')));
    expectOk(await remove(`${PODS}/another`));
    expectOk(await remove(`${POLICIES}/to-pods`));
  });

  test('one that was deleted is made again', async () => {
    const { uid } = (await untilThere(object)).body.metadata;
    await eventually(
      'it is deleted',
      async () => (await cluster.request('DELETE', object)).status === 200 || undefined,
    );
    expect((await untilThere(object)).body.metadata.uid).not.toBe(uid);
  });
});

test('a Pod of a server gets the label that it selects by, where its namespace enforces', async () => {
  const fetch = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'fetch', labels: { app: 'fetch' } },
    spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: 'docker.io/mcp/fetch:1' }] },
  };
  const labelsIn = async (mode: string): Promise<unknown> => {
    const namespace = await newNamespace(cluster, 'labelled', { [MODE]: mode });
    const closed = policy('fetch', { ...CLOSED, podSelector: { matchLabels: { app: 'fetch' } } });
    expectOk(await cluster.request('POST', pathIn(namespace, POLICIES), closed));
    return expectOk(await cluster.request('POST', pathIn(namespace, PODS), fetch)).body.metadata.labels;
  };
  expect(await labelsIn('enforce')).toEqual({ app: 'fetch', [LABEL]: 'true' });
  expect(await labelsIn('audit')).toEqual({ app: 'fetch' });
});

test('it goes when it is switched off, and stays where somebody has written over it', async () => {
  configure(ON);
  await untilThere();
  configure(SPEC);
  await untilGone();
  configure(ON);
  await untilThere();
  expectOk(await cluster.request('PATCH', OBJECT, { spec: { priority: 7 } }));
  configure(SPEC);
  await eventually('it is left to him', () => controller.program.log().includes('"taken-over"') || undefined, {
    timeoutMs: 60_000,
  });
  expect((await stored()).body.spec.priority).toBe(7);
  await cluster.request('DELETE', OBJECT);
});
