import type { Recorder } from '../../app/needs.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** One log line and the metrics for each review. Object bodies are never logged: they hold secrets. */
export function createRecorder(logger: Logger, metrics: Metrics): Recorder {
  return {
    review: record => {
      metrics.review(record);
      logger.info(record, 'review');
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
