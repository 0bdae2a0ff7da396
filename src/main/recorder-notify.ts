import { listenForLines } from '../adapters/http/line-socket.ts';
import { createReceiver } from '../adapters/notify/create-receiver.ts';
import { notifyQueueOf, openNotifyQueue } from '../adapters/notify/queue.ts';
import { severities } from '../adapters/report/severity.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createHandOverTelemetry } from '../adapters/telemetry/hand-over-telemetry.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createNotifyTelemetry } from '../adapters/telemetry/notify-telemetry.ts';
import type { RecorderMetrics } from '../adapters/telemetry/recorder-telemetry.ts';
import type { NotifyConfig } from '../app/notify/config.ts';
import { createDelivery } from '../app/notify/deliver.ts';
import { lineSocketOf } from '../app/notify/handed-lines.ts';
import type { NotifyTelemetry } from '../app/notify/ports.ts';
import { type TakingOptions, takeLines, tellsEvents } from '../app/notify/take-lines.ts';
import { NOTIFICATIONS } from '../app/recorder/config.ts';
import { createHandOver, type HandOver, keptHere } from '../app/recorder/hand-over.ts';
import type { RecordReader, Sink } from '../app/recorder/ports.ts';
import { RULES } from '../core/rules/index.ts';

/** Notifications that are being made. */
export interface RunningNotifications {
  /** Makes messages of the record's lines. */
  readonly sink: Sink;
  /** The record, as long as no controller asks for its lines. */
  readonly reader: RecordReader;
  /** Nobody is waited for any more: what no controller has asked for is told by this recorder. */
  endHandOver(): void;
  /** Resolves once nothing is under way any more: what waits stays in the queue. */
  stop(): Promise<void>;
  /** Once it has stopped, tries what waits once more, as long as {@link REST_MS} at most. */
  sendRest(): Promise<void>;
}

/** Milliseconds for what is sent at the end: half of what the Pods of the installation have for it. */
const REST_MS = 20_000;

interface NotifyWiring {
  /** The record's file, and what reads it. */
  readonly record: string;
  /** Whether a controller may ask for what is to be told. */
  readonly isHandedOver: boolean;
  readonly reader: RecordReader;
  readonly log: Log;
  readonly metrics: RecorderMetrics;
}

/** Who tells the lines of a record: a controller that asks for them, this recorder, or the one as long as the other does not. */
function handOverOf({ severity }: TakingOptions, { reader, isHandedOver, log, metrics }: NotifyWiring): HandOver {
  if (!isHandedOver) return keptHere(reader);
  return createHandOver({
    ...{ name: NOTIFICATIONS, reader, time: SYSTEM_TIME },
    isTold: line => tellsEvents(line, severity),
    onKept: lines => metrics.shipped(NOTIFICATIONS, lines),
    onAsked: createHandOverTelemetry(log, metrics.registry).asked,
  });
}

/** Listens for who asks for lines, and hands over those of others. Where it cannot, this recorder tells by itself. Resolves to what ends it. */
async function listenBeside(
  record: string,
  handOver: HandOver,
  taking: TakingOptions,
  { logger }: Pick<Log, 'logger'>,
): Promise<() => Promise<void>> {
  try {
    const take = (lines: readonly string[]): void => takeLines(lines, taking);
    return await listenForLines(lineSocketOf(record), { give: handOver.next, take });
  } catch (error) {
    logger.warn(
      { err: error },
      'nobody can ask for what is to be told, or hand over more: this recorder notifies by itself',
    );
    handOver.end();
    return async () => undefined;
  }
}

/** Opens the queue and begins to send. Rejects with a GateError where the queue cannot be opened. */
export async function startNotifications(
  { receivers, rules, refused }: NotifyConfig,
  wiring: NotifyWiring,
): Promise<RunningNotifications> {
  const { record, log, metrics } = wiring;
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
  const handOver = handOverOf(taking, wiring);
  const stopListening = await listenBeside(record, handOver, taking, log);
  return {
    sink: { gatherMs: 0, send: async ({ lines }) => takeLines(lines, taking), close: async () => queue.close() },
    reader: handOver.left,
    endHandOver: handOver.end,
    stop: async () => {
      await stopListening();
      ending.abort();
      await Promise.all(delivering);
    },
    sendRest: async () => {
      const end = AbortSignal.timeout(REST_MS);
      await Promise.all(deliveries.map(one => one.sendRest(end)));
    },
  };
}
