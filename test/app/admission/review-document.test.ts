import { expect, test } from 'vitest';
import { createAdmission } from '../../../src/app/admission/admit.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import { decodeGatePolicy } from '../../../src/core/gate/document/decode-gate-policy.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { review, testPolicy } from '../../support/reviews.ts';

const SILENT = {
  review: () => undefined,
  bug: () => undefined,
  badRequest: () => undefined,
  refusedConnection: () => undefined,
};

/** A gate that has no view of the cluster: what is reviewed here needs none. */
const answer = (asked: Review, policy: Partial<GatePolicy> = {}) =>
  createAdmission({
    world: () => ({ kind: 'not-synced' }),
    policy: () => testPolicy({ day: '2026-11-27', ...policy }),
    nowMs: () => 0,
    telemetry: SILENT,
    readDocument: async document => decodeGatePolicy(document),
  }).validate(asked, 60_000);

const asking = (kind: 'GatePolicy' | 'GateException', spec: unknown, more: Partial<Review> = {}): Review => ({
  ...review('deployment-create'),
  kind: { group: 'chokepoint.dev', version: 'v1alpha1', kind },
  name: 'default',
  namespace: kind === 'GatePolicy' ? '' : 'prod',
  object: {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind,
    metadata: { name: 'default', uid: 'u', managedFields: [] },
    spec,
    status: { conditions: [] },
  },
  ...more,
});

const EXCEPTION = {
  object: { kind: 'Deployment', name: 'weather' },
  rules: ['service-exposed'],
  reason: 'T-1',
  expires: '2026-12-20',
};
const ALLOWING = { exceptionsFromNamespaces: { rules: new Set(['service-exposed']), longestDays: 30 } };

test.each<readonly [title: string, asked: Review, policy: Partial<GatePolicy>, expected: string]>([
  ['a good GatePolicy passes', asking('GatePolicy', { mode: 'audit' }), {}, '200 '],
  ['one with a status and what the API server adds to metadata passes', asking('GatePolicy', {}), {}, '200 '],
  [
    'a bad one is refused by every field',
    asking('GatePolicy', { mode: 'x', preset: 'y' }),
    {},
    '400 the GatePolicy cannot be used: spec.preset: must be one of baseline, restricted; spec.mode: must be one of off, audit, warn, enforce',
  ],
  [
    'a bad one is refused under --mode-limit=audit too: it is no server',
    asking('GatePolicy', { mode: 'x' }),
    { modeLimit: 'audit' },
    '400 the GatePolicy cannot be used: spec.mode: must be one of off, audit, warn, enforce',
  ],
  [
    'one of another name passes, and is told that it does not count',
    asking('GatePolicy', {}, { name: 'other' }),
    {},
    '200 only the GatePolicy named "default" counts',
  ],
  [
    'a warning of a document is one of the API server',
    asking('GatePolicy', { exceptionsFromNamespaces: { rules: ['host-network'], longestDays: 9 } }),
    {},
    '200 spec.exceptionsFromNamespaces.rules[0]: "host-network" stays: it guards cloud metadata',
  ],
  [
    'without a spec it is refused',
    asking('GatePolicy', undefined),
    {},
    '400 the GatePolicy cannot be used: spec: is required',
  ],
  [
    'what is stored already may have its labels changed',
    asking('GatePolicy', { mode: 'x' }, { operation: 'UPDATE', oldObject: { spec: { mode: 'x' } } }),
    {},
    '200 ',
  ],
  ['a GateException that counts passes', asking('GateException', EXCEPTION), ALLOWING, '200 '],
  [
    'one that does not count passes, and is told why',
    asking('GateException', EXCEPTION),
    {},
    '200 GateException: "service-exposed T-1 until 2026-12-20" sets nothing aside: the GatePolicy lets no GateException set   anything aside (exceptionsFromNamespaces)',
  ],
  [
    'one of a rule that is none is refused',
    asking('GateException', { ...EXCEPTION, rules: ['node-access', 'service-expsed'] }),
    ALLOWING,
    '400 the GateException cannot be used: spec.rules[1]: there is no rule "service-expsed"; did you mean "service-exposed"?',
  ],
  [
    'one that cannot be read is refused by every field',
    asking('GateException', { ...EXCEPTION, expires: 'soon', reason: '' }),
    ALLOWING,
    '400 the GateException cannot be used: spec.reason: must not be empty; spec.expires: "soon" is no date: write a day that exists as YYYY-MM-DD',
  ],
  ['a status is not reviewed', asking('GatePolicy', { mode: 'x' }, { subResource: 'status' }), {}, '200 '],
  ['a deletion is not reviewed', asking('GatePolicy', { mode: 'x' }, { operation: 'DELETE' }), {}, '200 '],
])('%s', async (_title, asked, policy, expected) => {
  const { code, message, warnings } = await answer(asked, policy);
  expect(`${code} ${message}${warnings.join(' ')}`).toBe(expected);
});

test('whatever stands in a document, it is answered', async () => {
  for (const spec of [null, 7, 'x', [], { gateways: 7 }, { rules: [] }] as readonly unknown[]) {
    for (const kind of ['GatePolicy', 'GateException'] as const)
      expect((await answer(asking(kind, spec))).code).toBe(400);
  }
  const odd: Fields = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'Other', metadata: { name: 'a' } };
  const kind = { group: 'chokepoint.dev', version: 'v1alpha1', kind: 'Other' };
  expect((await answer({ ...asking('GatePolicy', {}), kind, object: odd })).code).toBe(200);
});
