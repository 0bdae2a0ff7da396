import type { Evidence, McpJudgement } from '../decision.ts';
import type { Labels, ObjectRef, Workload } from '../kube/types.ts';
import { MCP_SERVER_LABEL } from '../kube/well-known-labels.ts';
import { refOf } from '../world/refs.ts';
import { keyPath } from './finder.ts';

/** What a workload says of itself. */
export interface Declaration {
  readonly isServer: boolean;
  readonly evidence: Evidence;
}

const OPT_OUT = 'false';
/** Id of the evidence of an opt-out that is honoured. */
const OPTED_OUT = 'opt-out';

/** What one set of labels declares. Any value but `"false"` says yes: a mistyped value shall not hide a server. */
function saidBy(labels: Labels, base: string, object?: ObjectRef): Declaration | undefined {
  const value = labels.get(MCP_SERVER_LABEL);
  if (value === undefined) return undefined;
  const place = { ...(object === undefined ? {} : { object }), path: keyPath(base, MCP_SERVER_LABEL) };
  if (value !== OPT_OUT) {
    const says = `declared by label: ${MCP_SERVER_LABEL}=${value}`;
    return { isServer: true, evidence: { signal: 'declared', strength: 'declared', ...place, says } };
  }
  const says = `taken out by label: ${MCP_SERVER_LABEL}=${value}`;
  return { isServer: false, evidence: { signal: OPTED_OUT, strength: 'against', ...place, says } };
}

/** A resource of an operator is a server by its kind. */
function saidByKind({ kind, operator }: Workload): Declaration | undefined {
  if (operator === undefined) return undefined;
  const says = `declared by its kind: ${kind} of ${operator.name}`;
  return { isServer: true, evidence: { signal: 'operator', strength: 'declared', path: 'kind', says } };
}

/**
 * What the workload, its pods, the controllers that made it and those that name it as a server declare together: one yes outweighs every no.
 * `undefined` where none of them says anything.
 */
export function declarationOf(
  subject: Workload,
  ancestors: readonly Workload[],
  named: readonly Evidence[],
): Declaration | undefined {
  const said = [
    saidByKind(subject),
    ...named.map(evidence => ({ isServer: true, evidence })),
    saidBy(subject.podLabels, subject.podLabelsPath),
    saidBy(subject.meta.labels, 'metadata.labels'),
    ...ancestors.map(ancestor => saidBy(ancestor.meta.labels, 'metadata.labels', refOf(ancestor))),
  ];
  return said.find(one => one?.isServer) ?? said.find(one => one !== undefined);
}

/** Evidence of an opt-out that is honoured. */
export const isOptOut = ({ signal }: Evidence): boolean => signal === OPTED_OUT;

/**
 * The strong signs for a server of a workload that an opt-out takes out; empty: it is a server, nothing strong speaks for one, or it does not opt out.
 */
export function strongSignsOptedOut({ standing, evidence }: McpJudgement): readonly Evidence[] {
  if (standing !== 'no' || !evidence.some(isOptOut)) return [];
  return evidence.filter(({ strength }) => strength === 'strong');
}

/** Evidence of an opt-out that the configuration does not honour. */
export function ignoredOptOut({ evidence }: Declaration): Evidence {
  return { ...evidence, signal: 'opt-out-ignored', says: `${evidence.says}, which the configuration does not honour` };
}
