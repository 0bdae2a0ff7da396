import type { AdmissionTelemetry, ReviewRecord } from '../../app/admission/ports.ts';
import { cutText, visibleLines, visibleText } from '../../core/visible-text.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/**
 * Longest of the six fields of a line that are strangers' (uid, user, names), in UTF-16 units: three bytes of UTF-8 each at most, so that a line
 * stays below 16 KiB whatever is in it. Names of Kubernetes are 253 long at most, user names are not limited.
 */
const MAX_FIELD = 512;
/** Of an error: its message may hold what a stranger wrote. */
const MAX_REASON = 2048;
const MAX_STACK = 4096;

const field = (text: string): string => cutText(visibleText(text), MAX_FIELD);

function loggedRecord(record: ReviewRecord): ReviewRecord {
  const { uid, kind, subResource, namespace, name, user } = record;
  return {
    ...record,
    uid: field(uid),
    kind: field(kind),
    subResource: field(subResource),
    namespace: field(namespace),
    name: field(name),
    user: field(user),
  };
}

/** An error as pino writes one, within limits. */
function loggedError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: field(String(error)), stack: '' };
  const { name, message, stack = '' } = error;
  return { type: field(name), message: field(message), stack: cutText(visibleLines(stack), MAX_STACK) };
}

/** One log line of at most 16 KiB and the metrics for each review. Object bodies are never logged: they hold secrets. */
export function createAdmissionTelemetry(
  { logger, info }: Pick<Log, 'logger' | 'info'>,
  metrics: Metrics,
): AdmissionTelemetry {
  return {
    review: record => {
      metrics.review(record);
      info(loggedRecord(record), 'review');
    },
    bug: (uid, error) => {
      metrics.bug();
      logger.error({ uid: field(uid), err: loggedError(error) }, 'bug');
    },
    badRequest: reason => {
      metrics.badRequest();
      logger.warn({ reason: cutText(visibleText(reason), MAX_REASON) }, 'bad request');
    },
    refusedConnection: metrics.refusedConnection,
  };
}
