import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { writeAction } from '../adapters/kubernetes/writes/write-action.ts';
import type { Writer } from '../adapters/kubernetes/writes/writer.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { ControllerMetrics } from '../adapters/telemetry/controller-metrics.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import type { Action } from '../app/controller/action.ts';
import { createEventQueue } from '../app/controller/event-queue.ts';
import type { HeldPods } from '../app/controller/held-pods.ts';
import { type Performed, perform, performWrite, type Unanswered } from '../app/controller/perform.ts';
import { createRecentActions } from '../app/controller/recent-actions.ts';
import { reconcile } from '../app/controller/reconcile.ts';
import { createJudge, type Judge } from '../core/evaluate.ts';
import type { ServedPolicy } from './serve-policy.ts';

/** Milliseconds until the next look where the view of the cluster is not to be trusted. */
const NOT_READY_MS = 1_000;

/**
 * Milliseconds of writing after which a turn gives way to news of its namespace, and as long as planning took at least: a Pod whose policy is
 * seen does not wait for the policies of all the others.
 */
const GIVE_WAY_MS = 50;

/** Holds the judge of the current policy. */
function judgeOf(policy: Pick<ServedPolicy, 'current'>): () => Judge {
  let judge: Judge | undefined;
  return () => {
    const current = policy.current();
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };
}

/** What is written in the log of one action: names, never objects. */
function actionFields(action: Action, performed: Performed | Unanswered): object {
  const { kind } = action;
  const result = {
    action: kind,
    outcome: performed.kind,
    ...('message' in performed && { message: performed.message }),
  };
  if (kind === 'apply-policy') {
    const { name, namespace } = action.manifest.metadata;
    return { ...result, namespace, name, server: action.server, heals: action.heals };
  }
  if (kind === 'delete-policy') return { ...result, namespace: action.namespace, name: action.name };
  return {
    ...result,
    about: kind === 'event' ? action.about : action.pod,
    ...(kind === 'event' && { reason: action.reason }),
  };
}

/** What the work ports. */
export interface WorkerParts {
  readonly policy: Pick<ServedPolicy, 'current'>;
  readonly cache: Pick<ClusterCache, 'read'>;
  readonly log: Pick<Log, 'logger'>;
  readonly held: HeldPods;
}

/** What does the work. */
export interface Worker {
  /** One turn of the queue: looks at a namespace and does what is to be done there. Resolves to when to look again, if at all. */
  turn(namespace: string, isAwaited: () => boolean): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** A worker that writes by the current term's writer, as long as this process leads. */
export function createWorker(
  { policy, cache, log, held }: WorkerParts,
  metrics: ControllerMetrics,
  writer: () => Writer | undefined,
  isLeader: () => boolean,
): Worker {
  const judge = judgeOf(policy);
  const recent = createRecentActions(SYSTEM_TIME);
  const onPerformed = (action: Action, performed: Performed | Unanswered): void => {
    metrics.action(action.kind, performed.kind);
    const isDone = performed.kind === 'done' || performed.kind === 'absent';
    log.logger[isDone ? 'info' : 'warn'](actionFields(action, performed), 'action');
    if (action.kind !== 'lift-gate' || performed.kind !== 'done') return;
    const heldMs = held.heldMs(action.pod.namespace, action.pod.uid);
    if (heldMs !== undefined) metrics.lifted(heldMs);
  };
  const write = async (action: Action): Promise<Performed> => {
    const term = writer();
    if (term === undefined || !isLeader()) throw new Error('another process leads');
    return writeAction(term, action);
  };
  const events = createEventQueue(async event => void (await performWrite(event, { write, onPerformed })));
  const ports = { write, mayWrite: isLeader, recent, onPerformed, addEvent: events.add };
  const turn = async (namespace: string, isAwaited: () => boolean): Promise<number | undefined> => {
    if (!isLeader()) return undefined;
    const reading = cache.read();
    if (reading.kind !== 'ready') return NOT_READY_MS;
    const startMs = performance.now();
    held.observe(reading.world.namespace(namespace));
    const actions = reconcile(reading.world, namespace, judge());
    const plannedMs = performance.now();
    const untilMs = plannedMs + Math.max(GIVE_WAY_MS, plannedMs - startMs);
    const goesOn = (): boolean => !isAwaited() || performance.now() < untilMs;
    const againMs = await perform(actions, { ...ports, goesOn });
    metrics.pass(performance.now() - startMs);
    return againMs;
  };
  return { turn, stop: events.stop };
}
