import type { Tier, TierAction, TierPolicy, TierRule, UnknownPart } from '../../kube/tiers.ts';
import type { Direction, ObjectRef } from '../../kube/types.ts';
import { compare } from '../../order.ts';

/** Whether something matches; where nobody can tell, which part of the policy leaves it open. */
export type Match = boolean | UnknownPart;

/** A policy that selects the pod. */
interface WalkPolicy {
  readonly source: ObjectRef;
  readonly rules: readonly TierRule[];
  readonly otherwise: 'Deny' | 'Pass';
  /** Why it is not certain that it selects the pod; absent: it is. */
  readonly doubt?: UnknownPart;
}

/** What of a tier bears on one direction of one pod. */
export interface WalkTier {
  readonly name: string;
  /** In order of evaluation. Policies of one group have equal orders: any of them that matches may be the one that counts. */
  readonly groups: readonly (readonly WalkPolicy[])[];
}

/** A rule that the walk met and that matches, or may. */
export interface WalkStep {
  readonly tier: string;
  readonly source: ObjectRef;
  /** Of the rule. */
  readonly path: string;
  readonly action: TierAction;
  /** Why it may not match, or may not count; absent: it does. */
  readonly doubt?: UnknownPart;
}

/** Why there is no answer: a policy, and what of it leaves the answer open. */
interface WalkCause {
  readonly source: ObjectRef;
  readonly path: string;
  /** A clause without a full stop. */
  readonly why: string;
}

/** What becomes of one connection in one direction. */
export interface Outcome {
  /** `null`: some of what may happen allows it, and some does not. */
  readonly allowed: boolean | null;
  /** The rules that were met on the way, in order. Empty: the default decides. */
  readonly steps: readonly WalkStep[];
  /** Not empty where `allowed` is null. */
  readonly causes: readonly WalkCause[];
  /** Where no rule allows or denies it: the policies that isolate the pod. */
  readonly isolatedBy: readonly ObjectRef[];
}

const byOrder = (a: TierPolicy, b: TierPolicy): number => compare(a.order, b.order);
const byName = ({ source: a }: TierPolicy, { source: b }: TierPolicy): number =>
  compare(a.name, b.name) || compare(a.namespace, b.namespace);

/** The policies of a tier in order of evaluation; those of one group have equal orders: nobody knows which of them counts. */
export function grouped({ policies, ties }: Tier): readonly (readonly TierPolicy[])[] {
  const sorted = policies.toSorted((a, b) => byOrder(a, b) || byName(a, b));
  if (ties === 'by-name') return sorted.map(policy => [policy]);
  return [...Map.groupBy(sorted, ({ order }) => order).values()];
}

/** The tiers as one direction of one pod meets them: of each, the policies that select the pod and say something of the direction. Tiers without any are left out. */
export function selectTiers(
  tiers: readonly Tier[],
  direction: Direction,
  selects: (policy: TierPolicy) => Match,
): readonly WalkTier[] {
  const selected = (policy: TierPolicy): readonly WalkPolicy[] => {
    const rules = policy[direction];
    const match = rules !== undefined && selects(policy);
    if (rules === undefined || match === false) return [];
    const doubt = match === true ? policy.doubt : match;
    return [{ source: policy.source, ...rules, ...(doubt && { doubt }) }];
  };
  return tiers.flatMap(tier => {
    const groups = grouped(tier)
      .map(group => group.flatMap(selected))
      .filter(group => group.length > 0);
    return groups.length === 0 ? [] : [{ name: tier.name, groups }];
  });
}

/** Asks of a rule of a policy whether the connection is one that it is about. */
export type RuleMatcher = (rule: TierRule, source: ObjectRef) => Match;

/** What came of some policies: the rules that were met, and whether they surely decide, so that nothing after them is asked. */
interface Met {
  readonly steps: readonly WalkStep[];
  readonly isDecided: boolean;
  /** Policies of which it may be that no rule matches. */
  readonly fallsThrough: readonly WalkPolicy[];
}

/** Each rule that may match, up to the first that does. */
function meetPolicy(policy: WalkPolicy, tier: string, match: RuleMatcher): Met {
  const { source, rules, doubt } = policy;
  const steps: WalkStep[] = [];
  for (const rule of rules) {
    const found = match(rule, source);
    if (found === false) continue;
    const why = found === true ? doubt : found;
    steps.push({ tier, source, path: rule.path, action: rule.action, ...(why && { doubt: why }) });
    // What comes after it is not asked, whether the policy selects the pod or not.
    if (found === true) return { steps, isDecided: doubt === undefined, fallsThrough: [] };
  }
  return { steps, isDecided: false, fallsThrough: [policy] };
}

