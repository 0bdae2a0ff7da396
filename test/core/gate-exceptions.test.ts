import { describe, expect, test } from 'vitest';
import { judgeManifests } from '../../src/app/report/judge-manifests.ts';
import type { Decision } from '../../src/core/decision.ts';
import { MOST_EXCEPTIONS_OF_ONE } from '../../src/core/exceptions.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import { NEVER_IGNORED } from '../../src/core/never-ignored.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { CLOSED, OPEN, SERVER } from '../cli/manifests.ts';
import { policyOf } from '../support/reviews.ts';
import { parseYaml } from '../support/yaml.ts';

/** GateExceptions among the objects: what they set aside, and what they ask for in vain. */

const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } },
  podSelector: { matchLabels: { app: 'envoy' } },
};
const POLICY: GatePolicy = {
  ...policyOf({ gateways: [{ name: 'envoy', from: [GATEWAY] }] }),
  day: '2026-11-27',
  exceptionsFromNamespaces: { rules: new Set(RULES.map(({ id }) => id)), longestDays: 90 },
};
const OBJECTS = [SERVER, CLOSED, OPEN].flatMap(parseYaml) as readonly Fields[];

interface Written {
  readonly kind?: string;
  readonly name?: string;
  readonly rules?: readonly unknown[];
  readonly expires?: string;
  readonly namespace?: string;
  readonly more?: Fields;
}

const exception = ({
  kind = 'Deployment',
  name = 'orders',
  rules = ['ingress-beyond-gateway'],
  expires = '2027-01-31',
  namespace = 'shop',
  more = {},
}: Written = {}): Fields => ({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'GateException',
  metadata: { name: 'one', namespace },
  spec: { object: { kind, name }, rules, reason: 'T-1', expires, ...more },
});

const judged = (written: readonly Fields[], policy = POLICY) => judgeManifests([...OBJECTS, ...written], policy);
const decision = (written: readonly Fields[], policy = POLICY): Decision | undefined =>
  judged(written, policy).decisions[0];

describe('a GateException that is allowed sets a finding aside', () => {
  test.each<readonly [title: string, written: Written]>([
    ['for the server', {}],
    ['for the object at fault', { kind: 'NetworkPolicy', name: 'open' }],
    ['on its last day', { expires: '2026-11-27' }],
    ['for as long as is allowed', { expires: '2027-02-25' }],
  ])('%s', (_title, written) => {
    expect(decision([exception(written)])?.verdict).toBe('allow');
    expect(decision([exception(written)])?.excepted.map(({ rule, exception: by }) => ({ rule, ...by }))).toEqual([
      {
        rule: 'ingress-beyond-gateway',
        by: 'resource',
        object: { kind: 'GateException', namespace: 'shop', name: 'one' },
        reason: 'T-1',
        expires: written.expires ?? '2027-01-31',
      },
    ]);
  });
});

describe('a GateException sets nothing aside', () => {
  test.each<readonly [title: string, written: Written, policy: Partial<GatePolicy>, why: string]>([
    [
      'where the GatePolicy says nothing of it',
      {},
      { exceptionsFromNamespaces: undefined },
      'the GatePolicy lets no GateException set anything aside (exceptionsFromNamespaces)',
    ],
    [
      'where annotations alone are allowed',
      {},
      { exceptionsFromNamespaces: undefined, exceptionsFromAnnotations: POLICY.exceptionsFromNamespaces },
      'the GatePolicy lets no GateException set anything aside (exceptionsFromNamespaces)',
    ],
    [
      'for a rule that is not allowed',
      {},
      { exceptionsFromNamespaces: { rules: new Set(['service-exposed']), longestDays: 90 } },
      'the GatePolicy lets no GateException set this rule aside (exceptionsFromNamespaces)',
    ],
    ['after its last day', { expires: '2026-11-26' }, {}, 'it ended on 2026-11-26'],
    [
      'for a day longer than is allowed',
      { expires: '2027-02-26' },
      {},
      'the GatePolicy allows 90 days at most: until 2027-02-25, as of today',
    ],
    ['where nobody knows the day', {}, { day: undefined }, 'it is not known which day it is'],
    [
      'for a rule that nobody knows',
      { rules: ['ingress-beyond-gatway'] },
      {},
      'there is no rule "ingress-beyond-gatway"; did you mean "ingress-beyond-gateway"?',
    ],
    ...[...NEVER_IGNORED].map(
      ([rule, why]) => [`for ${rule}`, { rules: [rule] }, {}, `${why}, which no GateException sets aside`] as const,
    ),
  ])('%s', (_title, written, policy, why) => {
    const one = decision([exception(written)], { ...POLICY, ...policy });
    expect([one?.verdict, one?.excepted]).toEqual(['deny', []]);
    expect(one?.refusedExceptions.map(refused => refused.why)).toEqual([why]);
    const { issues } = judged([exception(written)], { ...POLICY, ...policy });
    expect(issues.map(({ severity, path, message }) => [severity, path, message.endsWith(why)])).toEqual([
      ['warning', 'spec', true],
    ]);
  });

  test.each<readonly [title: string, written: Written]>([
    ['for an object of another name', { name: 'other' }],
    ['for an object of another kind', { kind: 'StatefulSet' }],
    ['for a policy that is not at fault', { kind: 'NetworkPolicy', name: 'orders' }],
    ['in another namespace', { namespace: 'other' }],
    ['of another rule', { rules: ['service-exposed'] }],
  ])('%s, and is told to be unused', (_title, written) => {
    const { decisions, issues } = judged([exception(written)]);
    expect(decisions[0]?.verdict).toBe('deny');
    expect(issues.map(({ code }) => code)).toEqual(['unused-exception']);
  });
});

