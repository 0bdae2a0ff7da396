import type { Judge } from '../../core/evaluate.ts';
import { selectorText } from '../../core/kube/selector.ts';
import type { BlockPeer, Selector, Workload } from '../../core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';
import { listed } from '../../core/listed.ts';
import { type AddressSet, ALL_ADDRESSES, containsAddresses, toCidrs } from '../../core/net/addresses.ts';
import type { Interval } from '../../core/net/intervals.ts';
import {
  ALL_PORTS,
  containsPorts,
  isNoPort,
  NO_PORTS,
  type PortSet,
  PROTOCOLS,
  unionPorts,
} from '../../core/net/ports.ts';
import { subtractBoxes } from '../../core/netpol/box.ts';
import type { DirectionTraffic, EffectiveTraffic, Opening } from '../../core/netpol/effective.ts';
import { type LetThrough, letByDefault, letThrough } from '../../core/netpol/let-through.ts';
import type { NamedPort } from '../../core/netpol/port-names.ts';
import { declaredPorts } from '../../core/netpol/reach-pods.ts';
import { plainlyInside, regionOf, type SelectedPods, subtractSelections } from '../../core/netpol/region.ts';
import type { OpenByDefault } from '../../core/netpol/server-tiers.ts';
import type { PolicyMemory } from '../../core/policy-memory.ts';
import type { JudgedTraffic } from '../../core/worked-out.ts';
import type { World } from '../../core/world.ts';
import type { ReachEntry } from './line.ts';

/** Ways in or out of one server that are looked at. */
const MAX_WAYS = 500;

/** How much may still be looked at for one review: values of policies, and ways compared with ways. */
export interface ReachBudget {
  left: number;
}

/** About a tenth of a second of processor time. */
export const REACH_BUDGET = 200_000;

const STEPS_OF_COMPARING = 10;

/** Who is at the other end. */
type Peers =
  | { readonly kind: 'pods'; readonly selected: SelectedPods }
  | { readonly kind: 'addresses'; readonly addresses: AddressSet };

/** One way that traffic may take into or out of a server. */
interface Way {
  readonly direction: 'ingress' | 'egress';
  /** The other end in words. */
  readonly text: string;
  readonly peers: Peers;
  readonly ports: PortSet;
  /** Ports of the other end, by name: egress alone. */
  readonly names: readonly NamedPort[];
  /** The rule that lets it through; absent: nothing isolates the server. */
  readonly by?: Opening;
}

const ANY_POD: SelectedPods = { namespaces: [], pods: [], ports: ALL_PORTS };

function placeText(namespaces: Selector): string {
  const [only, ...more] = namespaces;
  if (only === undefined) return 'any namespace';
  const [name, ...others] = [...only.values];
  const isName = only.key === NAMESPACE_NAME_LABEL && only.operator === 'In' && more.length === 0;
  return isName && name !== undefined && others.length === 0 ? name : `namespaces ${selectorText(namespaces)}`;
}

function podsText({ namespaces, pods }: SelectedPods): string {
  const who = pods.length === 0 ? 'any pod' : `pods ${selectorText(pods)}`;
  return pods.length === 0 && namespaces.length === 0 ? who : `${who} in ${placeText(namespaces)}`;
}

const blockText = ({ cidr, except }: BlockPeer): string =>
  except.length === 0 ? cidr.text : `${cidr.text} except ${listed(except.map(({ text }) => text))}`;

type Passage = Omit<Way, 'text' | 'peers'>;

const toAny = (passage: Passage): readonly Way[] => [
  { ...passage, text: 'any pod', peers: { kind: 'pods', selected: { ...ANY_POD, ports: passage.ports } } },
  { ...passage, text: 'any address', peers: { kind: 'addresses', addresses: ALL_ADDRESSES } },
];

const addressesText = (addresses: AddressSet): string =>
  containsAddresses(addresses, ALL_ADDRESSES) ? 'any address' : listed(toCidrs(addresses));

/** `whole`: how the addresses of a rule are written, where all of them are let through. */
function wayOf(one: LetThrough, passage: Omit<Passage, 'ports'>, whole?: string): Way {
  if (one.kind === 'pods') {
    const { selected } = one;
    return { ...passage, ports: selected.ports, text: podsText(selected), peers: { kind: 'pods', selected } };
  }
  const { addresses, ports, isWhole } = one;
  const text = (isWhole && whole) || addressesText(addresses);
  return { ...passage, ports, text, peers: { kind: 'addresses', addresses } };
}

function waysOf(direction: Way['direction'], by: Opening): readonly Way[] {
  const { peer, names } = by;
  const whole = peer !== 'any' && peer.kind === 'block' ? blockText(peer) : undefined;
  return letThrough(by).map(one => wayOf(one, { direction, names, by }, whole));
}

const waysByDefault = (direction: Way['direction'], open: OpenByDefault): readonly Way[] =>
  letByDefault(open).map(one => wayOf(one, { direction, names: [] }));

