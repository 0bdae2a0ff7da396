import { expect, test } from 'vitest';
import { type ClusterView, namespaceObject, podObject, policyObject, startView } from '../../support/cluster-view.ts';
import type { Fault } from '../../support/fake-api-server.ts';
import { createRandom, type Random } from '../../support/random.ts';

/** Faults after which nothing may be missing within a minute. Those that only the full comparison finds stand apart. */
const NOTICED: readonly Fault[] = [
  'drop',
  'stall',
  'garbage',
  'mute',
  'close',
  'gone',
  'half-line',
  'malformed',
  'duplicate',
  'lie',
  { status: 401 },
  { status: 403 },
  { status: 410 },
  { status: 429, retryAfter: 2 },
  { status: 500 },
  { status: 503, retryAfter: 1 },
];
const UNNOTICED: readonly Fault[] = ['swallow', 'swap', 'skip'];

/** What the cache calls stale. */
const STALE_MS = 30_000;
const NAMES = ['a', 'b', 'constructor', 'shop'];
const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'];

/** Gives the object that changed, as `namespace Kind/name`. */
function changeSomething(random: Random, { server }: ClusterView): string {
  const [namespace, name, app] = [random.pick(NAMES), random.pick(NAMES), random.pick(NAMES)];
  const changes: readonly (readonly [string, () => void])[] = [
    [`${namespace} Pod/${name}`, () => server.put('pods', podObject(namespace, name, app, random.pick(PHASES)))],
    [`${namespace} NetworkPolicy/${name}`, () => server.put('networkpolicies', policyObject(namespace, name, app))],
    [`${name} Namespace/${name}`, () => server.put('namespaces', namespaceObject(name, { app }))],
    [`${namespace} Pod/${name}`, () => server.remove('pods', name, namespace)],
    [`${namespace} NetworkPolicy/${name}`, () => server.remove('networkpolicies', name, namespace)],
    [`${name} Namespace/${name}`, () => server.remove('namespaces', name)],
  ];
  const [key, change] = random.pick(changes);
  change();
  return key;
}

function breakSomething(random: Random, { server }: ClusterView, faults: readonly Fault[]): void {
  const verb = random.pick(['watch', 'watch', 'list', undefined] as const);
  server.order(random.pick(faults), { times: 1 + random.int(4), ...(verb && { verb }) });
  if (random.chance(0.5)) server.cut();
  if (random.chance(0.2)) server.compact();
}

async function run(seed: number, faults: readonly Fault[], seconds: number) {
  const random = createRandom(seed);
  const view = await startView();
  await view.time.advance(5_000);
  const changedMs = new Map<string, number>();
  const outOfDate = new Set<string>();
  for (let step = 0; step < 40; step += 1) {
    random.times(random.int(4), () => changedMs.set(changeSomething(random, view), view.time.nowMs()));
    if (random.chance(0.3)) breakSomething(random, view, faults);
    if (random.chance(0.1)) view.server.bookmark();
    await view.time.advance(random.pick([0, 0, 100, 1_000, 7_000, 20_000]));
    for (const key of view.differences()) {
      if (view.time.nowMs() - (changedMs.get(key) ?? 0) > STALE_MS) outOfDate.add(key);
    }
  }
  view.server.heal();
  const isWell = await view.until(() => view.reading() === 'ready' && view.isEqual(), seconds);
  // It must stay so: nothing that was on its way may undo it.
  await view.time.advance(30_000);
  const stays = view.reading() === 'ready' && view.isEqual();
  return { seed, isWell, stays, outOfDate: [...outOfDate], left: await view.end() };
}

const seeds = (count: number, from: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);
const WELL = { isWell: true, stays: true, outOfDate: [], left: { timers: 0, sockets: 0 } };

test.each(seeds(25, 1))(
  'whatever breaks, what is ready is never out of date, and all is there again in the end (seed %i)',
  async seed => {
    expect(await run(seed, NOTICED, 120)).toEqual({ seed, ...WELL });
  },
);

test.each(seeds(8, 1_000))(
  'events that are lost without a trace are there again after the next comparison (seed %i)',
  async seed => {
    const { outOfDate: _, ...result } = await run(seed, [...NOTICED, ...UNNOTICED], 720);
    expect(result).toEqual({ seed, isWell: true, stays: true, left: WELL.left });
  },
);
