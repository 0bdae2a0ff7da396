import { expect, test } from 'vitest';
import { wrapperFor } from '../../../src/adapters/terminal/wrap.ts';

const TEXT = 'add to spec.egress[0].to[0].ipBlock.except: 10.0.0.0/8 and more';

test('a text is broken between words, and goes on under its first', () => {
  expect(wrapperFor(40)(TEXT, 4)).toBe('add to\n    spec.egress[0].to[0].ipBlock.except:\n    10.0.0.0/8 and more');
});

test('colour codes take no room', () => {
  const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
  expect(wrapperFor(40)(`${red('denied')} ${'x'.repeat(33)}`, 0)).toBe(`${red('denied')} ${'x'.repeat(33)}`);
});

test('a terminal that is too narrow gets it as it is', () => {
  expect(wrapperFor(20)(TEXT, 4)).toBe(TEXT);
});
