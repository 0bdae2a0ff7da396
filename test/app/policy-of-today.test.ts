import { expect, test } from 'vitest';
import { createPolicyOfToday } from '../../src/app/policy-of-today.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { testPolicy } from '../support/reviews.ts';

const exception = (expires: string): GatePolicy['exceptions'][number] => ({
  namespace: 'prod',
  kind: 'Deployment',
  name: 'old',
  rules: ['host-network'],
  reason: 'until it is gone',
  expires,
});

test.each([
  ['the day before', '2026-12-30T23:59:59.999Z', true],
  ['on its last day', '2026-12-31T00:00:00.000Z', true],
  ['at the end of its last day', '2026-12-31T23:59:59.999Z', true],
  ['at the first moment after', '2027-01-01T00:00:00.000Z', false],
])('an exception until 2026-12-31 holds %s (UTC): %s, %s', (_when, now, isThere) => {
  const policy = { ...testPolicy(), exceptions: [exception('2026-12-31')] };
  const today = createPolicyOfToday(
    () => policy,
    {},
    () => Date.parse(now),
  );
  expect(today().exceptions.length).toBe(isThere ? 1 : 0);
});

test('the policy is the same object until the day or the document changes', () => {
  let nowMs = Date.parse('2026-12-31T10:00:00Z');
  let document: GatePolicy = testPolicy();
  const today = createPolicyOfToday(
    () => document,
    { mode: 'enforce' },
    () => nowMs,
  );
  const first = today();
  expect(first.mode).toBe('enforce');
  nowMs += 3_600_000;
  expect(today()).toBe(first);
  nowMs += 86_400_000;
  const second = today();
  expect(second).not.toBe(first);
  document = { ...document };
  expect(today()).not.toBe(second);
});
