import { isAbsence } from '../../core/decision.ts';
import { refText } from '../../core/explain.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { modeLowered } from '../../core/rules/mode-lowered.ts';
import { serverOptedOut } from '../../core/rules/server-opted-out.ts';
import { hasSchedulingGate } from '../../core/scheduling-gate.ts';
import { isNetworkPolicy, isOfOtherApi, isWorkload } from '../../core/world/object-kinds.ts';
import { refOf } from '../../core/world/refs.ts';
import type { Change } from '../../core/world/world.ts';
import type { JudgedServer } from './judge-review.ts';

/** `Deployment prod/a and 2 more`. */
export const subjectsText = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? first : `${first} and ${others.length} more`;

/** Each server once, as it is named. */
export const namesOf = (servers: readonly JudgedServer[]): readonly string[] => [
  ...new Set(servers.map(({ decision }) => refText(decision.subject))),
];

const isGateLifted = ({ before, after }: Change): boolean =>
  before !== undefined &&
  after !== undefined &&
  isWorkload(before) &&
  isWorkload(after) &&
  hasSchedulingGate(before) &&
  !hasSchedulingGate(after);

const isCollected = ({ faults }: JudgedServer): boolean => faults.some(({ messageId }) => messageId === 'collected');

function policyTitle(change: Change, name: string, refused: readonly JudgedServer[], servers: string): string {
  if (change.after === undefined) return `${name} must not be deleted: it closes ${servers}.`;
  if (refused.some(isCollected)) return `${name} must not be given an owner that may go before ${servers}.`;
  // A policy that selects nothing yet stands for the server that it is written for.
  return servers === name
    ? `${name} must not open the server that it is written for.`
    : `${name} must not open ${servers}.`;
}

/** What is refused, by the kind of the object that is asked about. */
function titleOfChange(change: Change, changed: KubeObject, refused: readonly JudgedServer[], servers: string): string {
  const name = refText(refOf(changed));
  if (isWorkload(changed)) {
    const isUnclosed = refused.every(({ faults }) => faults.every(isAbsence));
    const until = isUnclosed ? 'until a NetworkPolicy closes it' : 'until it is behind its gateway';
    return isGateLifted(change)
      ? `${servers} must keep its scheduling gate ${until}.`
      : `${servers} must stay behind its gateway.`;
  }
  if (isNetworkPolicy(changed) || isOfOtherApi(changed)) return policyTitle(change, name, refused, servers);
  if (changed.kind === 'Namespace') return `The labels of ${name} must not open ${servers}.`;
  return `${name} must not publish ${servers} past the gateway.`;
}

/** The sentence that a refusal begins with: what is refused, and for the sake of which servers. */
export function titleOf(change: Change, refused: readonly JudgedServer[]): string {
  const servers = subjectsText(namesOf(refused));
  const rules = new Set(refused.flatMap(({ faults }) => faults.map(({ rule }) => rule)));
  const changed = change.after ?? change.before;
  if (rules.size === 0 || changed === undefined) return `${servers} cannot be judged.`;
  if (rules.has(modeLowered.id)) return `The mode of namespace ${changed.meta.name} must not be lowered.`;
  if (rules.has(serverOptedOut.id)) return `${servers} must not be relabelled to be no MCP server.`;
  return titleOfChange(change, changed, refused, servers);
}
