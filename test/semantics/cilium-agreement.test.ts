import { describe, expect, it } from 'vitest';
import { compareCilium } from '../support/cilium-agreement.ts';

describe('reach and the oracle of Cilium', () => {
  it('give the same answers to 20,000 probes of random worlds, with NetworkPolicies beside', () => {
    const { disagreement, allowed, unknown, probes } = compareCilium(20_000, 1);
    expect(disagreement).toBeUndefined();
    expect(probes).toBe(20_000);
    // A generator that nearly always or nearly never allows, or tells, would compare little.
    expect(allowed).toBeGreaterThan(5_000);
    expect(allowed).toBeLessThan(16_000);
    expect(unknown).toBeGreaterThan(50);
    expect(unknown).toBeLessThan(3_000);
  });
});
