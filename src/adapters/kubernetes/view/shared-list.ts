import { pause, type Time } from '../../../app/time.ts';

/**
 * Longest rest of a namespace after a list, in milliseconds. It rests for as long as the list took, so that at most half of the time is spent on
 * listing it: a quick API server is asked again soon, one that labours is left in peace, and nobody waits long for either.
 */
const LONGEST_REST_MS = 25;

interface Flight<Value> {
  /** Resolves when the list has landed and the rest after it is over. */
  readonly over: Promise<void>;
  /** The list that begins after this one, where somebody waits for it already. */
  next: Promise<Value> | undefined;
}

/**
 * Lists by namespace so that all calls that wait share one list, no older than any of them. The first begins at once; those of one namespace
 * follow each other with a rest in between, see {@link LONGEST_REST_MS}. What a list rejects with, all who share it get.
 */
export function createSharedList<Value>(
  list: (namespace: string) => Promise<Value>,
  time: Time,
  signal: AbortSignal,
): (namespace: string) => Promise<Value> {
  const flights = new Map<string, Flight<Value>>();
  const land = async (done: Promise<Value>): Promise<void> => {
    const startMs = time.nowMs();
    await done.catch(() => undefined);
    await pause(time, Math.min(time.nowMs() - startMs, LONGEST_REST_MS), signal);
  };
  const begin = (namespace: string): Promise<Value> => {
    const done = list(namespace);
    const flight: Flight<Value> = { over: land(done), next: undefined };
    flights.set(namespace, flight);
    void flight.over.then(() => {
      if (flight.next === undefined && flights.get(namespace) === flight) flights.delete(namespace);
    });
    return done;
  };
  return namespace => {
    const flight = flights.get(namespace);
    if (flight === undefined) return begin(namespace);
    flight.next ??= flight.over.then(() => begin(namespace));
    return flight.next;
  };
}
