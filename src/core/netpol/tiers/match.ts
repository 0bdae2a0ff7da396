import { matches } from '../../kube/selector.ts';
import type { TierPeer, TierPorts, TierRule } from '../../kube/tiers.ts';
import type { BlockPeer, ObjectRef, PodPeer, PolicyPort, Selector } from '../../kube/types.ts';
import { ALL_ADDRESSES, containsAddresses, hasAddress, unionAddresses } from '../../net/addresses.ts';
import { formatAddress } from '../../net/ip.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { ConcretePod, ConcretePort, End } from './ends.ts';
import { namespaceMeets, type PodFacts, podMeets } from './expression.ts';
import type { NodeAddresses } from './node-addresses.ts';
import { apiServerMatches, clusterNodesMatch, groupsMatch, isOutsideMatch, servicesMatch } from './outside.ts';
import type { Match, RuleMatcher } from './walk.ts';

/** One direction of one connection, as the policies of one of its pods look at it. */
interface Connection {
  /** The pod whose policies are asked. */
  readonly own: End;
  readonly other: End;
  readonly port: ConcretePort;
  /** The pod at which names of ports are looked up; `undefined`: they have none there. */
  readonly named: ConcretePod | undefined;
  /** Whether the other end is supposed to be the node of the pod, where nobody knows; absent: nothing is supposed. */
  readonly isOwnNode?: boolean;
}

/** Whether a port of the destination is among these; names resolve on the destination pod, and on no other address. */
function isAmong(ports: readonly PolicyPort[], asked: ConcretePort, named: ConcretePod | undefined): boolean {
  return ports.some(port => {
    if (port.protocol !== asked.protocol) return false;
    if (port.kind === 'all') return true;
    if (port.kind === 'range') return port.first <= asked.port && asked.port <= port.last;
    return (named?.workload.containers ?? []).some(container =>
      container.ports.some(
        known => known.name === port.name && known.protocol === port.protocol && known.number === asked.port,
      ),
    );
  });
}

export function portMatches(ports: TierPorts, asked: ConcretePort, named: ConcretePod | undefined): boolean {
  if (ports.kind === 'any') return true;
  return isAmong(ports.ports, asked, named) && !isAmong(ports.except ?? [], asked, named);
}

/** What conditions on pods look at. */
export const factsOf = ({ workload, namespaceLabels, isNamespaceKnown }: ConcretePod): PodFacts => ({
  ...{ namespaceLabels, isNamespaceKnown },
  ...{ podLabels: workload.podLabels, serviceAccount: workload.serviceAccount },
});

/** Pods in the host's network have the node's identity: no selector matches them. */
const selectablePod = ({ pod }: End): ConcretePod | undefined => (pod?.workload.hostNetwork ? undefined : pod);

function podsMatch(peer: PodPeer, side: End, { source, own }: Pick<Asking, 'source' | 'own'>): Match {
  const pod = selectablePod(side);
  if (pod === undefined || !matches(peer.pods, pod.workload.podLabels)) return false;
  const { namespace } = pod.workload.meta;
  if (peer.namespaces === 'own') return namespace === (source.namespace || own?.workload.meta.namespace);
  const match = namespaceMeets(peer.namespaces, pod);
  return match ?? { path: peer.path, why: `the labels of namespace ${namespace} are not known` };
}

function nodesMatch(path: string, selector: Selector, side: End, nodes: NodeAddresses): Match {
  const { pod, address } = side;
  if (selectablePod(side) !== undefined) return false;
  if (!nodes.isKnown) return { path, why: 'the Nodes of the cluster are not known' };
  const named = pod?.workload.nodeName ? nodes.named(pod.workload.nodeName) : undefined;
  const node = (address && nodes.at(formatAddress(address))) ?? named;
  if (node !== undefined) return matches(selector, node.meta.labels);
  return pod === undefined || address !== undefined ? false : { path, why: 'the address of the node is not known' };
}

const not = (match: Match): Match => (typeof match === 'boolean' ? !match : match);

