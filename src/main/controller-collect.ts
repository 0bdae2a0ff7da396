import type { Registry } from 'prom-client';
import { handToRecorder } from '../adapters/notify/line-socket.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createCollectorTelemetry } from '../adapters/telemetry/hand-over-telemetry.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { type RecordedSource, readLines } from '../adapters/witness/read-recorded.ts';
import { type CollectorPorts, collect } from '../app/notify/collect.ts';
import { lineSocketOf } from '../app/notify/handed-lines.ts';
import { webhookPods } from '../app/webhook-pods.ts';
import type { WorldReading } from '../app/world-reading.ts';

interface CollectWiring {
  readonly world: () => WorldReading;
  /** The gate's own. */
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
}

/** Milliseconds between two rounds: what a Pod records in its last one, it tells by itself. */
const EVERY_MS = 1_000;

/** What gathers, in a term in which this controller leads, what is to be told from the Pods of the webhook for the recorder beside it. `record`: its own. */
export function createCollecting(
  record: string,
  source: RecordedSource,
  { world, namespace, log, registry }: CollectWiring,
): (term: AbortSignal) => Promise<void> {
  const socket = lineSocketOf(record);
  const telemetry = createCollectorTelemetry(log, registry);
  const ports: CollectorPorts = {
    ...{ time: SYSTEM_TIME, everyMs: EVERY_MS },
    pods: () => webhookPods(world(), namespace, 'https'),
    ask: (pod, mark, term) => readLines(source, pod, mark, term),
    take: lines => handToRecorder(socket, lines),
    onCollected: telemetry.collected,
    onNothingKept: telemetry.nothingKept,
  };
  return term => collect(ports, term);
}
