import type { Found } from './decision.ts';
import type { BearersAtFault } from './exceptions.ts';
import { isTooLarge } from './kube/size.ts';
import type { ContainerPort, ForeignPolicy, NetworkPolicy, Selector, Workload } from './kube/types.ts';
import { lazily } from './lazily.ts';
import { type AddressSet, subtractAddresses, unionAddresses } from './net/addresses.ts';
import type { Family } from './net/ip.ts';
import { type EffectiveTraffic, joinedOpenings, openingsOfPolicy, type PolicyOpenings } from './netpol/effective.ts';
import { assumedReach } from './netpol/egress.ts';
import type { Granted, GrantedToServer } from './netpol/granted.ts';
import type { Guarded } from './netpol/guarded.ts';
import type { ServerTiers } from './netpol/server-tiers.ts';
import { compare } from './order.ts';
import { areSameItems } from './same.ts';
import type { JudgedTraffic } from './worked-out.ts';
import { type NamespaceContent, namespaceLabels } from './world/world.ts';

/** A policy that lets traffic through. */
export type AnyPolicy = NetworkPolicy | ForeignPolicy;

/** All that let traffic of a server through, or may. */
export const policiesOf = ({ policies, tiers }: EffectiveTraffic): readonly AnyPolicy[] =>
  tiers === undefined ? policies : [...policies, ...tiers.policies];

/** A finding with the key that findings are sorted by. */
export interface SortedFound {
  readonly key: string;
  readonly finding: Found;
}

/** What was worked out of one policy for servers that are alike. */
interface PolicyWork {
  readonly openings: PolicyOpenings;
  /** What its egress reaches of the assumed space. */
  assumed: AddressSet | undefined;
  /** By the whole that it was judged in, see {@link Alike.assumedIsOpen}: what the rules find. */
  readonly findings: Map<string, readonly SortedFound[]>;
}

/** What the rules find in all policies that select a server. */
export interface FoundTogether {
  readonly byPolicy: readonly (readonly SortedFound[])[];
  /** All of it, sorted by key. */
  readonly found: readonly SortedFound[];
  /** The same without the keys. */
  readonly findings: readonly Found[];
  /** Steps of all of it. */
  readonly steps: number;
  /** What is asked for the objects at fault, by the content that they stand in: before a change, and after. */
  readonly atFault: WeakMap<NamespaceContent, BearersAtFault>;
}

const byKey = (left: SortedFound, right: SortedFound): number => compare(left.key, right.key);

/** Sorts what was found by key. */
export const sortFound = (found: readonly SortedFound[]): readonly SortedFound[] => found.toSorted(byKey);

/** Steps of looking into a policy beside its values, and of finding something there. */
const STEPS_OF_POLICY = 50;
const STEPS_OF_FINDING = 20;

const stepsOfPolicy = (policy: AnyPolicy): number => STEPS_OF_POLICY + (isTooLarge(policy) ? 0 : policy.meta.size);
const stepsOfFound = (found: readonly SortedFound[]): number => found.length * STEPS_OF_FINDING;

function foundTogether(byPolicy: FoundTogether['byPolicy']): FoundTogether {
  const found = sortFound(byPolicy.flat());
  const findings = found.map(({ finding }) => finding);
  return { byPolicy, found, findings, steps: stepsOfFound(found), atFault: new WeakMap() };
}

/** What was worked out of all policies that select a server, for servers that are alike. */
export interface TogetherWork {
  readonly policies: readonly AnyPolicy[];
  /** Steps of looking into all of them. */
  readonly steps: number;
  /** In the order of the policies. */
  readonly openings: PolicyOpenings;
  assumedIsOpen: Readonly<Record<Family, boolean>> | undefined;
  /** By the whole that they were judged in: what the rules find. */
  readonly found: Map<string, FoundTogether>;
}

/** Lists of policies with one first policy that are remembered: those of a few groups of servers, before a change and after. */
const MAX_TOGETHER = 8;

/** `make`: the openings of the policies. A list is remembered as long as its first policy is there; of none there is nothing to remember. */
function togetherIn(kept: Kept, policies: readonly AnyPolicy[], make: () => PolicyOpenings): TogetherWork {
  const [first] = policies;
  const recent = (first && kept.together.get(first)) ?? [];
  const known = recent.find(one => areSameItems(one.policies, policies));
  if (known !== undefined) return known;
  const steps = policies.reduce((sum, policy) => sum + stepsOfPolicy(policy), 0);
  const made = { policies, steps, openings: make(), assumedIsOpen: undefined, found: new Map() };
  if (first !== undefined) kept.together.set(first, [made, ...recent.slice(0, MAX_TOGETHER - 1)]);
  return made;
}

/**
 * Counts the steps of things that are looked at, of each once. What is looked at in one list, as nearly always, is counted by the list: to go through
 * a thousand things that are known costs more than all the rest.
 */
