import type { ObjectRef } from '../../core/kube/types.ts';
import { toldKind, WORKLOADS } from '../../core/kube/workload-kinds.ts';
import { GateError } from '../../errors.ts';
import type { HealthCheck } from '../health.ts';
import type { Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import type { HeldPods } from './held-pods.ts';
import type { ControllerTelemetry } from './ports.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';
import type { Worker } from './worker.ts';

const WORKERS = 4;
const MAX_NAMESPACES = 100_000;
const BACKOFF = { firstMs: 50, mostMs: 30_000 };

/** Namespaces that wait for their turn. While another process leads, none is added. */
export interface NamespaceQueue extends Pick<WorkQueue, 'depth' | 'failing' | 'stop'> {
  /** Every namespace that the view holds. */
  addAll(): void;
  /** The namespaces whose servers a changed object may bear on. */
  addTouched(changed: ObjectRef): void;
  /** How much waits, and what fails. Never a reason not to be ready: another process would do no better. */
  health(): HealthCheck;
}

/** What the queue needs from outside. */
export interface NamespaceQueuePorts {
  readonly time: Time;
  world(): WorldReading;
  isLeader(): boolean;
  readonly held: Pick<HeldPods, 'namespaces'>;
  readonly turn: Worker['turn'];
  readonly telemetry: Pick<ControllerTelemetry, 'bug'>;
}

/** What bears on its own namespace alone. */
const OF_ONE_NAMESPACE: ReadonlySet<string> = new Set([
  ...WORKLOADS.map(({ group, kind }) => toldKind(group, kind)),
  ...['NetworkPolicy', 'GateException'],
]);

/** A Node that comes or goes gives policies of other APIs another meaning, where Pods wait too. A policy of another API may be for all; of a route, a Service or endpoints it is not known where they lead, so that namespaces where Pods wait are looked at. */
function namespacesTouched(
  { kind, namespace, name }: ObjectRef,
  held: NamespaceQueuePorts['held'],
  all: () => readonly string[],
): readonly string[] {
  if (kind === 'Namespace') return [name];
  if (kind === 'Node') return held.namespaces();
  if (namespace === '') return all();
  return OF_ONE_NAMESPACE.has(kind) ? [namespace] : [namespace, ...held.namespaces()];
}

function healthOf({ depth, failing }: WorkQueue, nowMs: number): HealthCheck {
  const [oldest, ...others] = [...failing()].sort(([, a], [, b]) => a - b);
  const detail = { depth: depth(), failing: others.length + (oldest ? 1 : 0) };
  if (oldest === undefined) return { ok: true, detail };
  const [namespace, sinceMs] = oldest;
  return { ok: true, detail: { ...detail, namespace, failingForMs: Math.round(nowMs - sinceMs) } };
}

/** A queue in which no namespace waits yet. */
export function createNamespaceQueue({
  time,
  world,
  isLeader,
  held,
  turn,
  telemetry,
}: NamespaceQueuePorts): NamespaceQueue {
  const queue: WorkQueue = createWorkQueue({
    time,
    workers: WORKERS,
    maxKeys: MAX_NAMESPACES,
    backoff: BACKOFF,
    work: async (namespace, isAwaited) => {
      const { againMs, restMs } = await turn(namespace, isAwaited);
      if (againMs !== undefined) queue.addAfter(namespace, againMs);
      return restMs;
    },
    onError: (namespace, error) => {
      // A write that failed is noted where it was tried.
      if (!(error instanceof GateError)) telemetry.bug(namespace, error);
    },
  });
  const all = (): readonly string[] => {
    const reading = world();
    return reading.kind === 'not-synced' ? [] : reading.world.namespaceNames();
  };
  const add = (names: () => readonly string[]): void => {
    if (isLeader()) for (const name of names()) queue.add(name);
  };
  return {
    depth: queue.depth,
    failing: queue.failing,
    stop: queue.stop,
    addAll: () => add(all),
    addTouched: changed => add(() => namespacesTouched(changed, held, all)),
    health: () => healthOf(queue, time.nowMs()),
  };
}
