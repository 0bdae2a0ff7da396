import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/adapters/kubernetes/client/client.ts';
import { chooseConnection } from '../../src/adapters/kubernetes/client/connection.ts';
import { type ClusterCache, createClusterCache } from '../../src/adapters/kubernetes/view/cache.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { isHeld } from '../../src/core/scheduling-gate.ts';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { LABELS, pod, serverDeployment } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

let cluster: Connection;
let gate: WorkingGate;
let watched: ClusterCache;
let client: Client;

beforeAll(async () => {
  cluster = sharedCluster();
  gate = await startWorkingGate(cluster, 'hold');
  const choice = { kubeconfig: cluster.address.kubeconfig, env: {}, home: '/nonexistent', nowMs: Date.now };
  client = createClient(await chooseConnection(choice), SYSTEM_TIME);
  watched = createClusterCache({ client });
  watched.start();
});
afterEach(() => gate.stopControllers());
afterAll(async () => {
  await watched?.stop();
  client?.close();
  await gate?.close();
  cluster?.close();
});

const ENFORCED = { [MODE]: 'enforce' };
const DEPLOYMENTS = 'apis/apps/v1/deployments';

interface Listed {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly schedulingGates?: readonly { readonly name: string }[] };
}

const list = async (namespace: string, collection: string): Promise<readonly Listed[]> =>
  expectOk(await cluster.request('GET', pathIn(namespace, collection))).body.items;
const pods = (namespace: string) => list(namespace, PODS);
const policies = (namespace: string) => list(namespace, POLICIES);
const create = async (namespace: string, deployment: object): Promise<void> =>
  void expectOk(await cluster.request('POST', pathIn(namespace, DEPLOYMENTS), deployment));
const isGated = ({ spec }: Listed): boolean => (spec.schedulingGates ?? []).length > 0;

test('a Pod of a server without a policy is held, and let go once the controller has closed it', async () => {
  const namespace = await newNamespace(cluster, 'hold', ENFORCED);
  await create(namespace, serverDeployment('fetch'));
  await eventually('a held Pod', async () => (await pods(namespace)).some(isGated) || undefined);
  expect(await policies(namespace)).toEqual([]);
  await gate.startController();
  await eventually('no gate is left', async () => {
    const all = await pods(namespace);
    return (all.length === 1 && !all.some(isGated)) || undefined;
  });
  expect((await policies(namespace)).map(({ metadata }) => [metadata.name, metadata.labels])).toEqual([
    ['chokepoint-fetch', { 'app.kubernetes.io/managed-by': 'chokepoint' }],
  ]);
  const events = (await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).body.items;
  const ours = events.filter(
    (event: { reportingController: string }) => event.reportingController === 'chokepoint.dev/controller',
  );
  expect(
    ours.map(({ reason, regarding }: { reason: string; regarding: { kind: string } }) => [reason, regarding.kind]),
  ).toEqual([['PolicyCreated', 'Deployment']]);
});

const AT_ONCE = 50;

/** Watches the Pods of a namespace from now on, as anybody else would: the milliseconds that each was held, sorted; 0 for one that never was. */
function watchHolds(namespace: string): () => readonly number[] {
  const seen = new Map<string, number>();
  const released = new Map<string, number>();
  watched.onChange(changed => {
    const reading = watched.read();
    if (changed.namespace !== namespace || changed.kind !== 'Pod' || reading.kind !== 'ready') return;
    const pod = reading.world.namespace(namespace).workloads.get(`Pod/${changed.name}`);
    if (pod === undefined) return;
    if (!seen.has(changed.name)) seen.set(changed.name, performance.now());
    if (!isHeld(pod) && !released.has(changed.name)) released.set(changed.name, performance.now());
  });
  return () => [...released].map(([name, at]) => at - (seen.get(name) ?? at)).sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], part: number): number => sorted[Math.ceil(sorted.length * part) - 1] ?? 0;

function print(what: string, held: readonly number[]): void {
  const sorted = held.toSorted((a, b) => a - b);
  const longest = [0.5, 0.99].map(part => `p${part * 100} ${quantile(sorted, part).toFixed(0)} ms`).join(', ');
  process.stderr.write(
    `${sorted.length} ${what}: held ${longest}; ${sorted.filter(ms => ms > 1).length} were held at all\n`,
  );
}

