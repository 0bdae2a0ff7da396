import { meets } from './selector.ts';
import type { Labels, Requirement } from './types.ts';

/** A comparison of a label's value with a part of it. False where the label is absent. */
export interface TextTest {
  readonly kind: 'text';
  readonly key: string;
  readonly test: 'contains' | 'startsWith' | 'endsWith';
  readonly text: string;
}

/**
 * A selector of Calico as it is written: `==`, `in` and `has()` are requirements, and so are `!=` and `not in`, which hold where the label is absent.
 * `and` of no parts is `all()`, and the empty text; `or` of no parts matches nothing.
 * Source: https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors
 */
export type Expression =
  | { readonly kind: 'requirement'; readonly requirement: Requirement }
  | TextTest
  | { readonly kind: 'not'; readonly part: Expression }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  /** `global()`: objects outside any namespace. Only a rule's namespaceSelector may say it. */
  | { readonly kind: 'global' };

/** `all()`: everything. */
export const ALL: Expression = { kind: 'and', parts: [] };

export const requirement = (
  key: string,
  operator: Requirement['operator'],
  values: readonly string[] = [],
): Expression => ({ kind: 'requirement', requirement: { key, operator, values: new Set(values) } });

/** All of these must hold. What holds always is left out; of one, that one. */
export function allOf(parts: readonly Expression[]): Expression {
  const left = parts.flatMap(part => (part.kind === 'and' ? part.parts : [part]));
  const [only] = left;
  return only !== undefined && left.length === 1 ? only : { kind: 'and', parts: left };
}

function textHolds({ key, test, text }: TextTest, labels: Labels): boolean {
  const value = labels.get(key);
  if (value === undefined) return false;
  switch (test) {
    case 'contains':
      return value.includes(text);
    case 'startsWith':
      return value.startsWith(text);
    case 'endsWith':
      return value.endsWith(text);
  }
}

/** Whether the expression holds of these labels. `global()` does where they name no namespace. */
export function holds(expression: Expression, labels: Labels): boolean {
  switch (expression.kind) {
    case 'requirement':
      return meets(expression.requirement, labels);
    case 'text':
      return textHolds(expression, labels);
    case 'not':
      return !holds(expression.part, labels);
    case 'and':
      return expression.parts.every(part => holds(part, labels));
    case 'or':
      return expression.parts.some(part => holds(part, labels));
    case 'global':
      return !labels.has(NAMESPACE_LABEL);
  }
}

/** Labels that Calico gives to pods, and to what is in a namespace, itself. */
export const NAMESPACE_LABEL = 'projectcalico.org/namespace';
export const ORCHESTRATOR_LABEL = 'projectcalico.org/orchestrator';
export const SERVICE_ACCOUNT_LABEL = 'projectcalico.org/serviceaccount';
/** Among the labels of a namespace or a service account: its name. */
export const NAME_LABEL = 'projectcalico.org/name';

/** Beginnings of the keys by which a pod bears the labels of its namespace and of its service account. */
export const NAMESPACE_PREFIX = 'pcns.';
export const SERVICE_ACCOUNT_PREFIX = 'pcsa.';

/** The expression with every key begun so, and `all()`, where `everything` is given, written so. */
export function prefixed(expression: Expression, prefix: string, everything: Expression = ALL): Expression {
  switch (expression.kind) {
    case 'requirement': {
      const { requirement: asked } = expression;
      return { kind: 'requirement', requirement: { ...asked, key: prefix + asked.key } };
    }
    case 'text':
      return { ...expression, key: prefix + expression.key };
    case 'not':
      return { kind: 'not', part: prefixed(expression.part, prefix, everything) };
    case 'and':
    case 'or': {
      if (expression.kind === 'and' && expression.parts.length === 0) return everything;
      return { kind: expression.kind, parts: expression.parts.map(part => prefixed(part, prefix, everything)) };
    }
    case 'global':
      return expression;
  }
}
