import { expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { selectorText } from '../../../src/core/kube/selector.ts';
import type { NetworkPolicy } from '../../../src/core/kube/types.ts';

const decode = createDecoder();
function textOf(podSelector: object): string {
  const decoded = decode({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'a' },
    spec: { podSelector },
  });
  if (decoded.kind !== 'object') throw new Error(decoded.kind);
  return selectorText((decoded.object as NetworkPolicy).podSelector);
}
const by = (operator: string, ...values: readonly string[]): object => ({
  matchExpressions: [{ key: 'k', operator, ...(values.length > 0 && { values }) }],
});
const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `v${100 + index}`);

it.each<readonly [object, string]>([
  [{}, 'everything'],
  [{ matchLabels: { k: 'v' } }, 'k=v'],
  [{ matchLabels: { k: 'v', a: 'b' } }, 'k=v,a=b'],
  [by('In', 'v'), 'k=v'],
  [by('In', 'b', 'a'), 'k in (a, b)'],
  [by('NotIn', 'v'), 'k!=v'],
  [by('NotIn', 'b', 'a'), 'k notin (a, b)'],
  [by('Exists'), 'k'],
  [by('DoesNotExist'), '!k'],
  [by('In', ...many(16)), `k in (${many(16).join(', ')})`],
  [by('In', ...many(18)), `k in (${many(16).join(', ')} and 2 more)`],
])('%j is written %s', (selector, text) => {
  expect(textOf(selector)).toBe(text);
});
