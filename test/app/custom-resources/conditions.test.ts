import { describe, expect, test } from 'vitest';
import { conditionsFor, ready, reasonOf } from '../../../src/app/custom-resources/conditions.ts';
import { gateExceptionConditions } from '../../../src/app/custom-resources/gate-exception-status.ts';
import { gatePolicyConditions } from '../../../src/app/custom-resources/gate-policy-status.ts';
import { decodeGatePolicy } from '../../../src/core/gate/document/decode-gate-policy.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { GateException } from '../../../src/core/kube/types.ts';
import { decodeAll, testPolicy } from '../../support/reviews.ts';

const document = (spec: Fields): Fields => ({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec });
const texts = (name: string, spec: Fields, file?: string, lacks: readonly string[] = []): readonly string[] =>
  gatePolicyConditions(name, decodeGatePolicy(document(spec)), { file, lacks }).map(
    ({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`,
  );

test.each<readonly [title: string, name: string, spec: Fields, file: string | undefined, expected: readonly string[]]>([
  [
    'a good one named default counts',
    'default',
    {},
    undefined,
    ['Ready True InForce: the gate judges by it', 'Degraded False InForce: it can be used'],
  ],
  [
    'its warnings are told',
    'default',
    { exceptionsFromNamespaces: { rules: ['host-network'], longestDays: 9 } },
    undefined,
    [
      'Ready True InForce: the gate judges by it, with warnings: spec.exceptionsFromNamespaces.rules[0]: "host-network" stays: it guards cloud metadata',
      'Degraded False InForce: it can be used',
    ],
  ],
  [
    'one that cannot be used has the reason of its first problem, and tells all',
    'default',
    { mode: 'x', preset: 'y' },
    undefined,
    [
      'Ready False InvalidValue: it cannot be used: the last good one stays in force',
      'Degraded True InvalidValue: spec.preset: must be one of baseline, restricted; spec.mode: must be one of off, audit, warn, enforce',
    ],
  ],
  [
    'one of another name does not count, whatever it says',
    'other',
    { mode: 'x' },
    undefined,
    [
      'Ready False NotDefault: only the GatePolicy named "default" counts',
      'Degraded False NotDefault: only the GatePolicy named "default" counts',
    ],
  ],
  [
    'a file holds over it',
    'default',
    {},
    '/etc/chokepoint.yaml',
    [
      'Ready False Ignored: the file /etc/chokepoint.yaml configures the gate, and holds over this object',
      'Degraded False Ignored: the file /etc/chokepoint.yaml configures the gate, and holds over this object',
    ],
  ],
])('of GatePolicies, %s', (_title, name, spec, file, expected) => {
  expect(texts(name, spec, file)).toEqual(expected);
});

const exception = (rules: readonly unknown[], expires = '2027-01-31'): GateException => {
  const spec = { object: { kind: 'Deployment', name: 'weather' }, rules, reason: 'T-1', expires };
  const metadata = { name: 'one', namespace: 'tools' };
  const [object] = decodeAll([{ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GateException', metadata, spec }]);
  return object as GateException;
};
const POLICY = testPolicy({
  day: '2026-11-27',
  exceptionsFromNamespaces: { rules: new Set(['service-exposed']), longestDays: 90 },
});

test.each<readonly [title: string, given: GateException, expected: string]>([
  [
    'one that counts says for what, and until when',
    exception(['service-exposed']),
    'True Counts: sets findings of service-exposed aside for Deployment weather until 2027-01-31',
  ],
  [
    'one of whose rules some count says both',
    exception(['service-exposed', 'node-access']),
    'True PartlyAllowed: sets findings of service-exposed aside for Deployment weather until 2027-01-31; "node-access T-1 until 2027-01-31" sets nothing aside: the GatePolicy lets no GateException set this rule aside (exceptionsFromNamespaces)',
  ],
  [
    'one that is not allowed says why',
    exception(['node-access']),
    'False NotAllowed: "node-access T-1 until 2027-01-31" sets nothing aside: the GatePolicy lets no GateException set this rule aside (exceptionsFromNamespaces)',
  ],
  [
    'one that has ended says so',
    exception(['service-exposed'], '2026-11-26'),
    'False Ended: "service-exposed T-1 until 2026-11-26" sets nothing aside: it ended on 2026-11-26',
  ],
  ['one that cannot be read says so', exception([7]), 'False Invalid: it cannot be read, and sets nothing aside'],
])('of GateExceptions, %s', (_title, given, expected) => {
  const [said] = gateExceptionConditions(given, POLICY);
  expect(`${said?.status} ${said?.reason}: ${said?.message}`).toBe(expected);
});

describe('conditions', () => {
  const NOW = '2026-11-27T08:00:00Z';
  const said = [ready('True', 'Counts', 'it counts')];
  const known = {
    ...ready('True', 'Counts', 'it counts'),
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration: 2,
  };

  test.each<
    readonly [title: string, generation: number, conditions: readonly (typeof known)[], time: string | undefined]
  >([
    ['are not written where they stand there', 2, [known], undefined],
    ['are written where there are none', 2, [], NOW],
    ['keep their time where the spec alone changed', 3, [known], known.lastTransitionTime],
    [
      'keep their time where the reason alone changed',
      2,
      [{ ...known, reason: 'PartlyAllowed' }],
      known.lastTransitionTime,
    ],
    ['have a new time where the status changed', 2, [{ ...known, status: 'False' }], NOW],
    ['are written anew beside others', 2, [known, { ...known, type: 'Other' }], known.lastTransitionTime],
  ])('%s', (_title, generation, conditions, time) => {
    const written = conditionsFor(said, { generation, conditions }, NOW);
    expect(written?.map(one => one.lastTransitionTime)).toEqual(time && [time]);
    expect(written?.every(one => one.observedGeneration === generation) ?? true).toBe(true);
  });

  test('are bounded, whatever stands in an object', () => {
    const [one] =
      conditionsFor([ready('False', 'Invalid', 'x'.repeat(100_000))], { generation: 1, conditions: [] }, NOW) ?? [];
    expect(one?.message.length).toBeLessThanOrEqual(4096);
  });

  test('have reasons that the API takes', () => {
    expect(['unknown-name', 'required'].map(reasonOf)).toEqual(['UnknownName', 'Required']);
  });
});

test('one in force whose ranges lack addresses that are in use is degraded', () => {
  expect(texts('default', {}, undefined, ['pods lack 10.9.0.7/32', 'nodes lack 10.8.0.1/32'])).toEqual([
    'Ready True InForce: the gate judges by it',
    'Degraded True RangeIncomplete: pods lack 10.9.0.7/32; nodes lack 10.8.0.1/32',
  ]);
});
