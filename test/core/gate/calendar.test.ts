import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, isDate } from '../../../src/core/gate/calendar.ts';

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
  ])('%s and %i days is %s', (date, days, later) => {
    expect(addDays(date, days)).toBe(later);
  });

  it('is counted as the calendar of the runtime counts', () => {
    const start = Date.UTC(2000, 0, 1);
    fc.assert(
      fc.property(fc.nat(40_000), fc.nat(4_000), (offset, days) => {
        const day = (count: number): string => new Date(start + count * 86_400_000).toISOString().slice(0, 10);
        expect(addDays(day(offset), days)).toBe(day(offset + days));
      }),
    );
  });
});
