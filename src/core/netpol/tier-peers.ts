import { domainProblem } from '../gate/domain-names.ts';
import { matches, selectorOf } from '../kube/selector.ts';
import type { PodExpression, TierPeer, TierPorts, TierRule } from '../kube/tiers.ts';
import type { Direction, Node, Selector, Service } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  addressRange,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESSES,
  subtractAddresses,
  unionAddresses,
} from '../net/addresses.ts';
import { parseAddress } from '../net/ip.ts';
import { isNoPort, type PortSet, portRange, subtractPorts, unionPorts } from '../net/ports.ts';
import { joined, NOTHING, type Selections } from './earlier-tiers.ts';
import { type Bound, podTerms } from './pod-terms.ts';
import { namedPorts, type PortNames, resolvePorts } from './port-names.ts';
import { type ClusterFacts, holdsNodes } from './tiers/cluster-facts.ts';

/** What beside the policies decides what their rules match, for one direction of one server. */
export interface PeerFacts {
  readonly direction: Direction;
  /** Names of ports of the server; of a destination, none are known. */
  readonly names: PortNames;
  /** Every address that pods may have; `undefined`: not known. */
  readonly podAddresses: AddressSet | undefined;
  /** As far as they are known. */
  readonly nodes: readonly Node[];
  /** Every address that nodes may have; `undefined`: not known. */
  readonly nodeAddresses: AddressSet | undefined;
  /** Where the API server may be; `undefined`: not known. */
  readonly controlPlane: AddressSet | undefined;
  /** Where addresses lie that are not known. */
  readonly assumed: AddressSet;
  readonly cluster: ClusterFacts;
  /** Of the server. */
  readonly namespace: string;
  /** On which the server runs; empty: not known. */
  readonly nodeName: string;
}

/** Addresses that surely match, and that may. Which pod has which address is not looked at: `scattered` may match for that. */
interface AddressBounds {
  readonly sure: AddressSet;
  readonly may: AddressSet;
  readonly scattered: AddressSet;
}

/** What a peer matches: pods, whichever addresses they have, and addresses. */
interface PeerMatch {
  readonly pods: PodExpression;
  readonly addresses: AddressBounds;
}

const EVERY_POD: PodExpression = { kind: 'all', of: [] };
const NO_POD: PodExpression = { kind: 'any', of: [] };
const UNKNOWN_POD: PodExpression = { kind: 'unknown' };

const exactly = (set: AddressSet): AddressBounds => ({ sure: set, may: set, scattered: set });
const NOWHERE = exactly(NO_ADDRESSES);

const addressSet = (text: string): AddressSet => {
  const address = parseAddress(text);
  return address ? addressRange(address.family, address.value, address.value) : NO_ADDRESSES;
};

const addressesOf = (nodes: readonly Node[]): AddressSet =>
  unionAddresses(nodes.flatMap(({ nodeAddresses }) => nodeAddresses.map(addressSet)));

/** The addresses of the Nodes that a peer selects; `undefined`: no Nodes are known. */
export function addressesOfNodes(
  { nodes: selector }: Extract<TierPeer, { kind: 'nodes' }>,
  { nodes }: PeerFacts,
): AddressSet | undefined {
  return nodes.length === 0 ? undefined : addressesOf(nodes.filter(({ meta }) => matches(selector, meta.labels)));
}

/** Addresses that pods have, or may where that is not known. */
const mayBePods = ({ podAddresses, assumed }: PeerFacts): AddressSet => podAddresses ?? assumed;

/** Every address that nodes have or may come to have: those of Nodes and of the range of nodes. `undefined`: neither is known. */
export const knownNodes = ({ nodes, nodeAddresses }: PeerFacts): AddressSet | undefined =>
  nodes.length === 0 ? nodeAddresses : unionAddresses([addressesOf(nodes), nodeAddresses ?? NO_ADDRESSES]);

const isEvery = (condition: PodExpression): boolean =>
  podTerms(condition, 'sure').some(({ namespaces, pods }) => namespaces.length + pods.length === 0);

/** Pods by what they are; all of them have all addresses of pods together. */
function podsMatch(pods: PodExpression, facts: PeerFacts): PeerMatch {
  const addresses = isEvery(pods) ? (facts.podAddresses ?? NO_ADDRESSES) : NO_ADDRESSES;
  return { pods, addresses: { sure: addresses, may: addresses, scattered: mayBePods(facts) } };
}

/** Blocks hold pods by their addresses: all, none, or nobody knows which. `partly`: which are taken to be held where it is some. */
function blocksMatch(addresses: AddressSet, { podAddresses }: PeerFacts, partly: PodExpression): PeerMatch {
  const holdsAll = containsAddresses(addresses, podAddresses ?? ALL_ADDRESSES);
  const holdsNone = podAddresses !== undefined && isNoAddress(intersectAddresses(addresses, podAddresses));
  const some = podAddresses === undefined ? UNKNOWN_POD : partly;
  return { pods: holdsAll ? EVERY_POD : holdsNone ? NO_POD : some, addresses: exactly(addresses) };
}

