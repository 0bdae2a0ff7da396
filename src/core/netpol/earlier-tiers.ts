import { matches } from '../kube/selector.ts';
import type { TierAction, TierPeer, TierPolicy, TierPorts, TierRule } from '../kube/tiers.ts';
import type { Direction, Node } from '../kube/types.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  addressRange,
  containsAddresses,
  NO_ADDRESSES,
  unionAddresses,
} from '../net/addresses.ts';
import { parseAddress } from '../net/ip.ts';
import { isNoPort, type PortSet, portRange, subtractPorts, unionPorts } from '../net/ports.ts';
import { type Box, intersectBoxes, subtractBoxes } from './box.ts';
import { namedPorts, type PortNames, resolvePorts } from './port-names.ts';
import { intersectSelection, type Region, type SelectedPods, selectedPods, subtractSelections } from './region.ts';

/** Both sorts of peers that traffic is judged by: pods by their labels, whichever address they have, and addresses. */
interface Selections {
  readonly pods: readonly SelectedPods[];
  readonly boxes: readonly Box[];
}

const NOTHING: Selections = { pods: [], boxes: [] };
const joined = (all: readonly Selections[]): Selections => ({
  pods: all.flatMap(({ pods }) => pods),
  boxes: all.flatMap(({ boxes }) => boxes),
});

/** A rule as one server meets it. */
interface Step {
  readonly action: TierAction;
  /** What it surely matches. */
  readonly sure: Selections;
  /** What it may match besides. */
  readonly maybe: Selections;
}

/** Policies in order of evaluation; those of one group have equal orders: nobody knows which of them counts. */
type Stage = readonly (readonly (readonly Step[])[])[];

/** How the rules of one direction look at a server. */
export interface StepFacts {
  readonly direction: Direction;
  /** Names of ports of the server; of a destination, none are known. */
  readonly names: PortNames;
  /** Every address that pods may have; `undefined`: not known. */
  readonly podAddresses: AddressSet | undefined;
  readonly nodes: readonly Node[];
}

/** The ports that surely match, and those that may because a name stands for them. */
function portsOf(ports: TierPorts, { direction, names }: StepFacts): { sure: PortSet; named: PortSet | undefined } {
  const sure = tierPortSet(ports, names);
  const unresolved = direction === 'egress' ? namedPorts(ports) : [];
  const named = unresolved.map(({ protocol }) => portRange(protocol, 1, 65535));
  return { sure, named: named.length === 0 ? undefined : unionPorts(named) };
}

/** Port numbers of a rule; names are looked up among these. */
export function tierPortSet(ports: TierPorts, names: PortNames): PortSet {
  const given = resolvePorts(ports, names);
  if (ports.kind === 'any') return given;
  const except = ports.except ?? [];
  const numbered =
    except.length === 0 ? given : subtractPorts(given, resolvePorts({ kind: 'only', ports: except }, names));
  return ports.other ? { ...numbered, other: true } : numbered;
}

const everybody = (ports: PortSet): Selections => ({
  pods: [{ namespaces: [], pods: [], ports }],
  boxes: [{ addresses: ALL_ADDRESSES, ports }],
});

const addressSet = (text: string): AddressSet => {
  const address = parseAddress(text);
  return address ? addressRange(address.family, address.value, address.value) : NO_ADDRESSES;
};

/** The addresses of the Nodes that a peer selects; `undefined`: no Nodes are known. */
export function addressesOfNodes(
  peer: Extract<TierPeer, { kind: 'nodes' }>,
  nodes: readonly Node[],
): AddressSet | undefined {
  if (nodes.length === 0) return undefined;
  const selected = nodes.filter(({ meta }) => matches(peer.nodes, meta.labels));
  return unionAddresses([NO_ADDRESSES, ...selected.flatMap(({ nodeAddresses }) => nodeAddresses.map(addressSet))]);
}

