import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInFlight } from '../../../src/app/admission/in-flight.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import {
  type Asked,
  create,
  type LaggingCluster,
  laggingCluster,
  remove,
  type Write,
} from '../../support/lagging-cluster.ts';
import { ACCEPTS, DENIES } from '../../support/other-policies.ts';
import { closingPolicy, decodeAll, deployment, openingPolicy, reviewBody, testPolicy } from '../../support/reviews.ts';

const named = (object: Fields, name: string): Fields => ({
  ...object,
  metadata: { ...(object.metadata as Fields), name, generateName: '' },
});
const labelled = (object: Fields, app: string): Fields => ({
  ...object,
  metadata: { ...(object.metadata as Fields), labels: { app, 'chokepoint.dev/mcp-server': 'true' } },
});
const selecting = (object: Fields, app: string): Fields => ({
  ...object,
  spec: { ...(object.spec as Fields), podSelector: { matchLabels: { app } } },
});

const POD = labelled(reviewBody('pod-create').request.object, 'weather');
const AWAY = labelled(POD, 'away');
const CLOSING = closingPolicy();
const SECOND = named(CLOSING, 'second');
const IDLE = selecting(openingPolicy(), 'away');
const NODE_PORT: Fields = reviewBody('service-create-nodeport').request.object;
const CLUSTER_IP: Fields = { ...NODE_PORT, spec: { ...(NODE_PORT.spec as Fields), type: 'ClusterIP' } };

/** Opens its namespace to every pod, and closes it to all else. */
const TO_PODS: Fields = {
  ...named(CLOSING, 'to-pods'),
  spec: { ...(CLOSING.spec as Fields), ingress: [{ from: [{ namespaceSelector: {} }] }] },
};
const LATE_KINDS: ReadonlySet<string> = new Set(['Service', 'ClusterNetworkPolicy']);

const update = (object: Fields): Write => ({ target: object, object });
const codeOf = ({ response }: Asked): number => response.code;

/** What is stored, the first change, the second, and what the second comes to once the first is stored. */
type Row = readonly [title: string, stored: readonly Fields[], first: Write, second: Write, after: number];

const OPEN_TOGETHER: readonly Row[] = [
  ['a Pod, and the deletion of the policy that closes it', [CLOSING], create(POD), remove(CLOSING), 403],
  ['the deletion of a policy, and a Pod that it closes', [CLOSING], remove(CLOSING), create(POD), 403],
  ['the deletions of two policies that close alike', [CLOSING, SECOND, POD], remove(CLOSING), remove(SECOND), 403],
  [
    'a policy that turns away, and the deletion of its like',
    [CLOSING, SECOND, POD],
    update(selecting(CLOSING, 'away')),
    remove(SECOND),
    403,
  ],
  ['a policy that turns away, and a Pod', [CLOSING], update(selecting(CLOSING, 'away')), create(POD), 403],
  ['a Pod, and a policy that turns away', [CLOSING], create(POD), update(selecting(CLOSING, 'away')), 403],
  ['a policy that opens, and a Pod', [CLOSING], create(openingPolicy()), create(POD), 403],
  ['a Pod, and a policy that opens', [CLOSING], create(POD), create(openingPolicy()), 403],
  ['a Service of each node, and a Pod', [CLOSING], create(NODE_PORT), create(POD), 403],
  ['a Pod, and a Service of each node', [CLOSING], create(POD), update(NODE_PORT), 403],
  ['a Service that comes to each node, and a Pod', [CLOSING, CLUSTER_IP], update(NODE_PORT), create(POD), 403],
  ['a policy of the cluster that opens, and a Pod', [CLOSING], create(ACCEPTS), create(POD), 403],
  ['a Pod, and a policy of the cluster that opens', [CLOSING], create(POD), create(ACCEPTS), 403],
  [
    'the deletion of a policy of the cluster that closes, and a Pod',
    [TO_PODS, DENIES],
    remove(DENIES),
    create(POD),
    403,
  ],
  [
    'a Pod, and the deletion of a policy of the cluster that closes',
    [TO_PODS, DENIES],
    create(POD),
    remove(DENIES),
    403,
  ],
  [
    'the deletion of a policy of the cluster, and a policy that opens',
    [CLOSING, POD, DENIES],
    remove(DENIES),
    create(TO_PODS),
    403,
  ],
];

