import { expect, it } from 'vitest';
import { compareTiers } from '../support/tier-agreement.ts';

it('reach and the oracle give the same answers to 20,000 probes of random worlds with policies of several tiers', () => {
  const { probes, allowed, unknown, disagreement } = compareTiers(20_000, 1);
  expect(disagreement).toBeUndefined();
  expect(probes).toBe(20_000);
  // A generator whose worlds have one answer alone would compare little.
  expect(allowed).toBeGreaterThan(5_000);
  expect(unknown).toBeGreaterThan(500);
  expect(allowed + unknown).toBeLessThan(15_000);
});