describe('a GateException that cannot be read sets nothing aside, and its field is named', () => {
  test.each<readonly [title: string, written: Written, issue: string]>([
    ['without rules', { rules: [] }, 'required spec.rules: must not be empty'],
    [
      'with more rules than there may be',
      { rules: Array.from({ length: 65 }, () => 'host-network') },
      'too-many spec.rules: must not have more than 64 items',
    ],
    [
      'with a number for a rule',
      { rules: [1] },
      'wrong-type spec.rules[0]: expected a string, got a number: write it in quotes, "1"',
    ],
    ['without a name', { name: ' ' }, 'required spec.object.name: must not be empty'],
    [
      'with a day that is none',
      { expires: '2027-02-30' },
      'invalid-date spec.expires: "2027-02-30" is no date: write a day that exists as YYYY-MM-DD',
    ],
    ['with a field that nobody knows', { more: { until: 'x' } }, 'unknown-field spec.until: unknown field "until"'],
    ['without a reason', { more: { reason: undefined } }, 'required spec.reason: is required'],
    ['without an object', { more: { object: undefined } }, 'required spec.object: is required'],
    [
      'with an object that is a text',
      { more: { object: 'Deployment' } },
      'wrong-type spec.object: expected an object, got a string',
    ],
  ])('%s', (_title, written, issue) => {
    const { decisions, issues } = judged([exception(written)]);
    expect(decisions[0]?.verdict).toBe('deny');
    expect(issues.map(({ code, path, message }) => `${code} ${path}: ${message}`)).toEqual([issue]);
    expect(issues.map(({ severity }) => severity)).toEqual(['error']);
  });

  test('whatever stands in its spec', () => {
    for (const spec of [undefined, null, 'x', [], 7, { rules: {}, object: [], reason: {}, expires: {} }]) {
      const { decisions, issues } = judged([{ ...exception(), spec }]);
      expect(decisions[0]?.verdict).toBe('deny');
      expect(issues.length).toBeGreaterThan(0);
    }
  });
});

test('the one that holds longest counts, and the GatePolicy before all', () => {
  const both = [exception(), { ...exception({ expires: '2027-02-01' }), metadata: { name: 'two', namespace: 'shop' } }];
  expect(decision(both)?.excepted[0]?.exception.object.name).toBe('two');
  const listed = { namespace: 'shop', kind: 'Deployment', name: 'orders', reason: 'T-2', expires: '2026-12-01' };
  const exceptions = [{ ...listed, rules: ['ingress-beyond-gateway'] }];
  expect(decision(both, { ...POLICY, exceptions })?.excepted[0]?.exception.by).toBe('policy');
});

test('of many for one object the first by name are looked at, whatever their order', () => {
  const named = (index: number, rules: readonly string[]): Fields => ({
    ...exception({ rules }),
    metadata: { name: `e${String(index).padStart(3, '0')}`, namespace: 'shop' },
  });
  const vain = Array.from({ length: MOST_EXCEPTIONS_OF_ONE }, (_, index) => named(index, ['host-network']));
  const [first, last] = [named(0, ['ingress-beyond-gateway']), named(999, ['ingress-beyond-gateway'])];
  expect(decision([last, ...vain])?.verdict).toBe('deny');
  expect(decision([last, ...vain])?.refusedExceptions.length).toBe(MOST_EXCEPTIONS_OF_ONE);
  expect(decision([...vain.slice(1), first])?.verdict).toBe('allow');
});
