import { describe, expect, it } from 'vitest';
import { compare, describeDisagreement } from '../support/agreement.ts';
import { evaluators } from './evaluators.ts';

const [[oracleName, oracle], [reachName, reach]] = evaluators;

describe('reach and the oracle', () => {
  it('give the same answers and reasons to 20,000 probes of random worlds', () => {
    const { probes, allowed, disagreement } = compare(oracle, reach, 20_000, 1);
    const difference = disagreement && describeDisagreement([oracleName, reachName], disagreement);
    expect(difference).toBeUndefined();
    expect(probes).toBe(20_000);
    // A generator that nearly always or nearly never allows would compare little.
    expect(allowed).toBeGreaterThan(6_000);
    expect(allowed).toBeLessThan(15_000);
  });
});
