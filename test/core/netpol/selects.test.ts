import { describe, expect, test } from 'vitest';
import type { Requirement, Workload } from '../../../src/core/kube/types.ts';
import {
  exampleLabels,
  exampleValue,
  negate,
  restrict,
  restrictAll,
  spaceOf,
} from '../../../src/core/netpol/label-space.ts';
import { mayMatchPairs, maySelect, podLabelsOf, surelySelects } from '../../../src/core/netpol/selects.ts';
import { workload } from '../../support/workload.ts';

/** `app In a,b`, `app Exists`. */
const requirement = (text: string): Requirement => {
  const [key = '', operator = '', values = ''] = text.split(' ');
  return {
    key,
    operator: operator as Requirement['operator'],
    values: new Set(values === '' ? [] : values.split(',')),
  };
};
const selector = (text: string): readonly Requirement[] => (text === '' ? [] : text.split('; ').map(requirement));

const DEPLOYMENT = workload({ labels: { app: 'a' } });
const POD = workload({ kind: 'Pod', labels: { app: 'a' } });
const BOUND: Workload = { ...POD, nodeName: 'node-1' };
const SET = workload({ kind: 'StatefulSet', called: 'db', labels: { app: 'a' } });
const ZONE = 'topology.kubernetes.io/zone';

describe('Whether a policy selects pods', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, subject: Workload, selector: string, surely: boolean, may: boolean]>([
    ['everything', DEPLOYMENT, '', true, true],
    ['a label of theirs', DEPLOYMENT, 'app In a', true, true],
    ['another value', DEPLOYMENT, 'app In b', false, false],
    ['a label that they lack', DEPLOYMENT, 'tier In x', false, false],
    ['no label that they lack', DEPLOYMENT, 'tier DoesNotExist', true, true],
    ['a label of their controller', DEPLOYMENT, 'pod-template-hash In x', false, true],
    ['any value of a label of their controller', DEPLOYMENT, 'pod-template-hash Exists', false, true],
    ['none of a label of their controller', DEPLOYMENT, 'pod-template-hash DoesNotExist', false, true],
    ['a label of their controller twice, in one way', DEPLOYMENT, 'pod-template-hash In x,y; pod-template-hash NotIn y', false, true],
    ['a label of their controller twice, in no way', DEPLOYMENT, 'pod-template-hash In x; pod-template-hash NotIn x', false, false],
    ['a label of their controller beside another value', DEPLOYMENT, 'pod-template-hash In x; app In b', false, false],
    ['a label of the node', DEPLOYMENT, `${ZONE} In z`, false, true],
    ['a label of the node, before a Pod has one', POD, `${ZONE} In z`, false, true],
    ['a label of the node that a Pod does not bear', BOUND, `${ZONE} In z`, false, false],
    ['no label of the node, of a Pod that bears none', BOUND, `${ZONE} DoesNotExist`, true, true],
    ['the name of a Pod that a StatefulSet makes', SET, 'statefulset.kubernetes.io/pod-name In db-0', false, true],
    ['a label that another kind of controller sets', DEPLOYMENT, 'statefulset.kubernetes.io/pod-name In db-0', false, false],
  ])('by %s', (_, subject, text, surely, may) => {
    const labels = podLabelsOf(subject);
    expect([surelySelects(selector(text), labels), maySelect(selector(text), labels)]).toEqual([surely, may]);
  });

  test.each<[pairs: readonly (readonly [string, string])[], may: boolean]>([
    [[], true],
    [[['app', 'a']], true],
    [[['app', 'b']], false],
    [
      [
        ['app', 'a'],
        ['tier', 'x'],
      ],
      false,
    ],
    [
      [
        ['app', 'a'],
        ['pod-template-hash', 'x'],
      ],
      true,
    ],
    [
      [
        ['pod-template-hash', 'x'],
        ['app', 'b'],
      ],
      false,
    ],
  ])('of a Service by %j: %s', (pairs, may) => {
    expect(mayMatchPairs(new Map(pairs), podLabelsOf(DEPLOYMENT))).toBe(may);
  });
});

describe('Labels that a selector leaves over', () => {
  const space = (text: string) => spaceOf(selector(text)) ?? expect.fail('no label set');

  // biome-ignore format: one line a case
  test.each<[selector: string, labels: readonly (readonly [string, string])[]]>([
    ['', []],
    ['app In b,a', [['app', 'a']]],
    ['app Exists', [['app', 'other']]],
    ['app Exists; app NotIn other', [['app', 'other-2']]],
    ['app Exists; app NotIn other,other-2', [['app', 'other-3']]],
    ['app NotIn a', []],
    ['app DoesNotExist', []],
    ['z In 1; a In 2', [['a', '2'], ['z', '1']]],
    ['app In a,b,c; app NotIn a; app In c,b,a', [['app', 'b']]],
  ])('of "%s" are for example %j', (text, labels) => {
    expect([...exampleLabels(space(text))]).toEqual(labels);
  });

  test.each([
    'app In a; app In b',
    'app In a; app NotIn a',
    'app Exists; app DoesNotExist',
    'app In a; app DoesNotExist',
  ])('of "%s" are none', text => {
    expect(spaceOf(selector(text))).toBeUndefined();
    const [first = requirement(''), ...rest] = selector(text);
    expect(restrictAll(spaceOf([first]) ?? expect.fail('no label set'), rest)).toBeUndefined();
  });

  test('are narrowed by one requirement after the other', () => {
    const narrowed =
      restrictAll(space('app In a,b,c; z Exists'), selector('app NotIn a; tier In x')) ?? expect.fail('no label set');
    expect([...exampleLabels(narrowed)]).toEqual([
      ['app', 'b'],
      ['tier', 'x'],
      ['z', 'other'],
    ]);
    expect(restrict(narrowed, requirement('app In a'))).toBeUndefined();
    expect([
      exampleValue(narrowed, 'app', 'w'),
      exampleValue(narrowed, 'z', 'w'),
      exampleValue(narrowed, 'free', 'w'),
    ]).toEqual(['b', 'w', undefined]);
  });

  test.each([
    ['app In a', 'app NotIn a'],
    ['app NotIn a', 'app In a'],
    ['app Exists', 'app DoesNotExist'],
    ['app DoesNotExist', 'app Exists'],
  ])('of "%s" are those that "%s" leaves out', (text, other) => {
    expect(negate(requirement(text))).toEqual(requirement(other));
  });
});
