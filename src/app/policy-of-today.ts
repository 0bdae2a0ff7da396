import { overridden, type PolicyOverrides, policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy } from '../core/gate/types.ts';

const DAY_MS = 86_400_000;

/**
 * The policy of each day (UTC), over one that may be replaced, under the command line's flags: worked out once for each of both, so that it is
 * the same object until something changes. `nowMs`: since 1970.
 */
export function createPolicyOfToday(
  read: () => GatePolicy,
  overrides: PolicyOverrides,
  nowMs: () => number,
): () => GatePolicy {
  let known: { readonly from: GatePolicy; readonly day: number; readonly policy: GatePolicy } | undefined;
  return () => {
    const from = read();
    const day = Math.floor(nowMs() / DAY_MS);
    if (known?.from !== from || known.day !== day) {
      const today = new Date(day * DAY_MS).toISOString().slice(0, 10);
      known = { from, day, policy: policyOn(overridden(from, overrides), today) };
    }
    return known.policy;
  };
}
