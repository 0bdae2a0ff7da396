import type { HealthCheck } from '../adapters/http/health.ts';
import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { type ClusterChoice, watchCluster } from './cluster.ts';
import type { ServedWorld } from './serve-world.ts';

/** Milliseconds between two looks whether a cache is complete. */
const LOOK_MS = 25;

/** How the view of a cluster stands, for readiness: synced and fresh. */
export function cacheHealth(cache: ClusterCache): HealthCheck {
  const reading = cache.read();
  const statuses = cache.status();
  const count = (key: 'objects' | 'unreadable'): number => statuses.reduce((sum, status) => sum + status[key], 0);
  const unread = statuses.filter(({ lastContactMs }) => lastContactMs === undefined).map(({ id }) => id);
  return {
    ok: reading.kind === 'ready',
    detail: {
      state: reading.kind,
      objects: count('objects'),
      unreadable: count('unreadable'),
      ...(unread.length > 0 && { unread: unread.join(', ') }),
      ...(reading.kind === 'stale' && { ageMs: Math.round(reading.ageMs) }),
    },
  };
}

/** Resolves once the view is complete and fresh, or the signal aborts. */
export async function untilReady(cache: Pick<ClusterCache, 'read'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && cache.read().kind !== 'ready') await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}

/** The world of a live cluster. Throws a GateError where no cluster is chosen. */
export function readClusterWorld(choice: ClusterChoice, onBug: (error: unknown) => void): ServedWorld {
  const { cache, live, networks, connection, stop } = watchCluster(choice, onBug);
  const ending = new AbortController();
  return {
    read: cache.read,
    ageMs: cache.ageMs,
    confirmPolicies: live.policies,
    confirmPods: live.pods,
    liveNamespace: live.namespace,
    complete: networks.complete,
    health: () => {
      const { ok, detail } = cacheHealth(cache);
      return { ok, detail: { ...detail, source: connection.server.host } };
    },
    warnings: [],
    ready: untilReady(cache, ending.signal),
    close: () => {
      ending.abort();
      return stop();
    },
  };
}
