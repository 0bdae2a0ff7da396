import { describe, expect, test } from 'vitest';
import { isTimeZone, minutesOf, nextAt, wallClock } from '../../../src/app/notify/local-time.ts';

const MINUTE_MS = 60_000;
const ms = (text: string): number => Date.parse(text);
const iso = (time: number): string => new Date(time).toISOString().slice(0, 16);

describe('A time of day', () => {
  test.each<[text: string, minutes: number | undefined]>([
    ['00:00', 0],
    ['07:30', 450],
    ['23:59', 1439],
    ['24:00', undefined],
    ['7:30', undefined],
    ['07:60', undefined],
    ['', undefined],
    ['07:30:00', undefined],
  ])('%s is %s', (text, minutes) => {
    expect(minutesOf(text)).toBe(minutes);
  });
});

test('Time zones are those of the IANA database', () => {
  expect(['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Europe/Atlantis', ''].map(isTimeZone)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe('The clock on the wall', () => {
  test.each([
    ['Europe/Berlin', '2026-11-27T07:00:00Z', 'Fri', 480],
    ['Europe/Berlin', '2026-07-03T22:30:00Z', 'Sat', 30],
    ['Asia/Kathmandu', '2026-11-27T18:15:00Z', 'Sat', 0],
    ['America/New_York', '2026-11-27T04:59:00Z', 'Thu', 1439],
  ])('in %s at %s shows %s, %i minutes', (zone, time, day, minutes) => {
    expect(wallClock(zone, ms(time))).toEqual({ day, minutes });
  });
});

describe('The next time that the clock shows a time of day', () => {
  test.each<[zone: string, now: string, at: string, next: string]>([
    ['UTC', '2026-11-27T08:00:00Z', '09:00', '2026-11-27T09:00'],
    ['UTC', '2026-11-27T09:00:00Z', '09:00', '2026-11-28T09:00'],
    ['Europe/Berlin', '2026-11-27T23:30:00Z', '07:00', '2026-11-28T06:00'],
    // The clocks are put forward on 29 March 2026, from 02:00 to 03:00.
    ['Europe/Berlin', '2026-03-28T23:30:00Z', '07:00', '2026-03-29T05:00'],
    ['Europe/Berlin', '2026-03-29T00:30:00Z', '02:30', '2026-03-29T01:30'],
    // And back on 25 October, from 03:00 to 02:00.
    ['Europe/Berlin', '2026-10-24T22:30:00Z', '07:00', '2026-10-25T06:00'],
  ])('in %s after %s, for %s, is %s', (zone, now, at, next) => {
    expect(iso(nextAt(zone, minutesOf(at) ?? 0, ms(now)))).toBe(next);
  });

  /** Looks at every minute. */
  function byLooking(zone: string, minutes: number, now: number): number {
    let time = Math.floor(now / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    while (wallClock(zone, time).minutes !== minutes) time += MINUTE_MS;
    return time;
  }

  test('is the first minute at which it does, in any zone and season', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']) {
      for (const [index, day] of ['2026-01-10', '2026-03-29', '2026-06-30', '2026-10-25', '2026-11-01'].entries()) {
        // None that is skipped, or comes twice, in any of them.
        const minutes = [0, 299, 437, 720, 1439][index] ?? 0;
        const now = ms(`${day}T00:00:30Z`) + index * 7 * 3_600_000;
        expect([zone, day, iso(nextAt(zone, minutes, now))]).toEqual([zone, day, iso(byLooking(zone, minutes, now))]);
      }
    }
  });
});