class Counted<Thing extends object> {
  readonly #stepsOf: (one: Thing) => number;
  readonly #onWork: (steps: number) => void;
  readonly #each = new Set<Thing>();
  /** The only ones so far. */
  #list: readonly Thing[] | undefined;

  constructor(stepsOf: (one: Thing) => number, onWork: (steps: number) => void) {
    this.#stepsOf = stepsOf;
    this.#onWork = onWork;
  }

  one(thing: Thing): void {
    this.#takeApart();
    if (this.#each.has(thing)) return;
    this.#each.add(thing);
    this.#onWork(this.#stepsOf(thing));
  }

  /** `steps`: of all of them, none of which stands there twice. */
  all(list: readonly Thing[], steps: number): void {
    if (list === this.#list) return;
    if (this.#list === undefined && this.#each.size === 0) {
      this.#list = list;
      this.#onWork(steps);
    } else for (const thing of list) this.one(thing);
  }

  #takeApart(): void {
    for (const thing of this.#list ?? []) this.#each.add(thing);
    this.#list = undefined;
  }
}

/** What is remembered of servers that are alike from one change to the next: of policies as long as these objects are there. */
interface Kept {
  granted?: GrantedToServer;
  readonly works: WeakMap<AnyPolicy, PolicyWork>;
  /** By the first policy of the list, the last one first. */
  readonly together: WeakMap<AnyPolicy, readonly TogetherWork[]>;
}

const nothingKept = (): Kept => ({ works: new WeakMap(), together: new WeakMap() });

/** Groups of servers that are alike that are remembered from one change to the next, and the length of what tells them apart, in UTF-16 units. */
const MAX_GROUPS = 1_000;
const MAX_LENGTH_OF_KEY = 2_000;

/** Remembers what was worked out of policies from one change to the next, within a bound. For one GatePolicy. */
export type PolicyWorks = Map<string, Kept>;

/** What tells groups apart are strangers' texts: a long one is not kept, and beyond the bound all are forgotten. */
function keptIn(groups: PolicyWorks, key: string): Kept {
  const kept = groups.get(key) ?? nothingKept();
  if (key.length > MAX_LENGTH_OF_KEY) return kept;
  if (groups.size >= MAX_GROUPS && !groups.has(key)) groups.clear();
  groups.set(key, kept);
  return kept;
}

/** Requirements of a selector are quickly met, or not. */
export const stepsOfSelector = (selector: Selector): number => (1 + selector.length) / 10;

/** What servers of one namespace that declare the same ports have in common. */
export interface Alike {
  /** What the configuration grants them; `make`: works it out. */
  granted(make: () => GrantedToServer): GrantedToServer;
  workOf(policy: AnyPolicy): PolicyWork;
  /** What is worked out of these policies: the same object for servers that the same policies select. */
  together(policies: readonly AnyPolicy[]): TogetherWork;
  /** What is found in them, judged in this whole; `make`: finds it, policy by policy. */
  foundIn(together: TogetherWork, whole: string, make: () => readonly (readonly SortedFound[])[]): FoundTogether;
  assumedIsOpen(together: TogetherWork, guarded: Guarded, by: Granted): Readonly<Record<Family, boolean>>;
}

/**
 * `kept`: what is remembered beyond this memory, but for what is worked out of `passing` objects. `onWork`: told of the steps of what is looked at, whether
 * or not it was remembered.
 */
function createAlike(
  containerPorts: readonly ContainerPort[],
  tiers: ServerTiers | undefined,
  kept: Kept,
  passing: ReadonlySet<object>,
  onWork: (steps: number) => void,
): Alike {
  const ofPassing = nothingKept();
  const keptFor = (policies: readonly AnyPolicy[]): Kept =>
    passing.size > 0 && policies.some(policy => passing.has(policy)) ? ofPassing : kept;
  const countedPolicies = new Counted(stepsOfPolicy, onWork);
  const countedFound = new Counted(stepsOfFound, onWork);
  const workOf = (policy: AnyPolicy): PolicyWork => {
    countedPolicies.one(policy);
    const { works } = keptFor([policy]);
    const known = works.get(policy);
    if (known !== undefined) return known;
    const openings = openingsOfPolicy(policy, containerPorts, tiers);
    const work = { openings, assumed: undefined, findings: new Map() };
    works.set(policy, work);
    return work;
  };
  const assumedOf = (policy: AnyPolicy, guarded: Guarded, by: Granted): AddressSet => {
    const work = workOf(policy);
    const boxes = (): AddressSet[] =>
      work.openings.egress
        .filter(({ atMost }) => atMost === undefined)
        .flatMap(opening => assumedReach(opening, guarded, by).map(({ addresses }) => addresses));
    work.assumed ??= unionAddresses(boxes());
    return work.assumed;
  };
  return {
    granted: make => {
      kept.granted ??= make();
      return kept.granted;
    },
    workOf,
    together: policies => {
      const together = togetherIn(keptFor(policies), policies, () =>
        joinedOpenings(policies.map(policy => workOf(policy).openings)),
      );
      countedPolicies.all(together.policies, together.steps);
      return together;
    },
    foundIn: ({ found }, whole, make) => {
      const together = found.get(whole) ?? foundTogether(make());
      found.set(whole, together);
      countedFound.all(together.byPolicy, together.steps);
      return together;
    },
    assumedIsOpen: (together, guarded, by) => {
      const { assumed } = guarded.networks;
      const opened = (): AddressSet => unionAddresses(together.policies.map(policy => assumedOf(policy, guarded, by)));
      const look = (): Readonly<Record<Family, boolean>> => {
        const closed = guarded.unknown.length === 0 ? assumed : subtractAddresses(assumed, opened());
        return {
          4: assumed.v4.length > 0 && closed.v4.length === 0,
          6: assumed.v6.length > 0 && closed.v6.length === 0,
        };
      };
      together.assumedIsOpen ??= look();
      return together.assumedIsOpen;
    },
  };
}

/** Steps of what is remembered at once. */
const MAX_HELD_STEPS = 200_000;

/** Remembers what was worked out of policies while the servers of one change are judged: most of it is true of all of them, before the change and after. */
export interface PolicyMemory {
  /** `onCilium`: Cilium is seen to enforce the policies. `tiers`: what policies of other APIs decide about the subject. */
  alike(
    subject: Workload,
    content: NamespaceContent,
    containerPorts: readonly ContainerPort[],
    onCilium: boolean,
    tiers?: ServerTiers,
  ): Alike;
  /** Takes the traffic of the servers that are judged; absent: nobody asks for it. */
  readonly judged: JudgedTraffic | undefined;
  /** Counts what was looked at for one workload. */
  spend(steps: number): void;
  /** The work of all judgements with this memory, the same on every machine: what was worked out of policies for servers that are alike, by their values and findings, and what {@link spend} was told of. */
  steps(): number;
}

/**
 * A memory for one change: it holds what it has seen of policies, so it must not outlive the judgement. `works`: of the same judge. `passing`: objects that
 * nobody shows again, as the states of an object under review: what is worked out of them goes with this memory.
 */
export function createPolicyMemory(
  works: PolicyWorks,
  passing: ReadonlySet<object>,
  judged?: JudgedTraffic,
): PolicyMemory {
  const groups = new Map<string, Alike>();
  const ids = lazily(() => new WeakMap<object, number>());
  let lastId = 0;
  const idOf = (one: object): number => {
    const known = ids().get(one);
    if (known !== undefined) return known;
    lastId += 1;
    ids().set(one, lastId);
    return lastId;
  };
  /** Policies of other APIs as a direction meets them, as text: two states of one policy bear the same name. */
  const stagedKey = ({ tiers }: ServerTiers['ingress']): readonly unknown[] =>
    tiers.map(({ groups, stage }) => [
      stage.isClosed,
      groups
        .flat()
        .filter(({ policy }) => policy.source.kind !== 'NetworkPolicy')
        .map(({ policy, rules }) => [idOf(policy), rules.map(({ rule, isSure }) => [idOf(rule), isSure])]),
    ]);
  const tiersKey = ({ reading, world, ingress, egress }: ServerTiers): string =>
    JSON.stringify([reading, idOf(world), ingress.facts.nodeName, stagedKey(ingress), stagedKey(egress)]);
  let [held, spent] = [0, 0];
  const onWork = (steps: number): void => {
    held += steps;
    spent += steps;
  };
  return {
    alike: (subject, content, containerPorts, onCilium, tiers) => {
      const ports = containerPorts.map(({ name, number, protocol }) => [name, number, protocol]);
      const { reachedFrom = [], reaches = [] } = subject.operator ?? {};
      const companions = [[...reachedFrom], [...reaches]];
      const key = JSON.stringify([
        content.name,
        [...namespaceLabels(content)],
        subject.hostNetwork,
        ports,
        companions,
        onCilium,
        tiers && tiersKey(tiers),
      ]);
      const known = groups.get(key);
      if (known !== undefined) return known;
      // Servers that all declare other ports have nothing in common.
      if (held > MAX_HELD_STEPS) {
        groups.clear();
        held = 0;
      }
      // What other tiers decide is told apart within one memory alone.
      const kept = tiers === undefined ? keptIn(works, key) : nothingKept();
      const alike = createAlike(containerPorts, tiers, kept, passing, onWork);
      groups.set(key, alike);
      return alike;
    },
    judged,
    spend: steps => {
      spent += steps;
    },
    steps: () => spent,
  };
}
