import type { Tier, TierPolicy, TierRule } from '../kube/tiers.ts';
import { NOTHING, type Reading, type Stage, type Step } from './earlier-tiers.ts';
import { type Certainty, matchOf, type PeerFacts, ruleMatch } from './tier-peers.ts';
import { anyTruth, type PodFacts, podMeets, type Truth } from './tiers/expression.ts';
import { grouped } from './tiers/walk.ts';

/** How one direction of a server looks at policies, in one reading. */
export interface View {
  readonly pod: PodFacts;
  readonly facts: PeerFacts;
  readonly reading: Reading;
  selects(policy: TierPolicy): Truth;
  /** It is being deleted: what it closes does not stay closed. */
  isLeaving(policy: TierPolicy): boolean;
}

/** A rule that may be about the server. */
export interface StagedRule {
  readonly rule: TierRule;
  /** Its policy selects the server, it is about the server, and all that it asks is known. */
  readonly isSure: boolean;
  readonly step: Step;
}

/** A policy that may select the server. */
export interface StagedPolicy {
  readonly policy: TierPolicy;
  readonly rules: readonly StagedRule[];
  readonly steps: readonly Step[];
}

/** A tier as one direction of a server meets it. */
export interface StagedTier {
  /** In order of evaluation; those of one group have equal orders. */
  readonly groups: readonly (readonly StagedPolicy[])[];
  readonly stage: Stage;
}

/** The namespace that a peer of the policy's own is about: that of the policy, or, of one of the cluster, that of the server. */
export const ownNamespace = ({ source }: TierPolicy, { namespace }: PeerFacts): string => source.namespace || namespace;

/** Whether a rule is about the server, at the server's own end. */
export function ownMeets({ own }: TierRule, policy: TierPolicy, { pod, facts }: View): Truth {
  if (own === undefined) return true;
  return anyTruth(own.map(peer => podMeets(matchOf(peer, ownNamespace(policy, facts), facts).pods, pod)));
}

function stepOf(rule: TierRule, isSure: boolean, policy: TierPolicy, view: View): Step {
  const { action } = rule;
  const match = (certainty: Certainty) => ruleMatch(rule, ownNamespace(policy, view.facts), view.facts, certainty);
  const isLeaving = view.isLeaving(policy);
  if (view.reading === 'open') {
    const takes = isSure && !isLeaving ? match('sure') : NOTHING;
    return { action, hits: action === 'Pass' ? match('may') : NOTHING, takes };
  }
  // What may be allowed here is open, or open to the rules after it.
  const takes = action === 'Allow' || isLeaving ? NOTHING : match(isSure ? 'likely' : 'may');
  return { action, hits: action === 'Pass' && isSure ? match('sure') : NOTHING, takes };
}

function stagedRules(policy: TierPolicy, selects: Truth, view: View): readonly StagedRule[] {
  return (policy[view.facts.direction]?.rules ?? []).flatMap(rule => {
    const own = ownMeets(rule, policy, view);
    if (own === false) return [];
    const isSure = selects === true && own === true && rule.unknown === undefined;
    return [{ rule, isSure, step: stepOf(rule, isSure, policy, view) }];
  });
}

function stagedPolicy(policy: TierPolicy, view: View): readonly StagedPolicy[] {
  const selects = policy[view.facts.direction] !== undefined && view.selects(policy);
  if (selects === false) return [];
  const rules = stagedRules(policy, selects, view);
  return [{ policy, rules, steps: rules.map(({ step }) => step) }];
}

/** Whether a policy denies what nobody decides, as far as the reading lets it. */
function closes(policy: TierPolicy, view: View): boolean {
  if (policy[view.facts.direction]?.otherwise !== 'Deny' || view.isLeaving(policy)) return false;
  return view.reading === 'closed' || view.selects(policy) === true;
}

/** The policies of a tier that may select the server and say something of the direction. */
export function stagedTier(tier: Tier, view: View): StagedTier {
  const groups = grouped(tier)
    .map(group => group.flatMap(policy => stagedPolicy(policy, view)))
    .filter(group => group.length > 0);
  return {
    groups,
    stage: {
      groups: groups.map(group => group.map(({ steps }) => steps)),
      isClosed: groups.flat().some(({ policy }) => closes(policy, view)),
    },
  };
}

/** Policies of equal order of which some say otherwise than others: the verdict may hang on which of them counts. */
export function tiedPolicies({ groups }: StagedTier): readonly TierPolicy[] {
  const differ = (group: readonly StagedPolicy[]): boolean =>
    new Set(group.flatMap(({ steps }) => steps.map(({ action }) => action))).size > 1 && group.length > 1;
  return groups.filter(differ).flatMap(group => group.map(({ policy }) => policy));
}