describe('two changes that open a server together, neither of them alone', () => {
  test.each(OPEN_TOGETHER)('%s: the second waits for the first', async (_title, stored, first, second, after) => {
    const cluster = laggingCluster(stored);
    const one = await cluster.ask(first);
    expect(codeOf(one)).toBe(200);
    const other = await cluster.ask(second);
    expect([codeOf(other), other.response.message]).toEqual([503, expect.stringContaining('at the same moment')]);
    cluster.store(one);
    // NetworkPolicies and Pods are read past the view, the others are not.
    if ([first, second].some(({ target }) => LATE_KINDS.has(String(target.kind)))) {
      expect(codeOf(await cluster.ask(second))).toBe(503);
      cluster.catchUp();
    }
    expect(codeOf(await cluster.ask(second))).toBe(after);
  });

  test.each(OPEN_TOGETHER)('%s, asked for at once: one of the two', async (_title, stored, first, second) => {
    const cluster = laggingCluster(stored);
    const both = await Promise.all([cluster.ask(first), cluster.ask(second)]);
    expect(both.map(codeOf)).toEqual([200, 503]);
  });

  test.each(OPEN_TOGETHER)('%s: it is no fault of the second alone', async (_title, stored, _first, second) => {
    expect(codeOf(await laggingCluster(stored).ask(second))).toBe(200);
  });
});

describe('what is not in the way', () => {
  const OPENING_FIRST: Row = ['', [CLOSING], remove(CLOSING), create(POD), 403];
  const [, stored, first, second] = OPENING_FIRST;

  test('a change that was refused', async () => {
    const cluster = laggingCluster([CLOSING, POD]);
    expect(codeOf(await cluster.ask(remove(CLOSING)))).toBe(403);
    expect(cluster.inFlight.size).toBe(0);
    expect(codeOf(await cluster.ask(create(named(POD, 'other'))))).toBe(200);
  });

  test('a dry run', async () => {
    const cluster = laggingCluster(stored);
    await cluster.ask({ ...first, dryRun: true });
    expect([codeOf(await cluster.ask(second)), cluster.inFlight.size]).toEqual([200, 1]);
  });

  test('one that was let through half a minute ago, and came to nothing', async () => {
    let nowMs = 0;
    const cluster = laggingCluster(stored, { nowMs: () => nowMs, deadlineMs: 30_020 });
    await cluster.ask(first);
    nowMs = 29_999;
    expect(codeOf(await cluster.ask(second))).toBe(503);
    nowMs = 30_000;
    expect(codeOf(await cluster.ask(second))).toBe(200);
  });

  test('one of which the view has told what became of it', async () => {
    const cluster = laggingCluster([CLOSING]);
    const edited = await cluster.ask(update({ ...CLOSING, spec: { ...(CLOSING.spec as Fields), egress: [] } }));
    const pod = await cluster.ask(create(POD));
    expect([codeOf(edited), codeOf(pod), cluster.inFlight.size]).toEqual([200, 200, 2]);
    cluster.store(edited);
    cluster.store(pod);
    cluster.catchUp();
    expect(cluster.inFlight.size).toBe(0);
  });

  test.each<readonly [string, readonly Fields[], Write, Write]>([
    [
      'a policy that goes on closing',
      [CLOSING],
      update({ ...CLOSING, spec: { ...(CLOSING.spec as Fields), egress: [] } }),
      create(POD),
    ],
    ['a policy of others', [CLOSING, named(IDLE, 'idle')], remove(named(IDLE, 'idle')), create(POD)],
    ['a further policy that closes', [CLOSING], create(SECOND), create(POD)],
    ['another Pod', [CLOSING], create(POD), create(named(POD, 'other'))],
    ['a Service of the cluster', [CLOSING], create(CLUSTER_IP), create(POD)],
    ['a workload, and its policy after it', [CLOSING], create(deployment()), update(CLOSING)],
  ])('%s', async (_title, objects, one, other) => {
    const cluster = laggingCluster(objects);
    expect([codeOf(await cluster.ask(one)), codeOf(await cluster.ask(other))]).toEqual([200, 200]);
  });

  test('a namespace that does not enforce', async () => {
    const cluster = laggingCluster(stored, { policy: () => testPolicy({ mode: 'warn' }) });
    await cluster.ask(first);
    expect([codeOf(await cluster.ask(second)), cluster.inFlight.size]).toEqual([200, 0]);
  });
});

