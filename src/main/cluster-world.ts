import { createTokenCheck } from '../adapters/kubernetes/client/token-review.ts';
import { untilReady } from '../adapters/kubernetes/view/cache-health.ts';
import { createInFlight } from '../app/admission/in-flight.ts';
import { type ClusterChoice, watchCluster } from './cluster.ts';
import { gatePoliciesIn } from './gate-policy-source.ts';
import type { ServedWorld } from './serve-world.ts';

/** The world of a live cluster. Rejects with a GateError where no cluster is chosen. */
export async function readClusterWorld(choice: ClusterChoice, onBug: (error: unknown) => void): Promise<ServedWorld> {
  const { cache, client, live, complete, connection, health, stop } = await watchCluster(choice, onBug);
  const ending = new AbortController();
  const inFlight = createInFlight(() => performance.now());
  cache.onChange(changed => {
    const reading = cache.read();
    if (reading.kind !== 'not-synced') inFlight.seen(changed, () => reading.world);
  });
  const ready = untilReady(cache, ending.signal);
  return {
    gatePolicies: gatePoliciesIn(cache, ready),
    tokenCheck: user => createTokenCheck(client, user, () => performance.now()),
    read: cache.read,
    ageMs: cache.ageMs,
    confirmPolicies: live.policies,
    confirmPods: live.pods,
    liveNamespace: live.namespace,
    inFlight,
    complete,
    health: () => {
      const { ok, detail } = health();
      return { ok, detail: { ...detail, source: connection.server.host } };
    },
    warnings: [],
    ready,
    close: () => {
      ending.abort();
      return stop();
    },
  };
}
