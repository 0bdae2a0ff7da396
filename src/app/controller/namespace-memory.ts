import type { GatePolicy } from '../../core/gate/types.ts';
import { afterLook, type EnforcedNamespaces } from '../enforced-namespaces.ts';
import { pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';

/** Milliseconds between two looks. */
const EVERY_MS = 10_000;

/** Where the names are kept. Both reject with a GateError where there is no answer, or another than was hoped for. */
export interface NamespaceStore {
  read(term: AbortSignal): Promise<EnforcedNamespaces>;
  write(namespaces: EnforcedNamespaces, term: AbortSignal): Promise<void>;
}

/** What the memory needs from outside. */
export interface NamespaceMemoryPorts {
  readonly time: Time;
  world(): WorldReading;
  policy(): GatePolicy;
  /** `YYYY-MM-DD`, UTC. */
  today(): string;
  readonly store: NamespaceStore;
  /** Told of a look that failed. Must not throw. */
  onError(error: unknown): void;
}

/** Remembers which namespaces enforced, while this process leads. */
export interface NamespaceMemory {
  /** Looks after it until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** Only where the configuration says who may lower a mode is anything remembered: otherwise nobody is refused for it. */
export function createNamespaceMemory(ports: NamespaceMemoryPorts): NamespaceMemory {
  const { time, world, policy, today, store, onError } = ports;
  let running: Promise<void> = Promise.resolve();

  const look = async (
    known: EnforcedNamespaces | undefined,
    term: AbortSignal,
  ): Promise<EnforcedNamespaces | undefined> => {
    const reading = world();
    const current = policy();
    if (reading.kind !== 'ready' || current.modeChangers === undefined) return known;
    const before = known ?? (await store.read(term));
    const after = afterLook(before, reading.world, current, today());
    if (after !== before) await store.write(after, term);
    return after;
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    let known: EnforcedNamespaces | undefined;
    while (!term.aborted) {
      try {
        known = await look(known, term);
      } catch (error) {
        // What is stored may be either state: it is read anew.
        known = undefined;
        if (!term.aborted) onError(error);
      }
      await pause(time, EVERY_MS, term);
    }
  };

  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