/** What of some addresses is of no pod and, where those are not `withNodes`, no node. */
function outsideMatch(addresses: AddressSet, facts: PeerFacts, withNodes = false): PeerMatch {
  const { podAddresses, assumed } = facts;
  const nodes = withNodes ? NO_ADDRESSES : knownNodes(facts);
  const inside = unionAddresses([podAddresses ?? NO_ADDRESSES, nodes ?? NO_ADDRESSES]);
  const may = subtractAddresses(addresses, inside);
  const sure = podAddresses && nodes ? may : subtractAddresses(may, assumed);
  return { pods: NO_POD, addresses: { sure, may, scattered: may } };
}

/** The node of the server, or the others. Where the Node of the server is not known, any may be it; it reaches the server in any case. */
export function clusterNodes(
  { which }: Extract<TierPeer, { kind: 'cluster-nodes' }>,
  facts: PeerFacts,
): AddressBounds | undefined {
  const all = knownNodes(facts);
  if (all === undefined) return undefined;
  const own = facts.nodes.filter(({ meta }) => meta.name === facts.nodeName);
  if (own.length === 0) {
    const sure = which === 'others' && facts.direction === 'ingress' ? all : NO_ADDRESSES;
    return { sure, may: all, scattered: all };
  }
  const ofServer = addressesOf(own);
  return exactly(which === 'own' ? ofServer : subtractAddresses(all, ofServer));
}

/** Some of these addresses, or none: nobody knows which. */
const somewhereIn = (addresses: AddressSet): AddressBounds => ({
  sure: NO_ADDRESSES,
  may: addresses,
  scattered: addresses,
});
const ANYWHERE = somewhereIn(ALL_ADDRESSES);

/** Whether a name may be of a pod, a node or a metadata service; others are of hosts outside, which no rule guards. */
export const leadsInside = ({ domains }: Extract<TierPeer, { kind: 'domains' }>): boolean =>
  domains.some(name => domainProblem(name) !== undefined);

/** Where the API server is; `undefined`: not known. */
export function apiServerAddresses({ cluster, controlPlane }: PeerFacts): AddressSet | undefined {
  const { apiServer } = cluster;
  return apiServer ? unionAddresses([...apiServer].map(addressSet)) : controlPlane;
}

function apiServerMatch({ mayBeElsewhere }: Extract<TierPeer, { kind: 'api-server' }>, facts: PeerFacts): PeerMatch {
  const known = apiServerAddresses(facts);
  if (known === undefined) return { pods: NO_POD, addresses: mayBeElsewhere ? ANYWHERE : NOWHERE };
  return {
    pods: NO_POD,
    addresses: { sure: facts.cluster.apiServer ? known : NO_ADDRESSES, may: known, scattered: known },
  };
}

const inNamespace = (name: string): PodExpression => ({
  kind: 'namespace',
  selector: selectorOf(new Map([[NAMESPACE_NAME_LABEL, name]])),
});
const ofSelectors = (namespaces: PodExpression, pods: Selector): PodExpression => ({
  kind: 'all',
  of: [namespaces, { kind: 'labels', selector: pods }],
});

const ofService = ({ meta, selector }: Service): PodExpression =>
  selector === undefined ? NO_POD : ofSelectors(inNamespace(meta.namespace), selectorOf(selector));

function servicesMatch(peer: Extract<TierPeer, { kind: 'services' }>, facts: PeerFacts): PeerMatch {
  const endpoints = facts.cluster.servicesOf(peer);
  const pods = endpoints.flatMap(one => (one.kind === 'pods' ? [ofService(one.service)] : []));
  const addresses = endpoints.flatMap(one => (one.kind === 'addresses' ? [one.addresses] : []));
  const outside = outsideMatch(unionAddresses(addresses), facts);
  return { pods: { kind: 'any', of: pods }, addresses: outside.addresses };
}

const union = (all: readonly AddressBounds[]): AddressBounds => ({
  sure: unionAddresses(all.map(({ sure }) => sure)),
  may: unionAddresses(all.map(({ may }) => may)),
  scattered: unionAddresses(all.map(({ scattered }) => scattered)),
});

const intersection = (all: readonly AddressBounds[]): AddressBounds =>
  all.reduce(
    (known, one) => ({
      sure: intersectAddresses(known.sure, one.sure),
      may: intersectAddresses(known.may, one.may),
      scattered: intersectAddresses(known.scattered, one.scattered),
    }),
    exactly(ALL_ADDRESSES),
  );

const complement = ({ sure, may, scattered }: AddressBounds): AddressBounds => {
  const left = subtractAddresses(ALL_ADDRESSES, sure);
  return {
    sure: subtractAddresses(ALL_ADDRESSES, unionAddresses([may, scattered])),
    may: left,
    scattered: left,
  };
};

