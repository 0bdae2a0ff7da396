import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `check` gives a value. Errors of `check` count as "not yet"; the last one is the cause of the failure. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 60_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await check();
      if (value !== undefined) return value;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
}
