import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { noteLooks } from '../../src/core/looks.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { World } from '../../src/core/world/world.ts';
import { closingPolicy, decodeAll, deployment, namespace, worldOf } from '../support/reviews.ts';

const OBJECTS: readonly KubeObject[] = decodeAll([namespace(), deployment(), closingPolicy()]);
const WORLD = buildWorld(OBJECTS);

const PODS = [...WORLD.namespace('prod').workloads.values()];
const ENDPOINTS = [
  ...worldOf({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'weather', namespace: 'prod' },
    subsets: [{ addresses: [{ ip: '10.0.0.1' }] }],
  })
    .namespace('prod')
    .endpoints.values(),
];

/** Who looks at a world so, and another world. */
type Row = readonly [what: string, look: (world: World) => unknown, other: World, isSame: boolean];

const NODES = { nodes: [...WORLD.nodes] };
const LONG = Array.from({ length: 17 }, (_, index) => `team-${index}`);
const withNames = (names: readonly string[]): World => ({ ...WORLD, namespaceNames: () => names });

const rows: readonly Row[] = [
  ['nothing is asked, and all differs', () => undefined, buildWorld([]), true],
  ['the same world', world => world.namespace('prod'), WORLD, true],
  ['a copy of the world', world => world.namespace('prod'), { ...WORLD }, true],
  ['other content of the namespace that is asked for', world => world.namespace('prod'), buildWorld(OBJECTS), false],
  ['other content of another namespace', world => world.namespace('prod'), { ...WORLD, nodes: [] }, true],
  ['another list of the same items', world => world.nodes, { ...WORLD, ...NODES }, true],
  ['another list that is not asked for', world => world.clusterPolicies, { ...WORLD, ...NODES }, true],
  ['no groups, and none that are known', world => world.cidrGroups, { ...WORLD, cidrGroups: undefined }, false],
  ['endpoints, and none', world => world.hasEndpoints(), { ...WORLD, hasEndpoints: () => true }, false],
  ['a holder, and none', world => world.podsAt('10.0.0.1'), { ...WORLD, podsAt: () => [] }, true],
  ['a holder that is gone', world => world.podsAt('10.0.0.1'), { ...WORLD, podsAt: () => PODS }, false],
  ['endpoints, and others', world => world.endpointsAt('10.0.0.1'), { ...WORLD, endpointsAt: () => ENDPOINTS }, false],
  ['the same few names', world => world.namespaceNames(), withNames(['prod']), true],
  ['other names', world => world.namespaceNames(), withNames(['test']), false],
];

describe('what a world was asked is answered by another one with the same objects', () => {
  test.each(rows)('%s', (_what, look, other, isSame) => {
    const looks = noteLooks(WORLD);
    look(looks.world);
    expect(looks.comparison()(other)).toBe(isSame);
  });

  test('a long list is compared as a whole', () => {
    const looks = noteLooks(withNames(LONG));
    expect(looks.world.namespaceNames()).toBe(LONG);
    expect([LONG, [...LONG]].map(names => looks.comparison()(withNames(names)))).toEqual([true, false]);
  });

  test.each([
    [100, true],
    [101, false],
  ])('a world that is asked %i questions: it is like itself: %s', (questions, isSame) => {
    const looks = noteLooks(WORLD);
    for (let address = 0; address < questions; address += 1) looks.world.podsAt(String(address));
    looks.world.podsAt('0');
    expect(looks.comparison()(WORLD)).toBe(isSame);
  });

  test('a world that answers otherwise the second time is like no other', () => {
    let isThere = false;
    const world: World = { ...WORLD, hasEndpoints: () => isThere };
    const looks = noteLooks(world);
    looks.world.hasEndpoints();
    expect(looks.comparison()(world)).toBe(true);
    isThere = true;
    looks.world.hasEndpoints();
    expect(looks.comparison()(world)).toBe(false);
  });

  test('everything that a world answers is answered', () => {
    const { world } = noteLooks(WORLD);
    const answers = ({ namespace: content, ...one }: World): unknown => [
      content('prod'),
      one.hasEndpoints(),
      one.endpointsAt('10.0.0.1'),
      one.podsAt('10.0.0.1'),
      one.namespaceNames(),
      one.clusterPolicies,
      one.calico,
      one.nodes,
      one.cidrGroups,
      one.wideFacts,
    ];
    expect(answers(world)).toEqual(answers(WORLD));
    expect(Object.keys(world).sort()).toEqual(Object.keys(WORLD).sort());
  });
});

/** Looks at all of a world that nobody else holds, and at a short list of objects in it. */
function lookedAt(): readonly [alive: () => unknown, isIn: (world: World) => boolean] {
  const world: World = { ...buildWorld(OBJECTS), podsAt: () => [...PODS] };
  const looks = noteLooks(world);
  for (const name of Object.keys(world)) Reflect.get(looks.world, name);
  looks.world.namespace('prod');
  looks.world.namespaceNames();
  looks.world.hasEndpoints();
  looks.world.endpointsAt('10.0.0.1');
  const holders = new WeakRef(looks.world.podsAt('10.0.0.1'));
  const kept = new WeakRef(world);
  return [() => kept.deref() ?? holders.deref(), looks.comparison()];
}

test('a comparison keeps neither the world alive that was looked at, nor what it answered', async () => {
  setFlagsFromString('--expose-gc');
  const [alive, isIn] = lookedAt();
  // What a WeakRef was made for stays until the job is over.
  await setImmediate();
  runInNewContext('gc')();
  expect(alive()).toBeUndefined();
  expect(isIn(buildWorld(OBJECTS))).toBe(false);
});
