import type { Cause, Found } from './decision.ts';
import type { Direction, NetworkPolicy, Workload } from './kube/types.ts';
import { podLabelsOf, surelySelects } from './netpol/selects.ts';
import { policyRef, type RuleContext } from './rule.ts';
import type { PodLabels } from './selector-index.ts';
import { refOf } from './world/refs.ts';

/** The first label that a policy asks for of which it cannot be known what the pods bear; those that a controller surely changes are not meant. */
function unknownKey(
  { podSelector }: NetworkPolicy,
  { controllerLabels }: Workload,
  { open }: PodLabels,
): string | undefined {
  const { keys, prefixes, defaults, anyOther } = controllerLabels;
  const isUnknown = (key: string): boolean =>
    !keys.has(key) &&
    open.has(key) &&
    (anyOther || defaults.has(key) || prefixes.some(prefix => key.startsWith(prefix)));
  return podSelector.find(({ key }) => isUnknown(key))?.key;
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/**
 * Why a server cannot be judged for the labels of its pods: each policy that may select them by a label of which nobody but its controller knows, if it could
 * be the one that is missing, or opens what must be closed. And the policy that a controller writes itself, where one is missing.
 */
export function labelCauses({ subject, traffic, ref }: RuleContext, findings: readonly Found[]): readonly Cause[] {
  const labels = podLabelsOf(subject);
  const doubtful = traffic.policies.flatMap((policy): readonly (readonly [NetworkPolicy, string])[] => {
    const key = unknownKey(policy, subject, labels);
    return key === undefined || surelySelects(policy.podSelector, labels) ? [] : [[policy, key]];
  });
  if (doubtful.length === 0) return [];
  const opens = new Set(findings.filter(({ level }) => level === 'deny').map(({ object }) => JSON.stringify(object)));
  return doubtful.flatMap(([policy, key]): readonly Cause[] => {
    const object = policyRef(policy);
    const mayBeMissing = DIRECTIONS.some(name => policy[name].isolates && !traffic[name].isolated);
    if (!mayBeMissing && !opens.has(JSON.stringify(object))) return [];
    const message = `NetworkPolicy ${policy.meta.name} selects by the label ${key}: whether the pods of ${ref.kind} ${ref.name} bear it is known to its controller alone`;
    return [{ code: 'unknown-labels', object, message }];
  });
}

/** The policy that the controller of the object writes for its pods, where another one is missing. */
export function ownPolicyCauses({ subject, traffic, ref }: RuleContext): readonly Cause[] {
  const isMissing = DIRECTIONS.some(name => !traffic[name].isolated);
  if (subject.ownPolicy === undefined || !isMissing || subject.hostNetwork) return [];
  const message = `the controller of ${ref.kind} writes a NetworkPolicy for its pods (${subject.ownPolicy}), which is not known here`;
  return [{ code: 'unknown-policy', object: refOf(subject), message }];
}
