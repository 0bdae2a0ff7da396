import { expect, test } from 'vitest';
import { createDashboard, DASHBOARD_TIMES } from '../../../src/app/dashboard/keep.ts';
import type { DashboardModel, DashboardStanding } from '../../../src/app/dashboard/model.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { World } from '../../../src/core/world.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { worldOf } from '../../support/reviews.ts';

const START = Date.parse('2026-01-01T23:58:00Z');

/** A dashboard of a cluster that a test changes; its model tells how many objects were put into the cluster. */
function dashboardOf() {
  const time = createFakeTime();
  const cluster = {
    reading: { kind: 'ready', world: worldOf() } as WorldReading,
    says: 'one',
    takesMs: 0,
    fails: false,
    made: 0,
    bugs: [] as unknown[],
    troubles: [] as string[],
  };
  const model = async (_: World): Promise<DashboardModel> => {
    cluster.made += 1;
    await time.advance(cluster.takesMs);
    if (cluster.fails) throw new Error('a bug');
    return { page: { sentence: cluster.says } } as unknown as DashboardModel;
  };
  const begin = time.nowMs();
  const dashboard = createDashboard({
    time,
    times: DASHBOARD_TIMES,
    nowMs: () => START + time.nowMs() - begin,
    world: () => cluster.reading,
    model,
    troubles: () => cluster.troubles,
    idOf: text => `id of ${text}`,
    onBug: error => void cluster.bugs.push(error),
  });
  const ending = new AbortController();
  const running = dashboard.run(ending.signal);
  const told: DashboardStanding[] = [];
  const stop = async (): Promise<void> => {
    ending.abort();
    await time.settle();
    await running;
  };
  return { dashboard, cluster, time, told, stop, follow: () => dashboard.follow(one => void told.push(one)) };
}

const saysOf = (text = '{}'): string => JSON.parse(text).page?.sentence;

test('Nothing is made while nobody looks, and what has happened meanwhile is shown to who comes', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  await time.advance(5_000);
  expect([cluster.made, dashboard.current()]).toEqual([0, undefined]);
  const leave = follow();
  await time.advance(500);
  expect([cluster.made, saysOf(dashboard.current()?.text)]).toEqual([1, 'one']);
  leave();
  cluster.says = 'two';
  dashboard.touch();
  await time.advance(5_000);
  expect([cluster.made, told.length]).toEqual([1, 1]);
  follow();
  await time.advance(500);
  expect(saysOf(dashboard.current()?.text)).toBe('two');
  await stop();
});

test('Changes of one moment become one model, and those of one second another', async () => {
  const { dashboard, cluster, time, follow, stop } = dashboardOf();
  follow();
  await time.advance(250);
  for (let count = 0; count < 100; count += 1) {
    dashboard.touch();
    await time.advance(10);
  }
  expect(cluster.made).toBe(2);
  await stop();
});

test('Where a model takes long, four times as long is spent on nothing', async () => {
  const { dashboard, cluster, time, follow, stop } = dashboardOf();
  cluster.takesMs = 5_000;
  follow();
  await time.advance(6_000);
  expect(cluster.made).toBe(1);
  dashboard.touch();
  await time.advance(17_000);
  expect(cluster.made).toBe(1);
  await time.advance(4_000);
  expect(cluster.made).toBe(2);
  await stop();
});

test('A model that says the same is no other model', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  follow();
  await time.advance(250);
  dashboard.touch();
  await time.advance(5_000);
  expect(cluster.made).toBe(2);
  expect(told.map(({ version }) => version)).toEqual(['id of {"page":{"sentence":"one"}}']);
  await stop();
});

test('The day makes another model, though nothing happened', async () => {
  const { cluster, time, follow, stop } = dashboardOf();
  follow();
  await time.advance(60_000);
  expect(cluster.made).toBe(1);
  await time.advance(62_000);
  expect(cluster.made).toBe(2);
  await stop();
});

test('A view that is stale is said to be so, once, since when nothing was heard; the model stays', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  follow();
  await time.advance(1_000);
  for (const ageMs of [30_000, 31_000, 32_000]) {
    cluster.reading = { kind: 'stale', world: worldOf(), ageMs };
    dashboard.touch();
    await time.advance(1_000);
  }
  expect(told.at(-1)?.staleSince).toBe('2026-01-01T23:57:31.250Z');
  expect([told.length, cluster.made, dashboard.current()?.version]).toEqual([2, 1, told[0]?.version]);
  cluster.reading = { kind: 'ready', world: worldOf() };
  await time.advance(2_000);
  expect([told.at(-1)?.staleSince, cluster.made]).toEqual([null, 2]);
  await stop();
});

test('What keeps it from being shown is told as visible text', async () => {
  const { cluster, time, told, follow, stop } = dashboardOf();
  cluster.reading = { kind: 'not-synced' };
  cluster.troubles = ['pods cannot be read: \u202Eforbidden'];
  follow();
  await time.advance(1_000);
  expect(told).toEqual([{ version: '', staleSince: null, troubles: ['pods cannot be read: forbidden'] }]);
  await stop();
});

test('A model that cannot be made is told as a bug, and leaves the one before', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  follow();
  await time.advance(1_000);
  cluster.fails = true;
  dashboard.touch();
  await time.advance(10_000);
  expect([cluster.bugs.length, cluster.made, told.length]).toEqual([1, 2, 1]);
  expect(saysOf(dashboard.current()?.text)).toBe('one');
  await stop();
});
