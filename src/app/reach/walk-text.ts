import type { Direction } from '../../core/kube/types.ts';
import type { ReachSide, ReachStep } from '../../core/netpol/reach.ts';

const WORDS: Readonly<Record<ReachStep['action'], string>> = { Allow: 'allow', Deny: 'deny', Pass: 'Pass' };

/** `spec.ingress[2]` as `#2`: the rules of one direction of a policy are counted from 0, as in its field paths. */
const rulePlace = (path: string): string => path.replace(/^spec\.[A-Za-z]+\[(\d+)\]$/, '#$1');

/** `[Admin wall#2] Pass`, `[NetworkPolicy tools/a ingress[0]] allow`. */
function stepText({ tier, policy, path, action, mayMatch }: ReachStep): string {
  // Of NetworkPolicies and what is in union with them, any rule allows: there is no order to count in.
  const isUnion = tier === 'NetworkPolicy';
  const rule = isUnion ? ` ${path.replace(/^spec\./, '')}` : rulePlace(path);
  const name = isUnion ? policy : policy.slice(policy.indexOf(' ') + 1);
  const place = isUnion && policy.includes(' ') ? '' : `${tier} `;
  return `[${place}${name}${rule}] ${mayMatch ? 'may ' : ''}${WORDS[action]}`;
}

/** What decides where no rule does. */
function ending(
  { allowed, isolatedBy }: ReachSide,
  last: ReachStep | undefined,
  direction: Direction,
): readonly string[] {
  if (last !== undefined && last.action !== 'Pass' && !last.mayMatch) return [];
  if (isolatedBy !== undefined) return [`deny: ${isolatedBy.join(', ')}: no rule allows this`];
  if (allowed === false) return [`deny: NetworkPolicies isolate its ${direction}, and no rule of theirs allows this`];
  return allowed ? ['allow: no rule decides'] : ['not known'];
}

/** The rules of one side in the order in which they are met, and what they come to. */
export function walkText(side: ReachSide, direction: Direction): string {
  const ofNetworkPolicies = side.by.map((reason): ReachStep => ({ ...reason, tier: 'NetworkPolicy', action: 'Allow' }));
  const steps = side.walk ?? ofNetworkPolicies;
  return [...steps.map(stepText), ...ending(side, steps.at(-1), direction)].join(' → ');
}