function meetTier({ name, groups }: WalkTier, match: RuleMatcher): Met {
  const steps: WalkStep[] = [];
  const fallsThrough: WalkPolicy[] = [];
  for (const group of groups) {
    const all = group.map(policy => meetPolicy(policy, name, match));
    for (const met of all) {
      steps.push(...met.steps);
      fallsThrough.push(...met.fallsThrough);
    }
    if (all.some(({ isDecided }) => isDecided)) return { steps, isDecided: true, fallsThrough: [] };
  }
  return { steps, isDecided: false, fallsThrough };
}

/** What may become of the connection in a tier. */
interface TierOutcome {
  readonly mayAllow: boolean;
  readonly mayDeny: boolean;
  readonly mayGoOn: boolean;
}

function outcomeOf({ steps, isDecided, fallsThrough }: Met): TierOutcome {
  const may = (action: TierAction): boolean => steps.some(step => step.action === action);
  const denying = fallsThrough.filter(({ otherwise }) => otherwise === 'Deny');
  const isSurelyDenied = denying.some(({ doubt }) => doubt === undefined);
  return {
    mayAllow: may('Allow'),
    mayDeny: may('Deny') || denying.length > 0,
    mayGoOn: may('Pass') || (!isDecided && !isSurelyDenied),
  };
}

const orderText = 'has the priority of another policy that decides otherwise: which of the two counts, nobody knows';

/** What leaves the answer open: rules that may match, policies that may select the pod, and policies of equal order that decide differently. */
function causesOf(tiers: readonly WalkTier[], steps: readonly WalkStep[]): readonly WalkCause[] {
  const doubtful = steps.flatMap(({ source, doubt }) => (doubt ? [{ source, ...doubt }] : []));
  const tied = steps
    .filter(step => step.doubt === undefined && steps.some(other => isTied(tiers, step, other)))
    .map(({ source, path }) => ({ source, path, why: orderText }));
  const selected = tiers.flatMap(({ groups }) =>
    groups.flat().flatMap(({ source, doubt }) => (doubt ? [{ source, ...doubt }] : [])),
  );
  const all = new Map([...tied, ...doubtful, ...selected].map(cause => [JSON.stringify(cause), cause]));
  return [...all.values()];
}

function isTied(tiers: readonly WalkTier[], a: WalkStep, b: WalkStep): boolean {
  if (a.action === b.action || a.source === b.source || a.tier !== b.tier) return false;
  const has = (group: readonly WalkPolicy[], { source }: WalkStep): boolean =>
    group.some(policy => policy.source === source);
  return tiers.some(({ groups }) => groups.some(group => has(group, a) && has(group, b)));
}

/** Those that surely let nothing through but what their rules allow, each once. */
function isolating(tier: WalkTier | undefined): readonly ObjectRef[] {
  const all = (tier?.groups ?? [])
    .flat()
    .filter(({ otherwise, doubt }) => otherwise === 'Deny' && doubt === undefined)
    .map(({ source }) => [`${source.kind} ${source.namespace}/${source.name}`, source] as const);
  return [...new Map(all).values()];
}

/**
 * The ordered walk: tier by tier, in each the policies in order and the rules as they are written, up to the first that matches. What no tier decides is
 * allowed. Where it is not known whether a rule matches, both ways are gone.
 */
export function walk(tiers: readonly WalkTier[], match: RuleMatcher): Outcome {
  const steps: WalkStep[] = [];
  let [mayAllow, mayDeny, mayGoOn] = [false, false, true];
  let last: WalkTier | undefined;
  for (const tier of tiers) {
    last = tier;
    const met = meetTier(tier, match);
    steps.push(...met.steps);
    const outcome = outcomeOf(met);
    mayAllow ||= outcome.mayAllow;
    mayDeny ||= outcome.mayDeny;
    mayGoOn = outcome.mayGoOn;
    if (!mayGoOn) break;
  }
  mayAllow ||= mayGoOn;
  const isolatedBy = mayAllow || steps.some(({ action }) => action === 'Deny') ? [] : isolating(last);
  if (mayAllow !== mayDeny) return { allowed: mayAllow, steps, causes: [], isolatedBy };
  return { allowed: null, steps, causes: causesOf(tiers, steps), isolatedBy };
}
