import { Counter, type Registry } from 'prom-client';
import { cutText, visibleText } from '../../core/visible-text.ts';
import type { Log } from './log.ts';

/** Longest reason in a log line, in UTF-16 units. */
const MAX_REASON = 2048;

/** What became of the lines of a record. */
export interface RecordTelemetry {
  written(lines: number, bytes: number): void;
  lost(lines: number, reason: string): void;
  told(what: string): void;
}

/** Counts the lines of a record; a log line for those that are lost, and for what the file was found to be. */
export function createRecordTelemetry({ logger }: Pick<Log, 'logger'>, registry: Registry): RecordTelemetry {
  const registers = [registry];
  const lines = new Counter({
    name: 'chokepoint_record_lines_total',
    help: 'Lines of the record, by whether they were written or are lost.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['written', 'lost']) lines.inc({ result }, 0);
  const bytes = new Counter({
    name: 'chokepoint_record_bytes_total',
    help: 'Bytes that were appended to the record.',
    registers,
  });
  return {
    written: (count, length) => {
      lines.inc({ result: 'written' }, count);
      bytes.inc(length);
    },
    lost: (count, reason) => {
      lines.inc({ result: 'lost' }, count);
      logger.error({ lines: count, reason: cutText(visibleText(reason), MAX_REASON) }, 'not on record');
    },
    told: what => logger.warn({ what: cutText(visibleText(what), MAX_REASON) }, 'record'),
  };
}
