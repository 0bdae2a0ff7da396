import { describe, expect, test } from 'vitest';
import { judgeReview, refusedServers, takeInTurns } from '../../../src/app/admission/judge-review.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import type { Change, World } from '../../../src/core/world/world.ts';
import { closingPolicy, decodeAll, deployment, namespace, review, testPolicy, worldOf } from '../../support/reviews.ts';
import { workloadManifest } from '../../support/workload.ts';

const JUDGE = createJudge(testPolicy());
const change = (before: Fields | undefined, after: Fields | undefined): Change => {
  const [old, now] = [before && decodeAll([before])[0], after && decodeAll([after])[0]];
  return { ...(old && { before: old }), ...(now && { after: now }) };
};
const policy = (name: string, app: string, egress: readonly object[], ingress: readonly object[] = []): Fields => ({
  ...closingPolicy(),
  metadata: { name, namespace: 'prod' },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress', 'Egress'], ingress, egress },
});
const to = (cidr: string): object => ({ to: [{ ipBlock: { cidr } }] });
const judged = async (changed: Change, world: World, asked = review('networkpolicy-create')) =>
  (await judgeReview({ judge: JUDGE, world, change: changed, review: asked }, { nowMs: () => 0, endMs: 1 })).servers;
const count = (rules: readonly { readonly rule: string }[], rule: string): number =>
  rules.filter(one => one.rule === rule).length;

describe('Of the findings of one server are kept', () => {
  const world = worldOf(namespace(), deployment(), closingPolicy());
  const blocks = (number: number): readonly object[] =>
    Array.from({ length: number }, (_, index) => to(`10.244.${index}.0/24`));
  // biome-ignore format: one line a case
  test.each<[what: string, egress: readonly object[], ingress: readonly object[], cluster: number, beyond: number]>([
    ['all of twenty', blocks(20), [], 20, 0],
    ['twenty of more', blocks(25), [], 20, 0],
    ['twenty, and the first of a rule that comes after', blocks(25), [{ from: [{ namespaceSelector: {} }] }, { from: [{ podSelector: {} }] }], 20, 1],
  ])('%s', async (_, egress, ingress, cluster, beyond) => {
    const [server] = await judged(change(undefined, policy('new', 'weather', egress, ingress)), world);
    const { faults = [] } = server ?? {};
    expect([count(faults, 'egress-reaches-cluster'), count(faults, 'ingress-beyond-gateway')]).toEqual([cluster, beyond]);
    expect(count(server?.decision.findings ?? [], 'egress-reaches-cluster')).toBe(cluster);
  });

  test('as many of fifty servers, and two of each further one', async () => {
    const servers = Array.from({ length: 52 }, (_, index) =>
      workloadManifest({
        called: `s-${String(index).padStart(2, '0')}`,
        namespace: 'prod',
        labels: { app: 'all' },
        ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
      }),
    );
    const all = buildWorld(decodeAll([namespace(), ...servers, policy('shut', 'all', [])]));
    const told = await judged(change(undefined, policy('new', 'all', blocks(5))), all);
    expect(told.map(({ faults }) => faults.length)).toEqual([...new Array(50).fill(5), 2, 2]);
  });
});

describe('A policy that selects nothing and bears signs of a server', () => {
  const EMPTY = worldOf(namespace());
  const MCP = 'weather-mcp-server';
  const [OPEN, WIDER] = [policy('p', MCP, [to('10.0.0.0/8')]), policy('p', MCP, [to('10.0.0.0/8')], [{}])];
  const told = async (before: Fields | undefined, after: Fields | undefined): Promise<readonly string[]> =>
    (await judged(change(before, after), EMPTY)).map(
      ({ faults, remarks }) =>
        `${faults.map(({ rule }) => rule)} / ${remarks.filter(({ level }) => level === 'deny').map(({ rule }) => rule)}`,
    );

  // biome-ignore format: one line a case
  test.each<[what: string, before: Fields | undefined, after: Fields | undefined, told: readonly string[]]>([
    ['answers for all of it, where it is new', undefined, OPEN, ['egress-reaches-cluster / ']],
    ['answers for what it brings, where it is changed', OPEN, WIDER, ['ingress-beyond-gateway / egress-reaches-cluster']],
    ['answers for nothing that was there', OPEN, OPEN, [' / egress-reaches-cluster']],
    ['is no server, where it is deleted', OPEN, undefined, []],
    ['answers for nothing where it closes', undefined, policy('p', MCP, []), [' / ']],
    ['is no server without the signs', undefined, policy('p', 'web', [to('10.0.0.0/8')]), []],
  ])('%s', async (_, before, after, expected) => {
    expect(await told(before, after)).toEqual(expected);
  });
});

