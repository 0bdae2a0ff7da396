import type { GatePolicy } from './types.ts';

/** The policy as it holds on a day (`YYYY-MM-DD`, UTC): without the exceptions that have expired. */
export function policyOn(policy: GatePolicy, today: string): GatePolicy {
  const exceptions = policy.exceptions.filter(({ expires }) => expires >= today);
  return exceptions.length === policy.exceptions.length ? policy : { ...policy, exceptions };
}
