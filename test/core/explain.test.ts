import { describe, expect, test } from 'vitest';
import type { AppliedException, Finding, Witness } from '../../src/core/decision.ts';
import {
  exceptionText,
  explainCause,
  explainFinding,
  explainFindingLines,
  explainRefusal,
  placeText,
  refText,
  witnessText,
} from '../../src/core/explain.ts';
import type { ObjectRef } from '../../src/core/kube/types.ts';
import { listed } from '../../src/core/listed.ts';

const SERVER: ObjectRef = { kind: 'Deployment', namespace: 'prod', name: 'a' };
const POLICY: ObjectRef = { kind: 'NetworkPolicy', namespace: 'prod', name: 'p' };
const finding = (more: Partial<Finding> = {}): Finding => ({
  rule: 'r',
  messageId: 'm',
  level: 'deny',
  subject: SERVER,
  object: POLICY,
  path: 'spec.x',
  message: 'is open',
  fix: { summary: 'close it' },
  ...more,
});
const WITNESS: Witness = { direction: 'egress', peer: '10.0.0.1', port: 80, protocol: 'TCP' };

test('An object is named by kind, namespace and name', () => {
  expect([refText(SERVER), refText({ ...SERVER, namespace: '' })]).toEqual(['Deployment prod/a', 'Deployment a']);
});

test.each<[text: string, witness: Witness]>([
  ['it can connect to 10.0.0.1 on TCP 80', WITNESS],
  ['it can connect to 10.0.0.1 on UDP 53', { ...WITNESS, port: 53, protocol: 'UDP' }],
  ['it can connect to 10.0.0.1', { direction: 'egress', peer: '10.0.0.1' }],
  ['pod x can connect to it on TCP 80', { direction: 'ingress', peer: 'pod x', port: 80 }],
])('A witness says: %s', (text, witness) => {
  expect(witnessText(witness)).toBe(text);
});

test.each<[text: string, more: Partial<Finding>]>([
  ['NetworkPolicy prod/p spec.x', {}],
  ['NetworkPolicy prod/p', { path: '' }],
  ['spec.x', { object: SERVER }],
  ['', { object: SERVER, path: '' }],
  ['StatefulSet prod/a spec.x', { object: { ...SERVER, kind: 'StatefulSet' } }],
  ['Deployment dev/a spec.x', { object: { ...SERVER, namespace: 'dev' } }],
  ['Deployment prod/b spec.x', { object: { ...SERVER, name: 'b' } }],
])('The place of a fault is %j', (text, more) => {
  expect(placeText(finding(more))).toBe(text);
});

describe('A finding is explained', () => {
  test.each<[line: string, more: Partial<Finding>]>([
    ['r: is open (NetworkPolicy prod/p spec.x). Fix: close it', {}],
    [
      'r: is open (spec.x); for example, it can connect to 10.0.0.1 on TCP 80. Fix: close it',
      { object: SERVER, witness: WITNESS },
    ],
    ['r: is open. Fix: close it', { object: SERVER, path: '' }],
  ])('in one line: %s', (line, more) => {
    expect(explainFinding(finding(more))).toBe(line);
  });

  test('in lines, each part by itself', () => {
    expect(explainFindingLines(finding({ witness: WITNESS }))).toEqual([
      'r: is open',
      '   At: NetworkPolicy prod/p spec.x',
      '   For example: it can connect to 10.0.0.1 on TCP 80',
      '   Fix: close it',
    ]);
    expect(explainFindingLines(finding({ object: SERVER, path: '' }))).toEqual(['r: is open', '   Fix: close it']);
  });
});

test('A cause, and an exception that is refused, are told with what they are of', () => {
  expect(explainCause({ code: 'too-large', object: POLICY, message: 'why' })).toBe('too-large: why');
  expect(explainRefusal({ object: SERVER, text: 't', why: 'w' })).toBe(
    'Deployment prod/a: annotation chokepoint.dev/ignore "t" sets nothing aside: w',
  );
});

test.each<[by: AppliedException['by'], who: string]>([
  ['policy', 'the GatePolicy'],
  ['annotation', 'the annotation of Deployment prod/a'],
  ['resource', 'Deployment prod/a'],
])('An exception by %s is told as one by %s', (by, who) => {
  expect(exceptionText({ by, object: SERVER, reason: 'T-1', expires: '2026-12-31' })).toBe(
    `T-1; until 2026-12-31, by ${who}`,
  );
});

describe('A list is told', () => {
  const of = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));
  test.each<[items: readonly string[], most: number | undefined, text: string]>([
    [[], undefined, ''],
    [['a'], undefined, 'a'],
    [['a', 'b'], 2, 'a, b'],
    [['a', 'b', 'c'], 2, 'a, b and 1 more'],
    [of(16), undefined, of(16).join(', ')],
    [of(17), undefined, `${of(16).join(', ')} and 1 more`],
  ])('%j, of which %s: %s', (items, most, text) => {
    expect(listed(items, most)).toBe(text);
  });
  test('with what separates it', () => {
    expect(listed(['a', 'b', 'c'], 2, ';')).toBe('a;b and 1 more');
  });
});
