import type { AppliedException, Cause, Finding, RefusedException, Witness } from './decision.ts';
import { IGNORE_ANNOTATION } from './gate/ignore-annotation.ts';
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

/** The parts of a finding: what, where, the proof, and what to do. */
function parts(finding: Finding): {
  readonly what: string;
  readonly place: string;
  readonly proof: string;
  readonly fix: string;
} {
  return {
    what: `${finding.rule}: ${finding.message}`,
    place: placeText(finding),
    proof: finding.witness ? witnessText(finding.witness) : '',
    fix: finding.fix.summary,
  };
}

/** A finding in one line, for places that have no more: warnings, the audit log. */
export function explainFinding(finding: Finding): string {
  const { what, place, proof, fix } = parts(finding);
  const where = place === '' ? '' : ` (${place})`;
  return `${what}${where}${proof === '' ? '' : `; for example, ${proof}`}. Fix: ${fix}`;
}

/** A finding for a person at a terminal: what is wrong, then where, the proof and the fix, a line each. */
export function explainFindingLines(finding: Finding): readonly string[] {
  const { what, place, proof, fix } = parts(finding);
  const at = place === '' ? [] : [`   At: ${place}`];
  const example = proof === '' ? [] : [`   For example: ${proof}`];
  return [what, ...at, ...example, `   Fix: ${fix}`];
}

/** An annotation that asks for an exception in vain. */
export function explainRefusal({ object, text, why }: RefusedException): string {
  return `${refText(object)}: annotation ${IGNORE_ANNOTATION} "${text}" sets nothing aside: ${why}`;
}

/** Why a finding is set aside, until when, and by whom: `TICKET-1; until 2026-12-31, by the GatePolicy`. */
export function exceptionText({ by, object, reason, expires }: AppliedException): string {
  const who = {
    policy: 'the GatePolicy',
    annotation: `the annotation of ${refText(object)}`,
    resource: refText(object),
  } as const;
  return `${reason}; until ${expires}, by ${who[by]}`;
}

export function explainCause(cause: Cause): string {
  return `${cause.code}: ${cause.message}`;
}
