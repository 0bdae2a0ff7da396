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

test('listeners hear the key of every change once, and one that throws harms nobody', async () => {
  const bugs: unknown[] = [];
  view = await startView({ onBug: error => bugs.push(error) });
  await view.time.advance(2_000);
  const heard: string[] = [];
  const stop = view.cache.onChange(() => {
    throw new Error('listener');
  });
  view.cache.onChange(({ kind, namespace, name }) => heard.push(`${kind} ${namespace}/${name}`));
  view.server.put('pods', podObject('agents', 'second'));
  view.server.remove('networkpolicies', 'gateway-only', 'shop');
  await view.time.settle();
  expect([heard.sort(), bugs.length]).toEqual([['NetworkPolicy shop/gateway-only', 'Pod agents/second'], 2]);
  stop();
  view.server.put('namespaces', { metadata: { name: 'new' } });
  await view.time.settle();
  expect([heard.length, bugs.length]).toEqual([3, 2]);
});

test('a Pod of which nothing but the version is new is told as such, and the view shows that version', async () => {
  view = await startView();
  await view.time.advance(2_000);
  const heard: boolean[] = [];
  view.cache.onChange(({ isVersionAlone }) => heard.push(isVersionAlone()));
  const states = [{}, { status: { phase: 'Running' } }, { status: { phase: 'Running', podIP: '10.0.0.7' } }];
  for (const state of [
    ...states,
    { ...states.at(-1), metadata: { name: 'second', namespace: 'agents', labels: { a: 'b' } } },
  ]) {
    view.server.put('pods', { ...podObject('agents', 'second'), ...state });
    await view.time.settle();
    expect(view.isEqual()).toBe(true);
  }
  // It is new, then its phase, its address and its labels change.
  expect(heard).toEqual([false, true, false, false]);
});

test('an object that was deleted and made again while nobody looked is told as both', async () => {
  view = await startView();
  await view.time.advance(2_000);
  const heard: string[] = [];
  view.cache.onChange(({ kind, name }) => heard.push(`${kind} ${name}`));
  view.server.order('drop', { times: 2 });
  view.server.cut();
  view.server.remove('pods', 'server', 'shop');
  view.server.put('pods', podObject('shop', 'server'));
  view.server.compact();
  expect(await view.until(() => view?.isEqual() === true, 10)).toBe(true);
  expect(heard).toEqual(['Pod server', 'Pod server']);
});

test('a Pod that is finished is no workload any more', async () => {
  view = await startView();
  await view.time.advance(2_000);
  const pods = (): readonly string[] => {
    const reading = view?.cache.read();
    return reading?.kind === 'ready' ? [...reading.world.namespace('shop').workloads.keys()] : [];
  };
  expect(pods()).toEqual(['Pod/server']);
  view.server.put('pods', podObject('shop', 'server', 'mcp', 'Succeeded'));
  await view.time.settle();
  expect(pods()).toEqual([]);
});

test('a cache that is stopped while lists hang ends at once', async () => {
  view = await startView({ prepare: server => server.order('stall', { times: 100 }) });
  await view.time.settle();
  expect(await view.end()).toEqual({ timers: 0, sockets: 0 });
  view = undefined;
});

test('a view is stale once its oldest proof is older than what counts as stale, and not before', async () => {
  view = await startView({ staleMs: 20_000 });
  await view.time.advance(2_000);
  view.server.order('stall', { times: Number.POSITIVE_INFINITY });
  view.server.cut();
  await view.time.settle();
  const ageMs = view.cache.ageMs();
  await view.time.advance(20_000 - ageMs);
  expect([view.cache.ageMs(), view.reading()]).toEqual([20_000, 'ready']);
  await view.time.advance(1);
  expect([view.cache.ageMs(), view.reading()]).toEqual([20_001, 'stale']);
});
