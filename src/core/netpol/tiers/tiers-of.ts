import type { AnyPeer, PlacedPolicy, Tier, TierPeer, TierPolicy } from '../../kube/tiers.ts';
import type { Direction, ForeignPolicy, NetworkPolicy, Peer, PolicyRule } from '../../kube/types.ts';
import type { World } from '../../world.ts';
import type { CalicoReader } from './from-calico.ts';

/** On Cilium a block is outside the cluster, whatever addresses its pods and nodes have. */
const narrowed = (peer: Peer | AnyPeer): TierPeer =>
  peer.kind === 'block' ? { kind: 'outside', path: peer.path, addresses: peer.specified } : peer;

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
const loweredNothing = ({ meta }: NetworkPolicy, direction: Direction): TierPolicy => ({
  source: { kind: 'NetworkPolicy', namespace: meta.namespace, name: meta.name },
  order: 0,
  subject: { kind: 'all', of: [] },
  [direction]: { rules: [], otherwise: 'Deny' },
});

/** NetworkPolicies that isolate a pod in one direction, as a tier: the union of their rules, and nothing else. */
function networkPolicyTier(policies: readonly NetworkPolicy[], direction: Direction, narrow: boolean): Tier {
  const lowered = policies.flatMap(policy => {
    const rules = policy[direction];
    if (!rules.isolates) return [];
    return rules.rules.length === 0
      ? [loweredNothing(policy, direction)]
      : rules.rules.flatMap(rule => loweredRule(rule, policy, direction, narrow));
  });
  return { name: 'NetworkPolicy', ties: 'unknown', policies: lowered };
}

const NETWORK_POLICY_ORDER = 1_000;

/**
 * The tiers of one direction of a pod's traffic, in order: what these policies say around its NetworkPolicies, among them or beside them. Where a policy
 * of Calico is one of them, Calico evaluates all others too. `narrow`: blocks are read as Cilium reads them.
 */
export function tiersAround(
  foreign: readonly ForeignPolicy[],
  networkPolicies: readonly NetworkPolicy[],
  direction: Direction,
  { calico, narrow }: { readonly calico: CalicoReader; readonly narrow: boolean },
): readonly Tier[] {
  const placed = foreign.flatMap(({ says = [] }) => says);
  const tier = (name: PlacedPolicy['tier']): Tier => ({
    name,
    ties: 'unknown',
    policies: placed.filter(one => one.tier === name).map(({ policy }) => policy),
  });
  const kubernetes = networkPolicyTier(networkPolicies, direction, narrow);
  const union = { ...kubernetes, policies: [...kubernetes.policies, ...tier('NetworkPolicy').policies] };
  const [admin, baseline] = [tier('Admin'), tier('Baseline')];
  const ofCalico = foreign.flatMap(policy => policy.calico ?? []);
  if (ofCalico.length === 0) return [admin, tier('Cilium deny'), union, baseline];
  const ordered = union.policies.map(policy => ({ ...policy, order: NETWORK_POLICY_ORDER }));
  return calico.tiersOf(ofCalico, ordered, [admin, baseline]);
}

/** Whether the world is one of Cilium's, by the policies that it holds: nobody else would enforce them. */
export const isNarrow = (world: Pick<World, 'clusterPolicies' | 'namespace' | 'namespaceNames'>): boolean =>
  [world.clusterPolicies, ...world.namespaceNames().map(name => [...world.namespace(name).foreignPolicies.values()])]
    .flat()
    .some(({ kind }) => kind === 'CiliumNetworkPolicy' || kind === 'CiliumClusterwideNetworkPolicy');
