import { describe, expect, test } from 'vitest';
import type { NotifyRule } from '../../../src/app/notify/config.ts';
import type { EventKind, NotifyEvent } from '../../../src/app/notify/event.ts';
import { isNamed, newsOf, planEvent } from '../../../src/app/notify/plan.ts';
import { event, memory, rule } from './events.ts';

const HOUR_MS = 3_600_000;

describe('A rule names an event', () => {
  const only = (...kinds: readonly EventKind[]): Partial<NotifyRule> => ({ events: new Set(kinds) });
  test.each<[what: string, given: Partial<NotifyRule>, of: Partial<NotifyEvent>, isTold: boolean]>([
    ['of any kind', {}, {}, true],
    ['of its kind', only('opened'), {}, true],
    ['and none of another', only('closed', 'refused'), {}, false],
    ['of its namespace', { namespaces: new Set(['tools']) }, {}, true],
    ['and none of another namespace', { namespaces: new Set(['shop']) }, {}, false],
    ['and none of no namespace', { namespaces: new Set(['shop']) }, { namespace: '' }, false],
    ['of no namespace, where it names none', {}, { namespace: '' }, true],
    ['as severe as it says', { minSeverity: 'high' }, {}, true],
    ['and none that is less severe', { minSeverity: 'critical' }, {}, false],
    ['that is more severe', { minSeverity: 'low' }, {}, true],
  ])('%s', (_, given, of, isTold) => {
    expect(isNamed(rule(given), event(of))).toBe(isTold);
  });
});

/** What is told of events that come an hour after one another, each by `KIND` and where it is over `-> SEVERITY`; `.` where nothing is. */
function told(given: Partial<NotifyRule>, events: readonly Partial<NotifyEvent>[]): string {
  const known = memory();
  const rules = [rule(given)];
  return events
    .map((fields, index) => {
      const now = index * HOUR_MS;
      const news = newsOf(event(fields), known, now);
      const entries = news === undefined ? [] : planEvent(news, rules, known, now);
      return (
        entries
          .map(entry => entry.event.kind + (entry.event.resolves ? ` -> ${entry.event.resolves.severity}` : ''))
          .join() || '.'
      );
    })
    .join(', ');
}

const OPENED = {};
const WORSE = { rules: ['host-network'], severity: 'critical' } as const;
const CLOSED = { kind: 'closed', severity: 'info', rules: [] } as const;
/** By the line: another gate let through what opened it. */
const MENDED = { ...CLOSED, resolves: { since: '', severity: 'high' } } as const;
const DELETED = { kind: 'deleted', severity: 'low', rules: [] } as const;
const REFUSED = { kind: 'refused' } as const;
const OTHER = { subject: { kind: 'Deployment', namespace: 'tools', name: 'other' } };

