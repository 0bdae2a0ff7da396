import { refText } from '../explain.ts';
import type { Aspect, Control, Delegation, Demand, GatewayFact } from '../kube/gateway-fact.ts';
import type { ObjectRef } from '../kube/types.ts';
import type { World } from '../world/world.ts';
import type { Attached } from './attached.ts';
import { factNamed, objectOf } from './entrance.ts';

/** A control and the object that it stands in. */
export interface Placed extends Control {
  readonly object: ObjectRef;
}

/** What counts of all that attaches to a way. */
export interface Effective {
  readonly controls: readonly Placed[];
  /** Policies that a nearer one takes away, each with that one. */
  readonly replaced: readonly { readonly wider: Attached; readonly by: Attached }[];
}

/** Objects that stand between a policy and the object that says what it asks: chains of middlewares. */
const MAX_STEPS = 4;
const MAX_DELEGATIONS = 64;

/** What an object asks that another one names; unknown where it is not there. */
function askedByNamed({ by, path, to }: Delegation, object: ObjectRef, world: World, steps: number): readonly Placed[] {
  const fact = factNamed(world, to) ?? legacy(to, world);
  if (fact === undefined) {
    const says = `${refText(to)} is not among what is judged (${path})`;
    return [{ aspect: 'authentication', by, demand: 'unknown', path, says, joined: 'all', within: '', object }];
  }
  const own = fact.controls.map(one => ({ ...one, by, object: objectOf(fact) }));
  const chained = steps === 0 ? [] : fact.delegations.slice(0, MAX_DELEGATIONS);
  return [
    ...own,
    ...chained.flatMap(one => askedByNamed(one, objectOf(fact), world, steps - 1)).map(one => ({ ...one, by })),
  ];
}

/** Traefik reads its kinds by the group of its version 2 too. */
const legacy = (to: Delegation['to'], world: World): GatewayFact | undefined =>
  to.group === 'traefik.io' ? factNamed(world, { ...to, group: 'traefik.containo.us' }) : undefined;

const placedOf = (attached: Attached, world: World): readonly Placed[] => {
  const own = attached.controls.map(one => ({ ...one, object: attached.object }));
  const named = attached.delegations
    .slice(0, MAX_DELEGATIONS)
    .flatMap(one => askedByNamed(one, attached.object, world, MAX_STEPS));
  return [...own, ...named];
};

const KUADRANT: ReadonlySet<Attached['merge']> = new Set([
  ...(['atomic-defaults', 'atomic-overrides', 'merged-defaults', 'merged-overrides'] as const),
]);

const byOf = (controls: readonly Placed[]): ReadonlySet<string> => new Set(controls.map(({ by }) => by));

/** The rules of one, and those of the other that it has not. */
function laidOver(upper: readonly Placed[], lower: readonly Placed[]): readonly Placed[] {
  const known = byOf(upper);
  return [...upper, ...lower.filter(({ by }) => !known.has(by))];
}

/** From the nearest to the widest: the wider one says whether it yields. */
function foldKuadrant(sorted: readonly Attached[], world: World): readonly Placed[] {
  return sorted.slice(1).reduce<readonly Placed[]>(
    (near, wider) => {
      const wide = placedOf(wider, world);
      if (wider.merge === 'atomic-overrides') return wide;
      if (wider.merge === 'merged-overrides') return laidOver(wide, near);
      if (wider.merge === 'merged-defaults') return laidOver(near, wide);
      return near.length > 0 ? near : wide;
    },
    sorted[0] ? placedOf(sorted[0], world) : [],
  );
}

/** Two policies at one place: which of them counts, their ages decide, which are not known. */
function atOnePlace(policies: readonly Attached[], world: World): readonly Placed[] {
  const [first, ...others] = policies.map(one => placedOf(one, world));
  if (first === undefined || others.length === 0) return first ?? [];
  const says = `${policies.map(({ object }) => refText(object)).join(' and ')} attach to one place: which of them counts is not known`;
  const isAlike = others.every(
    other => demandIn(other, 'authentication')?.demand === demandIn(first, 'authentication')?.demand,
  );
  return isAlike ? first : [...first, ...others.flat()].map(one => ({ ...one, demand: 'unknown' as const, says }));
}

function foldNearest(sorted: readonly Attached[], world: World): Effective {
  const [nearest] = sorted;
  if (nearest === undefined) return { controls: [], replaced: [] };
  const same = sorted.filter(({ level }) => level === nearest.level);
  const wider = sorted.filter(({ level }) => level < nearest.level);
  const own = atOnePlace(same, world);
  if (nearest.merge !== 'merge') return { controls: own, replaced: wider.map(one => ({ wider: one, by: nearest })) };
  const rest = foldNearest(wider, world);
  return { controls: laidOver(own, rest.controls), replaced: rest.replaced };
}

const foldFields = (sorted: readonly Attached[], world: World): readonly Placed[] =>
  sorted.reduce<readonly Placed[]>((near, wider) => {
    const wide = placedOf(wider, world);
    return wider.merge === 'fields-override' ? laidOver(wide, near) : laidOver(near, wide);
  }, []);

function foldSort(policies: readonly Attached[], world: World): Effective {
  const sorted = policies.toSorted((a, b) => b.level - a.level);
  const merges = new Set(sorted.map(({ merge }) => merge));
  if (merges.has('union')) return { controls: sorted.flatMap(one => placedOf(one, world)), replaced: [] };
  if (merges.has('fields') || merges.has('fields-override'))
    return { controls: foldFields(sorted, world), replaced: [] };
  if (sorted.some(({ merge }) => KUADRANT.has(merge))) return { controls: foldKuadrant(sorted, world), replaced: [] };
  return foldNearest(sorted, world);
}

/** What counts of the policies that attach to one way, as if all of them surely did. */
export function effectiveOf(attached: readonly Attached[], world: World): Effective {
  const sorts = [...Map.groupBy(attached, ({ sort }) => sort).values()].map(one => foldSort(one, world));
  return { controls: sorts.flatMap(({ controls }) => controls), replaced: sorts.flatMap(({ replaced }) => replaced) };
}

/** From the surest that nobody passes to the surest that everybody does. */
const STRENGTH: Readonly<Record<Demand, number>> = { required: 3, unknown: 2, optional: 1, none: 0 };

const strongest = (a: Placed, b: Placed): Placed => (STRENGTH[b.demand] > STRENGTH[a.demand] ? b : a);
const weakest = (a: Placed, b: Placed): Placed => (STRENGTH[b.demand] < STRENGTH[a.demand] ? b : a);

/** What all controls together demand, by the one that decides it: every one of `all` must be passed, and any one of `any`. `undefined`: nothing is said. */
export function demandIn(controls: readonly Placed[], aspect: Aspect): Placed | undefined {
  const asked = controls.filter(one => one.aspect === aspect);
  const any = asked.filter(({ joined }) => joined === 'any');
  const decisive = any.length === 0 ? [] : [any.reduce(weakest)];
  const all = [...decisive, ...asked.filter(({ joined }) => joined === 'all')];
  return all.length === 0 ? undefined : all.reduce(strongest);
}
