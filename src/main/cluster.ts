import { type Client, createClient } from '../adapters/kubernetes/client/client.ts';
import { type Connection, chooseConnection } from '../adapters/kubernetes/client/connection.ts';
import { type ClusterCache, type ClusterCacheOptions, createClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { cacheHealth } from '../adapters/kubernetes/view/cache-health.ts';
import { type ClusterNetworks, followNetworks } from '../adapters/kubernetes/view/cluster-networks.ts';
import { followSettings } from '../adapters/kubernetes/view/follow-settings.ts';
import { followDataplane } from '../adapters/kubernetes/view/followed-dataplane.ts';
import { followEnforcement } from '../adapters/kubernetes/view/followed-enforcement.ts';
import { createLiveReader, type LiveReader } from '../adapters/kubernetes/view/live-reader.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { GATE_NAMESPACE } from '../app/gate-namespace.ts';
import type { HealthCheck } from '../app/health.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { GateError } from '../errors.ts';

/** Which cluster, in kubectl's order: the flags, KUBECONFIG, ~/.kube/config, the pod's own service account. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Milliseconds without proof after which the view is stale; absent: 30 seconds. */
  readonly staleMs?: number | undefined;
}

/** What of a cluster is watched, and who is told. */
export interface WatchChoice extends Pick<ClusterCacheOptions, 'follower'> {
  /** Absent: all that are judged. */
  readonly kinds?: ClusterCacheOptions['kinds'] | undefined;
}

/** A cluster that is watched. */
export interface WatchedCluster {
  readonly connection: Connection;
  readonly client: Client;
  readonly cache: ClusterCache;
  readonly live: LiveReader;
  readonly networks: ClusterNetworks;
  /** Whether the cluster serves a kind that is watched, by `group/Kind`; by `group/version/Kind`, whether in the version that is read. */
  isServed(id: string): boolean;
  /** The policy with what the cluster itself tells: its networks and its dataplane, and what packets showed. The same object until something of it changes. */
  complete(policy: GatePolicy): GatePolicy;
  /** How the view of it stands, and what it does not let be known. */
  health(): HealthCheck;
  /** What packets last showed of it; `undefined`: nothing is kept, or not known yet. */
  enforcement(): GatePolicy['enforcement'];
  /** Calls the listener when {@link complete} completes otherwise, but for what the cache tells of. */
  onToldChange(listener: () => void): void;
  /** Aborts with {@link stop}. */
  readonly ended: AbortSignal;
  /** Ends the watches, what is being read, and the connections. */
  stop(): Promise<void>;
}

/** The connection that is chosen. Rejects with a GateError where there is none. */
function connectionTo({ kubeconfig, context, env, home }: ClusterChoice): Promise<Connection> {
  return chooseConnection({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    env,
    home,
    nowMs: Date.now,
  });
}

function healthOf(cache: ClusterCache, dataplane: string): HealthCheck {
  const { ok, detail } = cacheHealth(cache);
  return { ok, detail: { ...detail, ...(dataplane !== '' && { dataplane }) } };
}

/** Begins to watch a cluster: nothing is known of it yet. Rejects with a GateError where no cluster is chosen. */
export async function watchCluster(
  choice: ClusterChoice,
  onBug: (error: unknown) => void,
  { follower, kinds }: WatchChoice = {},
): Promise<WatchedCluster> {
  const connection = await connectionTo(choice);
  const client = createClient(connection, SYSTEM_TIME);
  const ending = new AbortController();
  const stale = choice.staleMs !== undefined && { staleMs: choice.staleMs };
  const cache = createClusterCache({ client, onBug, follower, ...(kinds && { kinds }), ...stale });
  const live = createLiveReader(client, SYSTEM_TIME, ending.signal);
  cache.start();
  const onError = (error: unknown): void => {
    // An API server that does not answer is no bug: the cache's health tells of it.
    if (!(error instanceof GateError)) onBug(error);
  };
  const networks = followNetworks(client, cache.serviceCidrs, onError);
  // A Pod is where the gate is installed; a kubeconfig does not say where that is.
  const isPod = connection.context === undefined;
  const enforcement = followEnforcement(client, isPod ? connection.namespace : GATE_NAMESPACE, onError);
  const dataplane = followDataplane(client, cache, onError);
  const followed = [networks, enforcement, dataplane, followSettings(client, cache, onError)];
  return {
    connection,
    client,
    cache,
    live,
    networks,
    isServed: id =>
      cache
        .status()
        .some(kind => kind.installed === true && (kind.id === id || kind.id.replace('/', `/${kind.version}/`) === id)),
    enforcement: enforcement.current,
    complete: policy => dataplane.complete(enforcement.complete(networks.complete(policy))),
    health: () => healthOf(cache, dataplane.trouble()),
    onToldChange: listener => {
      for (const one of followed) one.onChange(listener);
    },
    ended: ending.signal,
    stop: async () => {
      for (const one of followed) one.stop();
      ending.abort();
      await cache.stop();
      client.close();
    },
  };
}