type Matched = Pick<Step, 'sure' | 'maybe'>;
const surely = (sure: Selections): Matched => ({ sure, maybe: NOTHING });
const perhaps = (maybe: Selections): Matched => ({ sure: NOTHING, maybe });

/** What one peer matches, its blocks aside. */
function peerMatches(peer: TierPeer, ports: PortSet, namespace: string, { nodes, podAddresses }: StepFacts): Matched {
  switch (peer.kind) {
    case 'any':
      return surely(everybody(ports));
    case 'pods': {
      const isEvery = peer.namespaces !== 'own' && peer.namespaces.length + peer.pods.length === 0;
      const boxes = isEvery && podAddresses ? [{ addresses: podAddresses, ports }] : [];
      return surely({ pods: [selectedPods(peer, namespace, ports)], boxes });
    }
    case 'nodes': {
      const addresses = addressesOfNodes(peer, nodes);
      const boxes = [{ addresses: addresses ?? ALL_ADDRESSES, ports }];
      return addresses ? surely({ pods: [], boxes }) : perhaps({ pods: [], boxes });
    }
    case 'block':
      return surely(NOTHING);
    case 'domains':
      return perhaps({ pods: [], boxes: [{ addresses: ALL_ADDRESSES, ports }] });
    default:
      return perhaps(everybody(ports));
  }
}

/** What the blocks of a rule match: pods too, by the addresses that they have. */
function blocksMatch(peers: readonly TierPeer[], ports: PortSet, { podAddresses = ALL_ADDRESSES }: StepFacts): Matched {
  const sets = peers.flatMap(peer => (peer.kind === 'block' ? [peer.specified] : []));
  if (sets.length === 0) return surely(NOTHING);
  const addresses = unionAddresses(sets);
  const { pods } = everybody(ports);
  const boxes = [{ addresses, ports }];
  const isEveryPod = containsAddresses(addresses, podAddresses);
  return { sure: { pods: isEveryPod ? pods : [], boxes }, maybe: { pods: isEveryPod ? [] : pods, boxes: [] } };
}

/** A rule as a server meets it. `isSure`: its policy surely selects the server. */
function stepOf(
  { action, peers, ports, own, unknown }: TierRule,
  namespace: string,
  isSure: boolean,
  facts: StepFacts,
): Step {
  const { sure, named } = portsOf(ports, facts);
  const matched = (on: PortSet): readonly Matched[] =>
    isNoPort(on) ? [] : [blocksMatch(peers, on, facts), ...peers.map(peer => peerMatches(peer, on, namespace, facts))];
  const numbered = matched(sure);
  const byName = named === undefined ? [] : matched(named);
  const certain = joined(numbered.map(one => one.sure));
  const doubtful = joined([...numbered.map(one => one.maybe), ...byName.flatMap(one => [one.sure, one.maybe])]);
  const isKnown = isSure && own === undefined && unknown === undefined;
  return isKnown
    ? { action, sure: certain, maybe: doubtful }
    : { action, sure: NOTHING, maybe: joined([certain, doubtful]) };
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
  for (const { action, sure, maybe } of steps) {
    if (action === 'Pass') passed.push(...within(rest, joined([sure, maybe]), space));
    rest = without(rest, [sure], space);
  }
  return passed;
}

/** How equal orders are taken: each connection as the most open of the policies has it, or as the most closed. */
export type Ties = 'open' | 'closed';

/** All that the others of a group say with one of these actions. */
const othersSaying = (
  group: readonly (readonly Step[])[],
  policy: readonly Step[],
  actions: readonly TierAction[],
): readonly Selections[] =>
  group
    .filter(other => other !== policy)
    .flat()
    .filter(({ action }) => actions.includes(action))
    .flatMap(({ sure, maybe }) => [sure, maybe]);

