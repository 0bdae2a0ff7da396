import { Counter, Gauge, type Registry } from 'prom-client';
import { REPORT_APIS, type ReportTelemetry } from '../../app/policy-reports/keep.ts';
import { GateError } from '../../errors.ts';
import type { Log } from './log.ts';

/** One log line and the metrics for what becomes of reports. Label values are our own words. */
export function createReportTelemetry({ logger }: Pick<Log, 'logger'>, registry: Registry): ReportTelemetry {
  const registers = [registry];
  const api = new Gauge({
    name: 'chokepoint_reports_api',
    help: '1 for the API that reports are written to: openreports, wgpolicy, or none where the cluster serves neither.',
    labelNames: ['api'],
    registers,
  });
  const reports = new Gauge({ name: 'chokepoint_reports', help: 'Reports that are kept, one a namespace.', registers });
  const writes = new Counter({
    name: 'chokepoint_report_writes_total',
    help: 'Reports that were to be written or taken away, by outcome: written, removed, failed.',
    labelNames: ['outcome'],
    registers,
  });
  return {
    serves: served => {
      for (const one of [...REPORT_APIS, 'none'] as const) api.set({ api: one }, Number(one === (served ?? 'none')));
      if (served === undefined) logger.warn({ api: 'none' }, 'no reports: the cluster serves no API for them');
      else logger.info({ api: served }, 'reports');
    },
    wrote: (namespace, results) => {
      writes.inc({ outcome: results === undefined ? 'removed' : 'written' });
      logger.info({ namespace, ...(results !== undefined && { results }) }, 'report');
    },
    counted: count => reports.set(count),
    reportFailed: error => {
      writes.inc({ outcome: 'failed' });
      logger.warn(error instanceof GateError ? { code: error.code, trouble: error.message } : { err: error }, 'report');
    },
  };
}
