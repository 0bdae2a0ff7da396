import type { Action } from './action.ts';

/** Writes Events one after the other, beside the work that they tell of: nothing waits for them. */
export interface Teller {
  add(event: Extract<Action, { kind: 'event' }>): void;
  /** Drops what has not begun. Resolves when what has begun is done. */
  stop(): Promise<void>;
}

/** Events that wait; more are dropped, since they only say what can be seen anyway. */
const MAX_WAITING = 1_000;

/** A teller with nothing to tell. `write` must not reject. */
export function createTeller(write: (event: Action) => Promise<void>): Teller {
  const waiting: Action[] = [];
  let telling: Promise<void> | undefined;
  const tellAll = async (): Promise<void> => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) await write(event);
    telling = undefined;
  };
  return {
    add: event => {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push(event);
      telling ??= tellAll();
    },
    stop: async () => {
      waiting.length = 0;
      await telling;
    },
  };
}
