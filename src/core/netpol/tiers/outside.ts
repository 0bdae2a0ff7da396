import type { CidrGroupsPeer, OutsidePeer, ServicesPeer, TierPeer } from '../../kube/tiers.ts';
import { hasAddress } from '../../net/addresses.ts';
import { formatAddress } from '../../net/ip.ts';
import { type ClusterFacts, holdsNodes, isEndpointOf } from './cluster-facts.ts';
import type { ConcretePod, End } from './ends.ts';
import type { Match } from './walk.ts';

type Peer<Kind extends TierPeer['kind']> = Extract<TierPeer, { kind: Kind }>;

/** The name of the node that an end is, which is empty where it is not known; `undefined`: it is none. */
function nodeOf({ pod, address }: End, facts: ClusterFacts): string | undefined {
  if (pod !== undefined) return pod.workload.hostNetwork ? pod.workload.nodeName : undefined;
  return address && facts.nodeAt(formatAddress(address));
}

/** An address of no pod and no node. */
const isOutside = (side: End, facts: ClusterFacts): boolean =>
  side.pod === undefined && side.address !== undefined && nodeOf(side, facts) === undefined;

const isPod = ({ pod }: End): boolean => pod !== undefined && !pod.workload.hostNetwork;

/** Whether an end is no pod and, where those are not meant, no node, and has one of these addresses. */
export function isOutsideMatch(
  { addresses, nodes }: Pick<OutsidePeer, 'addresses' | 'nodes'>,
  side: End,
  facts: ClusterFacts,
): boolean {
  if (side.address === undefined || !hasAddress(addresses, side.address)) return false;
  return holdsNodes(nodes, facts) ? !isPod(side) : isOutside(side, facts);
}

/** Whether an end is the node of a pod; `null`: it is a node, and nobody knows which. */
export function isOwnNode(side: End, own: ConcretePod | undefined, facts: ClusterFacts): boolean | null {
  const node = nodeOf(side, facts);
  if (node === undefined) return false;
  const nodeName = own?.workload.nodeName ?? '';
  return node === '' || nodeName === '' ? null : node === nodeName;
}

/** Whether an end is the node of the policy's own pod, or another one. `supposed`: what is supposed where nobody knows. */
export function clusterNodesMatch(
  { path, which }: Peer<'cluster-nodes'>,
  side: End,
  own: ConcretePod | undefined,
  facts: ClusterFacts,
  supposed: boolean | undefined,
): Match {
  if (nodeOf(side, facts) === undefined) return false;
  const isOwn = isOwnNode(side, own, facts) ?? supposed;
  return isOwn === undefined ? { path, why: 'on which node a pod runs is not known' } : isOwn === (which === 'own');
}

export function apiServerMatches({ path, mayBeElsewhere }: Peer<'api-server'>, side: End, facts: ClusterFacts): Match {
  const { pod, address } = side;
  if (address === undefined || (pod !== undefined && !pod.workload.hostNetwork)) return false;
  const { apiServer } = facts;
  if (apiServer !== undefined) return apiServer.has(formatAddress(address));
  return mayBeElsewhere && { path, why: 'where the API server is, is not known' };
}

/** Endpoints of Services. */
export function servicesMatch(peer: ServicesPeer, side: End, facts: ClusterFacts): boolean {
  const { pod } = side;
  const workload = pod?.workload.hostNetwork ? undefined : pod?.workload;
  return facts.servicesOf(peer).some(endpoints => {
    if (endpoints.kind === 'addresses')
      return isOutsideMatch({ addresses: endpoints.addresses, nodes: false }, side, facts);
    if (workload === undefined) return false;
    return isEndpointOf(endpoints.service, { namespace: workload.meta.namespace, labels: workload.podLabels });
  });
}

export function groupsMatch(peer: CidrGroupsPeer, side: End, facts: ClusterFacts): Match {
  if (isPod(side) || (!facts.blocksHoldNodes && !isOutside(side, facts))) return false;
  const addresses = facts.groupAddresses(peer);
  if (addresses === undefined) return { path: peer.path, why: 'the groups of blocks are not known' };
  return isOutsideMatch({ addresses, nodes: 'by-mode' }, side, facts);
}