describe('A server awaits its policy', () => {
  const server = (kind: string, more: Fields = {}): Fields => {
    const manifest = workloadManifest({
      kind,
      called: 'a',
      namespace: 'prod',
      labels: { app: 'a', 'chokepoint.dev/mcp-server': 'true' },
    });
    return { ...manifest, spec: { ...(manifest.spec as Fields), ...more } };
  };
  const GATED = { schedulingGates: [{ name: 'chokepoint.dev/network-policy' }] };
  const one = async (
    object: Fields,
    absentPolicy: 'create' | 'hold' | 'reject',
    dryRun = false,
    ...beside: readonly Fields[]
  ) => {
    const judge = createJudge(testPolicy({ absentPolicy }));
    const world = worldOf(namespace(), ...beside);
    const { servers } = await judgeReview(
      { judge, world, change: change(undefined, object), review: { ...review('deployment-create'), dryRun } },
      { nowMs: () => 0, endMs: 1 },
    );
    const [only] = servers;
    return only && [only.awaitsPolicy, only.absence, refusedServers(servers).length];
  };

  // biome-ignore format: one line a case
  test.each<[what: string, object: Fields, absentPolicy: 'create' | 'hold' | 'reject', told: readonly unknown[]]>([
    ['as a Deployment', server('Deployment'), 'create', [true, 'create', 0]],
    ['as a Deployment that waits', server('Deployment'), 'hold', [true, 'hold', 0]],
    ['not where nothing waits', server('Deployment'), 'reject', [false, 'reject', 1]],
    ['as a Pod with the gate', server('Pod', GATED), 'create', [true, 'create', 0]],
    ['not as a Pod without it', server('Pod'), 'create', [false, 'create', 1]],
    ['not as a Pod that has a node', server('Pod', { nodeName: 'n' }), 'create', [false, 'reject', 1]],
    ['not with another fault', server('Deployment', { template: { metadata: { labels: { app: 'a', 'chokepoint.dev/mcp-server': 'true' } }, spec: { hostNetwork: true, containers: [{ name: 'a' }] } } }), 'create', [false, 'create', 1]],
  ])('%s', async (_, object, absentPolicy, told) => {
    expect(await one(object, absentPolicy)).toEqual(told);
  });

  test('in a dry run, whatever it is', async () => {
    expect(await one(server('Pod'), 'reject', true)).toEqual([true, 'reject', 0]);
  });

  test('not once it is closed', async () => {
    expect(
      await one(server('Deployment'), 'create', false, {
        ...closingPolicy(),
        spec: { ...(closingPolicy().spec as Fields), podSelector: {} },
      }),
    ).toEqual([false, 'create', 0]);
  });
});

test('A judgement ends with its time, and others are answered after 50 ms of it', async () => {
  const many = Array.from({ length: 5 }, (_, index) =>
    workloadManifest({
      called: `s-${index}`,
      namespace: 'prod',
      labels: { app: 'all' },
      ownLabels: { 'chokepoint.dev/mcp-server': 'true' },
    }),
  );
  const context = {
    judge: JUDGE,
    world: worldOf(namespace(), ...many),
    change: change(undefined, policy('new', 'all', [])),
    review: review('networkpolicy-create'),
  };
  const run = async (stepMs: number, endMs: number): Promise<readonly [taken: number, end: string, turns: number]> => {
    let [nowMs, taken, turns] = [0, 0, 0];
    let isOver = false;
    const turn = (): void => {
      if (isOver) return;
      turns += 1;
      setImmediate(turn);
    };
    setImmediate(turn);
    const end = await takeInTurns(context, { nowMs: () => nowMs, endMs }, () => {
      taken += 1;
      nowMs += stepMs;
    });
    isOver = true;
    return [taken, end, Math.min(turns, 1)];
  };
  expect(await run(9, 1_000)).toEqual([5, 'all', 0]);
  expect(await run(10, 1_000)).toEqual([5, 'all', 1]);
  expect((await run(10, 30)).slice(0, 2)).toEqual([3, 'late']);
  expect((await run(10, 31)).slice(0, 2)).toEqual([4, 'late']);
  expect(await run(50, 1_000)).toEqual([5, 'all', 1]);
  expect((await run(49, 49)).slice(0, 2)).toEqual([1, 'late']);
});
