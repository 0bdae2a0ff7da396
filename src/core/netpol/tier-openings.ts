import type { TierPeer, TierRule } from '../kube/tiers.ts';
import type { BlockPeer, Direction, ForeignPolicy, Peer, PodPeer, PolicyPort, PolicyRule } from '../kube/types.ts';
import { type AddressSet, ALL_ADDRESSES, isNoAddress, NO_ADDRESSES, subtractAddresses } from '../net/addresses.ts';
import { isNoPort } from '../net/ports.ts';
import type { Earlier, Reading } from './earlier-tiers.ts';
import type { Opening, PolicyOpenings } from './effective.ts';
import { podTerms } from './pod-terms.ts';
import { namedPorts } from './port-names.ts';
import { namespaceIs } from './region.ts';
import { placedIn, type ServerTiers } from './server-tiers.ts';
import { ownNamespace, type StagedRule } from './staged-tiers.ts';
import {
  addressesOfNodes,
  apiServerAddresses,
  clusterNodes,
  leadsInside,
  matchOf,
  type PeerFacts,
  tierPortSet,
} from './tier-peers.ts';

/** A peer as the judge of openings looks at it. */
interface OpenedPeer {
  readonly peer: Peer | 'any';
  readonly byIdentity?: true;
  /** It depends on a fact that is not known. */
  readonly atMost?: 'warn';
}

/** A peer of a rule with what it is asked with. */
interface Asked<Kind extends TierPeer['kind'] = TierPeer['kind']> {
  readonly peer: Extract<TierPeer, { kind: Kind }>;
  /** The namespace that a peer of the policy's own is about. */
  readonly own: string;
  readonly facts: PeerFacts;
  readonly reading: Reading;
}

/** What an address that is not known may be: any, or, in the reading that closes, none. */
const unknownAddresses = (reading: Reading): AddressSet => (reading === 'open' ? ALL_ADDRESSES : NO_ADDRESSES);

function blockOf(addresses: AddressSet, path: string, text: string): readonly OpenedPeer[] {
  if (isNoAddress(addresses)) return [];
  const block: BlockPeer = {
    ...{ kind: 'block', path, except: [], specified: addresses, worst: addresses },
    cidr: { text, range: addresses, problems: [] },
  };
  return [{ peer: block }];
}

/** The addresses of what is meant by what it is. */
const identityOf = (...block: Parameters<typeof blockOf>): readonly OpenedPeer[] =>
  blockOf(...block).map(peer => ({ ...peer, byIdentity: true }));

const warned = (peers: readonly OpenedPeer[]): readonly OpenedPeer[] =>
  peers.map(peer => ({ ...peer, atMost: 'warn' }));

function podsOpened({ peer, own }: Asked<'pods'>): readonly OpenedPeer[] {
  return [{ peer: peer.namespaces === 'own' ? { ...peer, namespaces: namespaceIs(own) } : peer }];
}

function nodesOpened({ peer, facts, reading }: Asked<'nodes'>): readonly OpenedPeer[] {
  const known = addressesOfNodes(peer, facts);
  const text = 'the network of the nodes';
  return known ? identityOf(known, peer.path, text) : warned(blockOf(unknownAddresses(reading), peer.path, text));
}

/** Hosts by name are outside the cluster; names that lead inside, or to metadata, may be any address. */
function hostsOpened({ peer, reading }: Asked<'domains'>): readonly OpenedPeer[] {
  const text = 'whatever these names lead to';
  return leadsInside(peer) ? warned(blockOf(unknownAddresses(reading), peer.path, text)) : [];
}

/** The server's own node always reaches it. */
function clusterNodesOpened({ peer, facts, reading }: Asked<'cluster-nodes'>): readonly OpenedPeer[] {
  if (peer.which === 'own' && facts.direction === 'ingress') return [];
  const addresses = clusterNodes(peer, facts)?.may ?? unknownAddresses(reading);
  return identityOf(addresses, peer.path, 'the network of the nodes');
}

/** Among all that is in the cluster, an API server of which no object tells may be, or not. */
function apiServerOpened({ peer, facts, reading }: Asked<'api-server'>): readonly OpenedPeer[] {
  const { path, mayBeElsewhere } = peer;
  const isTold = mayBeElsewhere || facts.cluster.apiServer !== undefined;
  const known = isTold || reading === 'open' ? apiServerAddresses(facts) : undefined;
  return identityOf(
    known ?? (mayBeElsewhere ? unknownAddresses(reading) : NO_ADDRESSES),
    path,
    'the network of the control plane',
  );
}

