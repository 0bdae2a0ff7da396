import { expect, test } from 'vitest';
import { createDashboard, DASHBOARD_TIMES, type MadeModel } from '../../../src/app/dashboard/keep.ts';
import type { DashboardModel, DashboardStanding } from '../../../src/app/dashboard/model.ts';
import type { ServerDetail } from '../../../src/app/page/model.ts';
import type { RunSteps, Steps } from '../../../src/app/steps.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { World } from '../../../src/core/world/world.ts';
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
    isSame: false,
    steps: 0,
    stepMs: 0,
    stepsDone: 0,
    detailed: 0,
    bugs: [] as unknown[],
    troubles: [] as string[],
  };
  let last: MadeModel | undefined;
  const model = async (_: World, run: RunSteps): Promise<MadeModel> => {
    cluster.made += 1;
    await time.advance(cluster.takesMs);
    if (cluster.fails) throw new Error('a bug');
    await run(countedSteps());
    const says = cluster.says;
    if (cluster.isSame && last !== undefined) return last;
    last = {
      model: { page: { sentence: says } } as unknown as DashboardModel,
      detail: id => (id === 'gone' ? undefined : detailOf(`${id} of ${says}`)),
    };
    return last;
  };
  function* countedSteps(): Steps<void> {
    for (let step = 0; step < cluster.steps; step += 1) {
      cluster.stepsDone += 1;
      time.pass(cluster.stepMs);
      yield;
    }
  }
  function* detailOf(mcp: string): Steps<ServerDetail> {
    if (mcp.startsWith('broken')) throw new Error('a bug of details');
    cluster.detailed += 1;
    yield;
    return { mcp } as unknown as ServerDetail;
  }
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

test('A model that says the same is no other model; that it was judged again is told', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  follow();
  await time.advance(250);
  dashboard.touch();
  await time.advance(5_000);
  expect(cluster.made).toBe(2);
  expect(new Set(told.map(({ version }) => version))).toEqual(new Set(['id of {"page":{"sentence":"one"}}']));
  expect(told.map(({ judgements }) => judgements)).toEqual([1, 2]);
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
  expect(told).toEqual([
    { version: '', judgements: 0, staleSince: null, troubles: ['pods cannot be read: forbidden'] },
  ]);
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

test('Others get to work whenever a slice of the work is done, however much there is', async () => {
  const { dashboard, cluster, time, follow, stop } = dashboardOf();
  Object.assign(cluster, { steps: 1_000, stepMs: 5 });
  await time.settle();
  follow();
  time.pass(250);
  const between: number[] = [];
  for (let before = 0; cluster.stepsDone < 1_000; before = cluster.stepsDone) {
    await time.turn();
    between.push(cluster.stepsDone - before);
  }
  expect(Math.max(...between)).toBeLessThanOrEqual(4);
  await time.advance(250);
  expect(saysOf(dashboard.current()?.text)).toBe('one');
  await stop();
});

test('Work that has begun ends with it, and is no bug', async () => {
  const { cluster, time, follow, stop } = dashboardOf();
  Object.assign(cluster, { steps: 1_000, stepMs: 5 });
  await time.settle();
  follow();
  time.pass(250);
  while (cluster.stepsDone < 100) await time.turn();
  await stop();
  expect(cluster.stepsDone).toBeLessThan(110);
  expect(cluster.bugs).toEqual([]);
});

test('The details of a server are made once somebody asks, once for each model', async () => {
  const { dashboard, cluster, time, follow, stop } = dashboardOf();
  follow();
  await time.advance(500);
  expect(cluster.detailed).toBe(0);
  const ask = async (id: string) => {
    const asked = dashboard.current()?.detail(id);
    await time.advance(1);
    return asked;
  };
  expect(await Promise.all([ask('a'), ask('a'), ask('gone')])).toEqual([
    '{"mcp":"a of one"}',
    '{"mcp":"a of one"}',
    undefined,
  ]);
  expect(cluster.detailed).toBe(1);
  cluster.says = 'two';
  dashboard.touch();
  await time.advance(2_000);
  expect(await ask('a')).toBe('{"mcp":"a of two"}');
  await stop();
});

test('Details that cannot be made are told as a bug, and there are none', async () => {
  const { dashboard, cluster, time, follow, stop } = dashboardOf();
  follow();
  await time.advance(500);
  expect(await dashboard.current()?.detail('broken')).toBe(undefined);
  expect(cluster.bugs).toEqual([new Error('a bug of details')]);
  await stop();
});

test('The same model again is no judgement, and tells nobody anything', async () => {
  const { dashboard, cluster, time, told, follow, stop } = dashboardOf();
  cluster.isSame = true;
  follow();
  await time.advance(500);
  const before = dashboard.current();
  dashboard.touch();
  await time.advance(5_000);
  expect([cluster.made, told.length, dashboard.current() === before]).toEqual([2, 1, true]);
  await stop();
});
