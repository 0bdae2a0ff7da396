import { isTooLarge } from '../../core/kube/size.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { namespacesOf } from '../../core/world/content.ts';
import { type Change, statesOf, type World } from '../../core/world/world.ts';
import { isPending } from './worlds-in-doubt.ts';

/** How long an admitted change may take to be stored: the most that the API server waits for other webhooks. */
const REMEMBERED_MS = 30_000;
/** Changes of one namespace that are remembered; further ones are asked to come again. */
const MAX_CHANGES = 500;
/** Values of all changes together, as objects are measured. Beyond it the oldest that were let through are forgotten. */
const MAX_VALUES = 1_000_000;
/** What an outline counts, and any object beside its values. */
const OUTLINE_VALUES = 1_000;
const OBJECT_VALUES = 50;

const WHOLE_CLUSTER = '';

/** A change on its way through admission. */
export interface Passage {
  /** Changes that came before it in its namespaces and of the whole cluster, in this order, and were not refused: what became of them is for a world to tell. */
  earlier(): readonly Change[];
  /** Ends it. What was let through is remembered until the view shows what became of it, for 30 s at most; what was not is forgotten. */
  end(isLetThrough: boolean): void;
}

/** What is being judged at this moment, and what was let through and is not stored yet, or not seen yet. */
export interface InFlight {
  /** Notes a change. `undefined`: too many of its namespaces are noted already. */
  enter(change: Change): Passage | undefined;
  /** The view has come to show another state of this object. `world`: the view, asked for where the object is one that is noted. */
  seen(object: { readonly namespace: string; readonly name: string }, world: () => World): void;
  /** How many changes are noted. */
  readonly size: number;
}

interface Entry {
  readonly change: Change;
  readonly values: number;
  state: 'judged' | 'let-through' | 'refused';
  endedMs: number;
}

const valuesOf = (object: KubeObject): number =>
  OBJECT_VALUES + (isTooLarge(object) ? OUTLINE_VALUES : object.meta.size);

/** Namespaces that a change stands in or bears on: of a route its own too. The empty name stands for the whole cluster. */
const namespacesWith = (change: Change): ReadonlySet<string> =>
  new Set(statesOf(change).flatMap(state => [state.meta.namespace, ...namespacesOf(state)]));

/** Holds nothing yet. `nowMs`: of a clock that never goes back. */
export function createInFlight(nowMs: () => number): InFlight {
  /** In the order in which they came. */
  const entries = new Set<Entry>();
  const byNamespace = new Map<string, Set<Entry>>();
  let values = 0;

  const drop = (entry: Entry): void => {
    if (!entries.delete(entry)) return;
    values -= entry.values;
    for (const name of namespacesWith(entry.change)) {
      const others = byNamespace.get(name);
      others?.delete(entry);
      if (others?.size === 0) byNamespace.delete(name);
    }
  };
  const forgetOld = (): void => {
    for (const entry of entries) {
      const isOld = entry.state === 'let-through' && (values > MAX_VALUES || nowMs() - entry.endedMs >= REMEMBERED_MS);
      if (isOld) drop(entry);
    }
  };
  const add = (change: Change): Entry => {
    const size = statesOf(change).reduce((sum, state) => sum + valuesOf(state), 0);
    const entry: Entry = { change, values: size, state: 'judged', endedMs: 0 };
    entries.add(entry);
    values += size;
    for (const name of namespacesWith(change)) {
      byNamespace.set(name, (byNamespace.get(name) ?? new Set()).add(entry));
    }
    return entry;
  };
  const of = (names: Iterable<string>): readonly Entry[] => [
    ...new Set([...names].flatMap(name => [...(byNamespace.get(name) ?? [])])),
  ];
  /** What a change may open a server together with: one of the whole cluster with any. */
  const near = (names: ReadonlySet<string>): readonly Entry[] =>
    names.has(WHOLE_CLUSTER) ? [...entries] : of([...names, WHOLE_CLUSTER]);

  return {
    enter: change => {
      forgetOld();
      const names = namespacesWith(change);
      if (of(names).length >= MAX_CHANGES) return undefined;
      const before = near(names);
      const entry = add(change);
      return {
        earlier: () => before.filter(({ state }) => state !== 'refused').map(other => other.change),
        end: isLetThrough => {
          entry.state = isLetThrough ? 'let-through' : 'refused';
          entry.endedMs = nowMs();
          if (!isLetThrough) drop(entry);
        },
      };
    },
    seen: ({ namespace, name }, world) => {
      for (const entry of byNamespace.get(namespace) ?? []) {
        const isOfObject = statesOf(entry.change).some(({ meta }) => meta.name === name);
        if (isOfObject && entry.state === 'let-through' && !isPending(world(), entry.change)) drop(entry);
      }
    },
    get size() {
      return entries.size;
    },
  };
}
