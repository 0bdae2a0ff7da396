import { createJudge, type Judge } from '../../core/evaluate.ts';
import { discoverDataplane } from '../../core/gate/dataplane.ts';
import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { type Dialect, servedDialect } from '../../core/remedy/dialect.ts';
import type { World } from '../../core/world/world.ts';
import type { Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import type { Action } from './action.ts';
import { createEventQueue } from './event-queue.ts';
import type { HeldPods } from './held-pods.ts';
import { type Performed, perform, performWrite, type Unanswered } from './perform.ts';
import { rememberPlans } from './plan-memory.ts';
import type { ControllerTelemetry } from './ports.ts';
import { createProgrammedLifts, type ReadPolicyEndpoints } from './programmed-lifts.ts';
import { createRecentActions } from './recent-actions.ts';
import { reconcile } from './reconcile.ts';

/** Milliseconds until the next look where the view of the cluster is not to be trusted. */
const NOT_READY_MS = 1_000;

/** Milliseconds of writing after which a turn gives way to news of its namespace: a Pod whose policy is seen does not wait for the policies of all the others. */
const GIVE_WAY_MS = 50;
/** As many times as long as planning took a turn writes at least: each turn goes through the whole namespace again. */
const WRITING_TO_PLANNING = 16;
/** Milliseconds of writing that a turn insists on at most: the plan after a long one is made of what is remembered. */
const MAX_WRITING_MS = 2_000;

/** Planning that takes no longer needs no rest. */
const QUICK_MS = 20;
/** As many times as long as planning took a namespace rests or is written to before it is planned anew: news that come all the time must not take the whole process. */
const REST_TO_PLANNING = 4;
/** Milliseconds that a namespace rests at most. */
const MAX_REST_MS = 2_000;

/** Writes one action to the cluster. Rejects where there is no answer. */
export type WriteAction = (action: Action) => Promise<Performed>;

/** What the worker needs from outside. */
export interface WorkerPorts {
  readonly time: Time;
  world(): WorldReading;
  /** As it holds today: the same object until something changes. */
  policy(): GatePolicy;
  /** Whether the cluster serves a kind, by `group/version/Kind`. */
  isServed(id: string): boolean;
  /** Writes within the current term of this process; `undefined`: it has none. */
  writer(): WriteAction | undefined;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  readonly held: HeldPods;
  readonly policyEndpoints: ReadPolicyEndpoints;
  readonly telemetry: ControllerTelemetry;
}

/** How a turn ended. */
export interface EndedTurn {
  /** Milliseconds after which to look again; `undefined`: nothing waits. */
  readonly againMs: number | undefined;
  /** Milliseconds in which news of the namespace wait. */
  readonly restMs: number;
}

/** What brings a namespace closer to what it should be. */
export interface Worker {
  /**
   * One turn of the queue: looks at a namespace and does what is to be done there. Rejects with a GateError where an action failed, and with whatever
   * else is a bug of ours.
   */
  turn(namespace: string, isAwaited: () => boolean): Promise<EndedTurn>;
  /** Drops Events that wait. Resolves when the one that is being written is done. */
  stop(): Promise<void>;
}

/** The judge of the current policy, made anew where that has changed. */
function judgeOf(policy: () => GatePolicy): () => Judge {
  let judge: Judge | undefined;
  return () => {
    const current = policy();
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };
}

/** In which API policies stand beside NetworkPolicies: that of the dataplane which the configuration names, or the cluster's own agents tell. */
function dialectIn(world: World, { policy }: Judge, { isServed }: WorkerPorts): Dialect | undefined {
  const dataplane = policy.dataplane ?? discoverDataplane(world, BUILTIN_DATA.dataplanes);
  return servedDialect({ ...policy, dataplane }, isServed);
}

/** How long a turn writes whatever is new, after so many milliseconds of planning. */
const writesAtLeast = (planningMs: number): number =>
  Math.max(GIVE_WAY_MS, Math.min(MAX_WRITING_MS, WRITING_TO_PLANNING * planningMs));

/** How long a namespace rests that was planned in so many milliseconds, and written to in others. */
function restAfter(planningMs: number, writingMs: number): number {
  if (planningMs <= QUICK_MS) return 0;
  return Math.min(MAX_REST_MS, Math.max(0, REST_TO_PLANNING * planningMs - writingMs));
}

/** Notes an action, and how long its Pod was held where its gate came off. */
function notePerformed({ telemetry, held }: WorkerPorts, action: Action, performed: Performed | Unanswered): void {
  telemetry.action(action, performed);
  if (action.kind !== 'lift-gate' || performed.kind !== 'done') return;
  const heldMs = held.heldMs(action.pod.namespace, action.pod.uid);
  if (heldMs !== undefined) telemetry.lifted(heldMs);
}

/** A worker that writes as long as this process leads. */
export function createWorker(ports: WorkerPorts): Worker {
  const { time, held, isLeader } = ports;
  const judge = judgeOf(ports.policy);
  const memoryFor = rememberPlans();
  const recent = createRecentActions(time);
  const lifts = createProgrammedLifts(time, ports.policyEndpoints);
  const onPerformed = (action: Action, performed: Performed | Unanswered): void =>
    notePerformed(ports, action, performed);
  const write: WriteAction = async action => {
    const writeInTerm = ports.writer();
    if (writeInTerm === undefined || !isLeader()) throw new Error('another process leads');
    return writeInTerm(action);
  };
  const events = createEventQueue(async event => void (await performWrite(event, { write, onPerformed })));
  const performPorts = { write, mayWrite: isLeader, recent, onPerformed, addEvent: events.add };

  const turn: Worker['turn'] = async (namespace, isAwaited) => {
    if (!isLeader()) return { againMs: undefined, restMs: 0 };
    const reading = ports.world();
    if (reading.kind !== 'ready') return { againMs: NOT_READY_MS, restMs: 0 };
    const startMs = time.nowMs();
    held.observe(reading.world.namespace(namespace));
    const content = reading.world.namespace(namespace);
    const current = judge();
    const dialect = dialectIn(reading.world, current, ports);
    const planned = reconcile(reading.world, namespace, current, dialect, memoryFor);
    const plannedMs = time.nowMs();
    const { actions, againMs: awaitedMs } = await lifts.prove(planned, content, current);
    const provenMs = time.nowMs();
    const untilMs = provenMs + writesAtLeast(plannedMs - startMs);
    const goesOn = (): boolean => !isAwaited() || time.nowMs() < untilMs;
    const pausedMs = await perform(actions, { ...performPorts, goesOn });
    const endMs = time.nowMs();
    ports.telemetry.pass(endMs - startMs);
    const againMs = awaitedMs === undefined ? pausedMs : Math.min(pausedMs ?? awaitedMs, awaitedMs);
    return { againMs, restMs: restAfter(plannedMs - startMs, endMs - plannedMs) };
  };
  return { turn, stop: events.stop };
}
