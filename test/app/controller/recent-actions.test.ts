import { expect, test } from 'vitest';
import type { Action } from '../../../src/app/controller/action.ts';
import { createRecentActions } from '../../../src/app/controller/recent-actions.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const REMOVAL: Action = { kind: 'delete-policy', namespace: 'n', name: 'p', uid: 'u' };
const event = (note: string, namespace = 'n'): Action => ({
  kind: 'event',
  about: { kind: 'Pod', namespace, name: 'a', uid: 'u' },
  reason: 'TrafficOpen',
  note,
});

test.each<readonly [string, Action, number]>([
  ['a deletion', REMOVAL, 1_000],
  ['a lifted gate', { kind: 'lift-gate', pod: { kind: 'Pod', namespace: 'n', name: 'a', uid: 'u' } }, 1_000],
  ['an Event', event('a'), 600_000],
])('%s rests, and not longer', async (_, action, restMs) => {
  const time = createFakeTime();
  const recent = createRecentActions(time);
  expect([recent.claim(action), recent.claim(action)]).toEqual([0, restMs]);
  await time.advance(restMs - 1);
  expect(recent.claim(action)).toBe(1);
  await time.advance(1);
  expect(recent.claim(action)).toBe(0);
});

test('what failed may be done again at once, and another action does not wait for it', () => {
  const recent = createRecentActions(createFakeTime());
  expect([recent.claim(REMOVAL), recent.claim({ ...REMOVAL, uid: 'v' })]).toEqual([0, 0]);
  recent.release(REMOVAL);
  expect([recent.claim(REMOVAL), recent.claim({ ...REMOVAL, uid: 'v' })]).toEqual([0, 1_000]);
});

test('a namespace has fifty Events at once, one more every six seconds, and takes none from another', async () => {
  const time = createFakeTime();
  const recent = createRecentActions(time);
  const first = Array.from({ length: 51 }, (_, index) => recent.claim(event(String(index))));
  expect([first.slice(0, 50).every(ms => ms === 0), first[50]]).toEqual([true, 600_000]);
  expect(recent.claim(event('a', 'other'))).toBe(0);
  await time.advance(5_999);
  expect(recent.claim(event('early'))).toBe(600_000);
  await time.advance(1);
  expect([recent.claim(event('in time')), recent.claim(event('too many'))]).toEqual([0, 600_000]);
});

test('a namespace that was silent for long has no more than fifty Events', async () => {
  const time = createFakeTime();
  const recent = createRecentActions(time);
  recent.claim(event('first'));
  await time.advance(60_000);
  const claims = Array.from({ length: 51 }, (_, index) => recent.claim(event(String(index))));
  expect(claims.filter(ms => ms === 0).length).toBe(50);
});
