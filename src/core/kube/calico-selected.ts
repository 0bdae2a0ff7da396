import {
  type Expression,
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './calico-expression.ts';
import type { Requirement, Selector } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

const OF_NAME = new Set([NAMESPACE_LABEL, NAMESPACE_PREFIX + NAME_LABEL]);

/** The requirement as one on labels of the namespace; `undefined`: it is on something else. */
function onNamespace(requirement: Requirement): Requirement | undefined {
  const { key } = requirement;
  if (OF_NAME.has(key)) return { ...requirement, key: NAMESPACE_NAME_LABEL };
  return key.startsWith(NAMESPACE_PREFIX) ? { ...requirement, key: key.slice(NAMESPACE_PREFIX.length) } : undefined;
}

const isOnPod = ({ key }: Requirement): boolean =>
  key !== ORCHESTRATOR_LABEL && key !== SERVICE_ACCOUNT_LABEL && !key.startsWith(SERVICE_ACCOUNT_PREFIX);

/** What every endpoint that a selector finds has at least: requirements that stand side by side in it. Its other parts are left out, so that it may find fewer. */
export function selectedBy(expression: Expression): {
  readonly podSelector: Selector;
  readonly namespaceSelector: Selector;
} {
  const parts = expression.kind === 'and' ? expression.parts : [expression];
  const requirements = parts.flatMap(part => (part.kind === 'requirement' ? part.requirement : []));
  return {
    podSelector: requirements.filter(one => onNamespace(one) === undefined && isOnPod(one)),
    namespaceSelector: requirements.flatMap(one => onNamespace(one) ?? []),
  };
}
