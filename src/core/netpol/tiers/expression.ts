import { matches } from '../../kube/selector.ts';
import type { PodExpression } from '../../kube/tiers.ts';
import type { Labels, Selector } from '../../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../kube/well-known-labels.ts';

/** A pod as conditions look at it. */
export interface PodFacts {
  readonly namespaceLabels: Labels;
  /** All of its namespace's labels are known; else its name alone is, and it may have any other label. */
  readonly isNamespaceKnown: boolean;
  readonly podLabels: Labels;
  readonly serviceAccount: string;
}

/** True, false, or `null` where nobody can tell (Kleene). */
export type Truth = boolean | null;

const not = (truth: Truth): Truth => (truth === null ? null : !truth);

function allOf(truths: Iterable<Truth>): Truth {
  let all: Truth = true;
  for (const truth of truths) {
    if (truth === false) return false;
    if (truth === null) all = null;
  }
  return all;
}

const TEXT: Readonly<
  Record<Extract<PodExpression, { kind: 'text' }>['operator'], (text: string, part: string) => boolean>
> = {
  contains: (text, part) => text.includes(part),
  'starts-with': (text, part) => text.startsWith(part),
  'ends-with': (text, part) => text.endsWith(part),
};

/** Whether the labels of a pod's namespace match. */
export function namespaceMeets(
  selector: Selector,
  { namespaceLabels, isNamespaceKnown }: Pick<PodFacts, 'namespaceLabels' | 'isNamespaceKnown'>,
): Truth {
  const isOfName = ({ key }: Selector[number]): boolean => key === NAMESPACE_NAME_LABEL;
  if (isNamespaceKnown || selector.every(isOfName)) return matches(selector, namespaceLabels);
  return matches(selector.filter(isOfName), namespaceLabels) ? null : false;
}

/** Whether a pod meets a condition, by all that is known of it. */
export function podMeets(condition: PodExpression, pod: PodFacts): Truth {
  switch (condition.kind) {
    case 'namespace':
      return namespaceMeets(condition.selector, pod);
    case 'labels':
      return matches(condition.selector, pod.podLabels);
    case 'service-account':
      return condition.names.has(pod.serviceAccount);
    case 'text': {
      const { of, key } = condition;
      const value = (of === 'namespace' ? pod.namespaceLabels : pod.podLabels).get(key);
      if (of === 'namespace' && !pod.isNamespaceKnown && key !== NAMESPACE_NAME_LABEL) return null;
      return value !== undefined && TEXT[condition.operator](value, condition.value);
    }
    case 'all':
      return allOf(condition.of.values().map(part => podMeets(part, pod)));
    case 'any':
      return not(allOf(condition.of.values().map(part => not(podMeets(part, pod)))));
    case 'not':
      return not(podMeets(condition.of, pod));
    case 'unknown':
      return null;
  }
}
