import { describe, expect, it } from 'vitest';
import { walkText } from '../../src/app/reach/walk-text.ts';
import type { ReachSide, ReachStep } from '../../src/core/netpol/reach.ts';

const admin = (index: number, action: ReachStep['action'], mayMatch = false): ReachStep => ({
  ...{ tier: 'Admin', policy: 'ClusterNetworkPolicy wall', path: `spec.ingress[${index}]`, action },
  ...(mayMatch && { mayMatch: true as const }),
});
const allowed = { policy: 'tools/a', path: 'spec.ingress[0].from[0]' };
const networkPolicy: ReachStep = { ...allowed, tier: 'NetworkPolicy', action: 'Allow' };

describe('The walk of reach --explain', () => {
  // biome-ignore format: one line a case
  it.each<[string, ReachSide, string]>([
    ['a Pass, then a NetworkPolicy', { allowed: true, by: [allowed], walk: [admin(2, 'Pass'), networkPolicy] }, '[Admin wall#2] Pass → [NetworkPolicy tools/a ingress[0].from[0]] allow'],
    ['a denial', { allowed: false, by: [], walk: [admin(0, 'Deny')] }, '[Admin wall#0] deny'],
    ['a Pass, and nothing behind it', { allowed: true, by: [], walk: [admin(0, 'Pass')] }, '[Admin wall#0] Pass → allow: no rule decides'],
    ['a Pass to NetworkPolicies that allow nothing', { allowed: false, by: [], walk: [admin(0, 'Pass')] }, '[Admin wall#0] Pass → deny: NetworkPolicies isolate its ingress, and no rule of theirs allows this'],
    ['a rule that may match', { allowed: null, by: [], walk: [admin(0, 'Deny', true)] }, '[Admin wall#0] may deny → not known'],
    ['NetworkPolicies alone', { allowed: true, by: [allowed] }, '[NetworkPolicy tools/a ingress[0].from[0]] allow'],
    ['no policy', { allowed: true, by: [] }, 'allow: no rule decides'],
  ])('%s', (_title, side, expected) => {
    expect(walkText(side, 'ingress')).toBe(expected);
  });
});
