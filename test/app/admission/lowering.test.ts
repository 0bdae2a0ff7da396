import { describe, expect, test } from 'vitest';
import type { JudgedServer } from '../../../src/app/admission/judge-review.ts';
import { allowedLowerings, loweredMode, modeChange, namespaceChange } from '../../../src/app/admission/lowering.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import type { Finding } from '../../../src/core/decision.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { MODES, type Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Namespace } from '../../../src/core/kube/types.ts';
import { decodeAll, deployment, namespace, policyOf, review } from '../../support/reviews.ts';

const CHANGERS = { users: ['root@example.com'], groups: ['platform'], serviceAccounts: ['ops/deployer'] };
const judgeOf = (spec: Fields = {}) => createJudge(policyOf({ mode: 'audit', ...spec }));
const asked = (user: Partial<Review['user']> = {}): Review => {
  const one = review('namespace-update-mode-lowered');
  return { ...one, user: { ...one.user, ...user } };
};
const space = (mode?: string): Namespace => {
  const [object] = decodeAll([namespace(mode === undefined ? {} : { 'chokepoint.dev/mode': mode })]);
  return object as Namespace;
};

describe('The modes of a Namespace under review are', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, before: string | undefined | 'new', after: string | undefined, enforced: boolean, modes: [Mode, Mode]]>([
    ['those of its labels', 'enforce', 'warn', false, ['enforce', 'warn']],
    ['those of the configuration, where it has none', undefined, undefined, false, ['audit', 'audit']],
    ['that of the configuration before, where it is new', 'new', 'off', false, ['audit', 'off']],
    ['enforce before, where one of its name enforced', 'new', 'off', true, ['enforce', 'off']],
    ['its own before, where it was there, whatever one of its name did', 'warn', 'off', true, ['warn', 'off']],
    ['the strictest, where a label cannot be read', 'enforce', 'of', false, ['enforce', 'enforce']],
  ])('%s', (_, before, after, enforced, [old, now]) => {
    const change = { ...(before !== 'new' && { before: space(before) }), after: space(after) };
    expect(modeChange(judgeOf(), change, () => enforced)).toEqual({ before: old, after: now });
  });

  test('those of a Namespace alone', () => {
    const [workload] = decodeAll([deployment()]);
    expect(workload && namespaceChange({ after: workload })).toBeUndefined();
    expect(namespaceChange({ before: space() })).toBeUndefined();
    expect(namespaceChange({ before: space('off'), after: space('warn') })).toEqual({
      before: space('off'),
      after: space('warn'),
    });
    expect(namespaceChange({ after: space() })).toEqual({ after: space() });
  });
});

describe('A lowered mode', () => {
  const told = (
    spec: Fields,
    user: Partial<Review['user']>,
    before: Mode = 'enforce',
    after: Mode = 'audit',
  ): readonly string[] =>
    loweredMode(judgeOf(spec), space(after), { before, after }, asked(user)).map(
      ({ decision: { verdict, subject }, mode, faults, remarks, absence }) =>
        `${verdict} ${subject.kind} ${mode} ${faults.map(({ messageId }) => messageId)}/${remarks.map(({ messageId }) => messageId)} ${absence}`,
    );
  const DENIED = ['deny Namespace enforce lowered/ reject'];
  const WARNED = ['allow Namespace enforce /nobody-named reject'];

  // biome-ignore format: one line a case
  test.each<[what: string, spec: Fields, user: Partial<Review['user']>, told: readonly string[]]>([
    ['is a warning, where nobody is named', {}, {}, WARNED],
    ['is denied to somebody who is not named', { modeChangers: CHANGERS }, { username: 'eve', groups: ['developers'] }, DENIED],
    ['is nothing by a named user', { modeChangers: CHANGERS }, { username: 'root@example.com', groups: [] }, []],
    ['is nothing by one of a named group', { modeChangers: CHANGERS }, { username: 'eve', groups: ['developers', 'platform'] }, []],
    ['is nothing by a named service account', { modeChangers: CHANGERS }, { username: 'system:serviceaccount:ops:deployer', groups: [] }, []],
    ['is denied to a service account of this name elsewhere', { modeChangers: CHANGERS }, { username: 'system:serviceaccount:dev:deployer', groups: [] }, DENIED],
    ['is denied to a user who is named as a group is', { modeChangers: CHANGERS }, { username: 'platform', groups: [] }, DENIED],
    ['is nothing where the rule is off', { rules: { 'mode-lowered': { level: 'off' } } }, {}, []],
    ['is a warning where the rule is one', { modeChangers: CHANGERS, rules: { 'mode-lowered': { level: 'warn' } } }, { username: 'eve', groups: [] }, ['allow Namespace enforce /lowered reject']],
  ])('%s', (_, spec, user, expected) => {
    expect(told(spec, user)).toEqual(expected);
  });

  test.each(MODES.flatMap(before => MODES.map(after => [before, after] as const)))(
    'from %s to %s is one only downwards',
    (before, after) => {
      expect(told({}, {}, before, after).length).toBe(MODES.indexOf(after) < MODES.indexOf(before) ? 1 : 0);
    },
  );
});

describe('To take a server out', () => {
  const finding = (rule: string): Finding => ({ rule }) as Finding;
  const server = {
    faults: [finding('server-opted-out'), finding('host-network')],
    remarks: [finding('cidr-ambiguous')],
  } as unknown as JudgedServer;
  const rules = (user: Partial<Review['user']>, spec: Fields = { modeChangers: CHANGERS }) =>
    allowedLowerings(policyOf(spec), asked(user), [server]).map(({ faults, remarks }) => [
      faults.map(({ rule }) => rule),
      remarks.map(({ rule }) => rule),
    ]);

  test('is told to those who may lower a mode, with all else as it is', () => {
    expect(rules({ groups: ['platform'] })).toEqual([[['host-network'], ['server-opted-out', 'cidr-ambiguous']]]);
  });

  test.each<[what: string, spec: Fields]>([
    ['is refused to others', { modeChangers: CHANGERS }],
    ['is refused where nobody is named', {}],
  ])('%s', (_, spec) => {
    expect(rules({ username: 'eve', groups: [] }, spec)).toEqual([
      [['server-opted-out', 'host-network'], ['cidr-ambiguous']],
    ]);
  });
});
