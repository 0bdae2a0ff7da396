import type { TierAction } from '../kube/tiers.ts';
import type { AddressSet } from '../net/addresses.ts';
import { type Box, intersectBoxes, subtractBoxes } from './box.ts';
import { intersectSelection, type Region, type SelectedPods, subtractSelections } from './region.ts';

/** Both sorts of peers that traffic is judged by: pods by their labels, whichever address they have, and addresses. */
export interface Selections {
  readonly pods: readonly SelectedPods[];
  readonly boxes: readonly Box[];
}

export const NOTHING: Selections = { pods: [], boxes: [] };
export const joined = (all: readonly Selections[]): Selections => ({
  pods: all.flatMap(({ pods }) => pods),
  boxes: all.flatMap(({ boxes }) => boxes),
});

/**
 * How what nobody knows is taken: as it lets the most through, or the least. `open`: what may open does, and what may close does not; of equal orders,
 * each connection has the policy that opens it. `closed`: the other way round.
 */
export type Reading = 'open' | 'closed';

/** A rule as one server meets it, in one reading. */
export interface Step {
  readonly action: TierAction;
  /** What it is taken to match. */
  readonly hits: Selections;
  /** What it is taken to keep from rules after it. */
  readonly takes: Selections;
}

/** One tier as one direction of a server meets it, in one reading. */
export interface Stage {
  /** Policies in order of evaluation; those of one group have equal orders: nobody knows which of them counts. */
  readonly groups: readonly (readonly (readonly Step[])[])[];
  /** What no policy decides is denied. */
  readonly isClosed: boolean;
}

/** What of some traffic is looked at: pods, or addresses. */
interface Space<Part, Selection> {
  of(selections: Selections): readonly Selection[];
  within(part: Part, selection: Selection): readonly Part[];
  without(part: Part, selections: readonly Selection[]): readonly Part[];
}

const PODS: Space<Region, SelectedPods> = {
  of: ({ pods }) => pods,
  within: intersectSelection,
  without: subtractSelections,
};
const BOXES: Space<Box, Box> = { of: ({ boxes }) => boxes, within: intersectBoxes, without: subtractBoxes };

/** So many parts that the rest is let through: the answer stays on the safe side. */
const MAX_PARTS = 4096;

function without<Part, Selection>(
  parts: readonly Part[],
  selections: readonly Selections[],
  space: Space<Part, Selection>,
): readonly Part[] {
  const all = space.of(joined(selections));
  return all.length === 0 || parts.length > MAX_PARTS ? parts : parts.flatMap(part => space.without(part, all));
}

const within = <Part, Selection>(
  parts: readonly Part[],
  selections: Selections,
  space: Space<Part, Selection>,
): readonly Part[] => parts.flatMap(part => space.of(selections).flatMap(selection => space.within(part, selection)));

/** What of some traffic one policy passes on to the next tier. */
function passedBy<Part, Selection>(
  parts: readonly Part[],
  steps: readonly Step[],
  space: Space<Part, Selection>,
): readonly Part[] {
  const passed: Part[] = [];
  let rest = parts;
  for (const { action, hits, takes } of steps) {
    if (action === 'Pass') passed.push(...within(rest, hits, space));
    rest = without(rest, [takes], space);
  }
  return passed;
}

/** All that the others of a group keep from a policy, in the reading that closes: whatever they say but `Allow`. */
const takenByOthers = (
  group: readonly (readonly Step[])[],
  policy: readonly Step[],
  actions: readonly TierAction[],
): readonly Selections[] =>
  group
    .filter(other => other !== policy)
    .flat()
    .filter(({ action }) => actions.includes(action))
    .map(({ takes }) => takes);

const takenBy = (group: readonly (readonly Step[])[], isFinal = false): readonly Selections[] =>
  group
    .flat()
    .filter(({ action }) => !isFinal || action !== 'Pass')
    .map(({ takes }) => takes);

/** What of some traffic goes on to the next tier. */
function onward<Part, Selection>(
  parts: readonly Part[],
  { groups, isClosed }: Stage,
  reading: Reading,
  space: Space<Part, Selection>,
): readonly Part[] {
  const passed: Part[] = [];
  let rest = parts;
  for (const group of groups) {
    for (const policy of group) {
      const denied = reading === 'closed' ? takenByOthers(group, policy, ['Deny']) : [];
      passed.push(...without(passedBy(rest, policy, space), denied, space));
    }
    rest = without(rest, takenBy(group), space);
  }
  if (isClosed) return passed;
  // Whether a rule passes it on, or none matches: it goes on.
  const passes = groups.flat(2).some(({ action }) => action === 'Pass');
  return passes ? [...without(parts, takenBy(groups.flat(), true), space), ...passed] : rest;
}

/** What comes before an opening, or before the default. */
export interface Earlier {
  readonly reading: Reading;
  /** Whole tiers: what they leave or pass comes on. */
  readonly tiers: readonly Stage[];
  /** Policies before it in its own tier: what they pass is gone. */
  readonly sameTier: Stage['groups'];
  /** Rules before it in its own policy, and, in the reading that closes, what policies of the same order close. */
  readonly decided: readonly Selections[];
  /** Every address that pods may have: where no pod is left, none of these is. `undefined`: not known. */
  readonly podAddresses: AddressSet | undefined;
}

function remaining<Part, Selection>(part: Part, earlier: Earlier, space: Space<Part, Selection>): readonly Part[] {
  const { tiers, sameTier, decided, reading } = earlier;
  let parts: readonly Part[] = [part];
  for (const tier of tiers) parts = onward(parts, tier, reading, space);
  const left = sameTier.reduce((rest, group) => without(rest, takenBy(group), space), parts);
  return without(left, decided, space);
}

/** What of these pods earlier rules leave. */
export const podsLeft = (region: Region, earlier: Earlier | undefined): readonly Region[] =>
  earlier === undefined ? [region] : remaining(region, earlier, PODS);

/** What of these addresses earlier rules leave. */
export const boxesLeft = (box: Box, earlier: Earlier | undefined): readonly Box[] =>
  earlier === undefined ? [box] : remaining(box, earlier, BOXES);

/** What comes before rule number `index` of a policy, in its own tier. `groups`: of that tier. */
export function earlierInTier(
  groups: Stage['groups'],
  own: readonly Step[],
  index: number,
  reading: Reading,
): Pick<Earlier, 'reading' | 'sameTier' | 'decided'> {
  const place = groups.findIndex(group => group.includes(own));
  const others = reading === 'closed' ? takenByOthers(groups[place] ?? [], own, ['Deny', 'Pass']) : [];
  return {
    reading,
    sameTier: groups.slice(0, Math.max(0, place)),
    decided: [...own.slice(0, index).map(({ takes }) => takes), ...others],
  };
}
