import type { PlacedPolicy, Tier, TierPolicy } from '../../kube/tiers.ts';
import type { Direction, ForeignPolicy, NetworkPolicy, PolicyRule } from '../../kube/types.ts';
import type { CalicoReader } from './from-calico.ts';

/** A rule of a NetworkPolicy, peer by peer: each of them is told with its own path. */
function loweredRule(rule: PolicyRule, policy: NetworkPolicy, direction: Direction): readonly TierPolicy[] {
  const peers = rule.peers.kind === 'any' ? [{ kind: 'any' as const, path: rule.path }] : rule.peers.peers;
  return peers.map(peer => ({
    ...loweredNothing(policy, direction),
    [direction]: {
      rules: [{ path: peer.path, action: 'Allow' as const, peers: [peer], ports: rule.ports }],
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
function networkPolicyTier(policies: readonly NetworkPolicy[], direction: Direction): Tier {
  const lowered = policies.flatMap(policy => {
    const rules = policy[direction];
    if (!rules.isolates) return [];
    return rules.rules.length === 0
      ? [loweredNothing(policy, direction)]
      : rules.rules.flatMap(rule => loweredRule(rule, policy, direction));
  });
  return { name: 'NetworkPolicy', ties: 'unknown', policies: lowered };
}

const NETWORK_POLICY_ORDER = 1_000;

/**
 * The tiers of one direction of a pod's traffic, in order: what these policies say around its NetworkPolicies, or among them. Where a policy of Calico
 * is one of them, Calico evaluates all others too.
 */
export function tiersAround(
  foreign: readonly ForeignPolicy[],
  networkPolicies: readonly NetworkPolicy[],
  direction: Direction,
  calico: CalicoReader,
): readonly Tier[] {
  const placed = foreign.flatMap(({ says = [] }) => says);
  const tier = (name: PlacedPolicy['tier']): Tier => ({
    name,
    ties: 'unknown',
    policies: placed.filter(one => one.tier === name).map(({ policy }) => policy),
  });
  const [admin, middle, baseline] = [tier('Admin'), networkPolicyTier(networkPolicies, direction), tier('Baseline')];
  const ofCalico = foreign.flatMap(policy => policy.calico ?? []);
  if (ofCalico.length === 0) return [admin, middle, baseline];
  const ordered = middle.policies.map(policy => ({ ...policy, order: NETWORK_POLICY_ORDER }));
  return calico.tiersOf(ofCalico, ordered, [admin, baseline]);
}