/** The traffic of one workload's pods, by all that the judge looks at. */
export interface WorkloadTraffic extends Pick<EffectiveTraffic, 'ingress' | 'egress'> {
  readonly isInHostNetwork: boolean;
}

const NOTHING_THROUGH: DirectionTraffic = { isolated: true, openings: [] };

/** Of a workload that is not there. */
export const NO_TRAFFIC: WorkloadTraffic = {
  ingress: NOTHING_THROUGH,
  egress: NOTHING_THROUGH,
  isInHostNetwork: false,
};

/** Who tells the traffic of the servers of one change. */
export interface TrafficReader {
  readonly judge: Pick<Judge, 'traffic'>;
  readonly memory: () => PolicyMemory;
  /** As the judge worked it out in the same states of the cluster; absent: it did not. */
  readonly judged: JudgedTraffic | undefined;
}

/** What is let into and out of a workload's pods; `undefined`: it takes too much to be looked at. */
export function trafficOf(
  workload: Workload,
  world: World,
  { judge, memory, judged }: TrafficReader,
  budget: ReachBudget,
): WorkloadTraffic | undefined {
  if (budget.left < 0) return undefined;
  const { ingress, egress, isTooLarge, policies, tiers } =
    judged?.of(world, workload) ?? judge.traffic(world, workload, memory());
  const beside = world.namespace(workload.meta.namespace).policies.size;
  budget.left -= [...policies, ...(tiers?.policies ?? [])].reduce((sum, { meta }) => sum + meta.size, beside);
  return isTooLarge || budget.left < 0 ? undefined : { ingress, egress, isInHostNetwork: workload.hostNetwork };
}

const isSameDirection = (one: DirectionTraffic, other: DirectionTraffic): boolean =>
  one.isolated === other.isolated &&
  one.byDefault === undefined &&
  other.byDefault === undefined &&
  one.openings.length === other.openings.length &&
  one.openings.every((opening, index) => opening === other.openings[index]);

/** Whether the same openings of the same policies let the same through: most changes of a server leave it so. False proves nothing. */
export const isSameTraffic = (one: WorkloadTraffic, other: WorkloadTraffic): boolean =>
  one.isInHostNetwork === other.isInHostNetwork &&
  isSameDirection(one.ingress, other.ingress) &&
  isSameDirection(one.egress, other.egress);

/** The ways that traffic takes; `undefined`: they are too many. */
export function waysThrough(traffic: WorkloadTraffic): readonly Way[] | undefined {
  const ways = (['ingress', 'egress'] as const).flatMap(direction => {
    const { isolated, openings, byDefault } = traffic[direction];
    const isClosed = isolated && !traffic.isInHostNetwork;
    if (!isClosed && byDefault === undefined) return toAny({ direction, ports: ALL_PORTS, names: [] });
    const opened = openings.slice(0, MAX_WAYS + 1).flatMap(opening => waysOf(direction, opening));
    return isClosed || byDefault === undefined ? opened : [...opened, ...waysByDefault(direction, byDefault)];
  });
  return ways.length > MAX_WAYS ? undefined : ways;
}

/** The ways but for those that the same rule of the same policy lets through in the others: whatever else there is, they are no change. What other APIs decide before a rule may have changed, so that it is compared. */
function changedWays(ways: readonly Way[], others: readonly Way[]): readonly Way[] {
  const known = Map.groupBy(others, ({ by }) => by?.policy);
  const isKept = ({ by, ports }: Way): boolean =>
    by !== undefined &&
    by.earlier === undefined &&
    (known.get(by.policy) ?? []).some(
      ({ by: other, ports: on }) => other?.path === by.path && other.earlier === undefined && containsPorts(on, ports),
    );
  return ways.filter(way => !isKept(way));
}

/** Whether another way lets all of a way through by itself, as plainly as most do. False proves nothing. */
function isPlainlyIn({ peers, ports }: Way, other: Way): boolean {
  if (peers.kind === 'pods') return other.peers.kind === 'pods' && plainlyInside(peers.selected, other.peers.selected);
  return (
    other.peers.kind === 'addresses' &&
    containsPorts(other.ports, ports) &&
    containsAddresses(other.peers.addresses, peers.addresses)
  );
}

/** The ports of all parts that are left of what has these ports. */
const portsOf = (parts: readonly { readonly ports: PortSet }[], ports: PortSet): PortSet =>
  parts.some(part => part.ports === ports) ? ports : unionPorts([NO_PORTS, ...parts.map(part => part.ports)]);

/** Whether the selection passes over a pod without labels, in a namespace that has none but a name that nobody has given yet. */
const passesOverUnknown = ({ namespaces, pods }: SelectedPods): boolean =>
  pods.some(({ operator }) => operator === 'In' || operator === 'Exists') ||
  namespaces.some(({ key, operator }) => operator === 'In' || (operator === 'Exists' && key !== NAMESPACE_NAME_LABEL));

