import { backoffMs, pause, type Time } from '../time.ts';
import { type Batch, type RecorderTelemetry, type RecordReader, RetryAfter, type Sink } from './ports.ts';

/** Milliseconds between two looks at a record that has nothing new. */
const LOOK_MS = 200;

const BACKOFF = { firstMs: 500, mostMs: 60_000 } as const;
/** Longest time that a sink can ask for. */
const MOST_ASKED_MS = 600_000;

export interface ShippingOptions {
  readonly name: string;
  readonly sink: Sink;
  readonly reader: RecordReader;
  readonly time: Time;
  readonly telemetry: RecorderTelemetry;
}

function delayAfter(failures: number, error: unknown, time: Time): number {
  if (error instanceof RetryAfter) return Math.min(error.delayMs, MOST_ASKED_MS);
  return backoffMs(BACKOFF, failures, time);
}

/**
 * Ships a record to one sink until the signal aborts: each line at least once, in order. What was sent and not confirmed is sent again, so that a line
 * may come twice; by its writer and its number that shows. A sink that fails is tried again for ever; it holds up no other. Never rejects.
 */
export async function ship(
  { name, sink, reader, time, telemetry }: ShippingOptions,
  ending: AbortSignal,
): Promise<void> {
  let failures = 0;
  let waitingSinceMs: number | undefined;
  /** What is there to be sent now; `undefined`: nothing, or too little for now. */
  const next = (): Batch | undefined => {
    const position = reader.position(name);
    const found = reader.read(position);
    if (found === undefined) return undefined;
    if ('moved' in found) {
      reader.commit(name, found.moved);
      return next();
    }
    waitingSinceMs ??= time.nowMs();
    const isDue = found.isFull || ending.aborted || time.nowMs() - waitingSinceMs >= sink.gatherMs;
    return isDue ? found.batch : undefined;
  };
  const sendOne = async (batch: Batch): Promise<void> => {
    try {
      await sink.send(batch);
      reader.commit(name, batch.to);
      telemetry.shipped(name, batch.lines.length);
      failures = 0;
      waitingSinceMs = undefined;
    } catch (error) {
      failures += 1;
      const delayMs = delayAfter(failures, error, time);
      telemetry.failed(name, error, delayMs);
      await pause(time, delayMs, ending);
    }
  };
  /** A record that cannot be read for a moment is no reason to end. */
  const found = (): Batch | undefined => {
    try {
      return next();
    } catch (error) {
      telemetry.bug(error);
      return undefined;
    }
  };
  while (!ending.aborted) {
    const batch = found();
    if (batch === undefined) await pause(time, LOOK_MS, ending);
    else await sendOne(batch);
  }
  // What is there at the end is tried once, if the sink did well.
  const last = failures === 0 ? found() : undefined;
  if (last !== undefined) await sendOne(last);
}
