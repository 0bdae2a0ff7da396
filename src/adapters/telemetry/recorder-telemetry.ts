import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { RecorderTelemetry } from '../../app/recorder/ports.ts';
import type { Log } from './log.ts';

/** What a recorder tells: of each sink by its name in the configuration. */
export interface RecorderMetrics extends RecorderTelemetry {
  /** A changed configuration was taken over, or refused with this error. */
  reloaded(error?: unknown): void;
  readonly registry: Registry;
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Failures of a sink that follow one another are told once, and then each tenth. */
const TOLD_EACH = 10;

/** `waiting`: bytes that a sink has not got yet. */
export function createRecorderTelemetry(
  { logger }: Pick<Log, 'logger'>,
  sinks: readonly string[],
  waiting: (sink: string) => number,
): RecorderMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const labelNames = ['sink'] as const;
  const counter = (name: string, help: string): Counter<'sink'> => {
    const made = new Counter({ name, help, labelNames, registers });
    for (const sink of sinks) made.inc({ sink }, 0);
    return made;
  };
  const shipped = counter('chokepoint_recorder_shipped_lines_total', 'Lines that a sink has taken.');
  const failures = counter('chokepoint_recorder_failures_total', 'Attempts to ship that failed and are made again.');
  const lost = counter('chokepoint_recorder_lost_lines_total', 'Lines that were dropped before a sink had taken them.');
  const bugs = new Counter({ name: 'chokepoint_recorder_bugs_total', help: 'Errors of ours.', registers });
  const reloads = new Counter({
    name: 'chokepoint_reloads_total',
    help: 'Changed configurations, by whether they were taken over.',
    labelNames: ['what', 'result'],
    registers,
  });
  for (const result of ['good', 'bad']) reloads.inc({ what: 'recorder', result }, 0);
  new Gauge({
    name: 'chokepoint_recorder_waiting_bytes',
    help: 'Bytes of the record that a sink has not taken yet.',
    labelNames,
    registers,
    collect() {
      for (const sink of sinks) this.set({ sink }, waiting(sink));
    },
  });
  const inARow = new Map<string, number>();
  return {
    registry,
    shipped: (sink, lines) => {
      shipped.inc({ sink }, lines);
      if (inARow.delete(sink)) logger.info({ sink }, 'shipping again');
    },
    failed: (sink, error, delayMs) => {
      failures.inc({ sink });
      const count = (inARow.get(sink) ?? 0) + 1;
      inARow.set(sink, count);
      if (count % TOLD_EACH === 1) logger.warn({ sink, err: error, delayMs: Math.round(delayMs) }, 'not shipped');
    },
    lost: (sink, lines) => {
      lost.inc({ sink }, lines);
      logger.error({ sink, lines }, 'lines were dropped: the record took more room than it may');
    },
    reloaded: error => {
      reloads.inc({ what: 'recorder', result: error === undefined ? 'good' : 'bad' });
      if (error === undefined) logger.info('configuration reloaded');
      else logger.error({ err: error }, 'configuration not reloaded: the last good one is kept');
    },
    bug: error => {
      bugs.inc();
      logger.error({ err: error }, 'bug');
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
