import { createDecoder } from '../../core/kube/decode.ts';
import type { Fields } from '../../core/kube/reading.ts';
import type { KubeObject, Namespace, NetworkPolicy } from '../../core/kube/types.ts';
import { GateError } from '../../errors.ts';
import { type Client, requestPatiently } from './client.ts';
import { NAMESPACES, NETWORK_POLICIES } from './kinds.ts';
import { listAll } from './list.ts';
import { objectPath } from './paths.ts';
import { sleep, type Time } from './time.ts';

/** Reads past the cache, for the moments when it may be behind. Both reject with a GateError where the API server does not answer. */
export interface LiveReader {
  /** The Namespace as it is now; `undefined`: there is none. */
  namespace(name: string): Promise<Namespace | undefined>;
  /**
   * The NetworkPolicies of a namespace, no older than the call. All calls that wait share one list;
   * lists of one namespace follow each other no sooner than {@link SPACING_MS}.
   */
  policies(namespace: string): Promise<readonly NetworkPolicy[]>;
}

/** Milliseconds between the beginnings of two lists of one namespace: a burst of Pods must not become a burst of lists, nor wait long for one. */
const SPACING_MS = 25;
/** Milliseconds for a live read. An admission call has seconds in all. */
const LIVE_DEADLINE_MS = 3_000;

interface Flight {
  readonly startMs: number;
  readonly done: Promise<readonly NetworkPolicy[]>;
  /** The list that begins after this one, where somebody waits for it already. */
  next: Promise<readonly NetworkPolicy[]> | undefined;
}

/** A reader for as long as the signal is not aborted. */
export function createLiveReader(client: Client, time: Time, signal: AbortSignal): LiveReader {
  const decode = createDecoder();
  const flights = new Map<string, Flight>();
  const decoded = (raw: Fields): KubeObject => {
    const result = decode(raw);
    if (result.kind === 'object') return result.object;
    throw new GateError('unexpected-answer', 'the API server answered with an object that cannot be read');
  };

  const list = async (namespace: string): Promise<readonly NetworkPolicy[]> => {
    let policies: NetworkPolicy[] = [];
    const begin = (): ((raw: Fields) => void) => {
      policies = [];
      return raw => {
        const object = decoded(raw);
        if (object.kind === 'NetworkPolicy') policies.push(object as NetworkPolicy);
      };
    };
    const options = { namespace, signal, begin, deadlineMs: LIVE_DEADLINE_MS };
    const result = await listAll(client, NETWORK_POLICIES, options);
    if (result.kind === 'listed') return policies;
    throw new GateError('unexpected-answer', `the policies of ${namespace} cannot be listed: ${result.answer.status}`);
  };

  const begin = (namespace: string): Promise<readonly NetworkPolicy[]> => {
    const done = list(namespace);
    const flight: Flight = { startMs: time.nowMs(), done, next: undefined };
    flights.set(namespace, flight);
    const land = async (): Promise<void> => {
      await sleep(time, SPACING_MS, signal);
      await done.catch(() => undefined);
      if (flight.next === undefined && flights.get(namespace) === flight) flights.delete(namespace);
    };
    void land();
    return done;
  };
  /** The list after a flight: when that has landed, and the spacing is over. */
  const follow = async (namespace: string, flight: Flight): Promise<readonly NetworkPolicy[]> => {
    await flight.done.catch(() => undefined);
    await sleep(time, Math.max(0, flight.startMs + SPACING_MS - time.nowMs()), signal);
    return begin(namespace);
  };

  return {
    namespace: async name => {
      const path = objectPath(NAMESPACES, '', name);
      const answer = await requestPatiently(client, time, {
        method: 'GET',
        path,
        signal,
        deadlineMs: LIVE_DEADLINE_MS,
      });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200 || typeof answer.body !== 'object' || answer.body === null) {
        throw new GateError('unexpected-answer', `the namespace ${name} cannot be read: ${answer.status}`);
      }
      const object = decoded(answer.body as Fields);
      return object.kind === 'Namespace' ? (object as Namespace) : undefined;
    },
    policies: namespace => {
      const flight = flights.get(namespace);
      if (flight === undefined) return begin(namespace);
      flight.next ??= follow(namespace, flight);
      return flight.next;
    },
  };
}
