import { expect, test } from 'vitest';
import { createObjectStore, type Delta } from '../../../src/adapters/kubernetes/view/object-store.ts';
import { own } from '../../../src/core/kube/reading.ts';

const object = (uid: string, resourceVersion: string, value = uid) => ({
  metadata: { namespace: 'shop', name: 'server', uid, resourceVersion },
  value,
});

const storeOf = () => {
  const told: Delta<unknown>[] = [];
  const read = (raw: Readonly<Record<string, unknown>>) =>
    own(raw, 'value') === 'odd'
      ? ({ kind: 'unreadable', reason: 'odd' } as const)
      : ({ kind: 'value', value: own(raw, 'value') } as const);
  return { told, store: createObjectStore({ read, onDelta: delta => told.push(delta) }) };
};

test('the late end of an object that was made anew leaves the new one', () => {
  const { store, told } = storeOf();
  store.put(object('old', '1'));
  store.put(object('new', '3'));
  expect(store.remove(object('old', '2'))).toBe(true);
  expect([store.size, told.at(-1)]).toEqual([1, { key: 'shop/server', before: undefined, after: 'new' }]);
  store.remove(object('new', '4'));
  expect([store.size, told.at(-1)]).toEqual([0, { key: 'shop/server', before: 'new', after: undefined }]);
});

test('the end of an object that was never seen tells nothing', () => {
  const { store, told } = storeOf();
  expect(store.remove(object('unseen', '2'))).toBe(true);
  expect(told).toEqual([]);
});

test('what has no uid is no object', () => {
  const { store } = storeOf();
  const nameless = { metadata: { name: 'a', resourceVersion: '1' } };
  expect([store.put(nameless), store.remove(nameless), store.replacement().add(nameless)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('an object that could not be read is read again though it did not change, and counted once', () => {
  const { store } = storeOf();
  store.put(object('a', '1', 'odd'));
  const list = store.replacement();
  list.add(object('a', '1', 'fine'));
  expect([...store.unreadable]).toEqual([['shop/server', 'odd']]);
  list.commit();
  expect([store.size, store.unreadable.size]).toEqual([1, 0]);
});

test('who follows is told of every version, but for those of the first list, and of objects that are nothing to the store', () => {
  const told: string[] = [];
  const store = createObjectStore({
    read: raw => (own(raw, 'value') === 'ended' ? { kind: 'nothing' } : { kind: 'value', value: own(raw, 'value') }),
    onDelta: () => undefined,
    follower: {
      stateOf: raw => ({ apiVersion: 'v1', mark: String(own(raw, 'value')) }),
      changed: ({ before, after, raw }) =>
        told.push(`${before?.state?.mark} → ${after?.state?.mark}${raw === undefined ? ', told by a list' : ''}`),
    },
  });
  const list = (...objects: readonly object[]): void => {
    const replacement = store.replacement();
    for (const one of objects) replacement.add({ ...one });
    replacement.commit();
  };
  list(object('a', '1', 'first'));
  store.put(object('a', '2', 'second'));
  store.put(object('a', '2', 'second'));
  list(object('a', '2', 'second'));
  list(object('a', '5', 'restored'));
  store.put(object('a', '6', 'ended'));
  list(object('b', '7', 'anew'));
  list();
  store.clear();
  list(object('c', '9', 'another first'));
  store.remove(object('c', '9', 'last'));
  expect(told).toEqual([
    'first → second',
    'second → restored',
    'restored → ended',
    'ended → undefined, told by a list',
    'undefined → anew',
    'anew → undefined, told by a list',
    'another first → undefined',
  ]);
});
