import { describe, expect, it } from 'vitest';
import type { PodExpression } from '../../../../src/core/kube/tiers.ts';
import type { Requirement } from '../../../../src/core/kube/types.ts';
import { podMeets } from '../../../../src/core/netpol/tiers/expression.ts';

const POD = {
  namespaceLabels: new Map([['kubernetes.io/metadata.name', 'shop']]),
  isNamespaceKnown: true,
  podLabels: new Map([['app', 'web']]),
  serviceAccount: 'reader',
};

const requirement = (key: string, operator: Requirement['operator'], ...values: readonly string[]): Requirement => ({
  key,
  operator,
  values: new Set(values),
});
const labels = (...selector: readonly Requirement[]): PodExpression => ({ kind: 'labels', selector });
const text = (operator: 'contains' | 'starts-with' | 'ends-with', value: string, key = 'app'): PodExpression => ({
  ...{ kind: 'text', of: 'labels', key, operator, value },
});
const not = (of: PodExpression): PodExpression => ({ kind: 'not', of });
const all = (...of: readonly PodExpression[]): PodExpression => ({ kind: 'all', of });
const any = (...of: readonly PodExpression[]): PodExpression => ({ kind: 'any', of });
const YES = labels();
const NO = not(YES);
const UNKNOWN: PodExpression = { kind: 'unknown' };

describe('A pod meets', () => {
  // biome-ignore format: one line a case
  it.each<[string, PodExpression, boolean | null]>([
    ['an empty selector', YES, true],
    ['labels', labels(requirement('app', 'In', 'web')), true],
    ['no other labels', labels(requirement('app', 'In', 'db')), false],
    ['labels of its namespace', { kind: 'namespace', selector: [requirement('kubernetes.io/metadata.name', 'In', 'shop')] }, true],
    ['no labels of its namespace as its own', labels(requirement('kubernetes.io/metadata.name', 'Exists')), false],
    ['its service account', { kind: 'service-account', names: new Set(['writer', 'reader']) }, true],
    ['no other service account', { kind: 'service-account', names: new Set(['writer']) }, false],
    ['what a label contains', text('contains', 'e'), true],
    ['what a label starts with', text('starts-with', 'we'), true],
    ['what a label ends with', text('ends-with', 'we'), false],
    ['nothing of a label that it has not', text('contains', '', 'tier'), false],
    ['no denial of what it meets', not(labels(requirement('app', 'Exists'))), false],
    ['all of nothing', all(), true],
    ['not any of nothing', any(), false],
    ['not all, where one is not met', all(YES, NO, UNKNOWN), false],
    ['any, where one is met', any(NO, UNKNOWN, YES), true],
    ['nobody knows, where one is not known: all', all(YES, UNKNOWN), null],
    ['nobody knows, where one is not known: any', any(NO, UNKNOWN), null],
    ['nobody knows, where what is denied is not known', not(UNKNOWN), null],
  ])('%s', (_title, condition, expected) => {
    expect(podMeets(condition, POD)).toBe(expected);
  });

  it('any label of a namespace of which nothing but the name is known, or none', () => {
    const shop = requirement('kubernetes.io/metadata.name', 'In', 'shop');
    const namespace = (...selector: readonly Requirement[]): PodExpression => ({ kind: 'namespace', selector });
    const meets = (condition: PodExpression) => podMeets(condition, { ...POD, isNamespaceKnown: false });
    expect(meets(namespace(requirement('team', 'In', 'a')))).toBe(null);
    expect(meets(namespace(shop, requirement('team', 'DoesNotExist')))).toBe(null);
    expect(meets(namespace(shop))).toBe(true);
    expect(meets(namespace({ ...shop, operator: 'NotIn' }, requirement('team', 'Exists')))).toBe(false);
    expect(meets({ kind: 'text', of: 'namespace', key: 'team', operator: 'contains', value: 'a' })).toBe(null);
  });
});