/** What one peer matches. `own`: the namespace that a peer of the policy's own is about; `partly`: see {@link blocksMatch}. */
export function matchOf(peer: TierPeer, own: string, facts: PeerFacts, partly: PodExpression = UNKNOWN_POD): PeerMatch {
  const each = (peers: readonly TierPeer[]): readonly PeerMatch[] =>
    peers.map(part => matchOf(part, own, facts, partly));
  switch (peer.kind) {
    case 'any':
      return { pods: EVERY_POD, addresses: exactly(ALL_ADDRESSES) };
    case 'pods': {
      const namespaces: PodExpression =
        peer.namespaces === 'own' ? inNamespace(own) : { kind: 'namespace', selector: peer.namespaces };
      return podsMatch(ofSelectors(namespaces, peer.pods), facts);
    }
    case 'expression':
      return podsMatch(peer.where, facts);
    case 'block':
      return blocksMatch(peer.specified, facts, partly);
    case 'nodes': {
      const known = addressesOfNodes(peer, facts);
      return { pods: NO_POD, addresses: known ? exactly(known) : somewhereIn(facts.nodeAddresses ?? ALL_ADDRESSES) };
    }
    case 'domains':
      return { pods: NO_POD, addresses: leadsInside(peer) ? ANYWHERE : NOWHERE };
    case 'outside':
      return outsideMatch(peer.addresses, facts, holdsNodes(peer.nodes, facts.cluster));
    case 'cluster-nodes':
      return { pods: NO_POD, addresses: clusterNodes(peer, facts) ?? ANYWHERE };
    case 'api-server':
      return apiServerMatch(peer, facts);
    case 'services':
      return servicesMatch(peer, facts);
    case 'cidr-groups': {
      const addresses = facts.cluster.groupAddresses(peer);
      return addresses === undefined
        ? { pods: NO_POD, addresses: ANYWHERE }
        : outsideMatch(addresses, facts, facts.cluster.blocksHoldNodes);
    }
    case 'all': {
      const parts = each(peer.of);
      return {
        pods: { kind: 'all', of: parts.map(({ pods }) => pods) },
        addresses: intersection(parts.map(({ addresses }) => addresses)),
      };
    }
    case 'none': {
      const parts = each(peer.of);
      return {
        pods: { kind: 'not', of: { kind: 'any', of: parts.map(({ pods }) => pods) } },
        addresses: complement(union(parts.map(({ addresses }) => addresses))),
      };
    }
  }
}

/** Blocks of one rule hold together the pods that none of them holds alone. */
function withJoinedBlocks(peers: readonly TierPeer[]): readonly TierPeer[] {
  const blocks = peers.filter(peer => peer.kind === 'block');
  const [first] = blocks;
  if (first === undefined || blocks.length < 2) return peers;
  const specified = unionAddresses(blocks.map(block => block.specified));
  return [...peers.filter(peer => peer.kind !== 'block'), { ...first, specified }];
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

const everyNumber = (ports: TierPorts): PortSet =>
  unionPorts(namedPorts(ports).map(({ protocol }) => portRange(protocol, 1, 65535)));

/** The ports that surely match, and those that may: at a destination a name stands for any number. */
function portBounds(ports: TierPorts, { direction, names }: PeerFacts): Readonly<Record<Bound, PortSet>> {
  const numbers = tierPortSet(ports, names);
  if (direction === 'ingress' || ports.kind === 'any') return { sure: numbers, may: numbers };
  const named = namedPorts(ports).length === 0 ? [] : [everyNumber(ports)];
  const except: TierPorts = { kind: 'only', ports: ports.except ?? [] };
  const sure = namedPorts(except).length === 0 ? numbers : subtractPorts(numbers, everyNumber(except));
  return { sure, may: unionPorts([numbers, ...named]) };
}

/** How sure it is: `likely` as `may`, but of pods and addresses that some of them have, the others are meant. */
export type Certainty = Bound | 'likely';

function selections(match: PeerMatch, ports: PortSet, bound: Bound): Selections {
  const addresses = match.addresses[bound];
  return {
    pods: podTerms(match.pods, bound).map(term => ({ ...term, ports })),
    boxes: isNoAddress(addresses) ? [] : [{ addresses, ports }],
  };
}

/** What a rule matches, its policy and what it asks of the server aside. `own`: the namespace of peers of the policy's own. */
export function ruleMatch({ peers, ports }: TierRule, own: string, facts: PeerFacts, certainty: Certainty): Selections {
  const bound = certainty === 'sure' ? 'sure' : 'may';
  const on = portBounds(ports, facts)[bound];
  if (isNoPort(on)) return NOTHING;
  const partly = certainty === 'likely' ? NO_POD : UNKNOWN_POD;
  return joined(withJoinedBlocks(peers).map(peer => selections(matchOf(peer, own, facts, partly), on, bound)));
}
