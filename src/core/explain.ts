import type { Cause, Decision, Finding, Witness } from './decision.ts';
import type { ObjectRef } from './kube/types.ts';

/** `Deployment prod/weather`; without a namespace where the object has none. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The one example that proves a finding, in words. */
export function witnessText({ direction, peer, port, protocol }: Witness): string {
  const on = port === undefined ? '' : ` on ${protocol ?? 'TCP'} ${port}`;
  return direction === 'egress' ? `it can connect to ${peer}${on}` : `${peer} can connect to it${on}`;
}

const isSame = (a: ObjectRef, b: ObjectRef): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;

/** Where the fault stands: `NetworkPolicy prod/weather spec.egress[1].to[0]`; only the path where it is in the subject itself. */
export function placeText({ object, subject, path }: Finding): string {
  return [...(isSame(object, subject) ? [] : [refText(object)]), ...(path === '' ? [] : [path])].join(' ');
}

/** A finding in one line: what, where, the proof, and what to do. */
export function explainFinding(finding: Finding): string {
  const place = placeText(finding);
  const where = place === '' ? '' : ` (${place})`;
  const proof = finding.witness ? `; for example, ${witnessText(finding.witness)}` : '';
  return `${finding.rule}: ${finding.message}${where}${proof}. Fix: ${finding.fix.summary}`;
}

export function explainCause(cause: Cause): string {
  return `${cause.code}: ${cause.message}`;
}

/** Everything that is said of one server, a line each: first why it cannot be judged, then denials, then warnings. */
export function explainDecision({ findings, causes }: Decision): readonly string[] {
  const of = (level: Finding['level']): readonly string[] =>
    findings.filter(finding => finding.level === level).map(explainFinding);
  return [...causes.map(explainCause), ...of('deny'), ...of('warn')];
}
