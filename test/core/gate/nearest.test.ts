import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../../src/core/gate/nearest.ts';

const NAMES = ['gateways', 'allowedClients', 'mode', 'rules'];

describe('The name that was probably meant', () => {
  it.each([
    ['gatways', 'gateways'],
    ['gateway', 'gateways'],
    ['allowedclients', 'allowedClients'],
    ['MODE', 'mode'],
    ['mod', 'mode'],
    ['role', undefined],
    ['colour', undefined],
    ['', undefined],
    ['g'.repeat(100_000), undefined],
  ])('of %j is %s', (text, name) => {
    expect(nearest(text, NAMES)).toBe(name);
  });

  it.each([
    ['one letter of three', 'abx', ['abc'], 'abc'],
    ['two letters of three', 'axx', ['abc'], undefined],
    ['a letter too many, in front', 'xabc', ['abc'], 'abc'],
    ['a letter too few, in the middle', 'acdef', ['abcdef'], 'abcdef'],
    ['two letters that change places', 'bacdef', ['abcdef'], 'abcdef'],
    ['all letters but in another order', 'fedcba', ['abcdef'], undefined],
    ['the nearest of two, which is the second', 'abcdex', ['abcxyf', 'abcdef'], 'abcdef'],
    ['the nearest of two, which is the first', 'abcdex', ['abcdef', 'abcxyf'], 'abcdef'],
    ['the first of two that are as near', 'abcdex', ['abcdef', 'abcdeg'], 'abcdef'],
    ['itself', 'abc', ['abd', 'abc'], 'abc'],
    ['64 letters', 'a'.repeat(64), [`${'a'.repeat(63)}b`], `${'a'.repeat(63)}b`],
    ['65 letters', 'a'.repeat(65), ['a'.repeat(65)], undefined],
  ])('may be off by %s', (_, text, names, name) => {
    expect(nearest(text, names)).toBe(name);
  });

  it('is suggested as a question, and nothing is where none is near', () => {
    expect([suggestion('gatways', NAMES), suggestion('colour', NAMES)]).toEqual(['; did you mean "gateways"?', '']);
  });
});
