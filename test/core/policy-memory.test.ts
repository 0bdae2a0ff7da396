import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NetworkPolicy, Workload } from '../../src/core/kube/types.ts';
import { createPolicyMemory } from '../../src/core/policy-memory.ts';
import { emptyContent } from '../../src/core/world/content.ts';
import { closingPolicy, decodeAll, deployment } from '../support/reviews.ts';

const POLICIES = decodeAll(
  Array.from({ length: 6 }, (_, index) => ({
    ...closingPolicy(),
    metadata: { name: `p-${index}`, namespace: 'prod', labels: { note: 'x'.repeat(40 * index) } },
  })),
) as readonly NetworkPolicy[];
const [SERVER] = decodeAll([deployment()]) as readonly Workload[];
const STEPS_OF_POLICY = 50;

test('whatever is looked at, in lists and alone, in however many memories, costs the steps of each policy once', () => {
  const works = new Map();
  const listOf = fc.subarray(POLICIES.map((_, index) => index));
  const looks = fc.array(fc.oneof(listOf, fc.nat({ max: POLICIES.length - 1 })), { maxLength: 12 });
  fc.assert(
    fc.property(looks, fc.boolean(), (all, isPassing) => {
      if (SERVER === undefined) throw new Error('there is no server');
      const memory = createPolicyMemory(works, new Set(isPassing ? POLICIES.slice(0, 1) : []));
      const alike = memory.alike(SERVER, emptyContent('prod'), [], false);
      for (const one of all)
        if (typeof one === 'number') POLICIES.slice(one, one + 1).map(alike.workOf);
        else alike.together(one.flatMap(index => POLICIES[index] ?? []));
      const seen = new Set(all.flat());
      const steps = [...seen].reduce((sum, index) => sum + STEPS_OF_POLICY + (POLICIES[index]?.meta.size ?? 0), 0);
      expect(memory.steps()).toBe(steps);
    }),
  );
});
