import { describe, expect, test } from 'vitest';
import type { QuietHours } from '../../../src/app/notify/config.ts';
import { afterQuiet, dueMs } from '../../../src/app/notify/due.ts';
import type { Severity } from '../../../src/app/notify/event.ts';
import { DAYS, type Day, minutesOf } from '../../../src/app/notify/local-time.ts';
import { rule } from './events.ts';

const ms = (text: string): number => Date.parse(`${text}Z`);
const iso = (time: number): string => new Date(time).toISOString().slice(0, 19);

const quiet = (from: string, to: string, days: readonly Day[] = DAYS, timeZone = 'UTC'): QuietHours => ({
  timeZone,
  from: minutesOf(from) ?? 0,
  to: minutesOf(to) ?? 0,
  days: new Set(days),
  unless: 'critical',
});

const NIGHT = quiet('22:00', '07:00');
const NOON = quiet('12:00', '13:00');
const WEEKEND = quiet('00:00', '00:00', ['Sat', 'Sun']);
const FRIDAY_NIGHT = quiet('22:00', '07:00', ['Fri']);

/** 27 November 2026 is a Friday. */
describe('Quiet hours end', () => {
  test.each<[hours: QuietHours, now: string, then: string]>([
    [NIGHT, '2026-11-27T21:59:59', '2026-11-27T21:59:59'],
    [NIGHT, '2026-11-27T22:00:00', '2026-11-28T07:00:00'],
    [NIGHT, '2026-11-28T06:59:59', '2026-11-28T07:00:00'],
    [NIGHT, '2026-11-28T07:00:00', '2026-11-28T07:00:00'],
    [NOON, '2026-11-27T12:30:00', '2026-11-27T13:00:00'],
    [NOON, '2026-11-27T13:00:00', '2026-11-27T13:00:00'],
    [WEEKEND, '2026-11-28T10:00:00', '2026-11-30T00:00:00'],
    [WEEKEND, '2026-11-27T23:59:59', '2026-11-27T23:59:59'],
    [FRIDAY_NIGHT, '2026-11-28T03:00:00', '2026-11-28T07:00:00'],
    [FRIDAY_NIGHT, '2026-11-28T23:00:00', '2026-11-28T23:00:00'],
    [FRIDAY_NIGHT, '2026-11-27T03:00:00', '2026-11-27T03:00:00'],
    [quiet('22:00', '07:00', DAYS, 'Europe/Berlin'), '2026-11-27T21:30:00', '2026-11-28T06:00:00'],
    [quiet('22:00', '07:00', DAYS, 'Europe/Berlin'), '2026-10-24T22:00:00', '2026-10-25T06:00:00'],
  ])('%j: after %s, at %s', (hours, now, then) => {
    expect(iso(afterQuiet(hours, ms(now)))).toBe(then);
  });

  test('though they never end, at the eighth day', () => {
    expect(iso(afterQuiet(quiet('00:00', '00:00'), ms('2026-11-27T10:00:00')))).toBe('2026-12-05T00:00:00');
  });
});

describe('A message that an event begins goes', () => {
  const grouped = rule({ groupMs: 30_000 });
  const digest = { timeZone: 'UTC', at: 540 };
  test.each<[what: string, given: Parameters<typeof rule>[0], severity: Severity, now: string, then: string]>([
    ['at once', {}, 'low', '2026-11-27T10:00:00', '2026-11-27T10:00:00'],
    ['after the time for others', grouped, 'low', '2026-11-27T10:00:00', '2026-11-27T10:00:30'],
    ['after quiet hours', { ...grouped, quietHours: NIGHT }, 'high', '2026-11-27T23:00:00', '2026-11-28T07:00:00'],
    [
      'after those that begin meanwhile',
      { ...grouped, quietHours: NIGHT },
      'high',
      '2026-11-27T21:59:45',
      '2026-11-28T07:00:00',
    ],
    ['in spite of them', { ...grouped, quietHours: NIGHT }, 'critical', '2026-11-27T23:00:00', '2026-11-27T23:00:30'],
    [
      'in spite of them, as they say',
      { quietHours: { ...NIGHT, unless: 'high' } },
      'high',
      '2026-11-27T23:00:00',
      '2026-11-27T23:00:00',
    ],
    [
      'with the digest',
      { ...grouped, quietHours: NIGHT, digest },
      'critical',
      '2026-11-27T23:00:00',
      '2026-11-28T09:00:00',
    ],
    ['with the digest of the same day', { digest }, 'low', '2026-11-27T08:59:59', '2026-11-27T09:00:00'],
  ])('%s', (_, given, severity, now, then) => {
    expect(iso(dueMs(rule(given), severity, ms(now)))).toBe(then);
  });
});
