import { Counter, Gauge, type Registry } from 'prom-client';
import type { RolloutReason, RolloutRow } from '../../app/rollout/plan.ts';
import type { Raised } from '../../app/rollout/ports.ts';
import type { Mode } from '../../core/gate/types.ts';

/** What is counted of rollouts. Label values are our own words. */
export interface RolloutMetrics {
  /** How all namespaces stand; a status that none has any more is gone. */
  looked(rows: readonly RolloutRow[]): void;
  told(reason: RolloutReason, mode: Mode): void;
  raised(outcome: Raised['kind']): void;
  failed(): void;
}

export function createRolloutMetrics(registry: Registry): RolloutMetrics {
  const registers = [registry];
  const namespaces = new Gauge({
    name: 'chokepoint_rollout_namespaces',
    help: 'Namespaces that rollouts name, by how they stand.',
    labelNames: ['status'],
    registers,
  });
  const events = new Counter({
    name: 'chokepoint_rollout_events_total',
    help: 'What came about in rollouts, by reason and the mode that it is about.',
    labelNames: ['reason', 'mode'],
    registers,
  });
  const writes = new Counter({
    name: 'chokepoint_rollout_writes_total',
    help: 'Labels that were to be written, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'chokepoint_rollout_failures_total',
    help: 'Looks at the rollouts that failed.',
    registers,
  });
  return {
    looked: rows => {
      namespaces.reset();
      for (const [status, all] of Map.groupBy(rows, row => row.status)) namespaces.set({ status }, all.length);
    },
    told: (reason, mode) => events.inc({ reason, mode }),
    raised: outcome => writes.inc({ outcome }),
    failed: () => failures.inc(),
  };
}
