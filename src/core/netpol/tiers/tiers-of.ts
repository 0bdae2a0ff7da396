import {
  type AnyPeer,
  NETWORK_POLICY_ORDER,
  type PlacedPolicy,
  type Tier,
  type TierPeer,
  type TierPolicy,
  type UnknownPart,
} from '../../kube/tiers.ts';
import type { Direction, ForeignPolicy, NetworkPolicy, Peer, PolicyRule } from '../../kube/types.ts';
import type { World } from '../../world/world.ts';
import type { CalicoReader } from './from-calico.ts';

/** On Cilium a block is outside the cluster, whatever addresses its pods and nodes have. */
const narrowed = (peer: Peer | AnyPeer): TierPeer =>
  peer.kind === 'block' ? { kind: 'outside', path: peer.path, addresses: peer.specified, nodes: 'by-mode' } : peer;

/** A rule of a NetworkPolicy, peer by peer: each of them is told with its own path. */
function loweredRule(
  rule: PolicyRule,
  policy: NetworkPolicy,
  direction: Direction,
  narrow: boolean,
): readonly TierPolicy[] {
  const peers = rule.peers.kind === 'any' ? [{ kind: 'any' as const, path: rule.path }] : rule.peers.peers;
  return peers.map(peer => ({
    ...loweredNothing(policy, direction),
    [direction]: {
      rules: [
        { path: peer.path, action: 'Allow' as const, peers: [narrow ? narrowed(peer) : peer], ports: rule.ports },
      ],
      otherwise: 'Deny' as const,
    },
  }));
}

/** It isolates, and lets nothing through. */
export const loweredNothing = ({ meta }: NetworkPolicy, direction: Direction): TierPolicy => ({
  source: { kind: 'NetworkPolicy', namespace: meta.namespace, name: meta.name },
  order: NETWORK_POLICY_ORDER,
  subject: { kind: 'all', of: [] },
  [direction]: { rules: [], otherwise: 'Deny' },
});

/** NetworkPolicies that isolate a pod in one direction, as policies of their tier. `narrow`: blocks are read as Cilium reads them. */
export function loweredPolicies(
  policies: readonly NetworkPolicy[],
  direction: Direction,
  narrow: boolean,
): readonly TierPolicy[] {
  return policies.flatMap(policy => {
    const rules = policy[direction];
    if (!rules.isolates) return [];
    return rules.rules.length === 0
      ? [loweredNothing(policy, direction)]
      : rules.rules.flatMap(rule => loweredRule(rule, policy, direction, narrow));
  });
}

const ORDER_UNKNOWN: UnknownPart = {
  path: 'spec',
  why: 'whether it is asked before the ClusterNetworkPolicies of the Baseline tier, or after them, nobody says',
};

const isOlder = ({ source }: TierPolicy): boolean => source.kind.startsWith('BaselineAdminNetworkPolicy.');

/** A BaselineAdminNetworkPolicy has no priority: beside newer policies of its tier it may be the first, and is the last at the latest. */
function baselinePolicies(policies: readonly TierPolicy[]): readonly TierPolicy[] {
  if (!policies.some(isOlder) || policies.every(isOlder)) return policies;
  return policies.flatMap(policy => {
    if (!isOlder(policy)) return [policy];
    const first = { ...policy, order: Number.NEGATIVE_INFINITY, doubt: ORDER_UNKNOWN };
    return [first, { ...policy, order: Number.POSITIVE_INFINITY }];
  });
}

/**
 * The tiers of one direction of a pod's traffic, in order: what these policies say around its NetworkPolicies, among them or beside them. Where a policy
 * of Calico is one of them, Calico evaluates all others too. `networkPolicies`: Kubernetes' own, of which the union decides.
 */
export function tiersAround(
  foreign: readonly ForeignPolicy[],
  networkPolicies: readonly TierPolicy[],
  calico: CalicoReader,
): readonly Tier[] {
  const placed = foreign.flatMap(({ says = [] }) => says);
  const tier = (name: PlacedPolicy['tier']): Tier => ({
    name,
    ties: 'unknown',
    policies: placed.filter(one => one.tier === name).map(({ policy }) => policy),
  });
  const union: Tier = { ...tier('NetworkPolicy'), policies: [...networkPolicies, ...tier('NetworkPolicy').policies] };
  const first = [tier('EgressFirewall'), tier('Antrea')];
  const antreaBaseline = tier('Antrea baseline');
  const admin = tier('Admin');
  const baseline: Tier = { ...tier('Baseline'), policies: baselinePolicies(tier('Baseline').policies) };
  const ofCalico = foreign.flatMap(policy => policy.calico ?? []);
  if (ofCalico.length === 0) return [...first, admin, tier('Cilium deny'), union, antreaBaseline, baseline];
  return [
    ...first,
    ...calico.tiersOf(ofCalico, union.policies, [admin, tier('Cilium deny'), antreaBaseline, baseline]),
  ];
}

const CILIUM_KINDS: ReadonlySet<string> = new Set(['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy']);

/** Whether a policy is one of Cilium's. */
export const isOfCilium = ({ kind }: ForeignPolicy): boolean => CILIUM_KINDS.has(kind);

/** Whether the world is one of Cilium's, by the policies that it holds: nobody else would enforce them. */
export const isNarrow = (world: Pick<World, 'clusterPolicies' | 'namespace' | 'namespaceNames'>): boolean =>
  [world.clusterPolicies, ...world.namespaceNames().map(name => [...world.namespace(name).foreignPolicies.values()])]
    .flat()
    .some(isOfCilium);
