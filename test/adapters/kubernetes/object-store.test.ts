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
