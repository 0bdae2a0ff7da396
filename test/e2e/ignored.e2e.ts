import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { newScene, PODS, POLICIES, type Scene, said } from './scene.ts';
import { LABELS, pod, policy } from './servers.ts';
import { deleteNamespaces, sharedCluster } from './shared-cluster.ts';

/** Objects that ask for exceptions by themselves, at a real API server: they get them as far as the GatePolicy says, and are told where not. */

const made: string[] = [];
let cluster: Connection;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  const exceptionsFromAnnotations = { rules: ['ingress-beyond-gateway'], longestDays: 30 };
  gate = await startWorkingGate(cluster, 'ignored', { ...SPEC, exceptionsFromAnnotations });
});
afterEach(() => deleteNamespaces(cluster, made.splice(0)));
afterAll(async () => {
  await gate?.close();
  cluster?.close();
});

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function scene(): Promise<Scene> {
  const enforcing = await newScene(cluster, 'enforce');
  made.push(enforcing.namespace);
  return enforcing;
}

/** A policy that opens the server to the whole cluster, with or without an annotation. */
function opening(ignore?: string): object {
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }] }] };
  const { metadata, ...rest } = policy('open', spec) as { metadata: object };
  return { ...rest, metadata: { ...metadata, ...(ignore && { annotations: { 'chokepoint.dev/ignore': ignore } }) } };
}

test('a policy that opens a server passes under an annotation that is allowed, and not under another', async () => {
  const { post } = await scene();
  expect(said(await post(POLICIES, opening()))).toMatch(/^403 .*ingress-beyond-gateway/s);
  const late = await post(POLICIES, opening(`ingress-beyond-gateway T-1 until ${inDays(60)}`));
  expect(said(late)).toMatch(/^403 .*sets nothing aside: the GatePolicy allows 30 days at most: until /s);
  const other = await post(POLICIES, opening(`egress-not-isolated T-1 until ${inDays(9)}`));
  expect(said(other)).toMatch(/^403 .*sets nothing aside: it guards cloud metadata, which no annotation sets aside/s);
  expectOk(await post(POLICIES, opening(`ingress-beyond-gateway T-1 until ${inDays(9)}`)), 'the excused policy');
  expectOk(await post(PODS, pod('second')), 'a Pod under the excused policy');
});

test('a Pod does not excuse that nothing keeps it from cloud metadata', async () => {
  const { post } = await scene();
  const ignore = { annotations: { 'chokepoint.dev/ignore': `egress-not-isolated T-1 until ${inDays(9)}` } };
  const answer = await post(PODS, pod('bare', { ...LABELS, app: 'bare' }, {}, ignore));
  expect(said(answer)).toMatch(/^403 .*egress-not-isolated.*no annotation sets aside/s);
});
