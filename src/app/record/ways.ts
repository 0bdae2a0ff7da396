import { selectorText } from '../../core/kube/selector.ts';
import type { BlockPeer, KubeObject, Selector } from '../../core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';
import { lazily, remembered } from '../../core/lazily.ts';
import { listed } from '../../core/listed.ts';
import { type AddressSet, ALL_ADDRESSES, containsAddresses, toCidrs } from '../../core/net/addresses.ts';
import type { Interval } from '../../core/net/intervals.ts';
import { ALL_PORTS, containsPorts, type PortSet, PROTOCOLS } from '../../core/net/ports.ts';
import type { DirectionTraffic, EffectiveTraffic, Opening } from '../../core/netpol/effective.ts';
import { type LetThrough, letByDefault, letThrough } from '../../core/netpol/let-through.ts';
import type { NamedPort } from '../../core/netpol/port-names.ts';
import type { SelectedPods } from '../../core/netpol/region.ts';
import type { OpenByDefault } from '../../core/netpol/server-tiers.ts';
import type { ReachEntry } from './line.ts';

/** Ways in or out of one server that are looked at. */
const MAX_WAYS = 500;

/** Ports as a line tells them. */
export type PortText = Pick<ReachEntry, 'port' | 'protocol'>;

/** `every`: all ports of all protocols. */
export type ToldPorts = readonly PortText[] | 'every';

const rangeText = ({ first, last }: Interval): number | string =>
  first === last ? Number(first) : first === 1n && last === 65535n ? 'any' : `${first}-${last}`;

export function toldPorts(ports: PortSet): ToldPorts {
  if (ports === ALL_PORTS || containsPorts(ports, ALL_PORTS)) return 'every';
  return PROTOCOLS.flatMap(protocol => ports[protocol].map(range => ({ port: rangeText(range), protocol })));
}

/** Who is at the other end. */
type Peers =
  | { readonly kind: 'pods'; readonly selected: SelectedPods }
  | { readonly kind: 'addresses'; readonly addresses: AddressSet };

/** One way that traffic may take into or out of a server. */
export interface Way {
  readonly direction: 'ingress' | 'egress';
  /** The other end in words. */
  readonly text: string;
  readonly peers: Peers;
  readonly ports: PortSet;
  /** Ports of the other end, by name: egress alone. */
  readonly names: readonly NamedPort[];
  /** The rule that lets it through; absent: nothing isolates the server. */
  readonly by?: Opening;
  /** Its ports in words. */
  readonly told: () => ToldPorts;
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

/** Where nothing isolates the server. */
const toAny = (direction: Way['direction']): readonly Way[] => {
  const open = { direction, ports: ALL_PORTS, names: [], told: (): ToldPorts => 'every' };
  return [
    { ...open, text: 'any pod', peers: { kind: 'pods', selected: ANY_POD } },
    { ...open, text: 'any address', peers: { kind: 'addresses', addresses: ALL_ADDRESSES } },
  ];
};
const TO_ANY = { ingress: toAny('ingress'), egress: toAny('egress') } as const;

const addressesText = (addresses: AddressSet): string =>
  containsAddresses(addresses, ALL_ADDRESSES) ? 'any address' : listed(toCidrs(addresses));

type Passage = Pick<Way, 'direction' | 'names' | 'by'>;

/** `whole`: how the addresses of a rule are written, where all of them are let through. */
function wayOf(one: LetThrough, passage: Passage, whole?: string): Way {
  const { ports } = one.kind === 'pods' ? one.selected : one;
  const told = lazily(() => toldPorts(ports));
  if (one.kind === 'pods') {
    const { selected } = one;
    return { ...passage, ports, told, text: podsText(selected), peers: { kind: 'pods', selected } };
  }
  const { addresses, isWhole } = one;
  const text = (isWhole && whole) || addressesText(addresses);
  return { ...passage, ports, told, text, peers: { kind: 'addresses', addresses } };
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

/**
 * The ways that traffic takes; `undefined`: they are too many. Those of `passing` objects, which may be gone after the review, are not remembered: what a WeakMap
 * holds of its own key stays until all garbage is looked for.
 */
export type WayReader = (traffic: WorkloadTraffic, passing: ReadonlySet<KubeObject>) => readonly Way[] | undefined;

/** Remembers the ways of an opening for as long as it is there: those of a policy are the same for all servers that it selects, until it changes. */
export function createWayReader(): WayReader {
  const known = {
    ingress: remembered((by: Opening) => waysOf('ingress', by)),
    egress: remembered((by: Opening) => waysOf('egress', by)),
  };
  return (traffic, passing) => {
    const ways = (['ingress', 'egress'] as const).flatMap(direction => {
      const { isolated, openings, byDefault } = traffic[direction];
      const isClosed = isolated && !traffic.isInHostNetwork;
      if (!isClosed && byDefault === undefined) return TO_ANY[direction];
      const opened = openings
        .slice(0, MAX_WAYS + 1)
        .flatMap(by => (passing.has(by.policy) ? waysOf(direction, by) : known[direction](by)));
      return isClosed || byDefault === undefined ? opened : [...opened, ...waysByDefault(direction, byDefault)];
    });
    return ways.length > MAX_WAYS ? undefined : ways;
  };
}
