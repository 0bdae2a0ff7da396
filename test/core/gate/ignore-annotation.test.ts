import { describe, expect, test } from 'vitest';
import { readIgnores } from '../../../src/core/gate/ignore-annotation.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import { NEVER_IGNORED } from '../../../src/core/never-ignored.ts';
import { RULES } from '../../../src/core/rules/index.ts';
import { testPolicy } from '../../support/reviews.ts';

const ALLOWED = {
  rules: new Set(['service-exposed', 'egress-reaches-cluster', 'egress-reaches-metadata']),
  longestDays: 90,
};
const ON_DAY = { day: '2026-11-27', exceptionsFromAnnotations: ALLOWED };

const read = (text: string, policy: Partial<GatePolicy> = ON_DAY) =>
  readIgnores(text, { policy: testPolicy(policy), never: NEVER_IGNORED });

/** What counts as `rule: reason / last day`; why the others do not. */
const told = (text: string, policy?: Partial<GatePolicy>): readonly string[] => {
  const { counted, refused } = read(text, policy);
  return [
    ...counted.map(({ rule, reason, expires }) => `${rule}: ${reason} / ${expires}`),
    ...refused.map(({ why }) => why),
  ];
};

const SHAPE = 'write it as RULE reason until YYYY-MM-DD';

describe('an annotation', () => {
  test.each<readonly [title: string, text: string, expected: readonly string[]]>([
    ['counts', 'service-exposed TICKET-1 until 2027-01-31', ['service-exposed: TICKET-1 / 2027-01-31']],
    [
      'has a reason of many words',
      'service-exposed moves in  March until 2027-01-31',
      ['service-exposed: moves in March / 2027-01-31'],
    ],
    [
      'may have "until" in its reason',
      'service-exposed not until May until 2027-01-31',
      ['service-exposed: not until May / 2027-01-31'],
    ],
    [
      'is read without the blanks around it',
      ' \t service-exposed T until 2027-01-31 \r',
      ['service-exposed: T / 2027-01-31'],
    ],
    ['holds on its last day', 'service-exposed T until 2026-11-27', ['service-exposed: T / 2026-11-27']],
    ['may run as long as is allowed', 'service-exposed T until 2027-02-25', ['service-exposed: T / 2027-02-25']],
    [
      'may not run a day longer',
      'service-exposed T until 2027-02-26',
      ['the GatePolicy allows 90 days at most: until 2027-02-25, as of today'],
    ],
    ['ends', 'service-exposed T until 2026-11-26', ['it ended on 2026-11-26']],
    [
      'needs a day that exists',
      'service-exposed T until 2027-02-29',
      ['"2027-02-29" is no date: write a day that exists as YYYY-MM-DD'],
    ],
    ['needs a whole date', 'service-exposed T until May', ['"May" is no date: write a day that exists as YYYY-MM-DD']],
    ['needs a reason', 'service-exposed until 2027-01-31', [SHAPE]],
    ['needs an end', 'service-exposed TICKET-1', [SHAPE]],
    ['needs a rule', 'until 2027-01-31', [SHAPE]],
    ['needs anything', '', [SHAPE]],
    ['is no number of blanks', ' \n ; ', [SHAPE]],
    [
      'needs a rule that exists',
      'service-exposd T until 2027-01-31',
      ['there is no rule "service-exposd"; did you mean "service-exposed"?'],
    ],
    ['has no wildcard', '* T until 2027-01-31', ['there is no rule "*"']],
    [
      'is about one rule',
      'service-exposed,egress-reaches-cluster T until 2027-01-31',
      ['there is no rule "service-exposed,egress-reaches-cluster"'],
    ],
    ['knows no property of objects', '__proto__ T until 2027-01-31', ['there is no rule "__proto__"']],
    [
      'needs a rule that is allowed',
      'host-network T until 2027-01-31',
      ['it guards cloud metadata, which no annotation sets aside'],
    ],
    [
      'is not allowed for others',
      'ingress-not-isolated T until 2027-01-31',
      ['the GatePolicy lets no annotation set this rule aside (exceptionsFromAnnotations)'],
    ],
    [
      'never sets metadata aside, though it be allowed',
      'egress-reaches-metadata T until 2027-01-31',
      ['it guards cloud metadata, which no annotation sets aside'],
    ],
    ['excuses no change', 'mode-lowered T until 2027-01-31', ['it judges changes, which no annotation sets aside']],
    [
      'may hold several entries, each by itself',
      'service-exposed A until 2027-01-31; nothing B until 2027-01-31\negress-reaches-cluster C until 2027-01-01;',
      ['service-exposed: A / 2027-01-31', 'egress-reaches-cluster: C / 2027-01-01', 'there is no rule "nothing"'],
    ],
    [
      'is not read where it is too long',
      `service-exposed ${'x'.repeat(4096)} until 2027-01-31`,
      ['it is longer than 4096 characters'],
    ],
  ])('%s', (_title, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test('counts nothing by default', () => {
    expect(told('service-exposed T until 2027-01-31', { day: '2026-11-27' })).toEqual([
      'the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations)',
    ]);
  });

  test('counts nothing where the day is not known', () => {
    expect(told('service-exposed T until 2027-01-31', { exceptionsFromAnnotations: ALLOWED })).toEqual([
      'it is not known which day it is',
    ]);
  });

  test('of which an entry has ended is told apart from one that never counted', () => {
    const { refused } = read('service-exposed T until 2026-11-26; ingress-not-isolated T until 2026-11-26');
    expect(refused.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  });

  test('is quoted in its beginning alone', () => {
    const [refused] = read(`nothing ${'x'.repeat(1000)}`).refused;
    expect(refused?.text).toBe(`nothing ${'x'.repeat(111)}…`);
  });

  test('of the longest size is read at once', () => {
    const texts = [' '.repeat(4096), ';'.repeat(4096), `a${' until'.repeat(680)}`, 'x '.repeat(2048)];
    for (const text of texts) expect(read(text).counted).toEqual([]);
  });
});

test('what is never set aside are the rules under which metadata is within reach, and those about changes', () => {
  const ofServers = RULES.filter(({ id, judges }) => judges === 'server' && NEVER_IGNORED.has(id)).map(({ id }) => id);
  expect(ofServers).toEqual([
    'egress-not-isolated',
    'egress-reaches-link-local',
    'egress-reaches-metadata',
    'host-network',
  ]);
  const ofChanges = RULES.filter(({ judges }) => judges !== 'server').map(({ id }) => id);
  expect([...NEVER_IGNORED.keys()].filter(id => !ofServers.includes(id))).toEqual(ofChanges);
});
