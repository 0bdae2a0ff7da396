import type { AdmissionTelemetry } from '../../app/admission/ports.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** One log line and the metrics for each review. Object bodies are never logged: they hold secrets. */
export function createAdmissionTelemetry(
  { logger, info }: Pick<Log, 'logger' | 'info'>,
  metrics: Metrics,
): AdmissionTelemetry {
  return {
    review: record => {
      metrics.review(record);
      info(record, 'review');
    },
    bug: (uid, error) => {
      metrics.bug();
      logger.error({ uid, err: error }, 'bug');
    },
    badRequest: reason => {
      metrics.badRequest();
      logger.warn({ reason }, 'bad request');
    },
  };
}
