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

  it('is suggested as a question, and nothing is where none is near', () => {
    expect([suggestion('gatways', NAMES), suggestion('colour', NAMES)]).toEqual(['; did you mean "gateways"?', '']);
  });
});
