import { describe, expect, test } from 'vitest';
import {
  type Cause,
  type Decision,
  type Found,
  faultKey,
  isAbsence,
  toldDecision,
  type Verdict,
  verdictOf,
} from '../../src/core/decision.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { NetworkPolicy, ObjectRef } from '../../src/core/kube/types.ts';
import { judgeVirtualServers, virtualServer } from '../../src/core/virtual-server.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import { isNetworkPolicy } from '../../src/core/world/object-kinds.ts';
import { decodeAll, policyOf } from '../support/reviews.ts';
import { workloadManifest } from '../support/workload.ts';

const POLICY: ObjectRef = { kind: 'NetworkPolicy', namespace: 'prod', name: 'p' };
const OTHER: ObjectRef = { ...POLICY, name: 'q' };
const found = (rule: string, level: 'deny' | 'warn' = 'deny', object = POLICY): Found => ({
  rule,
  messageId: 'm',
  level,
  object,
  path: '',
  message: '',
  fix: { summary: '' },
});
const cause = (code: Cause['code'], object = OTHER): Cause => ({ code, object, message: '' });

describe('The verdict is', () => {
  const OPEN = found('egress-reaches-cluster');
  const ABSENT = found('ingress-not-isolated');
  // biome-ignore format: one line a case
  test.each<[verdict: Verdict, what: string, findings: readonly Found[], causes: readonly Cause[]]>([
    ['allow', 'nothing is found', [], []],
    ['allow', 'there are warnings', [found('x', 'warn')], []],
    ['deny', 'something is denied', [found('x', 'warn'), OPEN], []],
    ['undetermined', 'there is a cause', [], [cause('unreadable-policy')]],
    ['undetermined', 'there is a cause beside warnings', [found('x', 'warn')], [cause('too-large')]],
    ['deny', 'something is open beside a policy that cannot be read', [OPEN], [cause('unreadable-policy')]],
    ['undetermined', 'something is open beside a policy of another API', [OPEN], [cause('foreign-policy')]],
    ['deny', 'a policy is missing, and it is not known where the cluster is', [ABSENT], [cause('unknown-networks')]],
    ['undetermined', 'a policy is missing beside one that cannot be read', [ABSENT], [cause('unreadable-policy')]],
    ['undetermined', 'a policy is missing beside one that is too large', [ABSENT], [cause('too-large')]],
    ['undetermined', 'a policy is missing beside one that may select the pods', [ABSENT], [cause('unknown-labels')]],
    ['undetermined', 'a policy is missing that a controller writes', [ABSENT], [cause('unknown-policy')]],
    ['deny', 'a policy is missing and another opens, beside one that cannot be read', [ABSENT, OPEN], [cause('unreadable-policy')]],
    ['undetermined', 'a policy opens that may not select the pods', [OPEN], [cause('unknown-labels', POLICY)]],
    ['deny', 'a policy opens beside one that may not select the pods', [OPEN], [cause('unknown-labels')]],
  ])('%s, where %s', (verdict, _, findings, causes) => {
    expect(verdictOf(findings, causes)).toBe(verdict);
  });
});

test('Two findings are one fault by rule and object, wherever it stands in that', () => {
  expect(faultKey({ ...found('a'), path: 'x', messageId: 'n' })).toBe(faultKey(found('a')));
  const others = [
    found('b'),
    found('a', 'deny', OTHER),
    found('a', 'deny', { ...POLICY, kind: 'Service' }),
    found('a', 'deny', { ...POLICY, namespace: 'dev' }),
  ];
  expect(new Set([found('a'), ...others].map(faultKey)).size).toBe(5);
});

test('That a policy is missing is a fault of its own', () => {
  expect(['ingress-not-isolated', 'egress-not-isolated', 'host-network'].map(rule => isAbsence(found(rule)))).toEqual([
    true,
    true,
    false,
  ]);
});

