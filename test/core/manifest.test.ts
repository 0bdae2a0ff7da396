import { expect, it } from 'vitest';
import { type Problem, problemLines } from '../../src/core/manifest.ts';

const problem = (changes: Partial<Problem>): Problem => ({
  severity: 'error',
  code: 'c',
  file: 'a.yaml',
  line: 3,
  column: 5,
  field: 'spec.x',
  message: 'is wrong',
  ...changes,
});

it.each([
  ['everything is known', {}, 'a.yaml:3:5: spec.x: is wrong'],
  ['no column', { column: 0 }, 'a.yaml:3: spec.x: is wrong'],
  ['no line', { line: 0, column: 0 }, 'a.yaml: spec.x: is wrong'],
  ['a column without a line', { line: 0 }, 'a.yaml: spec.x: is wrong'],
  ['no field', { field: '' }, 'a.yaml:3:5: is wrong'],
  ['nothing but the message', { file: '', line: 0, column: 0, field: '' }, 'is wrong'],
])('A problem of which %s is one line', (_, changes, line) => {
  expect(problemLines([problem(changes)])).toBe(line);
});

it('Problems are a line each', () => {
  expect(problemLines([problem({}), problem({ field: '' })])).toBe(
    'a.yaml:3:5: spec.x: is wrong\na.yaml:3:5: is wrong',
  );
});
