import { describe, expect, it } from 'vitest';
import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { KubeObject, NetworkPolicy, Workload } from '../../src/core/kube/types.ts';
import { judgeVirtualServers } from '../../src/core/virtual-server.ts';
import { buildWorld } from '../../src/core/world/build.ts';

const decode = createDecoder();

function object(value: Record<string, unknown>): KubeObject {
  const decoded = decode(value);
  if (decoded.kind !== 'object') throw new Error('a test object does not decode');
  return decoded.object;
}

const labels = { app: 'old-mcp' };
const spec = { containers: [{ name: 'mcp', image: 'mcp/fetch' }] };
const owner = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }];

const deployment = object({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'old-mcp', namespace: 'legacy' },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
});

const hashed = { ...labels, 'pod-template-hash': '1' };
const replicaSet = object({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'old-mcp-1', namespace: 'legacy', labels: hashed, ownerReferences: owner('Deployment', 'old-mcp') },
  spec: { selector: { matchLabels: hashed }, template: { metadata: { labels: hashed }, spec } },
});

function pod(change: { labels?: Record<string, string>; image?: string; namespace?: string }): Workload {
  return object({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'old-mcp-1-a',
      namespace: change.namespace ?? 'legacy',
      labels: change.labels ?? hashed,
      ownerReferences: owner('ReplicaSet', 'old-mcp-1'),
    },
    spec: { containers: [{ name: 'mcp', image: change.image ?? 'mcp/fetch' }] },
  }) as Workload;
}

const policy: GatePolicy = {
  ...builtinGatePolicy(),
  exceptions: [
    {
      namespace: 'legacy',
      kind: 'Deployment',
      name: 'old-mcp',
      rules: ['ingress-not-isolated', 'egress-not-isolated'],
      reason: 'TICKET-1',
      expires: '2026-12-31',
    },
  ],
};

describe('an exception for a Deployment', () => {
  const world = buildWorld([deployment, replicaSet]);
  const { evaluate } = createJudge(policy);
  const cases: readonly (readonly [title: string, subject: Workload, verdict: string])[] = [
    ['holds for the Deployment', deployment as Workload, 'allow'],
    ['holds for its ReplicaSet', replicaSet as Workload, 'allow'],
    ['holds for a Pod that the ReplicaSet made', pod({}), 'allow'],
    ['does not hold for a Pod that claims the owner with another program', pod({ image: 'mcp/other' }), 'deny'],
    [
      'does not hold for a Pod that claims the owner with further labels',
      pod({ labels: { ...hashed, extra: 'x' } }),
      'deny',
    ],
    ['does not hold in another namespace', pod({ namespace: 'other' }), 'deny'],
  ];
  it.each(cases)('%s', (_title, subject, verdict) => {
    expect(evaluate(world, subject).verdict).toBe(verdict);
  });
});

describe('an exception for a NetworkPolicy', () => {
  const open = object({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'old-mcp-server', namespace: 'legacy' },
    spec: { podSelector: { matchLabels: { app: 'old-mcp-server' } }, policyTypes: ['Egress'] },
  }) as NetworkPolicy;
  const verdicts = (name: string): readonly string[] => {
    const exceptions = policy.exceptions.map(exception => ({ ...exception, kind: 'NetworkPolicy', name }));
    const judge = createJudge({ ...policy, exceptions });
    return judgeVirtualServers(judge, buildWorld([open]), [open]).map(({ verdict }) => verdict);
  };

  it('holds for the server that the policy alone stands for', () => {
    expect(verdicts('old-mcp-server')).toEqual(['allow']);
    expect(verdicts('other')).toEqual(['deny']);
  });
});
