import { isDate } from '../../core/calendar.ts';
import { timeOf } from './record-line.ts';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** Milliseconds of `90s`, `30m`, `24h`, `7d` or `2w`; `undefined` for another text. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const unitMs = UNIT_MS.get(unit ?? '');
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/**
 * A time as it is asked for, in milliseconds since 1970: RFC 3339, a day (its beginning, UTC), or a duration before `nowMs`. `undefined`: it is none
 * of these.
 */
export function whenMs(text: string, nowMs: number): number | undefined {
  const duration = durationMs(text);
  if (duration !== undefined) return nowMs - duration;
  const time = isDate(text) ? Date.parse(text) : timeOf(text);
  return Number.isNaN(time) ? undefined : time;
}
