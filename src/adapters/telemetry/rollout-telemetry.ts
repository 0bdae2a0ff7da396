import type { RolloutReason } from '../../app/rollout/plan.ts';
import type { RolloutTelemetry } from '../../app/rollout/ports.ts';
import { GateError } from '../../errors.ts';
import type { Log } from './log.ts';
import type { RolloutMetrics } from './rollout-metrics.ts';

/** What nobody has to do anything about. */
const GOOD: ReadonlySet<RolloutReason> = new Set(['StageRaised', 'RolloutResumed']);

/** One log line and the metrics for each thing that comes about in a rollout. */
export function createRolloutTelemetry({ logger }: Pick<Log, 'logger'>, metrics: RolloutMetrics): RolloutTelemetry {
  return {
    told: ({ namespace, reason, stage, by, note }, isWritten) => {
      metrics.told(reason, stage);
      const fields = { namespace, reason, mode: stage, ...(by !== undefined && { by }), note, event: isWritten };
      logger[GOOD.has(reason) ? 'info' : 'warn'](fields, 'rollout');
    },
    raised: ({ namespace, to }, outcome) => {
      metrics.raised(outcome.kind);
      const message = 'message' in outcome ? { message: outcome.message } : {};
      const fields = { namespace, mode: to, outcome: outcome.kind, ...message };
      logger[outcome.kind === 'done' ? 'info' : 'warn'](fields, 'rollout writes a mode');
    },
    looked: metrics.looked,
    rolloutFailed: error => {
      metrics.failed();
      const trouble = error instanceof GateError ? { code: error.code, trouble: error.message } : { err: error };
      logger.warn(trouble, 'rollout');
    },
  };
}
