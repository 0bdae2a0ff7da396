import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/core/kube/reading.ts';
import { createStepCounter } from '../support/count-steps.ts';
import { policyWith } from '../support/large-objects.ts';

const steps = createStepCounter();
const { builtinGatePolicy } = await import('../../src/adapters/config/load.ts');
const { judgeChange } = await import('../../src/core/change.ts');
const { toldDecision } = await import('../../src/core/decision.ts');
const { createJudge } = await import('../../src/core/evaluate.ts');
const { buildWorld } = await import('../../src/core/world/build.ts');
const { decodeAll } = await import('../support/reviews.ts');

const judge = createJudge(builtinGatePolicy());
const EXCEPTS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'];

/** A policy that selects every server, and opens a little. */
const policy = (index: number): Fields =>
  policyWith(
    {
      podSelector: { matchLabels: { tier: 'mcp' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: `client-${index}` } } }], ports: [{ port: 'mcp' }] }],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: EXCEPTS } }] }],
    },
    `p-${index}`,
  );

const server = (index: number, port = 8080): Fields => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `s-${index}`, namespace: 'prod' },
  spec: {
    selector: { matchLabels: { app: `s-${index}` } },
    template: {
      metadata: { labels: { tier: 'mcp', app: `s-${index}` } },
      spec: { containers: [{ name: 'mcp', image: 'mcp/fetch', ports: [{ name: 'mcp', containerPort: port }] }] },
    },
  },
});

const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** A namespace in which each of the policies selects each of the servers. */
function crowd(policies: number, servers: number) {
  const objects = decodeAll([...many(policies, policy), ...many(servers, index => server(index))]);
  const [changed] = objects;
  if (changed === undefined) throw new Error('no policy');
  return { world: buildWorld(objects), changed };
}

describe('a review of one policy does not judge every other policy for every server', () => {
  test.each([
    ['the policy', false],
    ['its deletion', true],
  ])('%s', (_title, isDeletion) => {
    const costs = [10, 80].map(servers => {
      const { world, changed } = crowd(100, servers);
      const change = isDeletion ? { before: changed } : { before: changed, after: { ...changed } };
      return steps.count(() => judgeChange(judge, world, change));
    });
    // Eight times the servers.
    expect((costs[1] ?? 0) / (costs[0] ?? 1)).toBeLessThan(6.5);
  });

  test('the policy of a namespace of 250 policies that each select its 100 servers', () => {
    const { world, changed } = crowd(250, 100);
    let servers = 0;
    const cost = steps.count(() => {
      servers = judgeChange(judge, world, { before: changed }).servers.length;
    });
    expect(servers).toBe(100);
    expect(cost / (250 * 100)).toBeLessThan(260);
  });
});

test('what is remembered of policies changes no decision', () => {
  const asking = { 'chokepoint.dev/ignore': 'ingress-beyond-gateway old until 2027-01-31' };
  const asks = (object: Fields): Fields => ({
    ...object,
    metadata: { ...(object.metadata as Fields), annotations: asking },
  });
  const objects = decodeAll([
    ...many(5, policy),
    asks(policy(5)),
    asks(server(6)),
    ...many(6, index => server(index, 8080 + (index % 2))),
    { ...server(7), metadata: { name: 's-7', namespace: 'dev' } },
    { ...policy(7), metadata: { name: 'p-7', namespace: 'dev' } },
  ]);
  const world = buildWorld(objects);
  const memory = judge.memory();
  const workloads = ['prod', 'dev'].flatMap(name => [...world.namespace(name).workloads.values()]);
  expect(workloads.map(one => toldDecision(judge.judge(world, one, memory)))).toEqual(
    workloads.map(one => createJudge(judge.policy).evaluate(world, one)),
  );
});

test('what is remembered from one change to the next counts as if it were worked out', () => {
  const { world } = crowd(20, 5);
  const stepsOf = (): number => {
    const memory = judge.memory();
    for (const workload of world.namespace('prod').workloads.values()) judge.judge(world, workload, memory);
    return memory.steps();
  };
  expect(stepsOf()).toBe(stepsOf());
});
