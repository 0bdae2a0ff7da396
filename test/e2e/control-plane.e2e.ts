import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { addNode } from '../control-plane/nodes.ts';
import { type Call, type Reply, startTee, type Tee } from '../control-plane/tee.ts';
import { registerWebhook, type WebhookOptions, type WebhookRule } from '../control-plane/webhooks.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** What Chokepoint builds on, shown on the API server itself: if one of these fails on another version, the design needs a look. */

const GATE = { name: 'chokepoint.dev/network-policy' };
const CONTAINERS = [{ name: 'app', image: 'registry.test/app:1' }];
/** No scheduler takes such a pod: nobody but the test writes to it. */
const UNSCHEDULED = { schedulerName: 'nobody' };

let cluster: Connection;
const cleanUps: (() => Promise<void>)[] = [];

beforeAll(() => {
  cluster = sharedCluster();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(() => cluster.close());

const pods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
const create = (namespace: string, name: string, spec: object = {}): Promise<Answer> =>
  cluster.request('POST', pods(namespace), { metadata: { name }, spec: { containers: CONTAINERS, ...spec } });
const gated = (namespace: string, name: string): Promise<Answer> =>
  create(namespace, name, { schedulingGates: [GATE] });

type Hook = Partial<Pick<WebhookOptions, 'phase' | 'fields'>> & {
  readonly resources: readonly string[];
  /** CREATE and UPDATE where absent. */
  readonly operations?: WebhookRule['operations'];
  readonly reply?: (call: Call) => Reply;
};

/** A webhook in force for one new namespace, and that namespace. */
async function hooked(name: string, hook: Hook) {
  const { resources, operations = ['CREATE', 'UPDATE'], reply, phase = 'validating', fields } = hook;
  const namespace = await newNamespace(cluster, name);
  const { authority, host } = cluster.address;
  const tee: Tee = await startTee(authority, { address: host, ...(reply && { reply }) });
  cleanUps.push(tee.close);
  const unregister = await registerWebhook(cluster.request, {
    name: namespace,
    phase,
    target: { url: tee.url('/review'), caBundle: authority.cert },
    rules: [{ operations, apiGroups: [''], apiVersions: ['v1'], resources }],
    fields: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      timeoutSeconds: 5,
      ...fields,
    },
  });
  cleanUps.push(unregister);
  return { namespace, tee };
}

const resourcesOf = (tee: Tee): readonly string[] =>
  tee.calls.map(({ review: { request } }) =>
    [request.resource.resource, request.subResource].filter(Boolean).join('/'),
  );

test('a webhook that answers 503 with Retry-After is asked again within the same call', async () => {
  let calls = 0;
  const busy: Reply = { http: 503, headers: { 'retry-after': '1' } };
  const reply = (): Reply => (++calls <= 2 ? busy : { allowed: true });
  const { namespace } = await hooked('retry', { resources: ['pods'], reply });
  const started = Date.now();
  const answer = await create(namespace, 'patient');
  expect(answer.status).toBe(201);
  expect(calls).toBe(3);
  expect(Date.now() - started).toBeGreaterThanOrEqual(2000);
});

test('a webhook is told in the query how long the API server waits', async () => {
  const { namespace, tee } = await hooked('timeout', { resources: ['pods'] });
  await create(namespace, 'asked');
  expect(tee.calls.map(call => call.query)).toEqual(['timeout=5s']);
});

test('a scheduling gate that a mutating webhook adds holds the pods of a Deployment until it is taken away', async () => {
  const reply = (): Reply => ({ allowed: true, patch: [{ op: 'add', path: '/spec/schedulingGates', value: [GATE] }] });
  const { namespace } = await hooked('gate', { phase: 'mutating', operations: ['CREATE'], resources: ['pods'], reply });
  await addNode(cluster.request, `node-${namespace}`);
  cleanUps.push(async () => void (await cluster.request('DELETE', `/api/v1/nodes/node-${namespace}`)));
  const labels = { app: 'held' };
  const template = { metadata: { labels }, spec: { containers: CONTAINERS } };
  await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name: 'held' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  });
  const held = await eventually('both pods are gated', async () => {
    const { items } = (await cluster.request('GET', pods(namespace))).body;
    const reasons = items.map((pod: Answer['body']) => pod.status.conditions?.[0]?.reason);
    return reasons.length === 2 && reasons.every((reason: string) => reason === 'SchedulingGated') ? items : undefined;
  });
  expect(held.map((pod: Answer['body']) => pod.spec.nodeName)).toEqual([undefined, undefined]);
  const name: string = held[0].metadata.name;
  const lifted = await cluster.request('PATCH', `${pods(namespace)}/${name}`, { spec: { schedulingGates: null } });
  expect(lifted.status).toBe(200);
  const bound = await eventually('the pod is bound', async () => {
    const pod = (await cluster.request('GET', `${pods(namespace)}/${name}`)).body;
    return pod.spec.nodeName as string | undefined;
  });
  expect(bound).toBe(`node-${namespace}`);
  const other = (await cluster.request('GET', `${pods(namespace)}/${held[1].metadata.name}`)).body;
  expect(other.spec.nodeName).toBeUndefined();
});

