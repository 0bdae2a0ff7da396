import {
  type Expression,
  holds,
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../../kube/calico-expression.ts';
import { meets } from '../../kube/selector.ts';
import type { PodExpression } from '../../kube/tiers.ts';
import type { Requirement } from '../../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../kube/well-known-labels.ts';

const EVERY_POD: PodExpression = { kind: 'all', of: [] };
const NO_POD: PodExpression = { kind: 'any', of: [] };
const UNKNOWN: PodExpression = { kind: 'unknown' };

/** What Calico says of every pod of Kubernetes. */
const ORCHESTRATOR = new Map([[ORCHESTRATOR_LABEL, 'k8s']]);

/** Where a label of an endpoint comes from, and its key there; `account`: the name of the service account. */
type Origin =
  | { readonly of: 'labels' | 'namespace'; readonly key: string }
  | { readonly of: 'account' | 'orchestrator' | 'unknown' };

function originOf(key: string): Origin {
  if (key === NAMESPACE_LABEL || key === NAMESPACE_PREFIX + NAME_LABEL)
    return { of: 'namespace', key: NAMESPACE_NAME_LABEL };
  if (key === SERVICE_ACCOUNT_LABEL || key === SERVICE_ACCOUNT_PREFIX + NAME_LABEL) return { of: 'account' };
  if (key === ORCHESTRATOR_LABEL) return { of: 'orchestrator' };
  if (key.startsWith(NAMESPACE_PREFIX)) return { of: 'namespace', key: key.slice(NAMESPACE_PREFIX.length) };
  // Labels of service accounts are not among the facts.
  return key.startsWith(SERVICE_ACCOUNT_PREFIX) ? { of: 'unknown' } : { of: 'labels', key };
}

/** Every pod has a service account. */
function ofAccount({ operator, values: names }: Requirement): PodExpression {
  switch (operator) {
    case 'In':
      return { kind: 'service-account', names };
    case 'NotIn':
      return { kind: 'not', of: { kind: 'service-account', names } };
    case 'Exists':
      return EVERY_POD;
    case 'DoesNotExist':
      return NO_POD;
  }
}

function ofRequirement(requirement: Requirement): PodExpression {
  const origin = originOf(requirement.key);
  switch (origin.of) {
    case 'labels':
    case 'namespace':
      return { kind: origin.of, selector: [{ ...requirement, key: origin.key }] };
    case 'account':
      return ofAccount(requirement);
    case 'orchestrator':
      return meets(requirement, ORCHESTRATOR) ? EVERY_POD : NO_POD;
    case 'unknown':
      return UNKNOWN;
  }
}

const OPERATORS = { contains: 'contains', startsWith: 'starts-with', endsWith: 'ends-with' } as const;

function ofText({ key, test, text }: Extract<Expression, { kind: 'text' }>): PodExpression {
  const origin = originOf(key);
  if (origin.of === 'orchestrator') return holds({ kind: 'text', key, test, text }, ORCHESTRATOR) ? EVERY_POD : NO_POD;
  if (origin.of !== 'labels' && origin.of !== 'namespace') return UNKNOWN;
  return { kind: 'text', of: origin.of, key: origin.key, operator: OPERATORS[test], value: text };
}

/** Whether every pod has all that it takes: one requirement after the other is as good as all at once. */
const joined = (parts: readonly PodExpression[]): PodExpression => {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind: 'all', of: parts };
};

/** A selector of Calico as a condition on pods. Every pod is in a namespace, and has the labels that Calico gives it. */
export function podExpression(expression: Expression): PodExpression {
  switch (expression.kind) {
    case 'requirement':
      return ofRequirement(expression.requirement);
    case 'text':
      return ofText(expression);
    case 'not':
      return { kind: 'not', of: podExpression(expression.part) };
    case 'and':
      return joined(expression.parts.map(podExpression));
    case 'or':
      return { kind: 'any', of: expression.parts.map(podExpression) };
    case 'global':
      return NO_POD;
  }
}
