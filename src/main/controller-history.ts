import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createHistoryStore } from '../adapters/kubernetes/writes/history-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createHistoryTelemetry } from '../adapters/telemetry/history-telemetry.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { readReviews } from '../adapters/telemetry/read-reviews.ts';
import { createHistoryKeeper, HISTORY_TIMES, type HistoryKeeper, type HistoryPorts } from '../app/history/keep.ts';
import { webhookPods } from '../app/webhook-pods.ts';
import type { WorldReading } from '../app/world-reading.ts';

export interface HistoryWiring extends Pick<HistoryPorts, 'isLeader' | 'idOf' | 'lookAgain'> {
  readonly client: Client;
  readonly world: () => WorldReading;
  /** The gate's own. */
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  /** Absent: as shipped. */
  readonly times?: HistoryPorts['times'] | undefined;
}

/** The keeper of the history of a cluster. */
export function keepHistory({
  client,
  world,
  namespace,
  log,
  registry,
  times,
  ...ports
}: HistoryWiring): HistoryKeeper {
  const { isLeader, idOf, lookAgain } = ports;
  return createHistoryKeeper({
    ...{ isLeader, idOf, lookAgain },
    time: SYSTEM_TIME,
    times: times ?? HISTORY_TIMES,
    nowMs: Date.now,
    reviews: term =>
      Promise.all(
        webhookPods(world(), namespace).map(async ({ pod, ...place }) => ({
          pod,
          namespaces: await readReviews(place, term),
        })),
      ),
    store: createHistoryStore(client, SYSTEM_TIME, namespace),
    telemetry: createHistoryTelemetry(log, registry),
  });
}
