import { describe, expect, it } from 'vitest';
import { MAX_CHANGES, MAX_NAMESPACES, readRollout, rolloutText } from '../../../src/app/rollout/state.ts';
import { record } from './scene.ts';

const CHANGE = { at: '2026-12-11T00:00:00Z', from: 'audit', to: 'enforce', by: 'controller' } as const;
const FULL = record({
  stage: 'enforce',
  raising: { to: 'enforce', version: '18446744073709551615', isWritten: true },
  pause: { since: '2026-12-12T09:00:00Z', from: 'enforce', mark: 'resumed 2026-12-12T09:00:00Z' },
  told: 'held enforce',
  history: Array.from({ length: MAX_CHANGES }, () => CHANGE),
});

describe('The state of rollouts', () => {
  it('is read as it was written', () => {
    const state = new Map([
      ['a', FULL],
      ['b', record()],
    ]);
    expect(readRollout(rolloutText(state))).toEqual(state);
  });

  it.each([
    ['an empty text', '', new Map()],
    ['no JSON', '{', undefined],
    ['a list', '[]', undefined],
    ['a record that is none', '{"a":1}', new Map()],
    ['a record without its day', '{"a":{"uid":"u","stage":"audit","since":"2026-12-11T00:00:00Z"}}', new Map()],
    ['a key of every object', '{"constructor":{}}', new Map()],
  ])('of %s is what can be read of it', (_, text, expected) => {
    expect(readRollout(text)).toEqual(expected);
  });

  it('fits into a ConfigMap, whatever the names and however much happened', () => {
    const name = (index: number): string => `${index}-`.padEnd(63, 'x');
    const state = new Map(
      Array.from({ length: MAX_NAMESPACES }, (_, index) => [name(index), { ...FULL, uid: 'u'.repeat(36) }] as const),
    );
    const text = rolloutText(state);
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(readRollout(text)?.size).toBe(MAX_NAMESPACES);
  });
});
