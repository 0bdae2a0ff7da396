import { describe, expect, test } from 'vitest';
import {
  type AdmissionResult,
  crossed,
  crowded,
  labelWarnings,
  modeOf,
  namespaceUnknown,
  notReady,
  podUnknown,
  recordOf,
  tooLarge,
  tooLate,
  unconfirmed,
  underLimit,
  unjudged,
  unreadable,
} from '../../../src/app/admission/answer.ts';
import type { JudgedServer } from '../../../src/app/admission/judge-review.ts';
import { refuse } from '../../../src/app/admission/response.ts';
import { MODES, type Mode } from '../../../src/core/gate/types.ts';
import { decodeAll, namespace, policyOf, review, testPolicy, worldOf } from '../../support/reviews.ts';

const REVIEW = review('deployment-create');
const LABEL = 'chokepoint.dev/mode';

/** `code`, `+` for each warning, the note, and the keys of the audit annotations. */
const said = ({ response: { code, warnings, auditAnnotations }, note }: AdmissionResult): string =>
  [`${code}${'+'.repeat(Math.min(1, warnings.length))}`, note, ...auditAnnotations.keys()].join(' ');

describe('What cannot be judged is answered by the mode:', () => {
  const issue = { severity: 'error', code: 'c', path: 'spec.x', message: 'is no list' } as const;
  const staleIn = (mode: Mode): AdmissionResult =>
    notReady({ kind: 'stale', world: worldOf(namespace({ [LABEL]: mode })), ageMs: 31_499 }, REVIEW, testPolicy());
  // biome-ignore format: one line a case
  test.each<[what: string, answer: (mode: Mode) => AdmissionResult, off: string, audit: string, warn: string, enforce: string]>([
    ['an object that cannot be read', mode => unreadable([issue], REVIEW, mode), '200 off', '200+ unreadable unreadable', '200+ unreadable unreadable', '400 unreadable'],
    ['one that takes too long', tooLate, '200 late not-judged', '200 late not-judged', '200+ late not-judged', '503 late'],
    ['one that is too much', tooLarge, '200 too-large not-judged verdict', '200 too-large not-judged verdict', '200+ too-large not-judged verdict', '403 too-large not-judged verdict'],
    ['a view that is old', staleIn, '200 off', '200 stale not-judged', '200+ stale not-judged', '503 stale'],
    ['a Pod that is not known', mode => podUnknown(REVIEW, mode), '200 pod-unknown', '200 pod-unknown', '200 pod-unknown', '503 pod-unknown'],
  ])('%s', (_, answer, ...expected) => {
    expect(MODES.map(mode => said(answer(mode)))).toEqual(expected);
    expect(answer('enforce').mode).toBe('enforce');
  });

  // biome-ignore format: one line a case
  test.each<[what: string, answer: AdmissionResult, message: string]>([
    ['a view that is not complete', notReady({ kind: 'not-synced' }, REVIEW, testPolicy()), "the gate's view of the cluster is not complete yet: try again"],
    ['a view that is old', staleIn('enforce'), "the gate's view of the cluster is 31 s old: try again"],
    ['a namespace that is not known', namespaceUnknown(REVIEW), 'the namespace prod cannot be read: try again'],
    ['a refusal that is not confirmed', unconfirmed(REVIEW), 'the namespace prod cannot be read: try again'],
    ['changes that cross', crossed(REVIEW, 'enforce'), 'another change in the namespace prod, made at the same moment, could open a server together with this one: try again'],
    ['too many changes', crowded(REVIEW, 'enforce'), 'too many changes at once in the namespace prod: try again'],
    ['one that takes too long', tooLate('enforce'), 'too large to judge: not all servers that it bears on could be judged in time: try again'],
    ['a Pod that is not known', podUnknown({ ...REVIEW, name: 'x' }, 'enforce'), 'the Pod prod/x is not known yet: try again'],
  ])('%s, in words', (_, { response }, message) => {
    expect([response.code, response.message]).toEqual([503, message]);
  });

  test('an object that cannot be read, with its fields', () => {
    expect(unreadable([issue, { ...issue, path: 'spec.y' }], REVIEW, 'enforce').response.message).toBe(
      'the Deployment cannot be read: spec.x: is no list; spec.y: is no list',
    );
  });
});