test('The second passes by itself where it learns in time that the first came to nothing', async () => {
  const cluster = laggingCluster([CLOSING], { deadlineMs: 60_000 });
  const gone = await cluster.ask(remove(CLOSING));
  const pod = cluster.ask(create(POD));
  // Somebody else wrote the policy first: the API server asks anew, and is refused.
  const edited = { ...CLOSING, spec: { ...(CLOSING.spec as Fields), egress: [] } };
  cluster.store({ ...gone, object: edited });
  expect(codeOf(await pod)).toBe(200);
});

test('A deletion is judged by the policies that are stored, not by those of the view: others may have let one go', async () => {
  const cluster = laggingCluster([CLOSING, SECOND, POD]);
  cluster.store(await cluster.ask({ ...remove(CLOSING), dryRun: true }));
  expect(cluster.inFlight.size).toBe(0);
  expect(codeOf(await cluster.ask(remove(SECOND)))).toBe(403);
});

test('Too many at once are asked to come again', async () => {
  const cluster = laggingCluster([CLOSING]);
  for (let index = 0; index < 500; index += 1) await cluster.ask(create(named(POD, `pod-${index}`)));
  const { response } = await cluster.ask(create(named(POD, 'one-more')));
  expect([response.code, response.message]).toEqual([503, expect.stringContaining('too many changes at once')]);
});

test('Of all namespaces together no more is remembered than fits', () => {
  const inFlight = createInFlight(() => 0);
  for (let index = 0; index < 5_000; index += 1) {
    const [object] = decodeAll([{ ...POD, metadata: { name: `pod-${index}`, namespace: `ns-${index}` } }]);
    if (object !== undefined)
      inFlight.enter({ after: { ...object, meta: { ...object.meta, size: 1_000 } } })?.end(true);
  }
  expect(inFlight.size).toBeLessThan(1_000);
});

describe('whatever is asked, stored and seen in whatever order', () => {
  const TARGETS: readonly (readonly Fields[])[] = [
    [CLOSING, selecting(CLOSING, 'away')],
    [SECOND, selecting(SECOND, 'away')],
    [openingPolicy(), IDLE],
    [NODE_PORT, CLUSTER_IP],
    [POD, AWAY],
    [ACCEPTS],
    [DENIES],
    [TO_PODS],
    [named(POD, 'other'), named(AWAY, 'other')],
  ];
  const write = fc.record({ target: fc.nat(TARGETS.length - 1), state: fc.nat(2) }).map(({ target, state }): Write => {
    const states = TARGETS[target] ?? [];
    return { target: states[0] ?? {}, object: states[state] };
  });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.array(write, { minLength: 1, maxLength: 3 }).map(writes => ({ writes })) },
    { weight: 3, arbitrary: fc.record({ store: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant('catch up' as const) },
  );
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
  const judge = createJudge(testPolicy());
  const verdictsIn = (world: World) =>
    [...world.namespace('prod').workloads.values()].map(workload => judge.evaluate(world, workload).verdict);

  async function take(one: Step, cluster: LaggingCluster, letThrough: Asked[]): Promise<void> {
    if (one === 'catch up') return cluster.catchUp();
    if ('drop' in one) return void letThrough.splice(one.drop, 1);
    if ('store' in one) return letThrough.splice(one.store, 1).forEach(cluster.store);
    const writes = one.writes.filter(({ target, object }) => object !== undefined || cluster.isStored(target));
    const asked = await Promise.all(writes.map(cluster.ask));
    letThrough.push(...asked.filter(({ response }) => response.allowed));
  }

  test('no server is open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async steps => {
        const cluster = laggingCluster([CLOSING]);
        const letThrough: Asked[] = [];
        for (const one of steps) {
          await take(one, cluster, letThrough);
          expect(verdictsIn(cluster.truth())).not.toContain('deny');
        }
      }),
      { numRuns: 150 },
    );
  });
});
