import type { ObjectReference, ReachEntry, ServerReference } from '../../app/audit-query/record-line.ts';

/** `Deployment tools/search`, `Deployment tools/search (scale)`, `Namespace tools`; empty of a line that is about no object. */
export function objectText({ kind, namespace, name, subresource }: ObjectReference): string {
  const part = subresource === '' ? '' : ` (${subresource})`;
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}${part}`.trim();
}

export const serverText = ({ kind, namespace, name }: ServerReference): string => `${namespace}/${kind}/${name}`;

/** `any pod → tools/search, TCP 8080`. */
export const reachText = ({ from, to, port, protocol }: ReachEntry): string =>
  `${from} → ${to}, ${protocol === 'any' ? 'any protocol' : protocol} ${port === 'any' ? 'any port' : port}`;
