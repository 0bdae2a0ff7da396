import type { NotifyRule, QuietHours } from './config.ts';
import { isAtLeast, type Severity } from './event.ts';
import { DAYS, type Day, nextAt, wallClock } from './local-time.ts';

const dayBefore = (day: Day): Day => DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? day;

function isQuiet({ timeZone, from, to, days }: QuietHours, ms: number): boolean {
  const { day, minutes } = wallClock(timeZone, ms);
  if (from < to) return days.has(day) && minutes >= from && minutes < to;
  return (days.has(day) && minutes >= from) || (days.has(dayBefore(day)) && minutes < to);
}

/** The first time from `ms` on that is not in quiet hours. Where every minute of a week is, what is left of the eighth day from then. */
export function afterQuiet(quiet: QuietHours, ms: number): number {
  let time = ms;
  for (let nights = 0; nights <= DAYS.length && isQuiet(quiet, time); nights += 1)
    time = nextAt(quiet.timeZone, quiet.to, time);
  return time;
}

/** When a message goes, at the latest, that an event begins now. Times are in milliseconds since 1970. */
export function dueMs({ digest, groupMs, quietHours }: NotifyRule, severity: Severity, nowMs: number): number {
  if (digest !== undefined) return nextAt(digest.timeZone, digest.at, nowMs);
  const soon = nowMs + groupMs;
  if (quietHours === undefined || isAtLeast(severity, quietHours.unless)) return soon;
  return afterQuiet(quietHours, soon);
}
