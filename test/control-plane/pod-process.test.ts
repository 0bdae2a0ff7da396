import { expect, test } from 'vitest';
import { expand } from './pod-process.ts';

const VARIABLES = new Map([
  ['POD_IP', '10.244.128.1'],
  ['EMPTY', ''],
]);

test.each([
  ['--host=$(POD_IP)', '--host=10.244.128.1'],
  ['$(POD_IP)$(POD_IP)', '10.244.128.110.244.128.1'],
  ['[$(EMPTY)]', '[]'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$$(POD_IP)', '$(POD_IP)'],
  ['$POD_IP', '$POD_IP'],
  ['$(POD_IP', '$(POD_IP'],
])('the argument %s is %s for the container', (text, expanded) => {
  expect(expand(text, VARIABLES)).toBe(expanded);
});
