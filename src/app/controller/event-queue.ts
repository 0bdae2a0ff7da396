import type { Action } from './action.ts';

/** Writes Events one after the other, beside the work that they tell of: nothing waits for them. */
export interface EventQueue {
  /** Adds an Event; dropped where too many wait already. */
  add(event: EventAction): void;
  /** Drops what has not begun. Resolves when what has begun is done. */
  stop(): Promise<void>;
}

/** An Event that is to be written. */
export type EventAction = Extract<Action, { kind: 'event' }>;

/** Events that wait; more are dropped, since they only say what can be seen anyway. */
const MAX_WAITING = 1_000;

/** An empty queue. `write` must not reject. */
export function createEventQueue(write: (event: EventAction) => Promise<void>): EventQueue {
  const waiting: EventAction[] = [];
  let writing: Promise<void> | undefined;
  const writeAll = async (): Promise<void> => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) await write(event);
    writing = undefined;
  };
  return {
    add: event => {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push(event);
      writing ??= writeAll();
    },
    stop: async () => {
      waiting.length = 0;
      await writing;
    },
  };
}
