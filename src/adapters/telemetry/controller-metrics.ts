import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ActionKind } from '../../app/controller/action.ts';
import type { Performed, Unanswered } from '../../app/controller/perform.ts';
import { addGauges } from './gauges.ts';

/** What became of an action. */
type ActionOutcome = (Performed | Unanswered)['kind'];

/** Seconds that a Pod is held: most of it is the time that the controllers themselves take. */
const HELD_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** What is looked at when the metrics are read. */
export interface ControllerGauges {
  readonly queueDepth: () => number;
  readonly failingNamespaces: () => number;
  readonly heldPods: () => number;
  readonly isLeader: () => boolean;
  /** Seconds since the view of the cluster was known to be right; infinite where it never was. */
  readonly viewAgeSeconds: () => number;
}

export interface ControllerMetrics {
  /** For what else the controller measures. */
  readonly registry: Registry;
  action(kind: ActionKind, outcome: ActionOutcome): void;
  /** A gate was lifted, this long after its Pod was first seen. */
  lifted(heldMs: number): void;
  pass(durationMs: number): void;
  election(outcome: 'led' | 'lost' | 'failed'): void;
  /** A status, or a look at what is to be said in statuses, failed. */
  statusFailed(): void;
  bug(): void;
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const GAUGES: Readonly<Record<keyof ControllerGauges, readonly [name: string, help: string]>> = {
  queueDepth: ['chokepoint_controller_queue_depth', 'Namespaces that wait for their turn or have it.'],
  failingNamespaces: ['chokepoint_controller_failing_namespaces', 'Namespaces whose last turn failed.'],
  heldPods: ['chokepoint_controller_held_pods', 'Pods that wait for their traffic to be closed.'],
  isLeader: ['chokepoint_controller_leader', '1 where this process does the work.'],
  viewAgeSeconds: ['chokepoint_controller_view_age_seconds', 'Age of the view of the cluster.'],
};

/** The controller's metrics, in a registry of their own. Label values are our own words, never a stranger's. */
export function createControllerMetrics(gauges: ControllerGauges, nowMs: () => number): ControllerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const actions = new Counter({
    name: 'chokepoint_controller_actions_total',
    help: 'What was done, by kind and outcome.',
    labelNames: ['action', 'outcome'],
    registers,
  });
  const failingSince = new Gauge({
    name: 'chokepoint_controller_failing_since_seconds',
    help: 'Since when every action of a kind has failed, in seconds since 1970; 0 where the last one did not.',
    labelNames: ['action'],
    registers,
  });
  const held = new Histogram({
    name: 'chokepoint_controller_pod_held_seconds',
    help: 'From the moment a held Pod is seen to the moment its gate is lifted.',
    buckets: HELD_BUCKETS,
    registers,
  });
  const passes = new Histogram({
    name: 'chokepoint_controller_pass_seconds',
    help: 'One look at a namespace, with all that was done there.',
    registers,
  });
  const elections = new Counter({
    name: 'chokepoint_controller_elections_total',
    help: 'Terms that began, terms that ended, and tries that failed.',
    labelNames: ['outcome'],
    registers,
  });
  const statuses = new Counter({
    name: 'chokepoint_controller_status_failures_total',
    help: 'Statuses of GatePolicies and GateExceptions that could not be written.',
    registers,
  });
  const bugs = new Counter({ name: 'chokepoint_bugs_total', help: 'Errors of our own: each is a bug.', registers });
  addGauges(registry, GAUGES, gauges);
  const since = new Map<ActionKind, number>();
  return {
    registry,
    action: (kind, outcome) => {
      actions.inc({ action: kind, outcome });
      const isDone = outcome === 'done' || outcome === 'absent';
      if (isDone) since.delete(kind);
      else if (!since.has(kind)) since.set(kind, nowMs() / 1000);
      failingSince.set({ action: kind }, since.get(kind) ?? 0);
    },
    lifted: heldMs => held.observe(heldMs / 1000),
    pass: durationMs => passes.observe(durationMs / 1000),
    election: outcome => elections.inc({ outcome }),
    statusFailed: () => statuses.inc(),
    bug: () => bugs.inc(),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