describe('Under a limit of modes', () => {
  const refused = unjudged('late', 'enforce', refuse(503, 'try again'));
  test.each<[limit: Mode, result: AdmissionResult, answer: string]>([
    ['enforce', refused, '503 late'],
    ['warn', refused, '200+ late not-judged'],
    ['audit', refused, '200 late not-judged'],
    ['off', refused, '200 late not-judged'],
    ['audit', unjudged('x', 'audit'), '200 x'],
    ['audit', { ...refused, note: 'own-document' }, '503 own-document'],
  ])('%s a refusal is told instead', (limit, result, answer) => {
    expect(said(underLimit(result, limit))).toBe(answer);
  });
});

test('The mode of a review is that of its namespace; of a Namespace, its own', () => {
  const world = worldOf(namespace({ [LABEL]: 'warn' }));
  const [other] = decodeAll([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', labels: {} } }]);
  expect(modeOf(world, REVIEW, undefined, testPolicy())).toBe('warn');
  expect(modeOf(world, { ...REVIEW, namespace: 'else' }, undefined, testPolicy())).toBe('enforce');
  expect(modeOf(world, { ...REVIEW, namespace: '' }, other && { after: other }, testPolicy())).toBe('warn');
});

describe('A label that cannot be read is told', () => {
  const world = worldOf(namespace({ [LABEL]: 'enforced' }));
  const server = (space: string): JudgedServer =>
    ({ decision: { subject: { kind: 'Pod', namespace: space, name: 'a' } } }) as unknown as JudgedServer;
  const warnings = (mode: Mode, ...spaces: readonly string[]): number =>
    labelWarnings(spaces.map(server), mode, world, policyOf({}), 'prod').length;
  test.each<[what: string, mode: Mode, spaces: readonly string[], count: number]>([
    ['where it decides on a server', 'enforce', ['prod'], 1],
    ['where it decides on one of them', 'enforce', ['far', 'prod'], 1],
    ['not where it decides on none', 'enforce', ['far'], 0],
    ['not where there is no server', 'enforce', [], 0],
    ['not in audit', 'audit', ['prod'], 0],
  ])('%s', (_, mode, spaces, count) => {
    expect(warnings(mode, ...spaces)).toBe(count);
  });
});

test('The record of a review holds what it was, what came of it, and the rules once each, sorted', () => {
  const finding = (rule: string) => ({ rule });
  const servers = [
    { faults: [finding('b'), finding('a')], remarks: [finding('b')] },
    { faults: [], remarks: [finding('c')] },
  ] as unknown as readonly JudgedServer[];
  const answer: AdmissionResult = { ...unjudged('n', 'warn', refuse(403, 'no')), verdict: 'deny', servers };
  expect(recordOf('validate', { ...REVIEW, dryRun: true, subResource: 'scale' }, answer, 7)).toEqual({
    endpoint: 'validate',
    uid: REVIEW.uid,
    operation: 'CREATE',
    kind: 'Deployment',
    subResource: 'scale',
    namespace: 'prod',
    name: 'weather',
    user: 'alice@example.com',
    dryRun: true,
    mode: 'warn',
    verdict: 'deny',
    allowed: false,
    code: 403,
    note: 'n',
    rules: ['a', 'b', 'c'],
    patched: false,
    durationMs: 7,
  });
  const patched = unjudged('prepared', 'enforce', { ...unjudged('x').response, patch: [{ op: 'add', path: '/x' }] });
  expect(recordOf('mutate', REVIEW, patched, 0)).toMatchObject({
    endpoint: 'mutate',
    patched: true,
    allowed: true,
    code: 200,
    verdict: 'none',
    rules: [],
  });
});
