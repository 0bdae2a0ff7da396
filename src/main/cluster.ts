import { type Client, createClient } from '../adapters/kubernetes/client/client.ts';
import { type Connection, chooseConnection } from '../adapters/kubernetes/client/connection.ts';
import { type ClusterCache, createClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { type ClusterNetworks, followNetworks } from '../adapters/kubernetes/view/cluster-networks.ts';
import { createLiveReader, type LiveReader } from '../adapters/kubernetes/view/live-reader.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
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

/** A cluster that is watched. */
export interface WatchedCluster {
  readonly connection: Connection;
  readonly client: Client;
  readonly cache: ClusterCache;
  readonly live: LiveReader;
  readonly networks: ClusterNetworks;
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

/** Begins to watch a cluster: nothing is known of it yet. Rejects with a GateError where no cluster is chosen. */
export async function watchCluster(choice: ClusterChoice, onBug: (error: unknown) => void): Promise<WatchedCluster> {
  const connection = await connectionTo(choice);
  const client = createClient(connection, SYSTEM_TIME);
  const ending = new AbortController();
  const cache = createClusterCache({ client, onBug, ...(choice.staleMs !== undefined && { staleMs: choice.staleMs }) });
  const live = createLiveReader(client, SYSTEM_TIME, ending.signal);
  cache.start();
  const networks = followNetworks(client, cache.serviceCidrs, error => {
    // An API server that does not answer is no bug: the cache's health tells of it.
    if (!(error instanceof GateError)) onBug(error);
  });
  return {
    connection,
    client,
    cache,
    live,
    networks,
    ended: ending.signal,
    stop: async () => {
      networks.stop();
      ending.abort();
      await cache.stop();
      client.close();
    },
  };
}
