import { describe, expect, it } from 'vitest';
import { addDays, isDate } from '../../src/core/calendar.ts';

describe('A date', () => {
  it.each(['2026-01-01', '2026-12-31', '2024-02-29', '2000-02-29', '0001-01-01'])('%s exists', text => {
    expect(isDate(text)).toBe(true);
  });

  it.each([
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '',
    'tomorrow',
    '2026/01/01',
    '２０２６-01-01',
  ])('"%s" does not', text => {
    expect(isDate(text)).toBe(false);
  });

  it.each([
    ['2026-11-21', 0, '2026-11-21'],
    ['2026-11-21', 30, '2026-12-21'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-02-28', 1, '2026-03-01'],
    ['2026-02-30', 1, undefined],
    ['9999-12-31', 1, undefined],
    ['2026-01-01', 1e300, undefined],
  ])('%s and %i days is %s', (date, days, later) => {
    expect(addDays(date, days)).toBe(later);
  });

  it('is followed by the next day of the Gregorian calendar', () => {
    const lengths = (year: number): readonly number[] => {
      const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
      return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    };
    const text = (year: number, month: number, day: number): string =>
      [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
    const days = Array.from({ length: 402 }, (_, index) => 1699 + index).flatMap(year =>
      lengths(year).flatMap((length, month) => Array.from({ length }, (_, day) => text(year, month + 1, day + 1))),
    );
    expect(days.filter((day, index) => index > 0 && addDays(days[index - 1] ?? '', 1) !== day)).toEqual([]);
    expect(addDays('1699-01-01', days.length - 1)).toBe(days.at(-1));
  });
});
