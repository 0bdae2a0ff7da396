import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { newScene, PODS, pathIn, type Scene, said, sceneIn } from './scene.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { LABELS, pod } from './servers.ts';
import { sharedCluster } from './shared-cluster.ts';

/** What other APIs say of a server: policies that NetworkPolicies know nothing of, and reports that anybody may write. */

const kind = (
  group: string,
  version: string,
  name: string,
  plural: string,
  scope: ServedKind['scope'],
): ServedKind => ({
  group,
  version,
  kind: name,
  plural,
  scope,
});
const CILIUM = kind('cilium.io', 'v2', 'CiliumNetworkPolicy', 'ciliumnetworkpolicies', 'Namespaced');
const CALICO = kind('projectcalico.org', 'v3', 'NetworkPolicy', 'networkpolicies', 'Namespaced');
const OF_THE_CLUSTER = kind(
  'policy.networking.k8s.io',
  'v1alpha2',
  'ClusterNetworkPolicy',
  'clusternetworkpolicies',
  'Cluster',
);
const REPORT = kind('wgpolicyk8s.io', 'v1alpha2', 'PolicyReport', 'policyreports', 'Namespaced');
const OPEN_REPORT = kind('openreports.io', 'v1alpha1', 'Report', 'reports', 'Namespaced');

let cluster: Connection;
let removeKinds: () => Promise<void>;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  // Before the gate: it looks for kinds that are not installed every few minutes only.
  removeKinds = await serveKinds(cluster, [CILIUM, CALICO, OF_THE_CLUSTER, REPORT, OPEN_REPORT]);
  gate = await startWorkingGate(cluster, 'other-apis', SPEC);
}, 120_000);
afterAll(async () => {
  await gate?.close();
  await removeKinds?.();
  cluster?.close();
});

const OTHER_POLICIES: readonly (readonly [title: string, kind: ServedKind, specIn: (namespace: string) => object])[] = [
  ['of Cilium', CILIUM, () => ({ endpointSelector: {}, ingress: [{ fromEntities: ['all'] }] })],
  ['of Calico', CALICO, () => ({ selector: 'all()', ingress: [{ action: 'Allow' }] })],
  [
    'of the whole cluster',
    OF_THE_CLUSTER,
    namespace => ({
      tier: 'Admin',
      priority: 1,
      subject: { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      ingress: [{ action: 'Accept', from: [{ namespaces: {} }] }],
    }),
  ],
];

describe('a policy of another API that opens a closed server', () => {
  test.each(OTHER_POLICIES)(
    '%s keeps a Pod from starting where the gate enforces, by its name, and not where it is off',
    async (_what, other, specIn) => {
      for (const mode of ['off', 'enforce'] as const) {
        const { namespace, post } = await newScene(cluster, mode);
        const collection = collectionOf(other, other.scope === 'Cluster' ? undefined : namespace);
        const object = {
          apiVersion: `${other.group}/${other.version}`,
          kind: other.kind,
          metadata: { name: `opens-${namespace}` },
          spec: specIn(namespace),
        };
        expectOk(await cluster.request('POST', collection, object), other.kind);
        let created = 0;
        const create = () => post(PODS, pod(`after-${created++}`));
        if (mode === 'off') expectOk(await create(), 'the hole');
        else
          await eventually('the gate has heard of it', async () => {
            const answer = said(await create());
            return (answer.startsWith('403') && answer.includes(other.kind)) || undefined;
          });
        expectOk(await cluster.request('DELETE', `${collection}/${object.metadata.name}`));
      }
    },
  );
});

describe('a report that says an open server passes', () => {
  /** Somebody who may write reports and Pods in the namespace, and what they report. */
  const report = async ({ namespace }: Scene): Promise<Scene> => {
    const rules = [
      { apiGroups: [''], resources: ['pods', 'events'], verbs: ['*'] },
      { apiGroups: [REPORT.group, OPEN_REPORT.group], resources: [REPORT.plural, OPEN_REPORT.plural], verbs: ['*'] },
    ];
    const user = await cluster.user(`reporter-${namespace}`, { rules, namespace });
    const { request } = user;
    const scope = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'open' };
    const result = {
      source: 'chokepoint',
      policy: 'ingress-not-isolated',
      rule: 'ingress-not-isolated',
      result: 'pass',
    };
    for (const { group, version, kind: name, plural } of [REPORT, OPEN_REPORT]) {
      const written = {
        apiVersion: `${group}/${version}`,
        kind: name,
        metadata: { name: 'open', labels: { 'app.kubernetes.io/managed-by': 'chokepoint' } },
        scope,
        summary: { pass: 1, fail: 0 },
        results: [result],
      };
      expectOk(await request('POST', pathIn(namespace, `apis/${group}/${version}/${plural}`), written), name);
    }
    const event = {
      metadata: { name: 'open' },
      involvedObject: scope,
      reason: 'PolicyCreated',
      source: { component: 'chokepoint.dev/controller' },
    };
    expectOk(await request('POST', pathIn(namespace, 'api/v1/events'), event), 'Event');
    return sceneIn(namespace, request);
  };

  test('is believed by nobody', async () => {
    const open = pod('open', { ...LABELS, app: 'open' }, {}, { annotations: { 'chokepoint.dev/verdict': 'allow' } });
    for (const mode of ['off', 'enforce'] as const) {
      const { post } = await report(await newScene(cluster, mode));
      const answer = await post(PODS, open);
      if (mode === 'off') expectOk(answer, 'the hole');
      else expect(said(answer)).toMatch(/^403 .*ingress-not-isolated/s);
    }
  });

  test('is read by no part of the gate', () => {
    const read = cluster.auditEvents().filter(({ user }) => user.username === gate.webhook.name);
    const resources = new Set(read.map(({ objectRef }) => objectRef?.resource));
    expect(resources).toContain('networkpolicies');
    for (const unread of ['policyreports', 'reports', 'events']) expect(resources).not.toContain(unread);
  });
});