/** Whether somebody meets a way on all of its ports and none of the others on any, as plainly as where everybody was let through. False proves nothing. */
function isPlainlyBeyond({ peers, ports }: Way, others: readonly Way[]): boolean {
  if (isNoPort(ports)) return false;
  if (peers.kind === 'pods') {
    const isAnyPod = peers.selected.pods.length + peers.selected.namespaces.length === 0;
    return isAnyPod && others.every(({ peers: to }) => to.kind === 'pods' && passesOverUnknown(to.selected));
  }
  const { v4, v6 } = peers.addresses;
  const isNone = (isOfNone: (addresses: AddressSet) => boolean): boolean =>
    others.every(({ peers: to }) => to.kind === 'addresses' && isOfNone(to.addresses));
  return (v6.length > 0 && isNone(to => to.v6.length === 0)) || (v4.length > 0 && isNone(to => to.v4.length === 0));
}

/** The ports of a way that none of the others lets through, to and from some of its peers. */
function portsBeyond(way: Way, others: readonly Way[]): PortSet {
  const { direction, peers, ports } = way;
  const alike = others.filter(other => other.direction === direction && other.peers.kind === peers.kind);
  if (alike.length === 0 || isPlainlyBeyond(way, alike)) return ports;
  if (alike.some(other => isPlainlyIn(way, other))) return NO_PORTS;
  if (peers.kind === 'pods') {
    const region = regionOf(peers.selected);
    const selections = alike.flatMap(other => (other.peers.kind === 'pods' ? other.peers.selected : []));
    const rest = region === undefined ? [] : subtractSelections(region, selections);
    return portsOf(rest, ports);
  }
  const boxes = alike.flatMap(({ peers: to, ports: on }) =>
    to.kind === 'addresses' ? { addresses: to.addresses, ports: on } : [],
  );
  return portsOf(subtractBoxes({ addresses: peers.addresses, ports }, boxes), ports);
}

const namesText = ({ protocol, name }: NamedPort): string => `${protocol} ${name}`;

function namesBeyond(way: Way, others: readonly Way[]): readonly NamedPort[] {
  if (way.names.length === 0) return [];
  const known = new Set(
    others.flatMap(({ direction, text, names }) =>
      direction === way.direction && text === way.text ? names.map(namesText) : [],
    ),
  );
  return way.names.filter(name => !known.has(namesText(name)));
}

const rangeText = ({ first, last }: Interval): number | string =>
  first === last ? Number(first) : first === 1n && last === 65535n ? 'any' : `${first}-${last}`;

/** The end of a server that a way begins or ends at. */
export interface ReachServer {
  /** `namespace/name`. */
  readonly name: string;
  readonly workload: Workload;
}

type PortText = Pick<ReachEntry, 'port' | 'protocol'>;

/** Every port is told as `any`; those that the server declares beside it, by their numbers. */
function portTexts({ direction }: Way, ports: PortSet, { workload }: ReachServer): readonly PortText[] {
  if (ports !== ALL_PORTS && !containsPorts(ports, ALL_PORTS))
    return PROTOCOLS.flatMap(protocol => ports[protocol].map(range => ({ port: rangeText(range), protocol })));
  const declared = direction === 'ingress' ? declaredPorts(workload) : [];
  const numbers = declared.map(({ number, protocol }) => ({ port: number, protocol }));
  return [...numbers, { port: 'any', protocol: 'any' }];
}

const entriesOf = (
  { direction, text }: Way,
  ports: readonly PortText[],
  names: readonly NamedPort[],
  server: ReachServer,
): readonly ReachEntry[] => {
  const [from, to] = direction === 'ingress' ? [text, server.name] : [server.name, text];
  // With its keys in order, it is written as it is.
  const entries = ports.map(({ port, protocol }) => ({ from, port, protocol, to }));
  return names.length === 0
    ? entries
    : [...entries, ...names.map(({ name, protocol }) => ({ from, port: name, protocol, to }))];
};

/**
 * The entries of what the first ways let through and the others do not; `undefined`: it takes too much to be compared. A way that the others let through for
 * some of its peers is told whole.
 */
export function entriesBeyond(
  ways: readonly Way[],
  others: readonly Way[],
  server: ReachServer,
  budget: ReachBudget,
): readonly ReachEntry[] | undefined {
  const changed = others.length === 0 ? ways : changedWays(ways, others);
  budget.left -= changed.length * (others.length + 1) * STEPS_OF_COMPARING;
  if (budget.left < 0) return undefined;
  return changed.flatMap(way => {
    const [ports, names] =
      others.length === 0 ? [way.ports, way.names] : [portsBeyond(way, others), namesBeyond(way, others)];
    return entriesOf(way, portTexts(way, ports, server), names, server);
  });
}
