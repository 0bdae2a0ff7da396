import { Counter, Gauge, type Registry } from 'prom-client';
import type { HistoryTelemetry } from '../../app/history/keep.ts';
import { GateError } from '../../errors.ts';
import type { Log } from './log.ts';

/** The metrics of the history, and a log line where something fails. */
export function createHistoryTelemetry({ logger }: Pick<Log, 'logger'>, registry: Registry): HistoryTelemetry {
  const registers = [registry];
  const bytes = new Gauge({
    name: 'chokepoint_history_bytes',
    help: 'Bytes of each part of the history, of which a ConfigMap takes a mebibyte.',
    labelNames: ['part'],
    registers,
  });
  const cut = new Gauge({
    name: 'chokepoint_history_cut',
    help: '1 where a part of the history has no room for all that is to be kept.',
    labelNames: ['part'],
    registers,
  });
  const failures = new Counter({
    name: 'chokepoint_history_failures_total',
    help: 'Reads and writes of the history that failed.',
    registers,
  });
  return {
    wrote: (shard, size, isCut) => {
      bytes.set({ part: shard }, size);
      cut.set({ part: shard }, Number(isCut));
    },
    historyFailed: error => {
      failures.inc();
      logger.warn(
        error instanceof GateError ? { code: error.code, trouble: error.message } : { err: error },
        'history',
      );
    },
  };
}