test('A decision tells its findings of its server', () => {
  const exception = { by: 'policy', object: POLICY, reason: 'r', expires: '2999-01-01' } as const;
  const subject: ObjectRef = { kind: 'Pod', namespace: 'prod', name: 'a' };
  const decision = {
    subject,
    findings: [found('a')],
    excepted: [{ ...found('b'), exception }],
  } as unknown as Decision<Found>;
  const { findings, excepted } = toldDecision(decision);
  expect([findings[0]?.subject, excepted[0]?.subject, excepted[0]?.exception]).toEqual([subject, subject, exception]);
});

describe('A policy alone stands for a server', () => {
  const policy = (name: string, podSelector: Fields, more: Fields = {}, namespace = 'prod'): Fields => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector, policyTypes: ['Ingress', 'Egress'], ...more },
  });
  const judge = createJudge(policyOf({}));
  const named = (...manifests: readonly Fields[]): readonly string[] => {
    const world = buildWorld(decodeAll(manifests));
    const policies = decodeAll(manifests).filter(isNetworkPolicy);
    return judgeVirtualServers(judge, world, policies).map(
      ({ subject, mcp }) => `${subject.kind} ${subject.namespace}/${subject.name} ${mcp.standing}`,
    );
  };
  const MCP = { matchLabels: { app: 'weather-mcp-server' } };

  // biome-ignore format: one line a case
  test.each<[what: string, manifests: readonly Fields[], servers: readonly string[]]>([
    ['by its selector', [policy('p', MCP)], ['NetworkPolicy prod/p suspected']],
    ['by its name', [policy('mcp-server', { matchLabels: { app: 'x' } })], ['NetworkPolicy prod/mcp-server suspected']],
    ['not without a sign', [policy('p', { matchLabels: { app: 'x' } })], []],
    ['once, where two ask for the same labels', [policy('p', MCP), policy('q', MCP)], ['NetworkPolicy prod/p suspected']],
    ['each, in namespaces of their own', [policy('p', MCP), policy('q', MCP, {}, 'dev')], ['NetworkPolicy prod/p suspected', 'NetworkPolicy dev/q suspected']],
    ['not where it may select a workload', [policy('p', MCP), workloadManifest({ called: 'a', namespace: 'prod', labels: MCP.matchLabels })], []],
    ['in spite of a workload that it does not select', [policy('p', MCP), workloadManifest({ called: 'a', namespace: 'prod', labels: { app: 'x' } })], ['NetworkPolicy prod/p suspected']],
  ])('%s', (_, manifests, servers) => {
    expect(named(...manifests)).toEqual(servers);
  });

  test('with the labels that it asks for, and the ports that it names', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['b', 'a'] },
      { key: 'team', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
      { key: 'env', operator: 'NotIn', values: ['dev'] },
    ];
    const ingress = [{ ports: [{ port: 'mcp' }, { protocol: 'UDP', port: 'dns' }, { port: 80 }] }];
    const [object] = decodeAll([policy('p', { matchLabels: { app: 'x' }, matchExpressions }, { ingress })]);
    const { kind, podLabels, selectorLabels, containers, meta } = virtualServer(object as NetworkPolicy);
    const labels = [
      ['app', 'x'],
      ['tier', 'a'],
      ['team', 'true'],
    ];
    expect([kind, [...podLabels], [...selectorLabels], [...meta.labels]]).toEqual(['Pod', labels, labels, labels]);
    expect(containers.flatMap(({ ports }) => ports)).toEqual([
      { name: 'mcp', protocol: 'TCP', number: 8080, hostPort: 0 },
      { name: 'dns', protocol: 'UDP', number: 8080, hostPort: 0 },
    ]);
    const [open] = decodeAll([policy('q', {}, { policyTypes: ['Egress'] })]);
    expect(virtualServer(open as NetworkPolicy).containers.flatMap(({ ports }) => ports)).toEqual([]);
  });
});