/** Pods by conditions that one selector cannot say, and addresses. */
function combinedOpened({ peer, own, facts, reading }: Asked): readonly OpenedPeer[] {
  const bound = reading === 'open' ? 'may' : 'sure';
  const { pods, addresses } = matchOf(peer, own, facts);
  const opened = podTerms(pods, bound).map(
    (term): OpenedPeer => ({ peer: { kind: 'pods', path: peer.path, ...term } satisfies PodPeer }),
  );
  if (peer.kind === 'expression') return opened;
  const elsewhere = subtractAddresses(addresses[bound], facts.podAddresses ?? NO_ADDRESSES);
  return [...opened, ...identityOf(elsewhere, peer.path, 'what it selects')];
}

/** Whom a peer lets through, as far as the reading lets it. */
function openedBy({ peer, ...asked }: Asked): readonly OpenedPeer[] {
  switch (peer.kind) {
    case 'any':
      return [{ peer: 'any' }];
    case 'block':
      return [{ peer }];
    case 'pods':
      return podsOpened({ peer, ...asked });
    case 'nodes':
      return nodesOpened({ peer, ...asked });
    case 'domains':
      return hostsOpened({ peer, ...asked });
    case 'outside':
      return blockOf(peer.addresses, peer.path, 'the networks outside the cluster');
    case 'cidr-groups': {
      const addresses = asked.facts.cluster.groupAddresses(peer) ?? unknownAddresses(asked.reading);
      return blockOf(addresses, peer.path, 'the blocks of CiliumCIDRGroups');
    }
    case 'cluster-nodes':
      return clusterNodesOpened({ peer, ...asked });
    case 'api-server':
      return apiServerOpened({ peer, ...asked });
    default:
      return combinedOpened({ peer, ...asked });
  }
}

/** A rule in the terms of NetworkPolicies, for what is said of it. */
function ruleOf({ path, ports }: TierRule, peers: readonly Peer[]): PolicyRule {
  const [first, ...rest] = peers;
  const [port, ...more]: readonly PolicyPort[] = ports.kind === 'any' ? [] : ports.ports;
  return {
    path,
    peers: first === undefined ? { kind: 'any' } : { kind: 'only', peers: [first, ...rest] },
    ports: port === undefined ? { kind: 'any' } : { kind: 'only', ports: [port, ...more] },
  };
}

function openingsOfRule(
  policy: ForeignPolicy,
  { rule }: StagedRule,
  asked: Omit<Asked, 'peer'>,
  earlier: Earlier,
): readonly Opening[] {
  const { facts } = asked;
  const ports = tierPortSet(rule.ports, facts.names);
  const names = facts.direction === 'egress' ? namedPorts(rule.ports) : [];
  if (isNoPort(ports) && names.length === 0) return [];
  const opened = rule.peers.flatMap(peer =>
    openedBy({ peer, ...asked }).map(one => ({ ...one, path: one.peer === 'any' ? rule.path : peer.path })),
  );
  const peers = opened.flatMap(({ peer }) => (peer === 'any' ? [] : [peer]));
  const lowered = ruleOf(rule, peers);
  return opened.map((one, index) => ({ ...{ policy, rule: lowered, index, ports, names, earlier }, ...one }));
}

/** The openings of a policy of another API: of the rules that allow, less what is decided before each. */
export function openingsOfTierPolicy(policy: ForeignPolicy, tiers: ServerTiers): PolicyOpenings {
  const { reading } = tiers;
  const openings = (direction: Direction): readonly Opening[] =>
    placedIn(policy, tiers, direction).flatMap(({ staged, before }) => {
      const { facts } = tiers[direction];
      const asked = { own: ownNamespace(staged.policy, facts), facts, reading };
      return staged.rules.flatMap((one, index) =>
        one.rule.action === 'Allow' && (one.isSure || reading === 'open')
          ? openingsOfRule(policy, one, asked, before(index))
          : [],
      );
    });
  return { ingress: openings('ingress'), egress: openings('egress') };
}