/** Creates many at once, and waits until each has its policy and its Pod no gate. */
async function createMany(namespace: string, collection: string, of: (name: string) => object): Promise<void> {
  const names = Array.from({ length: AT_ONCE }, (_, index) => `server-${index}`);
  const answers = await Promise.all(
    names.map(name => cluster.request('POST', pathIn(namespace, collection), of(name))),
  );
  expect(answers.filter(({ status }) => status !== 201).map(({ status, body }) => [status, body.message])).toEqual([]);
  await eventually('no gate is left', async () => {
    const all = await pods(namespace);
    return (all.length === AT_ONCE && !all.some(isGated)) || undefined;
  });
  expect((await policies(namespace)).map(({ metadata }) => metadata.name).sort()).toEqual(
    names.map(name => `chokepoint-${name}`).sort(),
  );
}

const serverPod = (name: string): object => pod(name, { ...LABELS, app: name });

// Kubernetes' own controllers make 20 requests a second: with Deployments a second round would add nothing but their time.
test.each([
  ['Pods of Deployments', DEPLOYMENTS, 1, serverDeployment],
  ['bare Pods', PODS, 2, serverPod],
] as const)(
  `%s, ${AT_ONCE} at once, each get their own policy and are let go; how long they were held is printed`,
  async (what, collection, rounds, of) => {
    await gate.startController();
    const held: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const namespace = await newNamespace(cluster, 'many', ENFORCED);
      const durations = watchHolds(namespace);
      await createMany(namespace, collection, of);
      held.push(...durations());
    }
    print(`${what}, ${AT_ONCE} at once`, held);
  },
);

const IN_A_ROW = 30;

test.each([
  ['Pods of Deployments', DEPLOYMENTS, serverDeployment],
  ['bare Pods', PODS, serverPod],
] as const)(
  `%s, ${IN_A_ROW} one after another, each get their own policy and are let go; how long they were held is printed`,
  async (what, collection, of) => {
    await gate.startController();
    const namespace = await newNamespace(cluster, 'row', ENFORCED);
    const held = watchHolds(namespace);
    for (let index = 0; index < IN_A_ROW; index += 1) {
      expectOk(await cluster.request('POST', pathIn(namespace, collection), of(`server-${index}`)));
      await eventually('it is let go', () => held().length > index || undefined, { everyMs: 10 });
    }
    expect(await policies(namespace)).toHaveLength(IN_A_ROW);
    print(`${what}, one after another`, held());
  },
  // It judges no times, and a busy machine takes most of a second for each.
  180_000,
);

test('the gate of an open Pod cannot be lifted by hand', async () => {
  const namespace = await newNamespace(cluster, 'hand', ENFORCED);
  await create(namespace, serverDeployment('fetch'));
  const name = await eventually('a held Pod', async () => (await pods(namespace)).find(isGated)?.metadata.name);
  const lift = () =>
    cluster.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}`, { spec: { schedulingGates: null } });
  const refused = await lift();
  expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('ingress-not-isolated')]);
  const spec = { podSelector: { matchLabels: { app: 'fetch' } }, policyTypes: ['Ingress', 'Egress'] };
  await cluster.request('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
    metadata: { name: 'own' },
    spec,
  });
  expect((await lift()).status).toBe(200);
});

test('a Pod that a second policy opens stays held, and an Event says why', async () => {
  await gate.startController();
  const namespace = await newNamespace(cluster, 'open', { [MODE]: 'audit' });
  const open = { podSelector: { matchLabels: { app: 'fetch' } }, policyTypes: ['Ingress'], ingress: [{}] };
  await cluster.request('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
    metadata: { name: 'open' },
    spec: open,
  });
  const held = { schedulingGates: [{ name: 'chokepoint.dev/network-policy' }] };
  await create(namespace, serverDeployment('fetch', held));
  await eventually('a held Pod', async () => (await pods(namespace)).some(isGated) || undefined);
  await cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { 'chokepoint.dev/mode': 'enforce' } },
  });
  const note = await eventually('its Event', async () => {
    const { items } = (await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).body;
    return items.find(({ reason }: { reason: string }) => reason === 'TrafficOpen')?.note;
  });
  expect(note).toContain(`NetworkPolicy ${namespace}/open spec.ingress[0]`);
  expect((await pods(namespace)).every(isGated)).toBe(true);
});

/** What the controller says of something in a namespace; `undefined`: nothing yet. */
async function eventOf(namespace: string, reason: string): Promise<string | undefined> {
  const { items } = (await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).body;
  return items.find((event: { readonly reason: string }) => event.reason === reason)?.note;
}

test('what was made comes back when it is deleted, is left to whoever changes it, and goes after the last Pod', async () => {
  await gate.startController();
  const namespace = await newNamespace(cluster, 'heal', ENFORCED);
  await create(namespace, serverDeployment('fetch'));
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/chokepoint-fetch`;
  const read = () => cluster.request('GET', path);
  await eventually('its policy', async () => ((await read()).status === 200 ? true : undefined));
  await eventually('no gate is left', async () => {
    const all = await pods(namespace);
    return (all.length === 1 && !all.some(isGated)) || undefined;
  });
  // In the mode warn nothing is refused, so that there is something to do once the namespace enforces again.
  const label = (mode: string) =>
    cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, {
      metadata: { labels: { 'chokepoint.dev/mode': mode } },
    });
  await label('warn');
  await eventually('a change that is let through', async () => {
    const loosened = await cluster.request('PATCH', path, { spec: { ingress: [{}] } });
    return loosened.status === 200 || undefined;
  });
  await label('enforce');
  await eventually('whose it is now', () => eventOf(namespace, 'PolicyTakenOver'));
  expect((await read()).body.spec.ingress).toEqual([{}]);
  await label('warn');
  await eventually(
    'a deletion that is let through',
    async () => (await cluster.request('DELETE', path)).status === 200 || undefined,
  );
  await label('enforce');
  await eventually('the policy again', async () => ((await read()).status === 200 ? true : undefined));
  await cluster.request('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/fetch`, {
    propagationPolicy: 'Background',
  });
  await eventually('no policy', async () => ((await read()).status === 404 ? true : undefined));
  expect(await pods(namespace)).toEqual([]);
});