/** What of some traffic no policy of a stage decides, and what they pass on. */
function leaves<Part, Selection>(
  parts: readonly Part[],
  stage: Stage,
  ties: Ties,
  space: Space<Part, Selection>,
): { readonly rest: readonly Part[]; readonly passed: readonly Part[] } {
  const passed: Part[] = [];
  let rest = parts;
  for (const group of stage) {
    for (const policy of group) {
      const denied = ties === 'closed' ? othersSaying(group, policy, ['Deny']) : [];
      passed.push(...without(passedBy(rest, policy, space), denied, space));
    }
    rest = without(
      rest,
      group.flat().map(({ sure }) => sure),
      space,
    );
  }
  return { rest, passed };
}

/** What comes before an opening, or before the default. */
export interface Earlier {
  readonly ties: Ties;
  /** Whole tiers: what they leave or pass comes on. */
  readonly tiers: readonly Stage[];
  /** Policies before it in its own tier: what they pass is gone. */
  readonly sameTier: Stage;
  /** Rules before it in its own policy, and, where ties are closed, what policies of the same order close. */
  readonly decided: readonly Selections[];
}

function remaining<Part, Selection>(part: Part, earlier: Earlier, space: Space<Part, Selection>): readonly Part[] {
  const { tiers, sameTier, decided, ties } = earlier;
  let parts: readonly Part[] = [part];
  for (const tier of tiers) {
    const { rest, passed } = leaves(parts, tier, ties, space);
    parts = [...rest, ...passed];
  }
  return without(leaves(parts, sameTier, ties, space).rest, decided, space);
}

/** What of these pods earlier rules leave. */
export const podsLeft = (region: Region, earlier: Earlier | undefined): readonly Region[] =>
  earlier === undefined ? [region] : remaining(region, earlier, PODS);

/** What of these addresses earlier rules leave. */
export const boxesLeft = (box: Box, earlier: Earlier | undefined): readonly Box[] =>
  earlier === undefined ? [box] : remaining(box, earlier, BOXES);

/** The policies of one tier as one direction of a server meets them, in order. */
export interface StagedTier {
  readonly groups: readonly (readonly StagedPolicy[])[];
  readonly stage: Stage;
}

interface StagedPolicy {
  readonly policy: TierPolicy;
  readonly steps: readonly Step[];
}

/** `isSure`: whether a policy surely selects the server. */
export function stageOf(
  policies: readonly TierPolicy[],
  isSure: (policy: TierPolicy) => boolean,
  facts: StepFacts,
): StagedTier {
  const { direction } = facts;
  const speaking = policies.filter(policy => policy[direction] !== undefined).toSorted((a, b) => a.order - b.order);
  const groups = [...Map.groupBy(speaking, ({ order }) => order).values()].map(group =>
    group.map(policy => ({
      policy,
      steps: (policy[direction]?.rules ?? []).map(rule => stepOf(rule, policy.source.namespace, isSure(policy), facts)),
    })),
  );
  return { groups, stage: groups.map(group => group.map(({ steps }) => steps)) };
}

/** What comes before rule number `index` of a policy in its own tier. */
export function earlierInTier(
  { groups, stage }: StagedTier,
  policy: TierPolicy,
  index: number,
  ties: Ties,
): Omit<Earlier, 'tiers'> {
  const place = groups.findIndex(group => group.some(one => one.policy === policy));
  const own = groups[place]?.find(one => one.policy === policy)?.steps ?? [];
  const others = ties === 'closed' ? othersSaying(stage[place] ?? [], own, ['Deny', 'Pass']) : [];
  return {
    ties,
    sameTier: stage.slice(0, Math.max(0, place)),
    decided: [...own.slice(0, index).map(({ sure }) => sure), ...others],
  };
}

/** Policies of equal order of which some say otherwise than others: the verdict may hang on which of them counts. */
export function tiedPolicies({ groups }: StagedTier): readonly TierPolicy[] {
  const differ = (group: readonly StagedPolicy[]): boolean =>
    new Set(group.flatMap(({ steps }) => steps.map(({ action }) => action))).size > 1 && group.length > 1;
  return groups.filter(differ).flatMap(group => group.map(({ policy }) => policy));
}
