import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../control-plane/audit.ts';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { User } from '../control-plane/users.ts';
import { reviewText } from '../support/reviews.ts';
import { shippedRights } from '../support/shipped-rights.ts';
import { SYSTEM, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { LABELS, pod, serverDeployment } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

let cluster: Connection;
let gate: WorkingGate;
/** How many requests the log held before: other files have the same accounts, and one acts as them. */
let earlier: number;

beforeAll(async () => {
  cluster = sharedCluster();
  earlier = cluster.auditEvents().length;
  gate = await startWorkingGate(cluster, 'rights');
  // As people do it to have another lead: the controller makes it again.
  await cluster.request(
    'DELETE',
    '/apis/coordination.k8s.io/v1/namespaces/chokepoint-system/leases/chokepoint-controller',
  );
  await gate.startController();
  await workThroughEverything();
  // It gives its lease back.
  await gate.stopControllers();
});
afterAll(async () => {
  await gate?.close();
  cluster?.close();
});

/** A review of a namespace that nobody has: it is read past the cache. */
function askOfUnknownNamespace(): Promise<number | undefined> {
  const { host, authority } = cluster.address;
  const options = {
    host,
    port: gate.process.port,
    path: '/validate',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ca: authority.cert,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, answer => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject);
    sent.end(reviewText('deployment-create'));
  });
}

/** Everything that the webhook and the controller ever do: a policy is made, put back, and taken away; a Pod is held and let go; an Event is written; a namespace is remembered. */
async function workThroughEverything(): Promise<void> {
  const namespace = await newNamespace(cluster, 'rights', { [MODE]: 'enforce' });
  const pods = pathIn(namespace, PODS);
  const policy = pathIn(namespace, `${POLICIES}/chokepoint-fetch`);
  const deployments = pathIn(namespace, 'apis/apps/v1/deployments');
  const there = (path: string, status: number) => async () =>
    (await cluster.request('GET', path)).status === status || undefined;
  expectOk(await cluster.request('POST', pods, pod('bare', { ...LABELS, app: 'bare' })));
  await eventually('the gate is lifted', async () => {
    const { body } = await cluster.request('GET', `${pods}/bare`);
    return (body.spec !== undefined && body.spec.schedulingGates === undefined) || undefined;
  });
  expectOk(await cluster.request('POST', deployments, serverDeployment('fetch')));
  await eventually('a policy', there(policy, 200));
  await cluster.request('DELETE', `${deployments}/fetch`, {
    propagationPolicy: 'Background',
  });
  await eventually('no policy', there(policy, 404));
  const memory = `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-namespaces`;
  await eventually('the namespace is remembered', async () => {
    const { body } = await cluster.request('GET', memory);
    return String(body.data?.['namespaces.json']).includes(namespace) || undefined;
  });
  expect(await askOfUnknownNamespace()).toBe(200);
}

const eventsOf = ({ name }: User): readonly AuditEvent[] =>
  cluster
    .auditEvents()
    .slice(earlier)
    .filter(({ user }) => user.username === name);

/** `verb group/resource` of every request for objects, each once, sorted. */
function used(user: User): readonly string[] {
  const rights = eventsOf(user).flatMap(({ verb, objectRef, requestURI }) => {
    if (objectRef?.resource === undefined) return [];
    const [, root, group = ''] = requestURI.split('/');
    return [`${verb} ${root === 'api' ? '' : group}/${objectRef.resource}`];
  });
  return [...new Set(rights)].sort();
}

/** Rights in groups of Kubernetes: what others add is not installed here, and so not asked for. */
const BUILTIN = /^\w+ (?:[a-z]*|(?!gateway\.|policy\.)[a-z.]+\.k8s\.io)\/[a-z]/;
/** Nodes are watched where a policy API is installed that speaks of them. */
const BESIDE = 'watch /nodes';
/** Each once: a right may be given to two objects by their names. */
const builtin = (rights: readonly string[]): readonly string[] => [
  ...new Set(rights.filter(right => BUILTIN.test(right) && right !== BESIDE)),
];

test.each(['webhook', 'controller'] as const)('nothing that the %s asks for is forbidden', name => {
  const events = eventsOf(gate[name]);
  const decisions = new Set(events.map(({ annotations }) => annotations?.['authorization.k8s.io/decision']));
  // The gate itself refuses to delete a policy as long as its view holds the server: that is no lack of rights, and tried again.
  const refused = events.filter(
    ({ annotations, responseStatus }) =>
      annotations?.['authorization.k8s.io/decision'] === 'forbid' || responseStatus?.code === 401,
  );
  expect(decisions).toContain('allow');
  expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
});

test('the webhook uses every right that it has, and writes nothing', () => {
  const granted = [...shippedRights('webhook', 'ClusterRole'), ...shippedRights('webhook', 'Role')].sort();
  expect(builtin(used(gate.webhook))).toEqual(builtin(granted));
});

test('the controller uses every right that it has', () => {
  // Server-side apply asks for create too where the object is new, but is one patch in the log.
  const granted = [
    ...shippedRights('controller', 'ClusterRole', 'chokepoint-certificates'),
    ...shippedRights('controller', 'Role', 'chokepoint-certificates'),
  ]
    .filter(right => right !== 'create networking.k8s.io/networkpolicies')
    .sort();
  expect(builtin(used(gate.controller))).toEqual(builtin(granted));
});

test('without the right to create, a policy that is new cannot be applied', async () => {
  const namespace = await newNamespace(cluster, 'apply', { [MODE]: 'off' });
  const rules = [{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['patch'] }];
  const user = await cluster.user(`patcher-${namespace}`, { rules, namespace });
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/new?fieldManager=test`;
  const manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'new' },
    spec: { podSelector: {} },
  };
  const applied = await user.request('PATCH', path, manifest, { contentType: 'application/apply-patch+yaml' });
  expect(applied.status).toBe(403);
});
