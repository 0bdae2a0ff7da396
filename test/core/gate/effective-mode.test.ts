import { describe, expect, test } from 'vitest';
import { postureOf, stricterMode } from '../../../src/core/gate/effective-mode.ts';
import { policyOn } from '../../../src/core/gate/policy-on.ts';
import type { GatePolicy, Mode } from '../../../src/core/gate/types.ts';
import { testPolicy } from '../../support/reviews.ts';

const MODE = 'chokepoint.dev/mode';
const ABSENT = 'chokepoint.dev/absent-policy';
const RULESET = 'chokepoint.dev/ruleset';

describe('postureOf', () => {
  const policy: GatePolicy = testPolicy({ mode: 'warn', absentPolicy: 'hold' });
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['no label', {}, 'warn hold v1'],
    ['a mode', { [MODE]: 'off' }, 'off hold v1'],
    ['an absent-policy', { [ABSENT]: 'create' }, 'warn create v1'],
    ['all three', { [MODE]: 'enforce', [ABSENT]: 'reject', [RULESET]: 'v1' }, 'enforce reject v1'],
    [
      'an empty mode',
      { [MODE]: '' },
      'enforce hold v1 (label chokepoint.dev/mode: "" is none of off, audit, warn, enforce; enforce applies)',
    ],
    [
      'a mode in capitals',
      { [MODE]: 'Off' },
      'enforce hold v1 (label chokepoint.dev/mode: "Off" is none of off, audit, warn, enforce; enforce applies)',
    ],
    [
      'a key of Object as absent-policy',
      { [ABSENT]: 'constructor' },
      'warn reject v1 (label chokepoint.dev/absent-policy: "constructor" is none of reject, hold, create; reject applies)',
    ],
    [
      'an unknown ruleset',
      { [RULESET]: 'v2' },
      'warn hold v1 (label chokepoint.dev/ruleset: "v2" is none of v1; v1 applies)',
    ],
  ];
  test.each(rows)('%s: %j is %s', (_what, labels, expected) => {
    const { mode, absentPolicy, ruleset, warnings } = postureOf(new Map(Object.entries(labels)), policy);
    const said = warnings.length > 0 ? ` (${warnings.join('; ')})` : '';
    expect(`${mode} ${absentPolicy} ${ruleset}${said}`).toBe(expected);
  });
});

describe('postureOf, where no mode is stricter than a limit', () => {
  const stricter = (asked: string, limit: string) =>
    `${limit} (label chokepoint.dev/mode: "${asked}" is stricter than this gate's limit; ${limit} applies)`;
  const rows: readonly (readonly [Mode, Mode, string | undefined, string])[] = [
    ['audit', 'enforce', undefined, 'audit'],
    ['audit', 'off', undefined, 'off'],
    ['audit', 'audit', undefined, 'audit'],
    ['audit', 'enforce', 'off', 'off'],
    ['audit', 'enforce', 'warn', stricter('warn', 'audit')],
    ['audit', 'audit', 'enforce', stricter('enforce', 'audit')],
    ['warn', 'audit', 'enforce', stricter('enforce', 'warn')],
    ['warn', 'audit', 'warn', 'warn'],
    ['off', 'audit', 'audit', stricter('audit', 'off')],
    [
      'audit',
      'off',
      'strict',
      'audit (label chokepoint.dev/mode: "strict" is none of off, audit, warn, enforce; audit applies)',
    ],
    ['enforce', 'audit', 'enforce', 'enforce'],
  ];
  test.each(rows)('limit %s, configuration %s, label %s: %s', (modeLimit, mode, label, expected) => {
    const labels = new Map(label === undefined ? [] : [[MODE, label]]);
    const posture = postureOf(labels, testPolicy({ mode, modeLimit }));
    expect([posture.mode, ...posture.warnings.map(said => `(${said})`)].join(' ')).toBe(expected);
  });
});

test.each([
  ['off', 'audit', 'audit'],
  ['enforce', 'warn', 'enforce'],
  ['warn', 'warn', 'warn'],
] as const)('of %s and %s the stricter is %s', (first, second, expected) => {
  expect(stricterMode(first, second)).toBe(expected);
});

test('an exception holds until the end of its last day', () => {
  const exception = { namespace: 'legacy', kind: 'Deployment', name: 'old', rules: ['host-network'], reason: 'T-1' };
  const policy = testPolicy({ exceptions: [{ ...exception, expires: '2026-12-31' }] });
  expect(policyOn(policy, '2026-12-31')).toEqual({ ...policy, day: '2026-12-31' });
  expect(policyOn(policy, '2027-01-01').exceptions).toEqual([]);
});