describe('It is told', () => {
  const OPENINGS: Partial<NotifyRule> = { events: new Set<EventKind>(['opened']) };
  const ENDS: Partial<NotifyRule> = { ...OPENINGS, resolved: true };
  const once = (...key: NonNullable<NotifyRule['oncePer']>['key']): Partial<NotifyRule> => ({
    oncePer: { key, forMs: 3 * HOUR_MS },
  });
  test.each<[what: string, given: Partial<NotifyRule>, events: readonly Partial<NotifyEvent>[], told: string]>([
    ['once that a server is open', {}, [OPENED, OPENED, OPENED], 'opened, ., .'],
    ['again where it is open for another reason', {}, [OPENED, WORSE, WORSE, OPENED], 'opened, opened, ., .'],
    ['of each server', {}, [OPENED, OTHER, OTHER], 'opened, opened, .'],
    ['that it is closed, where it was open', {}, [CLOSED, OPENED, CLOSED, CLOSED], '., opened, closed -> high, .'],
    ['with the worst that it was', {}, [OPENED, WORSE, CLOSED], 'opened, opened, closed -> critical'],
    ['that it is open again', {}, [OPENED, CLOSED, OPENED], 'opened, closed -> high, opened'],
    ['that what was open is deleted', {}, [OPENED, DELETED, DELETED, CLOSED], 'opened, deleted -> high, deleted, .'],
    ['not that it is closed, where nobody asks', OPENINGS, [OPENED, CLOSED], 'opened, .'],
    [
      'that it is over, where somebody was told',
      ENDS,
      [OPENED, CLOSED, OPENED, DELETED],
      'opened, closed -> high, opened, deleted -> high',
    ],
    [
      'not that it is over, where nobody was told',
      { ...ENDS, minSeverity: 'critical' },
      [OPENED, CLOSED, WORSE, CLOSED],
      '., ., opened, closed -> critical',
    ],
    ['that what another gate let through is closed', {}, [MENDED], 'closed -> high'],
    ['that it is over, as it would have told that it began', ENDS, [MENDED], 'closed -> high'],
    ['not that it is over, as it would not have', { ...ENDS, minSeverity: 'critical' }, [MENDED], '.'],
    ['once that it is over', ENDS, [OPENED, MENDED, CLOSED], 'opened, closed -> high, .'],
    [
      'not again that it is over, where only the first time was told',
      { ...ENDS, minSeverity: 'high' },
      [OPENED, CLOSED, { severity: 'low' }, CLOSED],
      'opened, closed -> high, ., .',
    ],
    ['not that something is deleted that was not open', ENDS, [DELETED], '.'],
    ['each time without oncePer', {}, [REFUSED, REFUSED], 'refused, refused'],
    ['once in that time', once('server'), [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED], 'refused, ., ., refused, .'],
    ['once of each server', once('server'), [REFUSED, { ...REFUSED, ...OTHER }, REFUSED], 'refused, refused, .'],
    [
      'once of each finding',
      once('server', 'finding'),
      [REFUSED, { ...REFUSED, rules: ['host-network'] }, REFUSED],
      'refused, refused, .',
    ],
    [
      'once by each user',
      once('user'),
      [REFUSED, { ...REFUSED, user: 'bob' }, { ...REFUSED, ...OTHER }],
      'refused, refused, .',
    ],
    [
      'once in a namespace',
      once('namespace'),
      [REFUSED, { ...REFUSED, ...OTHER }, { ...REFUSED, namespace: 'shop' }],
      'refused, ., refused',
    ],
    ['once of all', once(), [REFUSED, { ...REFUSED, namespace: 'shop' }], 'refused, .'],
    [
      'in spite of oncePer that it is over, and that it is back',
      { ...ENDS, ...once('server') },
      [OPENED, CLOSED, OPENED, CLOSED],
      'opened, closed -> high, opened, closed -> high',
    ],
  ])('%s', (_, given, events, expected) => {
    expect(told(given, events)).toBe(expected);
  });
});

test('Each receiver of each rule gets an entry of its own', () => {
  const rules = [
    rule({ name: 'a', to: ['one', 'two'] }),
    rule({ name: 'b', to: ['two'], groupBy: [], digest: { timeZone: 'UTC', at: 0 } }),
    rule({ name: 'c', to: ['one'], namespaces: new Set(['shop']) }),
  ];
  const entries = planEvent(event(), rules, memory(), 0);
  expect(
    entries.map(({ rule: name, receiver, group, dueMs, isCounted }) => ({ name, receiver, group, dueMs, isCounted })),
  ).toEqual([
    { name: 'a', receiver: 'one', group: '["opened","tools"]', dueMs: 0, isCounted: false },
    { name: 'a', receiver: 'two', group: '["opened","tools"]', dueMs: 0, isCounted: false },
    { name: 'b', receiver: 'two', group: 'digest', dueMs: 86_400_000, isCounted: true },
  ]);
});

test('A namespace adds receivers that allow it, each once', () => {
  const rules = [rule({ to: ['one'], annotated: new Set(['one', 'two']) }), rule({ name: 'b', to: ['one'] })];
  const entries = planEvent(event({ annotated: ['two', 'three', 'two', 'one'] }), rules, memory(), 0);
  expect(entries.map(({ rule: name, receiver }) => `${name} ${receiver}`)).toEqual(['all one', 'all two', 'b one']);
});
