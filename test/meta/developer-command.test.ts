import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../support/developer-command.ts';

const COMMAND = {
  name: 'npm run tries',
  does: 'Tries FILE again and again.',
  operands: ['FILE'],
  options: {
    count: { value: 'N', means: 'how often', default: 3 },
    only: { value: 'TEXT', means: 'only lines that hold it', default: '' },
    out: { value: 'FILE', means: 'where to write' },
  },
};

const USAGE = `Usage: npm run tries -- [OPTIONS] FILE

Tries FILE again and again.

  --count N    how often (default: 3)
  --only TEXT  only lines that hold it
  --out FILE   where to write
`;

test.each([[['--help']], [['-h']], [['--help', '--count', 'x', 'a', 'b']]])('%j shows the usage', args => {
  expect(readCommandLine(COMMAND, args)).toEqual({ kind: 'help', text: USAGE });
});

describe('Arguments give', () => {
  test.each<[args: readonly string[], values: object]>([
    [['a'], { count: 3, only: '', out: undefined }],
    [['--count', '0', 'a', '--only=x'], { count: 0, only: 'x', out: undefined }],
    [['--out', 'o', '--count=12', 'a'], { count: 12, only: '', out: 'o' }],
  ])('%j', (args, values) => {
    expect(readCommandLine(COMMAND, args)).toEqual({ kind: 'run', values, operands: ['a'] });
  });
});

test.each<[args: readonly string[], why: string]>([
  [[], 'FILE is missing'],
  [['a', 'b'], '"b" is one argument too many'],
  [['a', '--cuont', '3'], "Unknown option '--cuont'"],
  [['a', '--count'], "Option '--count <value>' argument missing"],
  [['a', '--count', 'many'], '--count takes a whole number, not "many"'],
  [['a', '--count=-1'], '--count takes a whole number, not "-1"'],
  [['a', '--count', '1.5'], '--count takes a whole number, not "1.5"'],
  [['a', '--count', ''], '--count takes a whole number, not ""'],
])('%j is refused with what is wrong, and the usage', (args, why) => {
  expect(readCommandLine(COMMAND, args)).toEqual({ kind: 'wrong', text: `${why}\n\n${USAGE}` });
});

test('A command without options and operands has a short usage', () => {
  const text = 'Usage: npm run all\n\nDoes all.\n';
  expect(readCommandLine({ name: 'npm run all', does: 'Does all.', options: {} }, ['-h'])).toEqual({
    kind: 'help',
    text,
  });
});
