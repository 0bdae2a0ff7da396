import { afterEach, expect, test } from 'vitest';
import { type ClusterView, podObject, startView } from '../../support/cluster-view.ts';

let view: ClusterView | undefined;
afterEach(async () => {
  await view?.end();
  view = undefined;
});

test('a cluster is ready once every kind has been listed', async () => {
  view = await startView();
  expect(view.reading()).toBe('not-synced');
  await view.time.advance(2_000);
  expect(view.cache.status().map(({ id, installed, lastError }) => [id, installed, lastError])).toEqual([
    ['/Namespace', true, ''],
    ['networking.k8s.io/NetworkPolicy', true, ''],
    ['/Pod', true, ''],
    ['gateway.networking.k8s.io/HTTPRoute', false, ''],
  ]);
  expect(view.reading()).toBe('ready');
  expect(view.isEqual()).toBe(true);
});

test('changes arrive without the clock moving', async () => {
  view = await startView();
  await view.time.advance(2_000);
  view.server.put('pods', podObject('agents', 'second'));
  view.server.remove('networkpolicies', 'gateway-only', 'shop');
  await view.time.settle();
  expect(view.isEqual()).toBe(true);
});

test('a quiet cluster stays ready for an hour', async () => {
  view = await startView();
  await view.time.advance(5_000);
  for (let minute = 0; minute < 60; minute += 1) {
    for (let step = 0; step < 6; step += 1) {
      await view.time.advance(10_000);
      expect(view.reading()).toBe('ready');
    }
    view.server.bookmark();
  }
  expect(view.cache.status().map(({ counts }) => counts.failures + counts.misses + counts.behind)).toEqual([
    0, 0, 0, 0,
  ]);
});
