import { describe, expect, it } from 'vitest';
import { compareCalico } from './calico-agreement.ts';

describe('reach and the oracle of Calico', () => {
  it('give the same answers to 9,000 probes of random worlds', () => {
    const { answers, difference } = compareCalico(1, 150);
    expect(difference).toBeUndefined();
    expect(answers.true + answers.false + answers.null).toBe(9_000);
    // A generator that nearly always or nearly never allows would compare little.
    expect(answers.true).toBeGreaterThan(2_500);
    expect(answers.false).toBeGreaterThan(2_500);
    expect(answers.null).toBeGreaterThan(50);
  });
});
