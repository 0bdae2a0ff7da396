import {
  type Grant,
  NETWORK_CLASSES,
  type NetworkClass,
  type ProtectedNetworks,
  type WritingPolicy,
} from '../gate/types.ts';
import { matches } from '../kube/selector.ts';
import { type PeerManifest, type PortManifest, peerManifest, portManifests } from '../kube/syntax.ts';
import type { Labels, Peer, PolicyPorts } from '../kube/types.ts';
import { listed } from '../listed.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  containsAddresses,
  intersectAddresses,
  isNoAddress,
  NO_ADDRESSES,
  unionAddresses,
} from '../net/addresses.ts';
import { parseCidr } from '../net/cidr.ts';
import { guardedOf, knownOf } from '../netpol/guarded.ts';
import { exceptBlocks } from './excepts.ts';
import type { NotedRule } from './ingress-rules.ts';
import { namedOf, numberedPorts } from './served-grants.ts';

/** An egress rule as it is written. */
interface EgressRule {
  readonly to: readonly PeerManifest[];
  readonly ports?: readonly PortManifest[];
}

/** An egress rule, and what to say of each of its excepts, in their order. */
export interface NotedEgressRule extends NotedRule<EgressRule> {
  readonly exceptNotes: readonly string[];
}

const CLASS_WORDS: Readonly<Record<NetworkClass, string>> = {
  pods: 'pods',
  services: 'services',
  nodes: 'nodes',
  controlPlane: 'control plane',
};

/** Every protected address with a name, in the order in which people know them. */
function namedSets(networks: ProtectedNetworks): readonly (readonly [name: string, set: AddressSet])[] {
  const { unknown, metadata, linkLocal } = guardedOf(networks);
  const unknownWords = unknown.map(name => CLASS_WORDS[name]).join(', ');
  return [
    ...NETWORK_CLASSES.map(name => [CLASS_WORDS[name], knownOf(networks, name)] as const),
    ['extra', networks.extra],
    ['metadata', metadata],
    ['link-local or other metadata', linkLocal],
    [`may hold ${unknownWords}`, unknown.length > 0 ? networks.assumed : NO_ADDRESSES],
  ];
}

function noteOn(block: string, sets: ReturnType<typeof namedSets>): string {
  const range = parseCidr(block).range ?? NO_ADDRESSES;
  return sets
    .filter(([, set]) => !isNoAddress(intersectAddresses(set, range)))
    .map(([name]) => name)
    .join(', ');
}

/** What is said of the internet where a NetworkPolicy has to stand for hosts by name. */
function internetNote(named: readonly Grant[]): string {
  const domains = named.flatMap(grant => grant.domains ?? []);
  const internet = 'the internet, and nothing inside';
  return domains.length === 0
    ? internet
    : `${internet}: a NetworkPolicy cannot tell ${listed(domains, 3)} from the rest`;
}

/** The internet over one family without anything that is protected, and what to say of its excepts. */
type InternetRule = Omit<NotedEgressRule, 'note'>;

/** The whole of one family without what is protected; nothing where all of it is. */
function internetRule(whole: AddressSet, sets: ReturnType<typeof namedSets>): readonly InternetRule[] {
  const closed = intersectAddresses(unionAddresses(sets.map(([, set]) => set)), whole);
  if (containsAddresses(closed, whole)) return [];
  const except = exceptBlocks(closed);
  const cidr = whole.v4.length > 0 ? '0.0.0.0/0' : '::/0';
  return [
    {
      rule: { to: [{ ipBlock: { cidr, ...(except.length > 0 && { except }) } }] },
      exceptNotes: except.map(block => noteOn(block, sets)),
    },
  ];
}

/**
 * The internet as far as it is not protected. It follows from the protected networks alone: who writes many policies remembers it by them.
 * IPv6 stays closed unless a configured class has IPv6 ranges: a cluster without IPv6 gains nothing from an open family, and where
 * the cluster's own IPv6 ranges are not known, nothing could keep the server away from them.
 */
export function internetRules(networks: ProtectedNetworks): readonly InternetRule[] {
  const sets = namedSets(networks);
  const hasIPv6 = NETWORK_CLASSES.some(name => knownOf(networks, name).v6.length > 0);
  return [
    ...internetRule({ v4: ALL_ADDRESSES.v4, v6: [] }, sets),
    ...(hasIPv6 ? internetRule({ v4: [], v6: ALL_ADDRESSES.v6 }, sets) : []),
  ];
}

function destinationRules(grant: Grant): readonly NotedEgressRule[] {
  const rule = (peers: readonly Peer[], ports: PolicyPorts | undefined): readonly NotedEgressRule[] => {
    if (peers.length === 0 || ports === undefined) return [];
    const written = portManifests(ports);
    return [
      {
        rule: { to: peers.map(peerManifest), ...(written && { ports: written }) },
        note: grant.reason === '' ? grant.name : `${grant.name}: ${grant.reason}`,
        exceptNotes: [],
      },
    ];
  };
  return [
    ...rule(
      grant.peers.filter(({ kind }) => kind === 'pods'),
      grant.ports,
    ),
    ...rule(
      grant.peers.filter(({ kind }) => kind === 'block'),
      // By a name the server would reach any port of pods in the block.
      numberedPorts(grant.ports),
    ),
  ];
}

/**
 * Where a server of this namespace may go: the allowed destinations, and the internet without anything that is protected. `namesApart`: another policy lets
 * it out to the hosts that are allowed by name, so that this one lets it out to nothing else outside. `internet`: gives what {@link internetRules} gives.
 */
export function egressRules(
  policy: WritingPolicy,
  namespaceLabels: Labels,
  namesApart: boolean,
  internet: typeof internetRules = internetRules,
): readonly NotedEgressRule[] {
  const { protectedNetworks, allowedDestinations } = policy;
  const serving = allowedDestinations.filter(({ servesNamespaces }) => matches(servesNamespaces, namespaceLabels));
  const note = internetNote(namedOf(serving));
  const outside = namesApart ? [] : internet(protectedNetworks);
  return [...serving.flatMap(destinationRules), ...outside.map(rule => ({ ...rule, note }))];
}
