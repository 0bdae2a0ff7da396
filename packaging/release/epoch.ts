import { UsageError } from '../usage.ts';

/** Seconds since 1970 that the environment names, or else others. Throws where it names no such number. */
export function epochOf({ SOURCE_DATE_EPOCH: given }: NodeJS.ProcessEnv, other: () => number): number {
  if (given === undefined) return other();
  if (!/^\d{1,11}$/.test(given)) throw new UsageError(`SOURCE_DATE_EPOCH must be seconds since 1970, not "${given}"`);
  return Number(given);
}
