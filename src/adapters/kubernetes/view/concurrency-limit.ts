/** Runs work when its turn comes, in the order of asking. */
export type Turns = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** At most `count` pieces of work run at the same time. */
export function createTurns(count: number): Turns {
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
