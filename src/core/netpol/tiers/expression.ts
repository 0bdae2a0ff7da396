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
  /** Keys that may come to have any value, or none, whatever `podLabels` says; absent: none. */
  readonly openLabels?: Pick<ReadonlySet<string>, 'has'>;
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

/** True where one is; of none, false. */
export const anyTruth = (truths: Iterable<Truth>): Truth => not(allOf(Iterator.from(truths).map(not)));

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

/** Whether the labels of a pod match. */
function labelsMeet(selector: Selector, { podLabels, openLabels }: PodFacts): Truth {
  if (openLabels === undefined) return matches(selector, podLabels);
  const isOpen = ({ key }: Selector[number]): boolean => openLabels.has(key);
  const fixed = selector.filter(requirement => !isOpen(requirement));
  return matches(fixed, podLabels) && (fixed.length === selector.length || null);
}

/** Whether a pod meets a condition, by all that is known of it. */
export function podMeets(condition: PodExpression, pod: PodFacts): Truth {
  switch (condition.kind) {
    case 'namespace':
      return namespaceMeets(condition.selector, pod);
    case 'labels':
      return labelsMeet(condition.selector, pod);
    case 'service-account':
      return condition.names.has(pod.serviceAccount);
    case 'text': {
      const { of, key } = condition;
      const value = (of === 'namespace' ? pod.namespaceLabels : pod.podLabels).get(key);
      if (of === 'namespace' && !pod.isNamespaceKnown && key !== NAMESPACE_NAME_LABEL) return null;
      if (of === 'labels' && pod.openLabels?.has(key)) return null;
      return value !== undefined && TEXT[condition.operator](value, condition.value);
    }
    case 'all':
      return allOf(condition.of.values().map(part => podMeets(part, pod)));
    case 'any':
      return anyTruth(condition.of.values().map(part => podMeets(part, pod)));
    case 'not':
      return not(podMeets(condition.of, pod));
    case 'unknown':
      return null;
  }
}
