import { expect, it } from 'vitest';
import { contradictions } from '../support/policy-verdicts.ts';

it.each(['tiers', 'cilium', 'calico'] as const)(
  'No verdict on 300 random worlds is contradicted by the oracle: %s',
  name => {
    const { tally, contradiction } = contradictions(name, 300, 1);
    expect(contradiction).toBeUndefined();
    expect(tally.allow).toBeGreaterThan(30);
    expect(tally.deny).toBeGreaterThan(100);
    expect(tally.witnesses).toBeGreaterThan(50);
    // What cannot be told is told so seldom that the rest means something.
    expect(tally.undetermined).toBeLessThan(30);
  },
);
