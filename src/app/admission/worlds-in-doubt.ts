import type { DirectionRules, KubeObject, NetworkPolicy } from '../../core/kube/types.ts';
import { type AddressHolders, withHolder } from '../../core/world/address-index.ts';
import {
  copyContent,
  type MutableContent,
  namespacesOf,
  putStates,
  removeObject,
  standingFor,
} from '../../core/world/content.ts';
import { isNetworkPolicy, isOfOtherApi, isWorkload } from '../../core/world/object-kinds.ts';
import { overlay } from '../../core/world/overlay.ts';
import { refOf } from '../../core/world/refs.ts';
import { type Change, statesOf, type World } from '../../core/world/world.ts';

/** Which object is changed, as text. */
const identity = (change: Change): string => JSON.stringify(statesOf(change).map(refOf).at(0));

/** Whether one resourceVersion is of a later state than another one. Text that is no number can only be told to be another one. */
function isLater(one: string, other: string): boolean {
  const areNumbers = [one, other].every(text => /^[1-9]\d*$/.test(text));
  if (!areNumbers || one.length === other.length) return areNumbers ? one > other : one !== other;
  return one.length > other.length;
}

function shownIn(world: World, change: Change): KubeObject | undefined {
  for (const state of statesOf(change)) {
    const shown = standingFor(world, state);
    if (shown !== undefined) return shown;
  }
  return undefined;
}

/** What points at no namespace is nowhere to be found. */
const isNowhere = (object: KubeObject): boolean => !isOfOtherApi(object) && namespacesOf(object).length === 0;

/**
 * Whether the world does not tell yet what became of a change. The API server stores an update or a deletion only over the state that it
 * showed to admission, and a creation only where there is nothing, so that any later state settles it. `undefined` is no later state of an
 * object whose creation is not shown either.
 */
export function isPending(world: World, change: Change, isCreationPending = false): boolean {
  const shown = shownIn(world, change);
  const { before } = change;
  if (before === undefined) return shown === undefined;
  if (shown === undefined) return isCreationPending || isNowhere(before);
  return !isLater(shown.meta.resourceVersion, before.meta.resourceVersion);
}

/** An object of which it is not known in which of these states it is. */
interface Doubt {
  readonly states: readonly [KubeObject, ...KubeObject[]];
  readonly mayBeAbsent: boolean;
}

function doubtOf(world: World, changes: readonly Change[]): Doubt | undefined {
  const pending: Change[] = [];
  let isCreationPending = false;
  for (const change of changes) {
    if (!isPending(world, change, isCreationPending)) continue;
    pending.push(change);
    isCreationPending ||= change.before === undefined;
  }
  const [first] = pending;
  if (first === undefined) return undefined;
  const shown = shownIn(world, first);
  const [state, ...others] = new Set([...(shown ? [shown] : []), ...pending.flatMap(statesOf)]);
  if (state === undefined) return undefined;
  return {
    states: [state, ...others],
    mayBeAbsent: shown === undefined || pending.some(({ after }) => after === undefined),
  };
}

/** Workloads have no bearing on each other, and the API server stores a change only over the state that it showed. */
function mayCross(own: Change): (change: Change) => boolean {
  const [isOfWorkload, ownIdentity] = [statesOf(own).some(isWorkload), identity(own)];
  return change => identity(change) !== ownIdentity && !(isOfWorkload && statesOf(change).some(isWorkload));
}

function allIsolate(policies: readonly NetworkPolicy[], direction: 'ingress' | 'egress'): DirectionRules {
  const rules = policies.map(policy => policy[direction]);
  if (!rules.every(({ isolates }) => isolates)) return { isolates: false };
  return { isolates: true, rules: rules.flatMap(one => (one.isolates ? one.rules : [])) };
}

/** What closes a pod whichever of these states the policy is in: all of them select the pod, and all isolate it. */
const meet = (first: NetworkPolicy, policies: readonly NetworkPolicy[]): NetworkPolicy => ({
  ...first,
  meta: { ...first.meta, terminating: policies.some(({ meta }) => meta.terminating) },
  podSelector: policies.flatMap(({ podSelector }) => podSelector),
  ingress: allIsolate(policies, 'ingress'),
  egress: allIsolate(policies, 'egress'),
  incomplete: policies.some(({ incomplete }) => incomplete),
});

const isOfOtherApis = ({ states: [state] }: Doubt): boolean => isOfOtherApi(state);

const isPolicyInDoubt = ({ states: [state] }: Doubt): boolean => isNetworkPolicy(state);

/** The states that stand in the world where whatever closes a server is absent if it may be. */
function closingLeast({ states, mayBeAbsent }: Doubt): readonly KubeObject[] {
  const policies = states.filter(isNetworkPolicy);
  const [first] = policies;
  if (first === undefined) return states;
  return mayBeAbsent ? [] : [meet(first, policies)];
}

function withStates(world: World, doubts: readonly Doubt[], choose: (doubt: Doubt) => readonly KubeObject[]): World {
  const contents = new Map<string, MutableContent>();
  for (const doubt of doubts) {
    const chosen = choose(doubt);
    for (const name of new Set(doubt.states.flatMap(namespacesOf))) {
      const content = contents.get(name) ?? copyContent(world.namespace(name));
      contents.set(name, content);
      removeObject(content, doubt.states[0]);
      putStates(
        content,
        chosen.filter(state => namespacesOf(state).includes(name)),
      );
    }
  }
  const holders = doubts
    .flatMap(({ states }) => states)
    .reduce<AddressHolders>((known, state) => withHolder(known, undefined, state), world);
  return { ...world, ...holders, namespace: name => contents.get(name) ?? world.namespace(name) };
}

/** Worlds that a change is judged in at most, beside the one that is known. */
const MAX_WORLDS = 16;

/** Each world with each state of an object of another API, or without it: such an object may open and close at once, so that no state of it stands for the others. */
const withEachState = (worlds: readonly World[], { states, mayBeAbsent }: Doubt): readonly World[] =>
  worlds.flatMap(world => [
    ...states.map(after => overlay(world, { before: states[0], after })),
    ...(mayBeAbsent ? [overlay(world, { before: states[0] })] : []),
  ]);

/**
 * The worlds that a change must be judged in where others came before it of which `world` does not tell what became of them. A server that is
 * closed in all of these is closed whichever of the others come about, since NetworkPolicies only ever add traffic to what they isolate: in
 * one everything stands that opens servers or is one, in the other no policy that might be absent, or might not select; each with every state of
 * what is of another API. Empty: `world` tells it all. `earlier`: in the order in which they came. `undefined`: there would be too many.
 */
export function worldsInDoubt(world: World, earlier: readonly Change[], own: Change): readonly World[] | undefined {
  if (earlier.length === 0) return [];
  const groups = Map.groupBy(earlier.filter(mayCross(own)), identity);
  const doubts = [...groups.values()].flatMap(changes => doubtOf(world, changes) ?? []);
  if (doubts.length === 0) return [];
  const [ofOthers, known] = [doubts.filter(isOfOtherApis), doubts.filter(doubt => !isOfOtherApis(doubt))];
  const most = withStates(world, known, ({ states }) => states);
  let worlds: readonly World[] = known.some(isPolicyInDoubt) ? [withStates(world, known, closingLeast), most] : [most];
  for (const doubt of ofOthers) {
    worlds = withEachState(worlds, doubt);
    if (worlds.length > MAX_WORLDS) return undefined;
  }
  return worlds;
}
