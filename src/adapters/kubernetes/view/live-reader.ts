import type { Time } from '../../../app/time.ts';
import { createDecoder } from '../../../core/kube/decode.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import type { KubeObject, Namespace, NetworkPolicy, Workload } from '../../../core/kube/types.ts';
import { isNetworkPolicy, isWorkload } from '../../../core/world/object-kinds.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS } from '../client/kinds.ts';
import { objectPath, type Resource } from '../client/paths.ts';
import { listAll } from './list.ts';
import { isFinishedPod } from './read-object.ts';
import { createSharedList } from './shared-list.ts';

/** Reads past the cache, for the moments when it may be behind. All reject with a GateError where the API server does not answer. */
export interface LiveReader {
  /** The Namespace as it is now; `undefined`: there is none. */
  namespace(name: string): Promise<Namespace | undefined>;
  /** The NetworkPolicies of a namespace, no older than the call, by lists that calls share, see {@link createSharedList}. */
  policies(namespace: string): Promise<readonly NetworkPolicy[]>;
  /** The Pods of a namespace that may still run, as {@link policies}. */
  pods(namespace: string): Promise<readonly Workload[]>;
}

/** Milliseconds for a live read. An admission call has seconds in all. */
const LIVE_DEADLINE_MS = 3_000;

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
    policies: createSharedList(async namespace => (await policies(namespace)).filter(isNetworkPolicy), time, signal),
    pods: createSharedList(async namespace => (await pods(namespace)).filter(isWorkload), time, signal),
  };
}
