/** A reproducible source of choices: the same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  readonly int: (below: number) => number;
  /** Whether an event of this probability (0 to 1) happens. */
  readonly chance: (probability: number) => boolean;
  /** One of the items; the list must not be empty. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** As many results as `count` says. */
  readonly times: <T>(count: number, make: (index: number) => T) => T[];
  /** The items in another order. */
  readonly shuffle: <T>(items: readonly T[]) => T[];
}

/** Mulberry32, a public-domain generator of 32 bits of state: fast, and good enough to choose test cases. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  const pick = <T>(items: readonly T[]): T => {
    for (const item of items.slice(int(items.length))) return item;
    throw new Error('nothing to pick from');
  };
  return {
    int,
    chance: probability => next() < probability,
    pick,
    times: (count, make) => Array.from({ length: count }, (_, index) => make(index)),
    shuffle: items =>
      items
        .map(item => ({ item, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}
