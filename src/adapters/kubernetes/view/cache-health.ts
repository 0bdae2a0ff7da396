import type { HealthCheck } from '../../../app/health.ts';
import type { ClusterCache } from './cache.ts';

/** Milliseconds between two looks whether a view is complete. */
const LOOK_MS = 25;

/** How the view of a cluster stands, for readiness: synced and fresh. */
export function cacheHealth(cache: Pick<ClusterCache, 'read' | 'status'>): HealthCheck {
  const reading = cache.read();
  const statuses = cache.status();
  const count = (key: 'objects' | 'unreadable'): number => statuses.reduce((sum, status) => sum + status[key], 0);
  const unread = statuses.filter(({ lastContactMs }) => lastContactMs === undefined).map(({ id }) => id);
  const unlisted = statuses.filter(({ isUnlisted }) => isUnlisted).map(({ id }) => id);
  return {
    ok: reading.kind === 'ready',
    detail: {
      state: reading.kind,
      objects: count('objects'),
      unreadable: count('unreadable'),
      ...(unread.length > 0 && { unread: unread.join(', ') }),
      ...(unlisted.length > 0 && { unlisted: unlisted.join(', ') }),
      ...(reading.kind === 'stale' && { ageMs: Math.round(reading.ageMs) }),
    },
  };
}

/** Resolves once the view is complete and fresh, or the signal aborts. */
export async function untilReady(cache: Pick<ClusterCache, 'read'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && cache.read().kind !== 'ready') await new Promise(resolve => setTimeout(resolve, LOOK_MS));
}
