import { matches } from '../../kube/selector.ts';
import type { PodExpression } from '../../kube/tiers.ts';
import type { Labels } from '../../kube/types.ts';

/** A pod as conditions look at it. */
export interface PodFacts {
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
  readonly serviceAccount: string;
}

/** True, false, or `null` where nobody can tell (Kleene). */
type Truth = boolean | null;

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

/** Whether a pod meets a condition, by all that is known of it. */
export function podMeets(condition: PodExpression, pod: PodFacts): Truth {
  switch (condition.kind) {
    case 'namespace':
      return matches(condition.selector, pod.namespaceLabels);
    case 'labels':
      return matches(condition.selector, pod.podLabels);
    case 'service-account':
      return condition.names.has(pod.serviceAccount);
    case 'text': {
      const value = (condition.of === 'namespace' ? pod.namespaceLabels : pod.podLabels).get(condition.key);
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
