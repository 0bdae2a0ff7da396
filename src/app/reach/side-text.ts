import type { Direction, Workload } from '../../core/kube/types.ts';
import type { ReachSide } from '../../core/netpol/reach.ts';
import { isolatingPolicies, type ReachReason } from '../../core/netpol/reach-pods.ts';
import type { World } from '../../core/world/world.ts';

/** Names of the policies that isolate an end in one direction, sorted. */
function isolating(workload: Workload | undefined, direction: Direction, world: World): readonly string[] {
  if (workload === undefined) return [];
  return isolatingPolicies(workload, world.namespace(workload.meta.namespace), direction)
    .map(({ meta }) => `${meta.namespace}/${meta.name}`)
    .sort();
}

/** A rule as people name it: kinds other than NetworkPolicy are part of the name. */
export const reasonText = ({ policy, path }: ReachReason): string =>
  `${policy.includes(' ') ? '' : 'NetworkPolicy '}${policy}, ${path}`;

/** One side of an answer for a person: whether, and by which rule. `workload`: at its end; absent: an address. */
export function sideText(side: ReachSide, workload: Workload | undefined, direction: Direction, world: World): string {
  if (side.allowed === null) return 'not known';
  const denial = side.walk?.find(({ action, mayMatch }) => action === 'Deny' && !mayMatch);
  if (!side.allowed && denial !== undefined) return `refused by ${reasonText(denial)}`;
  const [first, ...others] = side.by;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, and by ${others.length} more`;
    return `allowed by ${reasonText(first)}${more}`;
  }
  if (side.isolatedBy !== undefined)
    return `refused: policies isolate its ${direction} (${side.isolatedBy.join(', ')}), and no rule of theirs allows this`;
  const policies = isolating(workload, direction, world);
  if (side.allowed)
    return policies.length > 0 ? 'allowed: it is the same pod' : `allowed: no NetworkPolicy isolates its ${direction}`;
  const names = policies.length === 0 ? '' : ` (${policies.join(', ')})`;
  return `refused: NetworkPolicies isolate its ${direction}${names}, and no rule of theirs allows this`;
}
