import type { PodExpression } from '../kube/tiers.ts';
import type { Requirement, Selector } from '../kube/types.ts';
import { negate } from './label-space.ts';

/** Pods by the labels of their namespace and their own: both must match. */
export interface PodTerm {
  readonly namespaces: Selector;
  readonly pods: Selector;
}

/** `sure`: of pods that do not exist yet, those that meet a condition whatever is not known; `may`: those that may. */
export type Bound = 'sure' | 'may';

/**
 * The service account of a pod, as if it were one of its labels: every pod has one, and no label has a key with a space. So it is told apart among
 * pods that do not exist yet like any label.
 */
const SERVICE_ACCOUNT = 'service account';

const EVERY_POD: PodTerm = { namespaces: [], pods: [] };

/** So many that what is sure is called nothing, and what may be, everything. */
const MAX_TERMS = 256;

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

type TextTest = Extract<PodExpression, { kind: 'text' }>;

const HOLDS: Readonly<Record<TextTest['operator'], (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  'starts-with': (text, part) => text.startsWith(part),
  'ends-with': (text, part) => text.endsWith(part),
};

/** Some values that pass the test, of which there may be any number more. */
function examplesOf({ operator, value }: TextTest): ReadonlySet<string> {
  const tried = [value, `${value}x`, `x${value}`, `x${value}x`];
  return new Set(tried.filter(text => LABEL_VALUE.test(text) && HOLDS[operator](text, value)));
}

/** No selector says what a text contains: what some values are, and that there is one, is as near as it gets. */
function textRequirement(test: TextTest, bound: Bound, isNegated: boolean): Requirement {
  const { key } = test;
  if (isNegated)
    return bound === 'sure'
      ? { key, operator: 'DoesNotExist', values: new Set() }
      : { key, operator: 'NotIn', values: examplesOf(test) };
  return bound === 'sure'
    ? { key, operator: 'In', values: examplesOf(test) }
    : { key, operator: 'Exists', values: new Set() };
}

const ofSelector = (selector: Selector, isNegated: boolean): readonly Selector[] =>
  isNegated ? selector.map(requirement => [negate(requirement)]) : [selector];

const onPods = (selector: Selector): PodTerm => ({ namespaces: [], pods: selector });
const onNamespaces = (selector: Selector): PodTerm => ({ namespaces: selector, pods: [] });

function joined(a: readonly PodTerm[], b: readonly PodTerm[]): readonly PodTerm[] {
  return a.flatMap(one =>
    b.map(other => ({
      namespaces: [...one.namespaces, ...other.namespaces],
      pods: [...one.pods, ...other.pods],
    })),
  );
}

const bounded = (terms: readonly PodTerm[], bound: Bound): readonly PodTerm[] => {
  if (terms.length <= MAX_TERMS) return terms;
  return bound === 'sure' ? [] : [EVERY_POD];
};

const all = (parts: readonly (readonly PodTerm[])[], bound: Bound): readonly PodTerm[] =>
  parts.reduce((known, part) => bounded(joined(known, part), bound), [EVERY_POD]);

function terms(condition: PodExpression, bound: Bound, isNegated: boolean): readonly PodTerm[] {
  const parts = (of: readonly PodExpression[]) => of.map(part => terms(part, bound, isNegated));
  switch (condition.kind) {
    case 'namespace':
      return ofSelector(condition.selector, isNegated).map(onNamespaces);
    case 'labels':
      return ofSelector(condition.selector, isNegated).map(onPods);
    case 'service-account':
      return [onPods([{ key: SERVICE_ACCOUNT, operator: isNegated ? 'NotIn' : 'In', values: condition.names }])];
    case 'text': {
      const requirement = textRequirement(condition, bound, isNegated);
      return [condition.of === 'labels' ? onPods([requirement]) : onNamespaces([requirement])];
    }
    case 'all':
      return isNegated ? bounded(parts(condition.of).flat(), bound) : all(parts(condition.of), bound);
    case 'any':
      return isNegated ? all(parts(condition.of), bound) : bounded(parts(condition.of).flat(), bound);
    case 'not':
      return terms(condition.of, bound, !isNegated);
    case 'unknown':
      return bound === 'sure' ? [] : [EVERY_POD];
  }
}

/** Pods that meet a condition, existing or not, as a union of terms. Exact but for parts of texts, and what is not known. */
export const podTerms = (condition: PodExpression, bound: Bound): readonly PodTerm[] => terms(condition, bound, false);
