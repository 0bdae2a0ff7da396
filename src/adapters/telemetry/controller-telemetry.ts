import type { Action } from '../../app/controller/action.ts';
import type { Performed, Unanswered } from '../../app/controller/perform.ts';
import type { ControllerTelemetry } from '../../app/controller/ports.ts';
import type { GuardrailTelemetry } from '../../app/guardrail/keep.ts';
import { GateError } from '../../errors.ts';
import type { ControllerMetrics } from './controller-metrics.ts';
import type { Log } from './log.ts';

/** What is written in the log of one action: names, never objects. */
function actionFields(action: Action, performed: Performed | Unanswered): object {
  const { kind } = action;
  const result = {
    action: kind,
    outcome: performed.kind,
    ...('message' in performed && { message: performed.message }),
  };
  if (kind === 'apply-policy' || kind === 'apply-dialect-policy') {
    const { name, namespace } = action.manifest.metadata;
    return { ...result, kind: action.manifest.kind, namespace, name, server: action.server, heals: action.heals };
  }
  if (kind === 'delete-dialect-policy') {
    const { kind: ofKind, namespace, name } = action.object;
    return { ...result, kind: ofKind, namespace, name };
  }
  if (kind === 'delete-policy') return { ...result, namespace: action.namespace, name: action.name };
  return {
    ...result,
    about: kind === 'event' ? action.about : action.pod,
    ...(kind === 'event' && { reason: action.reason }),
  };
}

/** What the API server answers is no fault of ours: a stack tells nothing, every few seconds. */
const troubleOf = (error: unknown): object =>
  error instanceof GateError ? { code: error.code, trouble: error.message } : { err: error };

/** One log line and the metrics for each action, each term and each fault. */
export function createControllerTelemetry(
  { logger }: Pick<Log, 'logger'>,
  metrics: Pick<ControllerMetrics, 'action' | 'lifted' | 'pass' | 'bug' | 'election' | 'statusFailed'>,
): ControllerTelemetry & GuardrailTelemetry {
  return {
    action: (action, performed) => {
      metrics.action(action.kind, performed.kind);
      const isDone = performed.kind === 'done' || performed.kind === 'absent';
      logger[isDone ? 'info' : 'warn'](actionFields(action, performed), 'action');
    },
    lifted: metrics.lifted,
    pass: metrics.pass,
    led: identity => {
      metrics.election('led');
      logger.info({ identity }, 'leads');
    },
    lost: identity => {
      metrics.election('lost');
      logger.warn({ identity }, 'leads no more');
    },
    electionFailed: error => {
      metrics.election('failed');
      logger.warn(troubleOf(error), 'lease');
    },
    statusFailed: error => {
      metrics.statusFailed();
      logger.warn(troubleOf(error), 'status');
    },
    memoryFailed: error => logger.warn(troubleOf(error), 'enforced namespaces'),
    guardrail: (what, object) => logger[what === 'taken-over' ? 'warn' : 'info']({ object, what }, 'guardrail'),
    guardrailLacking: reason => logger.warn({ reason }, 'guardrail: none is kept'),
    guardrailFailed: error => logger.warn(troubleOf(error), 'guardrail'),
    bug: (namespace, error) => {
      metrics.bug();
      logger.error({ ...(namespace !== '' && { namespace }), err: error }, 'bug');
    },
  };
}
