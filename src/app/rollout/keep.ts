import { createJudge, type Judge } from '../../core/evaluate.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { World } from '../../core/world/world.ts';
import { inSlices, pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import { factsOf, namedNamespaces } from './look.ts';
import { afterRaise, type NamespaceFacts, planRollout, type RaiseOutcome, type RolloutAction } from './plan.ts';
import type { Raised, RolloutStore, RolloutTelemetry, RolloutWriter, StoredRollout } from './ports.ts';
import type { RolloutState } from './state.ts';

/** Milliseconds between two looks: stages are days. */
const EVERY_MS = 30_000;
/** After a stage was written, so that it is soon told. */
const SOON_MS = 1_000;
/** What the keeper needs from outside. */
export interface RolloutPorts {
  readonly time: Time;
  /** Milliseconds since 1970. */
  nowMs(): number;
  world(): WorldReading;
  policy(): GatePolicy;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  /** The gate's own namespace. */
  readonly ownNamespace: string;
  readonly store: RolloutStore;
  readonly writer: RolloutWriter;
  readonly telemetry: RolloutTelemetry;
  /** Milliseconds between two looks; absent: 30 seconds. */
  readonly everyMs?: number | undefined;
}

/** Follows the rollouts of the configuration while this process leads. */
export interface RolloutKeeper {
  /** Follows them until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

const OUTCOMES: Readonly<Record<Exclude<Raised['kind'], 'done'>, RaiseOutcome['kind'] & ('not-done' | 'unknown')>> = {
  conflict: 'not-done',
  refused: 'not-done',
  unanswered: 'unknown',
};

const outcomeOf = (raised: Raised): RaiseOutcome => (raised.kind === 'done' ? raised : { kind: OUTCOMES[raised.kind] });

/** What is seen of all namespaces that the policy names, in slices, so that nothing else waits long. */
async function look(world: World, judge: Judge, ports: RolloutPorts, term: AbortSignal) {
  const { time, ownNamespace } = ports;
  const facts: NamespaceFacts[] = [];
  for await (const named of inSlices(namedNamespaces(world, judge.policy.rollout, ownNamespace), time, term))
    facts.push(factsOf(named, world, judge));
  return facts;
}

async function tellAll(actions: readonly RolloutAction[], ports: RolloutPorts, term: AbortSignal): Promise<void> {
  for (const action of actions) {
    if (action.kind !== 'tell' || term.aborted) continue;
    ports.telemetry.told(action, await ports.writer.tell(action, term));
  }
}

/** Writes the stages that are due, as long as this process leads. */
async function raiseAll(
  state: RolloutState,
  actions: readonly RolloutAction[],
  ports: RolloutPorts,
  term: AbortSignal,
): Promise<RolloutState> {
  let after = state;
  for (const action of actions) {
    if (action.kind !== 'raise' || term.aborted || !ports.isLeader()) continue;
    const raised = await ports.writer.raise(action, term);
    ports.telemetry.raised(action, raised);
    after = afterRaise(after, action.namespace, outcomeOf(raised));
  }
  return after;
}

interface Step {
  readonly stored: StoredRollout;
  /** Something was written that the next look is to see. */
  readonly isAwaited: boolean;
}

/** Told first, then remembered, then done: whatever ends the process in between is said twice rather than never, and done only after it is noted. */
async function step(
  known: StoredRollout,
  world: World,
  judge: Judge,
  ports: RolloutPorts,
  term: AbortSignal,
): Promise<Step> {
  const facts = await look(world, judge, ports, term);
  const { modeLimit: limit } = judge.policy;
  const { state, actions, rows } = planRollout({ facts, state: known.state, limit, nowMs: ports.nowMs() });
  await tellAll(actions, ports, term);
  const version =
    state === known.state ? known.version : await ports.store.write({ state, version: known.version }, term);
  ports.telemetry.looked(rows);
  const after = await raiseAll(state, actions, ports, term);
  return { stored: { state: after, version }, isAwaited: rows.some(({ status }) => status === 'raising') };
}

/** Only where the configuration has rollouts is anything read or written. */
export function createRolloutKeeper(ports: RolloutPorts): RolloutKeeper {
  const { time, world, policy, store, telemetry, everyMs = EVERY_MS } = ports;
  let running: Promise<void> = Promise.resolve();
  let judge: Judge | undefined;

  const judgeOf = (current: GatePolicy): Judge => {
    if (judge?.policy !== current) judge = createJudge(current);
    return judge;
  };

  const lookOnce = async (known: StoredRollout | undefined, term: AbortSignal): Promise<Step | undefined> => {
    const reading = world();
    const current = policy();
    if (reading.kind !== 'ready' || current.rollout.length === 0) return undefined;
    return step(known ?? (await store.read(term)), reading.world, judgeOf(current), ports, term);
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    let last: Step | undefined;
    while (!term.aborted) {
      try {
        last = await lookOnce(last?.stored, term);
      } catch (error) {
        // What is stored may be either state: it is read anew.
        last = undefined;
        if (!term.aborted) telemetry.rolloutFailed(error);
      }
      await pause(time, last?.isAwaited ? Math.min(SOON_MS, everyMs) : everyMs, term);
    }
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
