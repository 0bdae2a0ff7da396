import type { Time } from '../../src/app/time.ts';
import { createRandom } from './random.ts';

/** A clock that stands still until a test moves it, and chance that repeats itself. */
export interface FakeTime extends Time {
  /** Moves the clock, running what falls due in order; between two steps, sockets of this process get to speak. */
  advance(ms: number): Promise<void>;
  /** Moves the clock as work does that nothing else gets to run beside. */
  pass(ms: number): void;
  /** Runs what is due, and lets what follows from it happen, one turn of the event loop. */
  turn(): Promise<void>;
  /** Lets sockets of this process speak while the clock stands. */
  settle(): Promise<void>;
  /** Actions that wait for their time. */
  pending(): number;
}

/** Turns of the event loop in which what was written to a local socket arrives, is answered, and the answer arrives. */
const TURNS = 12;
/** The clock moves by this much at most between two turns, so that no deadline passes before an answer had a chance. */
const STEP_MS = 1_000;

export function createFakeTime(seed = 1): FakeTime {
  const random = createRandom(seed);
  const waiting = new Map<object, { readonly dueMs: number; readonly action: () => void }>();
  let nowMs = 1_000_000;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };
  const nextDueMs = (): number => Math.min(...[...waiting.values()].map(({ dueMs }) => dueMs));
  const runDue = (): void => {
    for (const [key, { dueMs, action }] of [...waiting]) {
      if (dueMs > nowMs || !waiting.delete(key)) continue;
      action();
    }
  };
  return {
    nowMs: () => nowMs,
    random: () => random.int(1_000_000) / 1_000_000,
    after: (delayMs, action) => {
      const key = {};
      waiting.set(key, { dueMs: nowMs + delayMs, action });
      return () => void waiting.delete(key);
    },
    advance: async ms => {
      const endMs = nowMs + ms;
      await settle();
      while (nowMs < endMs) {
        nowMs = Math.max(nowMs, Math.min(endMs, nowMs + STEP_MS, nextDueMs()));
        runDue();
        await settle();
      }
    },
    pass: ms => {
      nowMs += ms;
    },
    turn: async () => {
      runDue();
      await new Promise(resolve => setImmediate(resolve));
    },
    settle,
    pending: () => waiting.size,
  };
}
