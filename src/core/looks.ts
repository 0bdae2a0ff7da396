import type { World } from './world/world.ts';

/** Asks something of a world. */
type Ask = (world: World) => unknown;

/** Tells whether a later answer is the same as one that was kept. */
type IsSame = (answer: unknown) => boolean;

/** Longest list that is kept by its items; of a longer one it is only known whether it is the same list. */
const MAX_KEPT_ITEMS = 16;

/** An object that is there no more is none that anybody can answer with: nothing is kept alive for a later comparison. */
function isSameObject(answer: object): IsSame {
  const kept = new WeakRef(answer);
  return later => later !== undefined && later === kept.deref();
}

const isSameValue =
  (answer: unknown): IsSame =>
  later =>
    later === answer;

function areSameEach(isSame: IsSame, items: readonly IsSame[]): IsSame {
  const areSame = (list: readonly unknown[]): boolean =>
    list.length === items.length && items.every((isSameItem, index) => isSameItem(list[index]));
  return later => isSame(later) || (Array.isArray(later) && areSame(later));
}

/** What it gives is a closure of another function: a closure of this one would keep the answer alive, whether it uses that or not. */
function isSameAs(answer: unknown): IsSame {
  if (typeof answer !== 'object' || answer === null) return isSameValue(answer);
  const isSame = isSameObject(answer);
  if (!Array.isArray(answer) || answer.length > MAX_KEPT_ITEMS) return isSame;
  return areSameEach(isSame, answer.map(isSameAs));
}

/** The questions. They stand here and not where they are asked, since a closure there would keep the world alive. */
const ASK = {
  namespace: (name: string) => (world: World) => world.namespace(name),
  hasEndpoints: (world: World) => world.hasEndpoints(),
  endpointsAt: (target: string) => (world: World) => world.endpointsAt(target),
  podsAt: (address: string) => (world: World) => world.podsAt(address),
  namespaceNames: (world: World) => world.namespaceNames(),
  clusterPolicies: ({ clusterPolicies }: World) => clusterPolicies,
  tiers: ({ calico }: World) => calico.tiers,
  sets: ({ calico }: World) => calico.sets,
  nodes: ({ nodes }: World) => nodes,
  cidrGroups: ({ cidrGroups }: World) => cidrGroups,
  wideFacts: ({ wideFacts }: World) => wideFacts,
} as const;

/** Questions with how each was answered. */
type Noted = Map<string, readonly [ask: Ask, isSame: IsSame]>;

/** A world that is looked at. */
export interface Looks {
  /** The world itself; what is asked of it is noted. */
  readonly world: World;
  /**
   * Tells of a world whether it answers all that was asked so far with the same objects: what follows from those answers alone follows in both.
   * `false` may be said of worlds that do not differ. It keeps neither world alive.
   */
  comparison(): (other: World) => boolean;
}

function comparisonBy(noted: Noted): (other: World) => boolean {
  const all = [...noted.values()];
  return other => all.every(([ask, isSame]) => isSame(ask(other)));
}

const NEVER = (): boolean => false;

/** Most questions that are noted: who looks at each Pod of a namespace asks thousands, and to ask them all again costs more than it saves. */
const MAX_QUESTIONS = 100;

/**
 * Notes what is asked of a world. Who has an address may be answered otherwise from one moment to the next: such a world is like no other, and so is one that
 * is asked too much. `apart`: a namespace whose content is not noted: whoever gives it compares it.
 */
export function noteLooks(world: World, apart?: string): Looks {
  const noted: Noted = new Map();
  let isSteady = true;
  const look = <Answer>(question: string, ask: (world: World) => Answer): Answer => {
    const answer = ask(world);
    const known = noted.get(question);
    if (known !== undefined) isSteady &&= known[1](answer);
    else if (noted.size < MAX_QUESTIONS) noted.set(question, [ask, isSameAs(answer)]);
    else isSteady = false;
    return answer;
  };
  return {
    world: {
      namespace: name => (name === apart ? world.namespace(name) : look(`namespace ${name}`, ASK.namespace(name))),
      hasEndpoints: () => look('endpoints', ASK.hasEndpoints),
      endpointsAt: target => look(`endpoints ${target}`, ASK.endpointsAt(target)),
      podsAt: address => look(`pods ${address}`, ASK.podsAt(address)),
      namespaceNames: () => look('names', ASK.namespaceNames),
      get clusterPolicies() {
        return look('policies', ASK.clusterPolicies);
      },
      get calico() {
        const tiers = look('tiers', ASK.tiers);
        return { tiers, sets: look('sets', ASK.sets) };
      },
      get nodes() {
        return look('nodes', ASK.nodes);
      },
      get cidrGroups() {
        return look('groups', ASK.cidrGroups);
      },
      get wideFacts() {
        return look('facts', ASK.wideFacts);
      },
    },
    comparison: () => (isSteady ? comparisonBy(noted) : NEVER),
  };
}
