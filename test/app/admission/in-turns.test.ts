import { describe, expect, test } from 'vitest';
import type { Mode } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { closingPolicy, deployment, gate, namespace, review, testPolicy, worldOf } from '../../support/reviews.ts';

const DELETION = review('networkpolicy-delete');
const servers = (count: number): readonly Fields[] =>
  Array.from({ length: count }, (_, index) => {
    const one = deployment();
    return { ...one, metadata: { ...(one.metadata as Fields), name: `weather-${index}` } };
  });

/** A clock that goes on by this much with every look at it. */
function clock(stepMs: number): () => number {
  let nowMs = 0;
  return () => {
    nowMs += stepMs;
    return nowMs;
  };
}

describe('a change that bears on many servers', () => {
  const judged = (mode: Mode, nowMs: () => number) =>
    gate(testPolicy({ mode }), worldOf(namespace(), closingPolicy(), ...servers(200)), undefined, { nowMs }).validate(
      DELETION,
      1_000,
    );

  test('is refused, to be tried again, where they cannot be judged before the answer must be there', async () => {
    const outcome = await judged('enforce', clock(10));
    expect([outcome.code, outcome.message]).toEqual([
      503,
      'too large to judge: not all servers that it bears on could be judged in time: try again',
    ]);
  });

  test('is told so where the namespace does not enforce', async () => {
    expect((await judged('warn', clock(10))).warnings.join(' ')).toContain('not judged: too large to judge');
    const audited = await judged('audit', clock(10));
    expect([audited.allowed, audited.auditAnnotations.get('not-judged')]).toEqual([
      true,
      'too large to judge: not all servers that it bears on could be judged in time',
    ]);
  });

  test('is judged with pauses in which others are answered', async () => {
    let answered = 0;
    let isOver = false;
    const others = async (): Promise<void> => {
      while (!isOver) {
        answered += 1;
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    const running = others();
    // A look at the clock costs 2 ms: 200 servers take 800 ms, and 50 ms at once.
    const outcome = await judged('enforce', clock(2));
    isOver = true;
    await running;
    expect(outcome.code).toBe(403);
    expect(answered).toBeGreaterThan(10);
  });
});

describe('a policy that is completed and bears on many servers', () => {
  const complete = (nowMs: () => number) => {
    const object = closingPolicy();
    const open = {
      ...object,
      spec: { ...(object.spec as Fields), egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
    };
    const policy = testPolicy({ completePolicies: true });
    const admission = gate(policy, worldOf(namespace(), ...servers(200)), undefined, { nowMs });
    return admission.mutate(review('networkpolicy-create', { object: open }), 1_000);
  };

  test.each([
    ['in time', 2, true],
    ['not when that takes too long: it is judged as it is', 10, false],
  ] as const)('%s', async (_when, stepMs, isPatched) => {
    expect((await complete(clock(stepMs))).patch.length > 0).toBe(isPatched);
  });
});

describe('what is said of servers with hundreds of findings', () => {
  const openings = Array.from({ length: 300 }, (_, index) => {
    const policy = closingPolicy();
    const metadata = { ...(policy.metadata as Fields), name: `open-${index}` };
    return { ...policy, metadata, spec: { ...(policy.spec as Fields), ingress: [{}], policyTypes: ['Ingress'] } };
  });

  test('has no more than there is room for, and no server is left out', async () => {
    const world = worldOf(namespace(), closingPolicy(), ...openings, ...servers(60));
    const admission = gate(testPolicy(), world);
    const { auditAnnotations } = await admission.validate(review('networkpolicy-create', { name: 'x' }), 1_000);
    expect(auditAnnotations.get('servers')).toContain('Deployment prod/weather-59');
    expect(auditAnnotations.get('findings')?.length).toBeLessThan(4097);
    expect(admission.records[0]?.rules).toContain('ingress-beyond-gateway');
  });
});
