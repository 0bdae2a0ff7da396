import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SPEC, SYSTEM, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, newScene, PODS, POLICIES, pathIn, type Scene, said } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { sharedCluster } from './shared-cluster.ts';

/** What somebody has Kubernetes do for him. The collector is that of the real controller manager. */

const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';
const OWNERS = 'api/v1/configmaps';
const WEATHER = `${POLICIES}/weather`;

let cluster: Connection;
let gate: WorkingGate;
/** Where a kubelet would mount what the controller keeps. */
let remembered: string;

beforeAll(async () => {
  cluster = sharedCluster();
  remembered = join(cluster.address.folder, 'namespaces.json');
  gate = await startWorkingGate(cluster, 'effect', SPEC, ['--enforced-namespaces', remembered]);
});
afterAll(async () => {
  await gate?.close();
  cluster?.close();
});

/** An object that can own others, as their ownerReference. */
async function ownerIn(scene: Scene): Promise<object> {
  const made = await scene.post(OWNERS, { metadata: { name: 'owner' } });
  const { name, uid } = expectOk(made).body.metadata;
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
}

const statusOf = async ({ namespace, request }: Scene, path: string): Promise<number> =>
  (await request('GET', pathIn(namespace, path))).status;

/** Deletions of the policy of a namespace that the collector has tried. */
const collected = ({ namespace }: Scene, name: string): readonly (number | undefined)[] =>
  cluster
    .auditEvents()
    .filter(({ user, verb, objectRef }) => {
      const { resource, namespace: where, name: what } = objectRef ?? {};
      return (
        user.username === COLLECTOR &&
        verb === 'delete' &&
        `${resource}/${where}/${what}` === `networkpolicies/${namespace}/${name}`
      );
    })
    .map(({ responseStatus }) => responseStatus?.code);

test('an owner that does not own the server is refused to its policy', async () => {
  const scene = await newScene(cluster, 'enforce');
  const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '7d9f6c1e-0000-4000-8000-000000000001' };
  const answer = await scene.patch(WEATHER, { metadata: { ownerReferences: [gone] } });
  expect(said(answer)).toMatch(/^403 .*policy-removal: once its new owner is gone, the garbage collector deletes/s);
});

test('the collector is refused the policy of a server that stays, and takes it once the server is gone', async () => {
  const scene = await newScene(cluster, 'enforce');
  const ownerReferences = [await ownerIn(scene)];
  // A second policy may have whatever owner it likes, until it is the last one.
  const second = { ...policy('second', CLOSED), metadata: { name: 'second', ownerReferences } };
  expectOk(await scene.post(POLICIES, second));
  expectOk(await scene.remove(WEATHER));
  expectOk(await scene.remove(`${OWNERS}/owner`));
  await eventually('the collector is refused', async () => collected(scene, 'second').includes(403) || undefined);
  expect(await statusOf(scene, `${POLICIES}/second`)).toBe(200);
  expectOk(await cluster.request('DELETE', pathIn(scene.namespace, `${PODS}/weather`), { gracePeriodSeconds: 0 }));
  await eventually('it is collected', async () => (await statusOf(scene, `${POLICIES}/second`)) === 404 || undefined, {
    timeoutMs: 60_000,
  });
});

test('what goes with its server is collected', async () => {
  const scene = await newScene(cluster, 'enforce');
  const ownerReferences = [await ownerIn(scene)];
  const labels = { app: 'other', 'chokepoint.dev/mcp-server': 'true' };
  const closed = { ...CLOSED, podSelector: { matchLabels: { app: 'other' } } };
  expectOk(await scene.post(POLICIES, { ...policy('other', closed), metadata: { name: 'other', ownerReferences } }));
  expectOk(await scene.post(PODS, pod('other', labels, {}, { ownerReferences })));
  expectOk(await scene.remove(`${OWNERS}/owner`));
  await eventually('both are collected', async () => {
    const statuses = [await statusOf(scene, `${POLICIES}/other`), await statusOf(scene, `${PODS}/other`)];
    return statuses.every(status => status === 404) || undefined;
  });
  expect(collected(scene, 'other')).not.toContain(403);
});

test('Pods that run on in a namespace that is being deleted stay closed, and the namespace goes', async () => {
  const scene = await newScene(cluster, 'enforce');
  // Whoever wants a namespace to stay for a while.
  expectOk(await scene.patch(`${PODS}/weather`, { metadata: { finalizers: ['example.com/stay'] } }));
  expectOk(await scene.patch(WEATHER, { metadata: { finalizers: ['example.com/stay'] } }));
  expectOk(await cluster.request('DELETE', `/api/v1/namespaces/${scene.namespace}`));
  const opened = await scene.patch(WEATHER, { spec: { ingress: [{}] } });
  expect(said(opened)).toMatch(/^403 /);
  const lowered = await cluster.request('PATCH', `/api/v1/namespaces/${scene.namespace}`, {
    metadata: { labels: { [MODE]: 'off' } },
  });
  expect(said(lowered)).toMatch(/^403 .*mode-lowered/s);
  for (const path of [WEATHER, `${PODS}/weather`]) {
    expectOk(await scene.patch(path, { metadata: { finalizers: null } }));
  }
  await eventually('the namespace is gone', async () => {
    const { status } = await cluster.request('GET', `/api/v1/namespaces/${scene.namespace}`);
    return status === 404 || undefined;
  });
});

test('a running server is not relabelled to be none', async () => {
  const scene = await newScene(cluster, 'enforce');
  const labels = { app: 'other', 'chokepoint.dev/mcp-server': 'false' };
  expect(said(await scene.patch(`${PODS}/weather`, { metadata: { labels } }))).toMatch(/^403 .*server-opted-out/s);
});

test('a namespace that enforced is not made anew without its mode', async () => {
  const scene = await newScene(cluster, 'enforce');
  const developer = await cluster.user('namespaces', {
    rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['*'] }],
  });
  const memory = `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-namespaces`;
  await gate.startController();
  const text = await eventually('the controller remembers it', async () => {
    const stored: string = (await cluster.request('GET', memory)).body.data?.['namespaces.json'] ?? '{}';
    return Object.hasOwn(JSON.parse(stored), scene.namespace) ? stored : undefined;
  });
  writeFileSync(remembered, text);
  const path = `/api/v1/namespaces/${scene.namespace}`;
  expectOk(await cluster.request('DELETE', path));
  await eventually('it is gone', async () => (await cluster.request('GET', path)).status === 404 || undefined);
  const made = (labels: object, query = '') =>
    developer.request('POST', `/api/v1/namespaces${query}`, { metadata: { name: scene.namespace, labels } });
  // Until the gate has read the file, it lets the namespace be made.
  const tried = async (): Promise<string> => said(await made({}, '?dryRun=All'));
  await eventually('the gate has read it', async () => /mode-lowered/.test(await tried()) || undefined);
  expect(said(await made({}))).toMatch(/^403 .*mode-lowered/s);
  expect(said(await made({ [MODE]: 'audit' }))).toMatch(/^403 .*mode-lowered/s);
  expectOk(await developer.request('POST', '/api/v1/namespaces', { metadata: { name: `${scene.namespace}-other` } }));
  expectOk(await made({ [MODE]: 'enforce' }));
  await gate.stopControllers();
});