/** True where one is; false where none is; else the first that nobody can tell. */
function anyOf(matchesOfAll: Iterable<Match>): Match {
  let doubt: Match = false;
  for (const match of matchesOfAll) {
    if (match === true) return true;
    if (match !== false) doubt ||= match;
  }
  return doubt;
}

const allOf = (matchesOfAll: Iterable<Match>): Match => not(anyOf(Iterator.from(matchesOfAll).map(not)));

/** Blocks and a pod of which no address is known: all of both families hold whichever it has. */
function unknownAddress(blocks: readonly BlockPeer[], path: string): Match {
  const all = unionAddresses(blocks.map(({ specified }) => specified));
  return containsAddresses(all, ALL_ADDRESSES) || { path, why: 'the addresses of the pod are not known' };
}

/** Whose rule is asked, and what it may refer to. */
interface Asking {
  readonly source: ObjectRef;
  readonly own: ConcretePod | undefined;
  readonly facts: ClusterFacts;
  readonly isOwnNode: boolean | undefined;
}

function peerMatches(peer: TierPeer, side: End, asking: Asking): Match {
  const { own, facts } = asking;
  const each = (peers: readonly TierPeer[]): IteratorObject<Match> =>
    peers.values().map(part => peerMatches(part, side, asking));
  switch (peer.kind) {
    case 'any':
      return true;
    case 'pods':
      return podsMatch(peer, side, asking);
    case 'block':
      return side.address === undefined ? unknownAddress([peer], peer.path) : hasAddress(peer.specified, side.address);
    case 'expression': {
      const pod = selectablePod(side);
      if (pod === undefined) return false;
      return podMeets(peer.where, factsOf(pod)) ?? { path: peer.path, why: 'which pods it selects is not known' };
    }
    case 'nodes':
      return nodesMatch(peer.path, peer.nodes, side, facts);
    case 'domains': {
      const isInside =
        side.pod !== undefined || (side.address && facts.nodeAt(formatAddress(side.address)) !== undefined);
      return isInside ? false : { path: peer.path, why: 'names of hosts are no addresses' };
    }
    case 'outside':
      return isOutsideMatch(peer, side, facts);
    case 'cluster-nodes':
      return clusterNodesMatch(peer, side, own, facts, asking.isOwnNode);
    case 'api-server':
      return apiServerMatches(peer, side, facts);
    case 'services':
      return servicesMatch(peer, side, facts);
    case 'cidr-groups':
      return groupsMatch(peer, side, facts);
    case 'all':
      return allOf(each(peer.of));
    case 'none':
      return not(anyOf(each(peer.of)));
  }
}

/** NetworkPolicies are asked as they always were: by selectors alone where the pod has no address. */
const isKubernetes = ({ kind }: ObjectRef): boolean => kind === 'NetworkPolicy';

/** Any of the peers. */
function peersMatch(peers: readonly TierPeer[], side: End, asking: Asking): Match {
  if (side.address !== undefined) return anyOf(peers.values().map(peer => peerMatches(peer, side, asking)));
  const blocks = peers.filter(peer => peer.kind === 'block');
  const others = peers.filter(peer => peer.kind !== 'block');
  const match = anyOf(others.values().map(peer => peerMatches(peer, side, asking)));
  const [block] = blocks;
  if (match === true || block === undefined || isKubernetes(asking.source)) return match;
  return anyOf([unknownAddress(blocks, block.path), match]);
}

/** Asks the rules of policies about one direction of one connection. */
export function matcherFor({ own, other, port, named, isOwnNode }: Connection, facts: ClusterFacts): RuleMatcher {
  return (rule: TierRule, source: ObjectRef): Match => {
    if (!portMatches(rule.ports, port, named)) return false;
    const asking = { source, own: own.pod, facts, isOwnNode };
    const match = peersMatch(rule.peers, other, asking);
    if (match === false || (rule.own === undefined && rule.unknown === undefined)) return match;
    const parts = [match, rule.own === undefined || peersMatch(rule.own, own, asking)];
    return allOf(rule.unknown === undefined ? parts : [...parts, rule.unknown]);
  };
}
