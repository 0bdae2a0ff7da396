import { describe, expect, it } from 'vitest';
import { afterLook, type EnforcedNamespaces, enforcedText, readEnforced } from '../../src/app/enforced-namespaces.ts';
import { testPolicy, worldOf } from '../support/reviews.ts';

const TODAY = '2026-11-27';
const policy = testPolicy({ mode: 'audit' });
const space = (name: string, mode?: string, more: object = {}): Readonly<Record<string, unknown>> => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: mode === undefined ? {} : { 'chokepoint.dev/mode': mode }, ...more },
});
const known = (days: Readonly<Record<string, string>>): EnforcedNamespaces => new Map(Object.entries(days));

describe('What is remembered after a look', () => {
  it.each<
    readonly [title: string, before: Record<string, string>, there: readonly object[], after: Record<string, string>]
  >([
    ['nothing enforces', {}, [space('a'), space('b', 'warn')], {}],
    ['one enforces', {}, [space('a', 'enforce')], { a: TODAY }],
    ['a mode that cannot be read enforces', {}, [space('a', 'enforced')], { a: TODAY }],
    ['one is seen again, a day later', { a: '2026-11-26' }, [space('a', 'enforce')], { a: TODAY }],
    ['one enforces no more', { a: '2026-11-26' }, [space('a', 'audit')], {}],
    ['one is gone', { a: '2026-11-20' }, [], { a: '2026-11-20' }],
    ['one has been gone for 90 days', { a: '2026-08-29' }, [], { a: '2026-08-29' }],
    ['one has been gone for longer', { a: '2026-08-28' }, [], {}],
    [
      'one is being deleted',
      {},
      [space('a', 'enforce', { deletionTimestamp: '2026-11-27T00:00:00Z', finalizers: ['kubernetes'] })],
      { a: TODAY },
    ],
  ])('%s', (_title, before, there, after) => {
    const world = worldOf(...(there as readonly Readonly<Record<string, unknown>>[]));
    expect(Object.fromEntries(afterLook(known(before), world, policy, TODAY))).toEqual(after);
  });

  it('is the same map where nothing has changed, so that nothing is written', () => {
    const before = known({ a: TODAY, gone: '2026-11-01' });
    expect(afterLook(before, worldOf(space('a', 'enforce')), policy, TODAY)).toBe(before);
  });

  it('is bounded: those that are gone for longest are forgotten first', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`gone-${index}`, '2026-11-01']));
    const after = afterLook(known({ ...many, older: '2026-10-31' }), worldOf(space('new', 'enforce')), policy, TODAY);
    expect([after.size, after.has('new'), after.has('older')]).toEqual([5_000, true, false]);
  });
});

describe('Of those that are gone for as long', () => {
  it.each([
    ['the names that come first', 4_999, ['name-0000', 'z-name'], ['z-name']],
    ['none as long as there is room', 4_998, ['name-0000', 'z-name'], []],
  ])('%s stay', (_title, others, names, forgotten) => {
    const many = Array.from({ length: others }, (_, index) => `name-${String(index + 1).padStart(4, '0')}`);
    const days = Object.fromEntries([...names.toReversed(), ...many].map(name => [name, '2026-11-01']));
    const after = afterLook(known(days), worldOf(), policy, TODAY);
    expect(names.filter(name => !after.has(name))).toEqual(forgotten);
  });
});

describe('What is stored', () => {
  it('is read as it was written', () => {
    const days = known({ b: TODAY, a: '2026-11-01' });
    expect(enforcedText(days)).toBe('{"a":"2026-11-01","b":"2026-11-27"}');
    expect(readEnforced(enforcedText(days))).toEqual(days);
  });

  it.each<readonly [text: string, expected: Record<string, string> | undefined]>([
    ['', {}],
    ['{}', {}],
    ['{"__proto__":"2026-11-01"}', JSON.parse('{"__proto__":"2026-11-01"}')],
    ['{"a":1}', undefined],
    ['{"a":"yesterday"}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['{', undefined],
  ])('as %s is read', (text, expected) => {
    const read = readEnforced(text);
    expect(read && [...read]).toEqual(expected && Object.entries(expected));
  });
});
