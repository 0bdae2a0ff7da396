import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/core/kube/reading.ts';
import { createStepCounter } from '../support/count-steps.ts';
import {
  BESIDE,
  LARGE_OTHERS,
  LARGE_PODS,
  LARGE_POLICIES,
  LARGE_SERVERS,
  policyWith,
  SERVER,
} from '../support/large-objects.ts';

const steps = createStepCounter();
const { decodeAndJudge } = await import('../support/decode-and-judge.ts');

/** The work of a review of the object's creation, beside other objects. */
const review = (object: Fields, ...beside: readonly Fields[]): number =>
  steps.count(() => decodeAndJudge(object, beside));

const CLOSED = policyWith({ ingress: [], egress: [] });

/** Items of an object, and of one of twice the size. */
const SIZES = [200, 400] as const;
/** What an object of twice the size may cost at most: twice as much, and what sorting and searching add. */
const MOST = 2.5;

describe('the work of a review grows with the size of the object, not with its square', () => {
  test.each(Object.entries(LARGE_POLICIES))('a policy with %s', (_name, shape) => {
    const [small, large] = SIZES.map(items => review(shape(items), SERVER));
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(MOST);
  });

  test.each(Object.entries({ ...LARGE_SERVERS, ...LARGE_PODS }))('a server with %s', (_name, shape) => {
    const [small, large] = SIZES.map(items => review(shape(items), CLOSED));
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(MOST);
  });

  test.each(Object.entries(LARGE_OTHERS))('%s', (_name, shape) => {
    const [small, large] = SIZES.map(items => review(shape(items), ...BESIDE));
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(MOST);
  });

  test('a policy with as many port names as the server declares', () => {
    const [small, large] = SIZES.map(items =>
      review(LARGE_POLICIES['many port names']?.(items) ?? {}, LARGE_SERVERS['many ports']?.(items) ?? {}),
    );
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(MOST);
  });

  test('a policy of many rules that name a port, beside a server of many ports', () => {
    const rules = (items: number): Fields =>
      policyWith({ ingress: Array.from({ length: items }, () => ({ ports: [{ port: 'mcp1' }] })) });
    const [small, large] = SIZES.map(items => review(rules(items), LARGE_SERVERS['many ports']?.(items) ?? {}));
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(MOST);
  });
});
