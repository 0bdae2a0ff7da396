const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

/** The day of a time in milliseconds since 1970, in UTC; `undefined` outside the years 0 to 9999. */
function dayOf(time: number): string | undefined {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  const [day = ''] = date.toISOString().split('T');
  return DATE.test(day) ? day : undefined;
}

/** The day of a time in milliseconds since 1970, in UTC, `YYYY-MM-DD`. The time lies in the years 0 to 9999. */
export const dayAt = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** Whether the text is `YYYY-MM-DD` and names a day that exists. */
export function isDate(text: string): boolean {
  // Date.parse takes 2026-02-30 for a day in March.
  return DATE.test(text) && dayOf(Date.parse(text)) === text;
}

/** Days from one date to another: 0 for the same, negative where the other is earlier. Both are `YYYY-MM-DD`. */
export const daysFrom = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** The date so many days later; `undefined` of text that is no date, and after the year 9999. */
export function addDays(date: string, days: number): string | undefined {
  return isDate(date) ? dayOf(Date.parse(date) + days * DAY_MS) : undefined;
}
