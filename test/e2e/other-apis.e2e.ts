import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import {
  CLOSING,
  EGRESS_FIREWALL,
  LATE,
  LATE_KIND,
  OPENING,
  type OtherPolicy,
  objectOf,
  POLICY_KINDS,
  whereOf,
} from './bypasses/other-policies.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, newScene, PODS, POLICIES, pathIn, type Scene, said, sceneIn } from './scene.ts';
import { collectionOf, type ServedKind, serveKinds } from './served-kinds.ts';
import { LABELS, pod, policy } from './servers.ts';
import { sharedCluster } from './shared-cluster.ts';

/** What other APIs say of a server: policies that NetworkPolicies know nothing of, and reports that anybody may write. */

const report = (group: string, version: string, kind: string, plural: string): ServedKind => ({
  ...{ group, version, kind, plural },
  scope: 'Namespaced',
});
const REPORT = report('wgpolicyk8s.io', 'v1alpha2', 'PolicyReport', 'policyreports');
const OPEN_REPORT = report('openreports.io', 'v1alpha1', 'Report', 'reports');

let cluster: Connection;
const removeKinds: (() => Promise<void>)[] = [];
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  removeKinds.push(await serveKinds(cluster, [...POLICY_KINDS, REPORT, OPEN_REPORT]));
  gate = await startWorkingGate(cluster, 'other-apis', SPEC);
});
afterAll(async () => {
  await gate?.close();
  for (const remove of removeKinds) await remove();
  cluster?.close();
});

const titled = <Policy extends OtherPolicy>(policies: readonly Policy[]) =>
  policies.map(policy => [`${policy.kind.kind}.${policy.kind.group}`, policy] as const);
/** Opens the server to every pod of the cluster. */
const TO_PODS = policy('to-pods', {
  podSelector: {},
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ namespaceSelector: {} }] }],
});

describe('a policy of another API that opens a closed server', () => {
  test.each(titled(OPENING))(
    '%s is let through where the gate is off, and refused where it enforces',
    async (_what, other) => {
      for (const mode of ['off', 'enforce'] as const) {
        const { namespace } = await newScene(cluster, mode);
        const collection = whereOf(other, namespace);
        const answer = await cluster.request('POST', collection, objectOf(other, namespace));
        if (mode === 'off') expectOk(answer, 'the hole');
        else expect(said(answer)).toMatch(new RegExp(`^403 .*${other.kind.kind}`, 's'));
        await cluster.request('DELETE', `${collection}/for-${namespace}`);
      }
    },
  );

  test.each(titled(OPENING))(
    '%s that was there before keeps a Pod from starting where the gate enforces',
    async (_what, other) => {
      const { namespace, post } = await newScene(cluster, 'audit');
      const collection = whereOf(other, namespace);
      expectOk(await cluster.request('POST', collection, objectOf(other, namespace)), other.kind.kind);
      expectOk(
        await cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, {
          metadata: { labels: { [MODE]: 'enforce' } },
        }),
      );
      let created = 0;
      await eventually('the gate has heard of it', async () => {
        const answer = said(await post(PODS, pod(`after-${created++}`)));
        return (answer.startsWith('403') && answer.includes(other.kind.kind)) || undefined;
      });
      expectOk(await cluster.request('DELETE', `${collection}/for-${namespace}`));
    },
  );
});

describe('a policy of another API that closes a server', () => {
  test.each(titled(CLOSING))('%s can be neither deleted nor relaxed where the gate enforces', async (_what, other) => {
    for (const mode of ['off', 'enforce'] as const) {
      const { namespace, post, remove } = await newScene(cluster, mode);
      const path = `${whereOf(other, namespace)}/for-${namespace}`;
      expectOk(await cluster.request('POST', whereOf(other, namespace), objectOf(other, namespace)), other.kind.kind);
      // It opens nothing while that closes.
      await eventually(
        'the gate has heard of it',
        async () => (await post(POLICIES, TO_PODS)).status === 201 || undefined,
      );
      const relaxed = await cluster.request('PATCH', path, { spec: other.loosened });
      const deleted = await cluster.request('DELETE', path);
      if (mode === 'off') for (const answer of [relaxed, deleted]) expectOk(answer, 'the hole');
      else for (const answer of [relaxed, deleted]) expect(said(answer)).toMatch(/^403 .*policy-removal/s);
      expectOk(await remove(`${POLICIES}/to-pods`));
      await eventually(
        'it closes nothing any more',
        async () => (await cluster.request('DELETE', path)).status < 500 || undefined,
      );
    }
  });
});

test('an EgressFirewall that closes metadata can be neither deleted nor relaxed where the gate enforces', async () => {
  const { namespace, post } = await newScene(cluster, 'enforce');
  const collection = collectionOf(EGRESS_FIREWALL, namespace);
  const rule = { type: 'Deny', to: { cidrSelector: '169.254.0.0/16' } };
  const firewall = {
    ...{ apiVersion: 'k8s.ovn.org/v1', kind: 'EgressFirewall', metadata: { name: 'default' } },
    spec: { egress: [rule] },
  };
  const toMetadata = policy('to-metadata', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }],
  });
  expect(said(await post(POLICIES, toMetadata))).toMatch(/^403 .*egress-reaches-metadata/s);
  expectOk(await cluster.request('POST', collection, firewall), 'EgressFirewall');
  await eventually(
    'the gate has heard of it',
    async () => (await post(POLICIES, toMetadata)).status === 201 || undefined,
  );
  const allowing = { spec: { egress: [{ ...rule, type: 'Allow' }] } };
  const answers = [
    await cluster.request('PATCH', `${collection}/default`, allowing),
    await cluster.request('DELETE', `${collection}/default`),
  ];
  for (const answer of answers) expect(said(answer)).toMatch(/^403 .*policy-removal/s);
});

test('a kind that the cluster comes to serve while the gate runs is judged at once, and known half a minute later', async () => {
  const { namespace, post } = await newScene(cluster, 'enforce');
  removeKinds.push(await serveKinds(cluster, [LATE_KIND]));
  const collection = whereOf(LATE.opens, namespace);
  const { request } = cluster;
  await eventually('the API server asks about it', async () => {
    const answer = said(await request('POST', collection, objectOf(LATE.opens, namespace)));
    return answer.startsWith('403') || undefined;
  });
  expectOk(await request('POST', collection, objectOf(LATE.closes, namespace)));
  await eventually(
    'the gate has heard of it',
    async () => (await post(POLICIES, TO_PODS)).status === 201 || undefined,
    {
      timeoutMs: 60_000,
    },
  );
  expect(said(await request('DELETE', `${collection}/for-${namespace}`))).toMatch(/^403 .*policy-removal/s);
});

describe('a report that says an open server passes', () => {
  /** Somebody who may write reports and Pods in the namespace, and what they report. */
  const reportIn = async ({ namespace }: Scene): Promise<Scene> => {
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
      const { post } = await reportIn(await newScene(cluster, mode));
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