describe('a gated pod', () => {
  test('cannot be bound by hand', async () => {
    const namespace = await newNamespace(cluster, 'bind');
    await gated(namespace, 'held');
    const answer = await cluster.request('POST', `${pods(namespace)}/held/binding`, {
      metadata: { name: 'held' },
      target: { kind: 'Node', name: 'anywhere' },
    });
    expect(answer.status).toBe(409);
    expect(answer.body.message).toContain('has non-empty .spec.schedulingGates');
  });

  test('cannot be created on a node', async () => {
    const namespace = await newNamespace(cluster, 'node');
    const answer = await create(namespace, 'held', { schedulingGates: [GATE], nodeName: 'anywhere' });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('cannot be set until all schedulingGates have been cleared');
  });

  test('cannot be made of one that was created without a gate', async () => {
    const namespace = await newNamespace(cluster, 'late');
    await create(namespace, 'free');
    const answer = await cluster.request('PATCH', `${pods(namespace)}/free`, { spec: { schedulingGates: [GATE] } });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('only deletion is allowed');
  });

  test('is freed by anyone who may update pods', async () => {
    const namespace = await newNamespace(cluster, 'freed');
    await gated(namespace, 'held');
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['patch'] }];
    const developer = await cluster.user(`dev-${namespace}`, { rules, namespace });
    const lifted = await developer.request('PATCH', `${pods(namespace)}/held`, { spec: { schedulingGates: null } });
    expect(lifted.status).toBe(200);
    expect(lifted.body.spec.schedulingGates).toBeUndefined();
    expect((await developer.request('GET', `${pods(namespace)}/held`)).status).toBe(403);
  });
});

const relabel = (namespace: string, path: string, app: string): Promise<Answer> =>
  cluster.request('PATCH', `${pods(namespace)}/${path}`, { metadata: { labels: { app } } });

test('the status of a pod changes its labels, and only a rule for pods/status hears of it', async () => {
  const deaf = await hooked('deaf', { resources: ['pods'] });
  await create(deaf.namespace, 'web', UNSCHEDULED);
  expect((await relabel(deaf.namespace, 'web/status', 'moved')).body.metadata.labels).toEqual({ app: 'moved' });
  expect(resourcesOf(deaf.tee)).toEqual(['pods']);

  const alert = await hooked('alert', { resources: ['pods', 'pods/status'] });
  await create(alert.namespace, 'web', UNSCHEDULED);
  await relabel(alert.namespace, 'web/status', 'moved');
  expect(resourcesOf(alert.tee)).toEqual(['pods', 'pods/status']);
});

test('a rule for pods hears of no subresource', async () => {
  const { namespace, tee } = await hooked('bare', { resources: ['pods'] });
  await create(namespace, 'web', UNSCHEDULED);
  tee.forget();
  const path = `${pods(namespace)}/web`;
  const ephemeralContainers = [{ name: 'debug', image: 'registry.test/debug:1' }];
  const answers = [
    await relabel(namespace, 'web/status', 'moved'),
    await cluster.request('PATCH', `${path}/ephemeralcontainers`, { spec: { ephemeralContainers } }),
    await cluster.request('POST', `${path}/binding`, {
      metadata: { name: 'web' },
      target: { kind: 'Node', name: 'n' },
    }),
  ];
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 201]);
  expect(resourcesOf(tee)).toEqual([]);
  await relabel(namespace, 'web', 'again');
  expect(resourcesOf(tee)).toEqual(['pods']);
});

test.each([
  { phase: 'mutating', generated: false },
  { phase: 'validating', generated: true },
] as const)('in the $phase phase of CREATE the generated name and the uid are there: $generated', async row => {
  const { namespace, tee } = await hooked('names', { phase: row.phase, resources: ['pods'] });
  const metadata = { generateName: 'made-' };
  const made = await cluster.request('POST', pods(namespace), { metadata, spec: { containers: CONTAINERS } });
  const [call] = tee.calls;
  const seen = call?.review.request;
  expect(seen?.object.metadata.generateName).toBe('made-');
  expect(seen?.object.metadata.uid).toBe(row.generated ? made.body.metadata.uid : undefined);
  expect(seen?.object.metadata.name).toBe(row.generated ? made.body.metadata.name : undefined);
  expect(seen?.name).toBe(row.generated ? made.body.metadata.name : undefined);
});

test('the cluster tells its service range by the ServiceCIDR called kubernetes', async () => {
  const answer = await cluster.request('GET', '/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
  expect(answer.body.spec.cidrs).toEqual(['10.96.0.0/12']);
});
