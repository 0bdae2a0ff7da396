import { type Cause, type Finding, isAbsence } from '../../core/decision.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { causeFingerprint, fingerprintOf } from './compare.ts';

/**
 * What makes a finding of a server the same one over time, whatever its line, wording, example and level are. That a policy is missing is one fault,
 * whichever other policies come and go.
 */
export const findingIdentity = (finding: Finding): string => {
  const { kind, namespace, name } = finding.subject;
  return isAbsence(finding) ? JSON.stringify([finding.rule, kind, namespace, name]) : fingerprintOf(finding);
};

/** As {@link findingIdentity}, of why a server cannot be judged. */
export const causeIdentity = (cause: Cause, subject: ObjectRef): string => causeFingerprint({ ...cause, subject });

/** When something was seen for the first time, and from when on without a break. RFC 3339; absent: not known, or it is not there. */
export interface FoundDates {
  readonly firstSeen?: string;
  readonly openSince?: string;
  /** Days since then, by dates in UTC. */
  readonly openDays?: number;
}

/** From when on a server has been judged without a break, as {@link FoundDates} has it. */
export interface JudgedDates {
  readonly judgedSince?: string;
  readonly judgedDays?: number;
}

/** Looks up when what is found of a server was seen. `rule`: or the code of a cause. */
export type FindDates = (subject: ObjectRef, rule: string, identity: string) => FoundDates;

/** Reviews of a namespace in which something was found, from a time on. */
export interface CountedReviews {
  readonly refused: number;
  /** That were let through although enforcing would refuse them. */
  readonly tolerated: number;
  /** RFC 3339. */
  readonly since: string;
}
