import { pause, type Time } from '../../app/time.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import type { Fields } from '../../core/kube/reading.ts';
import type { KubeObject, Namespace, NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { isNetworkPolicy, isWorkload } from '../../core/world.ts';
import { GateError } from '../../errors.ts';
import { type Client, requestPatiently } from './client.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS } from './kinds.ts';
import { listAll } from './list.ts';
import { objectPath, type Resource } from './paths.ts';
import { isFinishedPod } from './read-object.ts';

/** Reads past the cache, for the moments when it may be behind. All reject with a GateError where the API server does not answer. */
export interface LiveReader {
  /** The Namespace as it is now; `undefined`: there is none. */
  namespace(name: string): Promise<Namespace | undefined>;
  /**
   * The NetworkPolicies of a namespace, no older than the call. All calls that wait share one list;
   * lists of one namespace follow each other no sooner than {@link SPACING_MS}.
   */
  policies(namespace: string): Promise<readonly NetworkPolicy[]>;
  /** The Pods of a namespace that may still run, as {@link policies}. */
  pods(namespace: string): Promise<readonly Workload[]>;
}

/** Milliseconds between the beginnings of two lists of one namespace: a burst of Pods must not become a burst of lists, nor wait long for one. */
const SPACING_MS = 25;
/** Milliseconds for a live read. An admission call has seconds in all. */
const LIVE_DEADLINE_MS = 3_000;

interface Flight<Value> {
  readonly startMs: number;
  readonly done: Promise<readonly Value[]>;
  /** The list that begins after this one, where somebody waits for it already. */
  next: Promise<readonly Value[]> | undefined;
}

/** Lists a namespace so that all calls that wait share one list, see {@link LiveReader.policies}. */
function sharing<Value>(
  list: (namespace: string) => Promise<readonly Value[]>,
  time: Time,
  signal: AbortSignal,
): (namespace: string) => Promise<readonly Value[]> {
  const flights = new Map<string, Flight<Value>>();
  const begin = (namespace: string): Promise<readonly Value[]> => {
    const done = list(namespace);
    const flight: Flight<Value> = { startMs: time.nowMs(), done, next: undefined };
    flights.set(namespace, flight);
    const land = async (): Promise<void> => {
      await pause(time, SPACING_MS, signal);
      await done.catch(() => undefined);
      if (flight.next === undefined && flights.get(namespace) === flight) flights.delete(namespace);
    };
    void land();
    return done;
  };
  /** The list after a flight: when that has landed, and the spacing is over. */
  const follow = async (namespace: string, flight: Flight<Value>): Promise<readonly Value[]> => {
    await flight.done.catch(() => undefined);
    await pause(time, Math.max(0, flight.startMs + SPACING_MS - time.nowMs()), signal);
    return begin(namespace);
  };
  return namespace => {
    const flight = flights.get(namespace);
    if (flight === undefined) return begin(namespace);
    flight.next ??= follow(namespace, flight);
    return flight.next;
  };
}

/** A reader for as long as the signal is not aborted. */
export function createLiveReader(client: Client, time: Time, signal: AbortSignal): LiveReader {
  const decode = createDecoder();
  const decoded = (raw: Fields): KubeObject => {
    const result = decode(raw);
    if (result.kind === 'object') return result.object;
    throw new GateError('unexpected-answer', 'the API server answered with an object that cannot be read');
  };
  const lister =
    (resource: Resource) =>
    async (namespace: string): Promise<readonly KubeObject[]> => {
      let objects: KubeObject[] = [];
      const begin = (): ((raw: Fields) => void) => {
        objects = [];
        return raw => {
          if (!isFinishedPod(raw)) objects.push(decoded(raw));
        };
      };
      const options = { namespace, signal, begin, deadlineMs: LIVE_DEADLINE_MS };
      const result = await listAll(client, resource, options);
      if (result.kind === 'listed') return objects;
      const what = `the ${resource.plural} of ${namespace} cannot be listed`;
      throw new GateError('unexpected-answer', `${what}: ${result.answer.status}`);
    };
  const policies = lister(NETWORK_POLICIES);
  const pods = lister(PODS);

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
    policies: sharing(async namespace => (await policies(namespace)).filter(isNetworkPolicy), time, signal),
    pods: sharing(async namespace => (await pods(namespace)).filter(isWorkload), time, signal),
  };
}
