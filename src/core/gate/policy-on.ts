import type { AbsentPolicy, GatePolicy, Mode } from './types.ts';

/** The policy as it holds on a day (`YYYY-MM-DD`, UTC): without the exceptions that have expired, and with the day by which annotations expire. */
export function policyOn(policy: GatePolicy, today: string): GatePolicy {
  return { ...policy, day: today, exceptions: policy.exceptions.filter(({ expires }) => expires >= today) };
}

/** What is asked for beside the document. Absent: as the document says. */
export interface PolicyOverrides {
  readonly absentPolicy?: AbsentPolicy | undefined;
  readonly mode?: Mode | undefined;
  readonly modeLimit?: Mode | undefined;
  /** Whether a controller creates policies and lifts holds. Where none does, what nobody asked for is `reject`. Absent: none. */
  readonly hasController?: boolean | undefined;
}

/** The policy of a document under what is asked for beside it. */
export function overridden(
  policy: GatePolicy,
  { absentPolicy, mode, modeLimit, hasController = false }: PolicyOverrides,
): GatePolicy {
  const byDocument = policy.isAbsentPolicyGiven || hasController ? policy.absentPolicy : 'reject';
  return {
    ...policy,
    mode: mode ?? policy.mode,
    modeLimit: modeLimit ?? policy.modeLimit,
    absentPolicy: absentPolicy ?? byDocument,
  };
}
