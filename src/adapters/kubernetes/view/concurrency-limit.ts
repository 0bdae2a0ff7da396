/** Runs work as soon as fewer than the limit's pieces run, in the order of asking. */
export type ConcurrencyLimit = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** At most `count` pieces of work run at the same time. */
export function createConcurrencyLimit(count: number): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let free = count;
  return async work => {
    if (free > 0) free -= 1;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
