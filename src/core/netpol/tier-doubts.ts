import type { TierPeer, TierPolicy, UnknownPart } from '../kube/tiers.ts';
import type { ObjectRef } from '../kube/types.ts';
import { ownMeets, ownNamespace, type StagedTier, type View } from './staged-tiers.ts';
import {
  addressesOfNodes,
  apiServerAddresses,
  clusterNodes,
  knownNodes,
  leadsInside,
  matchOf,
  type PeerFacts,
} from './tier-peers.ts';
import { holdsNodes } from './tiers/cluster-facts.ts';
import type { PodFacts } from './tiers/expression.ts';

/** What of a policy leaves open what becomes of a server. */
export interface Doubt extends UnknownPart {
  readonly source: ObjectRef;
}

/** Whether a condition hangs on what is not known, or is no matter of labels alone. */
const isVague = (peer: TierPeer, own: string, facts: PeerFacts): boolean =>
  /"kind":"(?:unknown|text)"/.test(JSON.stringify(matchOf(peer, own, facts).pods));

const NODES = 'the Nodes of the cluster are not known';

/** What of a peer is not known; `undefined`: nothing. */
function peerDoubt(peer: TierPeer, own: string, facts: PeerFacts): UnknownPart | undefined {
  const { path } = peer;
  switch (peer.kind) {
    case 'outside':
      return holdsNodes(peer.nodes, facts.cluster) || knownNodes(facts) ? undefined : { path, why: NODES };
    case 'cluster-nodes':
      return clusterNodes(peer, facts) ? undefined : { path, why: NODES };
    case 'api-server': {
      const known = peer.mayBeElsewhere ? apiServerAddresses(facts) : facts.cluster.apiServer;
      return known ? undefined : { path, why: 'where the API server is, is not known' };
    }
    case 'cidr-groups':
      return facts.cluster.groupAddresses(peer) ? undefined : { path, why: 'the CiliumCIDRGroups are not known' };
    case 'block':
    case 'expression':
    case 'all':
    case 'none':
      return isVague(peer, own, facts) ? { path, why: 'which pods it means is not known' } : undefined;
    default:
      return undefined;
  }
}

/** What a rule passes on is open to the rules after it, or not: of a rule that allows, a warning tells of what it may open. */
function passDoubt(peer: TierPeer, facts: PeerFacts): UnknownPart | undefined {
  const { path } = peer;
  if (peer.kind === 'nodes') return addressesOfNodes(peer, facts) ? undefined : { path, why: NODES };
  if (peer.kind === 'domains')
    return leadsInside(peer) ? { path, why: 'where these names lead is not known' } : undefined;
  return undefined;
}

/** Why it is not known whether a policy selects the server. */
function selectionDoubt({ isNamespaceKnown, namespaceLabels }: PodFacts): UnknownPart {
  const [name = ''] = namespaceLabels.values();
  const labels = isNamespaceKnown
    ? 'labels that a controller may set'
    : `labels of namespace ${name}, which is not given`;
  return { path: 'spec', why: `it selects by ${labels}` };
}

function doubtsOf(policy: TierPolicy, view: View): readonly UnknownPart[] {
  const ofSelection = view.selects(policy) === null ? [policy.doubt ?? selectionDoubt(view.pod)] : [];
  const ofRules = (policy[view.facts.direction]?.rules ?? []).flatMap(rule => {
    const own = ownMeets(rule, policy, view);
    if (own === false) return [];
    return [
      rule.unknown,
      own === null ? { path: rule.path, why: 'whether it is about the server is not known' } : undefined,
      ...rule.peers.map(peer => peerDoubt(peer, ownNamespace(policy, view.facts), view.facts)),
      ...(rule.action === 'Pass' ? rule.peers.map(peer => passDoubt(peer, view.facts)) : []),
    ].flatMap(part => part ?? []);
  });
  return [...ofSelection, ...ofRules];
}

/** All that is not known of the policies that one direction of a server meets. NetworkPolicies are asked elsewhere. */
export const doubtsIn = (tiers: readonly StagedTier[], view: View): readonly Doubt[] =>
  tiers.flatMap(({ groups }) =>
    groups
      .flat()
      .filter(({ policy }) => policy.source.kind !== 'NetworkPolicy')
      .flatMap(({ policy }) => doubtsOf(policy, view).map(part => ({ source: policy.source, ...part }))),
  );
