import { matches, selectorOf } from '../kube/selector.ts';
import type { Direction, ForeignPolicy, Selector, Workload } from '../kube/types.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world/world.ts';
import { spaceOf } from './label-space.ts';
import { maySelect, podLabelsOf } from './selects.ts';

/** Where the Namespace object is not among the facts, nothing but its name is known: it may have any other label. */
function mayBeIn(namespaceSelector: Selector, content: NamespaceContent): boolean {
  const labels = namespaceLabels(content);
  if (content.namespace !== undefined) return matches(namespaceSelector, labels);
  return spaceOf([...selectorOf(labels), ...namespaceSelector]) !== undefined;
}

/** Whether the policy may be for the namespace. */
export const mayBeFor = ({ namespaceSelector }: ForeignPolicy, content: NamespaceContent): boolean =>
  namespaceSelector === undefined || mayBeIn(namespaceSelector, content);

/** A policy that selects by pods does not select those in the host's network: they are the node. */
export function mayBeForPods({ podSelector, says, incomplete }: ForeignPolicy, subject: Workload): boolean {
  if (subject.hostNetwork && (says !== undefined || incomplete)) return false;
  if (podSelector === undefined) return true;
  return !subject.hostNetwork && maySelect(podSelector, podLabelsOf(subject));
}

/** Policies of other APIs that may allow or deny something to the pods of a workload, in this direction; absent: in any. Those of the cluster first. */
function foreignPoliciesOf(
  { clusterPolicies }: Pick<World, 'clusterPolicies'>,
  content: NamespaceContent,
  subject: Workload,
  direction?: Direction,
): readonly ForeignPolicy[] {
  return [...clusterPolicies, ...content.foreignPoliciesNear(podLabelsOf(subject))].filter(
    policy =>
      (direction === undefined ? policy.directions.length > 0 : policy.directions.includes(direction)) &&
      mayBeFor(policy, content) &&
      mayBeForPods(policy, subject),
  );
}

const isJudged = ({ says, calico }: ForeignPolicy): boolean => says !== undefined || calico !== undefined;

/** As {@link foreignPoliciesOf}, those of which nothing is known but whom they may select. */
export const unjudgedPoliciesOf = (...asked: Parameters<typeof foreignPoliciesOf>): readonly ForeignPolicy[] =>
  foreignPoliciesOf(...asked).filter(policy => !isJudged(policy));

/** As {@link foreignPoliciesOf}, those whose rules are walked. */
export const judgedPoliciesOf = (...asked: Parameters<typeof foreignPoliciesOf>): readonly ForeignPolicy[] =>
  foreignPoliciesOf(...asked).filter(isJudged);

/** What is said of one that is not judged, as a whole sentence without its end. */
export function unjudgedText({ kind, meta, apiVersion, incomplete, unlisted }: ForeignPolicy): string {
  if (unlisted !== undefined) return `a ${kind} (${apiVersion}) that cannot be seen may select its pods: ${unlisted}`;
  return `${kind} ${meta.name} (${apiVersion}) may select its pods and ${incomplete ? 'cannot be read as a whole' : 'is not judged'}`;
}
