import type { GatePolicy } from '../../core/gate/types.ts';
import type { GuardrailManifest } from '../../core/remedy/guardrail.ts';
import { pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import {
  type GuardrailAction,
  keyOf,
  planGuardrail,
  type StoredGuardrail,
  storedGuardrails,
  wantedGuardrail,
} from './plan.ts';

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;
/** The same after a write that failed, most often for want of a right. */
const AFTER_FAILURE_MS = 60_000;
/** Milliseconds in which what was written need not be seen in the view yet. */
const SETTLES_MS = 10_000;

/** What became of a write: `taken-over`, somebody else has written what it is about, and it is his. */
export type GuardrailWritten = 'done' | 'taken-over';

/** Writes objects of a guardrail. Both reject with a GateError where there is no answer, or another than was hoped for. */
export interface GuardrailStore {
  apply(manifest: GuardrailManifest, term: AbortSignal): Promise<GuardrailWritten>;
  remove(object: StoredGuardrail, term: AbortSignal): Promise<GuardrailWritten>;
}

/** What is told of a guardrail. None of it may throw. */
export interface GuardrailTelemetry {
  /** One was made, put right or taken away, or is left to somebody else. */
  guardrail(what: 'applied' | 'deleted' | 'taken-over', object: string): void;
  /** It cannot be kept, for this reason. */
  guardrailLacking(reason: string): void;
  guardrailFailed(error: unknown): void;
}

/** What the keeper needs from outside. */
export interface GuardrailPorts {
  readonly time: Time;
  world(): WorldReading;
  policy(): GatePolicy;
  /** Whether the cluster serves a kind, by `group/Kind`. */
  isServed(id: string): boolean;
  readonly store: GuardrailStore;
  readonly telemetry: GuardrailTelemetry;
}

/** Keeps the guardrail that the configuration asks for, while this process leads. */
export interface GuardrailKeeper {
  /** Looks after it until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** What this term has done so far. */
interface Done {
  /** What was applied last of each object. */
  readonly applied: Map<string, string>;
  /** When each object was written last. */
  readonly writtenMs: Map<string, number>;
  /** What was told, so that it is told once. */
  readonly told: Set<string>;
}

const nameOf = (action: GuardrailAction): string =>
  action.kind === 'apply' ? keyOf({ ...action.manifest, name: action.manifest.metadata.name }) : keyOf(action.object);

function tellOnce({ told }: Done, text: string, tell: () => void): void {
  if (told.has(text)) return;
  told.add(text);
  tell();
}

async function perform(action: GuardrailAction, done: Done, ports: GuardrailPorts, term: AbortSignal): Promise<void> {
  const { store, telemetry, time } = ports;
  const name = nameOf(action);
  const yields = (): void => tellOnce(done, `yield ${name}`, () => telemetry.guardrail('taken-over', name));
  if (action.kind === 'yield') return yields();
  const settlesMs = (done.writtenMs.get(name) ?? Number.NEGATIVE_INFINITY) + SETTLES_MS;
  if (time.nowMs() < settlesMs) return;
  const isApply = action.kind === 'apply';
  const written = await (isApply ? store.apply(action.manifest, term) : store.remove(action.object, term));
  done.writtenMs.set(name, time.nowMs());
  if (written === 'taken-over') {
    // What he has written stays, until something else is wanted.
    if (isApply) done.applied.set(name, JSON.stringify(action.manifest));
    return yields();
  }
  if (isApply) done.applied.set(name, JSON.stringify(action.manifest));
  done.told.delete(`yield ${name}`);
  telemetry.guardrail(isApply ? 'applied' : 'deleted', name);
}

/** A keeper of a process that does not lead yet. */
export function createGuardrailKeeper(ports: GuardrailPorts): GuardrailKeeper {
  let running: Promise<void> = Promise.resolve();

  const look = async (done: Done, term: AbortSignal): Promise<void> => {
    const reading = ports.world();
    if (reading.kind !== 'ready') return;
    const wanted = wantedGuardrail(ports.policy(), reading.world, ports.isServed);
    const { reason } = wanted;
    if (reason !== undefined) tellOnce(done, reason, () => ports.telemetry.guardrailLacking(reason));
    for (const action of planGuardrail(wanted, storedGuardrails(reading.world), done.applied)) {
      if (term.aborted) return;
      await perform(action, done, ports, term);
    }
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    const done: Done = { applied: new Map(), writtenMs: new Map(), told: new Set() };
    while (!term.aborted) {
      let waitMs = EVERY_MS;
      try {
        await look(done, term);
      } catch (error) {
        waitMs = AFTER_FAILURE_MS;
        if (!term.aborted) ports.telemetry.guardrailFailed(error);
      }
      await pause(ports.time, waitMs, term);
    }
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
