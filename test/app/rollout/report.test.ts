import { describe, expect, it } from 'vitest';
import { rolloutReport } from '../../../src/app/rollout/report.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import {
  closingPolicy,
  deployment,
  namespace,
  openingPolicy,
  policyOf,
  testPolicy,
  worldOf,
} from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';
import { at } from './scene.ts';

const { rollout } = policyOf({ rollout: [{ name: 'all', auditDays: 2, warnDays: 1 }] });
const CLIENT = workloadManifest({ called: 'web', namespace: 'shop', labels: { app: 'web' } });

function reported(absentPolicy: 'reject' | 'hold' | 'create', ...others: readonly Fields[]) {
  const { namespaces } = rolloutReport({
    world: worldOf(namespace(), deployment(), ...others),
    policy: testPolicy({ mode: 'audit', absentPolicy, rollout }),
    state: undefined,
    nowMs: at('2026-12-01'),
    ownNamespace: 'chokepoint-system',
    only: [],
    dates: (_, rule) => (rule === 'ingress-beyond-gateway' ? { openSince: '2026-11-03T08:00:00Z', openDays: 28 } : {}),
    judged: () => ({ judgedSince: '2026-11-01T08:00:00Z', judgedDays: 30 }),
    reviews: () => ({ refused: 1, tolerated: 2, since: '2026-11-03T08:00:00Z' }),
  });
  const [one] = namespaces;
  if (one === undefined) throw new Error('no namespace');
  return one;
}

describe('A report on rollouts says of a namespace what enforce would do to it today:', () => {
  it('nothing to a server that is closed', () => {
    expect(reported('create', closingPolicy())).toMatchObject({
      servers: 1,
      open: 0,
      stopped: [],
      policies: [],
      cut: [],
    });
  });

  it('refuse an open one, with the reasons', () => {
    const { open, stopped, openSince } = reported('create', closingPolicy(), openingPolicy());
    expect(stopped.map(({ fate }) => fate)).toEqual(['refused']);
    expect(stopped[0]?.reasons).toHaveLength(open);
    expect(stopped[0]?.reasons.join()).toContain('ingress-beyond-gateway');
    expect(stopped[0]?.reasons.join()).toContain('(open since 2026-11-03, 28 days)');
    expect(openSince).toBe('2026-11-03T08:00:00Z');
    expect(stopped[0]).toMatchObject({ judgedSince: '2026-11-01T08:00:00Z', judgedDays: 30 });
  });

  it('write the policy that is absent, and cut whom that leaves out', () => {
    const { open, stopped, policies, cut } = reported('create', CLIENT);
    expect([open, stopped, policies.length]).toEqual([0, [], 1]);
    expect(cut.map(({ client }) => client)).toEqual(['shop/Deployment/web']);
    expect(cut[0]?.ports.length).toBeGreaterThan(0);
  });

  it.each<['reject' | 'hold', string]>([
    ['reject', 'refused'],
    ['hold', 'waits'],
  ])('under %s, a server without its policy is told as %s', (absentPolicy, fate) => {
    const { open, stopped, policies } = reported(absentPolicy);
    expect([open > 0, stopped.map(one => one.fate), policies]).toEqual([true, [fate], []]);
  });
});

it('A report leaves out what no rollout names, and what is not asked for', () => {
  const world = worldOf(namespace(), { ...namespace(), metadata: { name: 'kube-system' } });
  const unknown = { dates: undefined, judged: () => ({}), reviews: () => undefined };
  const request = { world, policy: testPolicy({ rollout }), state: undefined, nowMs: at('2026-12-01'), ...unknown };
  const names = (ownNamespace: string, only: readonly string[]): readonly string[] =>
    rolloutReport({ ...request, ownNamespace, only }).namespaces.map(one => one.namespace);
  expect(rolloutReport({ ...request, ownNamespace: 'gate', only: [] })).toMatchObject({
    isKept: false,
    isDated: false,
  });
  expect([names('gate', []), names('prod', []), names('gate', ['other'])]).toEqual([['prod'], [], []]);
});
