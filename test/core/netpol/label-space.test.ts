import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Requirement } from '../../../src/core/kube/types.ts';
import { exampleLabels, exampleValue, negate, restrictAll, spaceOf } from '../../../src/core/netpol/label-space.ts';

type Labels = Readonly<Record<string, string>>;
const need = (key: string, operator: Requirement['operator'], ...values: readonly string[]): Requirement => ({
  key,
  operator,
  values: new Set(values),
});

/** As the API says of each operator. Source: k8s.io/apimachinery/pkg/labels, Requirement.Matches. */
function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[key];
  if (operator === 'In') return value !== undefined && values.has(value);
  if (operator === 'NotIn') return value === undefined || !values.has(value);
  return (value !== undefined) === (operator === 'Exists');
}

const KEYS = ['a', 'b'];
const VALUES = ['x', 'y', 'other', 'other-2', 'free'];
/** Every set of labels that the requirements below can tell apart. */
const ALL: readonly Labels[] = [undefined, ...VALUES].flatMap(a =>
  [undefined, ...VALUES].map(b => ({ ...(a !== undefined && { a }), ...(b !== undefined && { b }) })),
);

const requirement = fc.record({
  key: fc.constantFrom(...KEYS),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.subarray(VALUES.slice(0, -1), { minLength: 1 }).map(values => new Set(values)),
}) as fc.Arbitrary<Requirement>;

describe('the labels that a selector leaves', () => {
  test('are none exactly where no labels match, and the example matches with as few as can be', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 5 }), selector => {
        const matching = ALL.filter(labels => selector.every(one => holds(one, labels)));
        const space = spaceOf(selector);
        expect(space !== undefined).toBe(matching.length > 0);
        if (space === undefined) return;
        const example = Object.fromEntries(exampleLabels(space));
        expect(selector.every(one => holds(one, example))).toBe(true);
        expect(Object.keys(example).length).toBe(Math.min(...matching.map(labels => Object.keys(labels).length)));
      }),
      { numRuns: 500 },
    );
  });

  test('are the same however the selector is taken apart', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 3 }), fc.array(requirement, { maxLength: 3 }), (first, more) => {
        const base = spaceOf(first);
        const [whole, inParts] = [spaceOf([...first, ...more]), base && restrictAll(base, more)];
        expect(inParts && [...exampleLabels(inParts)]).toEqual(whole && [...exampleLabels(whole)]);
      }),
      { numRuns: 500 },
    );
  });

  test('of a requirement and of its contrary are all labels, and none is of both', () => {
    fc.assert(
      fc.property(requirement, fc.constantFrom(...ALL), (one, labels) => {
        expect(holds(negate(one), labels)).toBe(!holds(one, labels));
      }),
    );
  });
});

test.each<readonly [title: string, selector: readonly Requirement[], value: string | undefined]>([
  ['of several that are asked for is the first of the alphabet', [need('a', 'In', 'y', 'x')], 'x'],
  ['of one that must be there is the one wished for', [need('a', 'Exists')], 'other'],
  ['is another one where that is barred', [need('a', 'Exists'), need('a', 'NotIn', 'other')], 'other-2'],
  [
    'is the next one where that is barred too',
    [need('a', 'Exists'), need('a', 'NotIn', 'other', 'other-2')],
    'other-3',
  ],
  ['is none where the key may be absent', [need('a', 'NotIn', 'x')], undefined],
  ['is none where the key must be absent', [need('a', 'DoesNotExist')], undefined],
  ['is none where nothing is asked', [], undefined],
])('a value %s', (_, selector, value) => {
  const space = spaceOf(selector);
  expect(space && exampleValue(space, 'a', 'other')).toBe(value);
});
