import { createReceiver } from '../adapters/notify/create-receiver.ts';
import { notifyQueueOf, openNotifyQueue } from '../adapters/notify/queue.ts';
import { severities } from '../adapters/report/severity.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createNotifyTelemetry } from '../adapters/telemetry/notify-telemetry.ts';
import type { RecorderMetrics } from '../adapters/telemetry/recorder-telemetry.ts';
import type { NotifyConfig } from '../app/notify/config.ts';
import { createDelivery } from '../app/notify/deliver.ts';
import type { NotifyTelemetry } from '../app/notify/ports.ts';
import { takeLines } from '../app/notify/take-lines.ts';
import type { Sink } from '../app/recorder/ports.ts';
import { RULES } from '../core/rules/index.ts';

/** Notifications that are being made. */
export interface RunningNotifications {
  /** Makes messages of the record's lines. */
  readonly sink: Sink;
  /** Resolves once nothing is under way any more: what waits stays in the queue. */
  stop(): Promise<void>;
  /** Once it has stopped, tries what waits once more, as long as {@link REST_MS} at most. */
  sendRest(): Promise<void>;
}

/** Milliseconds for what is sent at the end: half of what the Pods of the installation have for it. */
const REST_MS = 20_000;

/** Opens the queue and begins to send. Rejects with a GateError where the queue cannot be opened. */
export async function startNotifications(
  { receivers, rules, refused }: NotifyConfig,
  record: string,
  log: Log,
  metrics: RecorderMetrics,
): Promise<RunningNotifications> {
  const names = receivers.map(({ name }) => name);
  const queue = openNotifyQueue(notifyQueueOf(record));
  queue.keepOnly(names, Date.now());
  const counted = createNotifyTelemetry(log, metrics.registry, names, name => queue.length(name));
  const telemetry: NotifyTelemetry = { ...counted, bug: metrics.bug };
  const made = await Promise.all(receivers.map(config => createReceiver(config, refused)));
  const ending = new AbortController();
  const deliveries = receivers.flatMap(({ name, giveUpAfterMs }, index) => {
    const receiver = made[index];
    const common = { name, queue, giveUpAfterMs, time: SYSTEM_TIME, nowMs: Date.now, telemetry };
    return receiver === undefined ? [] : [createDelivery({ ...common, receiver })];
  });
  const delivering = deliveries.map(one => one.run(ending.signal));
  const taking = { queue, rules, severity: severities(RULES), nowMs: Date.now };
  return {
    sink: { gatherMs: 0, send: async ({ lines }) => takeLines(lines, taking), close: async () => queue.close() },
    stop: async () => {
      ending.abort();
      await Promise.all(delivering);
    },
    sendRest: async () => {
      const end = AbortSignal.timeout(REST_MS);
      await Promise.all(deliveries.map(one => one.sendRest(end)));
    },
  };
}