test('no policy is written over the Pods of somebody else, and what was made goes with its server', async () => {
  await gate.startController();
  const namespace = await newNamespace(cluster, 'deputy', ENFORCED);
  const database = pod('db', { app: 'db' }, { containers: [{ name: 'db', image: 'registry.test/postgres:16' }] });
  expectOk(await cluster.request('POST', pathIn(namespace, PODS), database));
  const metadata = { name: 'fetch', labels: { 'chokepoint.dev/mcp-server': 'true' } };
  await create(namespace, { ...serverDeployment('db'), metadata });
  expect(await eventually('why not', () => eventOf(namespace, 'NoPolicyPossible'))).toContain(
    `its selector matches Pod ${namespace}/db too, which is no server`,
  );
  expect(await policies(namespace)).toEqual([]);

  expectOk(await cluster.request('DELETE', pathIn(namespace, `${PODS}/db`), { gracePeriodSeconds: 0 }));
  await eventually('its policy', async () => (await policies(namespace)).length === 1 || undefined);
  expectOk(await cluster.request('POST', pathIn(namespace, PODS), database));
  await cluster.request('DELETE', pathIn(namespace, `${DEPLOYMENTS}/fetch`), { propagationPolicy: 'Background' });
  await eventually('no policy', async () => (await policies(namespace)).length === 0 || undefined);
  expect((await pods(namespace)).map(({ metadata }) => metadata.name)).toEqual(['db']);
});

test('two managers that both insist: the other one has its way, and the controller writes no more', async () => {
  await gate.startController();
  const namespace = await newNamespace(cluster, 'insist', ENFORCED);
  await create(namespace, serverDeployment('fetch'));
  const path = pathIn(namespace, `${POLICIES}/chokepoint-fetch`);
  const read = () => cluster.request('GET', path);
  await eventually('its policy', async () => (await read()).status === 200 || undefined);
  const { spec } = (await read()).body;
  const stricter = { ...spec, egress: spec.egress.slice(0, 1) };
  // As Argo CD with selfHeal, which applies whenever what is there is not what it wants.
  const generations: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const body = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'chokepoint-fetch' } };
    const applied = await cluster.request(
      'PATCH',
      `${path}?fieldManager=argocd-controller&force=true`,
      { ...body, spec: stricter },
      { contentType: 'application/apply-patch+yaml' },
    );
    generations.push(expectOk(applied).body.metadata.generation);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  expect(new Set(generations)).toEqual(new Set([2]));
  expect((await read()).body.spec).toEqual(stricter);
  expect(await eventually('whose it is now', () => eventOf(namespace, 'PolicyTakenOver'))).toContain(
    'argocd-controller',
  );
  expect((await policies(namespace)).map(({ metadata }) => metadata.name)).toEqual(['chokepoint-fetch']);
});
