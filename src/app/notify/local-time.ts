/** Times of day in a time zone of the IANA database, as Node.js has it. */

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

export const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export type Day = (typeof DAYS)[number];

/** What the clock on the wall shows. */
export interface WallClock {
  readonly day: Day;
  /** Since midnight, by the clock: 0 to 1439. */
  readonly minutes: number;
}

/** Whether there is a time zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Minutes of `HH:MM`, 00:00 to 23:59; `undefined` of anything else. */
export function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** What the wall's clock would be as a time of UTC, in milliseconds. */
function wallMs(timeZone: string, ms: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(ms);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map(type => Number(parts.find(part => part.type === type)?.value));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function wallClock(timeZone: string, ms: number): WallClock {
  const wall = wallMs(timeZone, ms);
  return {
    day: DAYS[new Date(wall).getUTCDay()] ?? 'Sun',
    minutes: Math.floor((((wall % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS),
  };
}

/** When the wall's clock shows a time. One that is skipped comes as much later as the clock was put forward; of one that comes twice, it is one of the two. */
function whenShown(timeZone: string, wall: number): number {
  const aheadAt = (ms: number): number => wallMs(timeZone, ms) - ms;
  const byOldOffset = wall - aheadAt(wall - DAY_MS);
  const byNewOffset = wall - aheadAt(byOldOffset);
  return wallMs(timeZone, byNewOffset) === wall ? byNewOffset : byOldOffset;
}

/** The first time after `ms` at which the wall's clock shows these minutes. */
export function nextAt(timeZone: string, minutes: number, ms: number): number {
  const midnight = Math.floor(wallMs(timeZone, ms) / DAY_MS) * DAY_MS;
  const times = [0, 1, 2].map(days => whenShown(timeZone, midnight + days * DAY_MS + minutes * MINUTE_MS));
  return times.find(time => time > ms) ?? ms + DAY_MS;
}
