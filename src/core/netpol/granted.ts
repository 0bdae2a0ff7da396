import type { Grant } from '../gate/types.ts';
import { matches } from '../kube/selector.ts';
import type { BlockPeer, ContainerPort, Labels, PolicyPorts } from '../kube/types.ts';
import { type AddressSet, NO_ADDRESSES } from '../net/addresses.ts';
import { ALL_PORTS, portRange } from '../net/ports.ts';
import type { Box } from './box.ts';
import { podsLeft } from './earlier-tiers.ts';
import type { Opening } from './effective.ts';
import { type NamedPort, namedPorts, portNames, resolvePorts } from './port-names.ts';
import { plainlyInside, type Region, regionOf, type SelectedPods, selectedPods, subtractSelections } from './region.ts';

/** Pods that a grant lets through, with the ports that it names. */
interface GrantedPods extends SelectedPods {
  readonly names: readonly NamedPort[];
}

/** Addresses that a grant lets through. */
interface GrantedBlock extends Box {
  /** It names one address and its ports one by one: whoever wrote it knows what is there. */
  readonly isExact: boolean;
}

/** What the configuration grants to the servers of one namespace in one direction. */
export interface Granted {
  readonly pods: readonly GrantedPods[];
  readonly boxes: readonly GrantedBlock[];
}

/** What a gateway is granted where it serves. */
interface GatewayElsewhere extends Granted {
  readonly name: string;
}

/** What the configuration grants to a server. */
export interface GrantedToServer {
  /** Gateways of other environments: those that do not serve its namespace. */
  readonly elsewhere: readonly GatewayElsewhere[];
  /** Gateways that serve its namespace. */
  readonly gateways: Granted;
  /** Gateways and allowed clients. */
  readonly ingress: Granted;
  /** Allowed destinations. */
  readonly egress: Granted;
}

function isExact({ specified: { v4, v6 } }: BlockPeer, ports: PolicyPorts): boolean {
  const [first, ...more] = [...v4, ...v6];
  const isOneAddress = first !== undefined && more.length === 0 && first.first === first.last;
  return (
    isOneAddress &&
    ports.kind === 'only' &&
    ports.ports.every(port => port.kind === 'range' && port.first === port.last)
  );
}

const DNS_PORTS = [53, 5353];

/**
 * Policies of Cilium write TCP and UDP as `ANY`, which is SCTP too. Where a grant is of both on a port of DNS, so it is of SCTP.
 * Source: https://docs.cilium.io/en/stable/security/policy/language/#dns-based
 */
export function withAnyOnDns(grant: Grant): Grant {
  const { ports } = grant;
  if (ports.kind === 'any') return grant;
  const numbered = ports.ports.flatMap(port => (port.kind === 'range' && port.first === port.last ? [port] : []));
  const has = (protocol: 'TCP' | 'UDP', number: number): boolean =>
    numbered.some(port => port.protocol === protocol && port.first === number);
  const both = DNS_PORTS.filter(number => has('TCP', number) && has('UDP', number));
  const [first, ...rest] = ports.ports;
  const added = both.map(number => ({
    kind: 'range' as const,
    protocol: 'SCTP' as const,
    first: number,
    last: number,
  }));
  return { ...grant, ports: { kind: 'only', ports: [first, ...rest, ...added] } };
}

interface ServedBy {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly containerPorts: readonly ContainerPort[];
}

/** What gateways that do not serve the server's namespace would be granted if they did. */
export const grantedElsewhere = (grants: readonly Grant[], server: ServedBy): readonly GatewayElsewhere[] =>
  grants
    .filter(({ servesNamespaces }) => !matches(servesNamespaces, server.namespaceLabels))
    .map(grant => ({ name: grant.name, ...granted([{ ...grant, servesNamespaces: [] }], server) }));

/** The grants that are for the server's namespace. A selector peer without namespaces means the server's own namespace. */
export function granted(grants: readonly Grant[], server: ServedBy): Granted {
  const pods: GrantedPods[] = [];
  const boxes: GrantedBlock[] = [];
  const declared = portNames(server.containerPorts);
  for (const grant of grants) {
    if (!matches(grant.servesNamespaces, server.namespaceLabels)) continue;
    const ports = resolvePorts(grant.ports, declared);
    const names = namedPorts(grant.ports);
    for (const peer of grant.peers) {
      if (peer.kind === 'block') boxes.push({ addresses: peer.specified, ports, isExact: isExact(peer, grant.ports) });
      else pods.push({ ...selectedPods(peer, server.namespace, ports), names });
    }
  }
  return { pods, boxes };
}

/** The pods that an opening admits and no grant does, as far as port numbers go. Empty for an opening by addresses. */
export function podsBeyond(opening: Opening, by: Granted): readonly Region[] {
  const selection = openedPods(opening);
  if (selection === undefined || by.pods.some(pods => plainlyInside(selection, pods))) return [];
  return leftOf(opening, selection).flatMap(region => subtractSelections(region, by.pods));
}

/** What of a selection rules before the opening leave. */
function leftOf({ earlier }: Opening, selection: SelectedPods): readonly Region[] {
  const region = regionOf(selection);
  return region ? podsLeft(region, earlier) : [];
}

/** The selection that an opening stands for: every pod where it has no peers, none where it goes by addresses. */
export function openedPods(opening: Opening): SelectedPods | undefined {
  const { peer, ports, policy } = opening;
  if (peer === 'any') return { namespaces: [], pods: [], ports };
  return peer.kind === 'pods' ? selectedPods(peer, policy.meta.namespace, ports) : undefined;
}

const grantsName = (pods: GrantedPods, wanted: NamedPort): boolean =>
  pods.names.some(known => known.name === wanted.name && known.protocol === wanted.protocol);

/** One name of all those that the same grants name: what is true of it is true of the others. */
function unlikeNames(names: readonly NamedPort[], by: Granted): readonly NamedPort[] {
  const isKnown = by.pods.some(pods => pods.names.length > 0);
  const keyOf = (name: NamedPort): string =>
    `${name.protocol} ${isKnown ? by.pods.map(pods => (grantsName(pods, name) ? 1 : 0)).join('') : ''}`;
  const firsts = new Map<string, NamedPort>();
  for (const name of names) {
    const key = keyOf(name);
    if (!firsts.has(key)) firsts.set(key, name);
  }
  return [...firsts.values()];
}

/**
 * The destinations that an opening admits on named ports and no grant does. A name may be any number on a destination that is not known yet:
 * it is granted by the same name, or by every port of its protocol.
 */
export function namedPodsBeyond(opening: Opening, by: Granted): readonly Region[] {
  const selection = openedPods(opening);
  if (selection === undefined) return [];
  return unlikeNames(opening.names, by).flatMap(name => {
    const everyNumber = portRange(name.protocol, 1, 65535);
    const regions = leftOf(opening, { ...selection, ports: everyNumber });
    const grants = by.pods.map(pods => (grantsName(pods, name) ? { ...pods, ports: ALL_PORTS } : pods));
    return regions.flatMap(region => subtractSelections(region, grants));
  });
}

/** Addresses of pods of which an opening for everybody lets none through beyond the grants: rules before it go by labels. */
export function closedPods(opening: Opening, by: Granted): AddressSet {
  const podAddresses = opening.peer === 'any' ? opening.earlier?.podAddresses : undefined;
  if (podAddresses === undefined) return NO_ADDRESSES;
  return podsBeyond(opening, by).length + namedPodsBeyond(opening, by).length > 0 ? NO_ADDRESSES : podAddresses;
}
