import { dayAt } from '../../core/calendar.ts';

/** Days are `YYYY-MM-DD` in UTC, as the configuration writes them. */

const DAY_MS = 86_400_000;

/** The time as RFC 3339 writes it, in whole seconds: of nothing here is less than a second told. */
export const timeAt = (nowMs: number): string => `${new Date(nowMs).toISOString().slice(0, 19)}Z`;

/** The day so many days later. */
export const daysAfter = (day: string, days: number): string => dayAt(Date.parse(day) + days * DAY_MS);

export const laterDay = (first: string, second: string): string => (first > second ? first : second);
