import type { OpenTraffic } from '../decision.ts';
import type { PodPeer, Requirement, Selector } from '../kube/types.ts';
import { type AddressSet, ALL_ADDRESSES, addressRange, NO_ADDRESSES, unionAddresses } from '../net/addresses.ts';
import type { Intervals } from '../net/intervals.ts';
import { type Family, formatAddress, parseAddress } from '../net/ip.ts';
import { ALL_PORTS, containsPorts, NO_PORTS, type PortSet, PROTOCOLS, portRange, unionPorts } from '../net/ports.ts';
import { type Box, subtractBoxes } from './box.ts';
import type { NamedPort } from './port-names.ts';
import { selectedPods } from './region.ts';

/** Everybody, and every port. */
const ANY = 'any';
/** Protocols without ports. */
const OTHER = 'other';

const rangesText = (ranges: Intervals, text: (value: bigint) => string): readonly string[] =>
  ranges.map(({ first, last }) => (first === last ? text(first) : `${text(first)}-${text(last)}`));

function portTexts(ports: PortSet): readonly string[] {
  if (containsPorts(ports, ALL_PORTS)) return [ANY];
  const numbered = PROTOCOLS.flatMap(protocol =>
    rangesText(ports[protocol], String).map(text => `${protocol} ${text}`),
  );
  return ports.other ? [...numbered, OTHER] : numbered;
}

function addressTexts({ v4, v6 }: AddressSet): readonly string[] {
  const written = (family: Family) => (value: bigint) => formatAddress({ family, value });
  return [...rangesText(v4, written(4)), ...rangesText(v6, written(6))];
}

/** Addresses with their ports. */
export function openBoxes(boxes: readonly Box[]): readonly OpenTraffic[] {
  return boxes.map(({ addresses, ports }) => ({ peers: addressTexts(addresses), ports: portTexts(ports) }));
}

/** Everybody, on these ports. */
export const openToAll = (ports: PortSet): readonly OpenTraffic[] => [{ peers: [ANY], ports: portTexts(ports) }];

const requirementText = ({ key, operator, values }: Requirement): string =>
  [key, operator, ...[...values].sort()].join(' ');

/** The same for the same requirements, in whichever order they are written; all of them, however many. */
const selectorKey = (selector: Selector): string => `{${selector.map(requirementText).sort().join(', ')}}`;

/** The pods of a peer of a policy in `ownNamespace`. A port by name can be any number there. */
export function openPods(
  peer: PodPeer,
  ownNamespace: string,
  numbers: PortSet,
  names: readonly NamedPort[] = [],
): readonly OpenTraffic[] {
  const ports = unionPorts([numbers, ...names.map(({ protocol }) => portRange(protocol, 1, 65535))]);
  const { namespaces, pods } = selectedPods(peer, ownNamespace, ports);
  const named = names.map(({ protocol, name }) => `${protocol} ${name}`).sort();
  const on = named.length === 0 ? '' : ` on ${named.join(', ')}`;
  return [
    { peers: [`pods ${selectorKey(pods)} in namespaces ${selectorKey(namespaces)}${on}`], ports: portTexts(ports) },
  ];
}

const PORTS = /^(TCP|UDP|SCTP) (\d{1,5})(?:-(\d{1,5}))?$/;

/** Text that names no port is none. */
function portsOf(texts: readonly string[]): PortSet {
  const sets = texts.map((text): PortSet => {
    if (text === ANY) return ALL_PORTS;
    if (text === OTHER) return { ...NO_PORTS, other: true };
    const [, name, first, last = first] = PORTS.exec(text) ?? [];
    const protocol = PROTOCOLS.find(known => known === name);
    return protocol === undefined ? NO_PORTS : portRange(protocol, Number(first), Number(last));
  });
  return sets.length === 0 ? NO_PORTS : unionPorts(sets);
}

/** `undefined`: it is no address and no range of them. */
function addressesOf(text: string): AddressSet | undefined {
  if (text === ANY) return ALL_ADDRESSES;
  const [first, last, ...rest] = text.split('-').map(part => parseAddress(part));
  const end = text.includes('-') ? last : first;
  if (first === undefined || end === undefined || rest.length > 0 || first.family !== end.family) return undefined;
  return first.value <= end.value ? addressRange(first.family, first.value, end.value) : undefined;
}

const addressesIn = (peers: readonly string[]): AddressSet =>
  unionAddresses([NO_ADDRESSES, ...peers.flatMap(peer => addressesOf(peer) ?? [])]);

/** As few boxes as there are lists of ports. */
function boxesOf(traffic: readonly OpenTraffic[]): readonly Box[] {
  const byPorts = Map.groupBy(traffic, ({ ports }) => JSON.stringify(ports));
  return [...byPorts.values()].map(group => ({
    addresses: addressesIn(group.flatMap(({ peers }) => peers)),
    ports: portsOf(group[0]?.ports ?? []),
  }));
}

/** Everybody, and pods by their selectors, with the ports. */
function podsIn(traffic: readonly OpenTraffic[]): ReadonlyMap<string, PortSet> {
  const pods = new Map<string, PortSet>();
  for (const { peers, ports } of traffic) {
    for (const peer of peers.filter(text => text === ANY || addressesOf(text) === undefined))
      pods.set(peer, unionPorts([portsOf(ports), pods.get(peer) ?? NO_PORTS]));
  }
  return pods;
}

/**
 * Tells of traffic whether all of it was open in what is known, taken together: addresses and ports as sets, pods by the same selectors. Text that
 * nobody writes stands for itself alone.
 */
export function openBefore(known: readonly OpenTraffic[]): (traffic: readonly OpenTraffic[]) => boolean {
  const boxes = boxesOf(known);
  const pods = podsIn(known);
  const portsFor = (peer: string): PortSet => unionPorts([pods.get(peer) ?? NO_PORTS, pods.get(ANY) ?? NO_PORTS]);
  return traffic =>
    boxesOf(traffic).every(box => subtractBoxes(box, boxes).length === 0) &&
    [...podsIn(traffic)].every(([peer, ports]) => containsPorts(portsFor(peer), ports));
}
