import { expect, test } from 'vitest';
import { nearest, suggestion } from '../../../src/core/gate/nearest.ts';

// biome-ignore format: one line a case
test.each<[text: string, candidates: readonly string[], meant: string | undefined]>([
  ['gateways', ['gateways'], 'gateways'],
  ['gateway', ['gateways'], 'gateways'],
  ['gatewayss', ['gateways'], 'gateways'],
  ['gatewayz', ['gateways'], 'gateways'],
  ['GATEWAYS', ['gateways'], 'gateways'],
  ['gtwys', ['gateways'], undefined],
  ['gaways', ['gateways'], 'gateways'],
  ['abc', ['xbc'], 'xbc'],
  ['abc', ['xyc'], undefined],
  ['ab', ['b'], undefined],
  ['', ['abc'], undefined],
  ['abc', [''], undefined],
  ['abcdef', ['xbcdef', 'abcdex'], 'xbcdef'],
  ['abcdef', ['xycdef', 'abcdex'], 'abcdex'],
  ['abcdef', ['abcdex', 'xycdef'], 'abcdex'],
  ['ba', ['ab'], undefined],
  ['bacdef', ['abcdef'], 'abcdef'],
  ['x', [], undefined],
  ['a'.repeat(64), ['a'.repeat(64)], 'a'.repeat(64)],
  ['a'.repeat(65), ['a'.repeat(65)], undefined],
])('Of %j and %j what was meant is %j', (text, candidates, meant) => {
  expect(nearest(text, candidates)).toBe(meant);
  expect(suggestion(text, candidates)).toBe(meant === undefined ? '' : `; did you mean "${meant}"?`);
});
