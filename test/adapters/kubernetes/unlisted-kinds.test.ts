import { afterEach, expect, it } from 'vitest';
import { NAMESPACES, NETWORK_POLICIES, PODS, type WatchedKind } from '../../../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../../../src/adapters/kubernetes/client/paths.ts';
import { cacheHealth } from '../../../src/adapters/kubernetes/view/cache-health.ts';
import { createJudge } from '../../../src/core/evaluate.ts';
import { CLOSED } from '../../cli/manifests.ts';
import { type ClusterView, ROUTES, startView } from '../../support/cluster-view.ts';
import { rangesPolicy } from '../../support/ranges-policy.ts';
import { parseYaml } from '../../support/yaml.ts';

/** What may not be listed is not absent: whatever it could select is undetermined, and the view is complete all the same. */

const CILIUM: Resource = {
  ...{ group: 'cilium.io', version: 'v2' },
  ...{ kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies' },
};
const TIERS: Resource = { group: 'projectcalico.org', version: 'v3', kind: 'Tier', plural: 'tiers' };
const optional = ({ group, kind, version }: Resource): WatchedKind => ({
  ...{ kind: 'optional', group, objectKind: kind },
  versions: [version],
});
const ALWAYS = { times: Number.POSITIVE_INFINITY };
const RANGES = { pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'], nodes: ['192.0.2.0/24'], controlPlane: [] };

const SERVER = {
  metadata: { namespace: 'shop', name: 'orders', labels: { app: 'orders', 'chokepoint.dev/mcp-server': 'true' } },
  spec: { containers: [{ name: 'server', image: 'registry.example/orders:1', ports: [{ containerPort: 8080 }] }] },
};

let view: ClusterView | undefined;
afterEach(async () => {
  await view?.end();
  view = undefined;
});

async function start(resource: Resource, mayList: boolean): Promise<ClusterView> {
  const started = await startView({
    kinds: [
      ...[NAMESPACES, NETWORK_POLICIES, PODS].map(one => ({ kind: 'builtin', resource: one }) as const),
      optional(resource),
    ],
    prepare: server => {
      server.install(resource);
      server.put('pods', SERVER);
      server.put('networkpolicies', Object(parseYaml(CLOSED)[0]));
      if (!mayList) server.order({ status: 403 }, { ...ALWAYS, verb: 'list', plural: resource.plural });
    },
  });
  view = started;
  await started.time.advance(2_000);
  return started;
}

/** The verdict on the server, with why it is undetermined. */
function judged({ cache }: ClusterView): readonly string[] {
  const reading = cache.read();
  if (reading.kind === 'not-synced') return ['not synced'];
  const server = reading.world.namespace('shop').workloads.get('Pod/orders');
  if (server === undefined) return ['no server'];
  const { verdict, causes } = createJudge(rangesPolicy(RANGES)).evaluate(reading.world, server);
  return [verdict, ...new Set(causes.map(({ message }) => message))];
}

const MAY_NOT =
  'a CiliumNetworkPolicy (cilium.io) that cannot be seen may select its pods: may not list ciliumnetworkpolicies.cilium.io: the user needs the verb list on it';

it.each([
  ['policies of another API', CILIUM, MAY_NOT],
  ['what gives such policies their meaning', TIERS, 'may not list tiers.projectcalico.org'],
])('%s that may not be listed make a server undetermined, and the view is ready', async (_title, resource, why) => {
  const started = await start(resource, false);
  expect(started.reading()).toBe('ready');
  expect(judged(started)).toEqual(['undetermined', expect.stringContaining(why)]);
  expect(cacheHealth(started.cache)).toMatchObject({
    ok: true,
    detail: { unlisted: `${resource.group}/${resource.kind}` },
  });
});

it('it stays ready while that is so, and judges again once the right is given', async () => {
  const started = await start(CILIUM, false);
  for (let step = 0; step < 60; step += 1) {
    await started.time.advance(5_000);
    expect(started.reading()).toBe('ready');
  }
  const heard: string[] = [];
  started.cache.onChange(({ kind, name }) => heard.push(`${kind} ${name}`));
  started.server.heal();
  await started.time.advance(15_000);
  expect([judged(started), heard, cacheHealth(started.cache).detail.unlisted]).toEqual([
    ['allow'],
    ['CiliumNetworkPolicy *'],
    undefined,
  ]);
});

it('a right that is taken away is found at the next list, and what was known is not taken for deleted', async () => {
  const started = await start(CILIUM, true);
  expect(judged(started)).toEqual(['allow']);
  started.server.put('ciliumnetworkpolicies', {
    metadata: { namespace: 'shop', name: 'beside' },
    spec: { endpointSelector: {} },
  });
  await started.time.settle();
  for (const verb of ['list', 'watch'] as const)
    started.server.order({ status: 403 }, { ...ALWAYS, verb, plural: CILIUM.plural });
  started.server.cut();
  expect(await started.until(() => judged(started)[0] === 'undetermined', 60)).toBe(true);
  expect(started.cache.status().find(({ id }) => id === 'cilium.io/CiliumNetworkPolicy')?.objects).toBe(1);
});

const DOWN = { status: 503 };
const SERVER_DOWN: readonly (readonly [string, Parameters<ClusterView['server']['order']>[0]])[] = [
  ['answers 503', DOWN],
  ['breaks the connection', 'drop'],
];

/** Orders that everything about a kind goes wrong: how it is served, its list, and what happens to it. */
function failAll({ server }: ClusterView, { group, plural }: Resource, fault: (typeof SERVER_DOWN)[number][1]): void {
  server.order(fault, { ...ALWAYS, verb: 'discover', group });
  for (const verb of ['list', 'watch'] as const) server.order(fault, { ...ALWAYS, verb, plural });
}

/** Moves the clock, second by second; gives what there was to read, each once. */
async function readings(started: ClusterView, seconds: number): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let second = 0; second < seconds; second += 1) {
    seen.add(`${started.reading()}, ${judged(started)[0]}`);
    await started.time.advance(1_000);
  }
  return [...seen];
}

it.each(SERVER_DOWN)(
  'a kind whose own server %s from the start counts as not known within half a minute',
  async (_title, fault) => {
    view = await startView({
      kinds: [
        ...[NAMESPACES, NETWORK_POLICIES, PODS].map(one => ({ kind: 'builtin', resource: one }) as const),
        optional(CILIUM),
      ],
      prepare: server => {
        server.install(CILIUM);
        server.put('pods', SERVER);
        server.put('networkpolicies', Object(parseYaml(CLOSED)[0]));
        server.order(fault, { ...ALWAYS, verb: 'discover', group: CILIUM.group });
      },
    });
    expect(await view.until(() => view?.reading() === 'ready', 30)).toBe(true);
    expect(judged(view)).toEqual([
      'undetermined',
      expect.stringContaining('cannot list CiliumNetworkPolicy.cilium.io'),
    ]);
    expect(await readings(view, 120)).toEqual(['ready, undetermined']);
    view.server.heal();
    expect(await view.until(() => view !== undefined && judged(view)[0] === 'allow', 30)).toBe(true);
  },
);

it.each(SERVER_DOWN)(
  'one whose own server %s later makes no view stale, and what was known stays',
  async (_title, fault) => {
    const started = await start(CILIUM, true);
    started.server.put('ciliumnetworkpolicies', {
      metadata: { namespace: 'shop', name: 'beside' },
      spec: { endpointSelector: {} },
    });
    await started.time.settle();
    failAll(started, CILIUM, fault);
    started.server.cut();
    const seen = await readings(started, 120);
    expect(seen.filter(one => !one.startsWith('ready'))).toEqual([]);
    expect(seen.at(-1)).toBe('ready, undetermined');
    expect(started.cache.status().find(({ id }) => id === 'cilium.io/CiliumNetworkPolicy')?.objects).toBe(1);
  },
);

it('where the API server answers for nothing, the view is judged by as it was until it is stale', async () => {
  const started = await start(CILIUM, true);
  started.server.order(DOWN, ALWAYS);
  started.server.cut();
  expect(await readings(started, 120)).toEqual(['ready, allow', 'stale, allow']);
});

it('a kind that is not served any more is none that may not be listed', async () => {
  const started = await start(CILIUM, false);
  started.server.uninstall(CILIUM.plural);
  expect(await started.until(() => judged(started)[0] === 'allow', 60)).toBe(true);
});

it.each([
  ['NetworkPolicies', NETWORK_POLICIES],
  ['routes', ROUTES],
])('without %s nothing can be judged: the view is not complete', async (_title, resource) => {
  view = await startView({
    kinds: [
      { kind: 'builtin', resource: NAMESPACES },
      resource === ROUTES ? optional(ROUTES) : { kind: 'builtin', resource },
    ],
    prepare: server => {
      server.install(ROUTES);
      server.order({ status: 403 }, { ...ALWAYS, verb: 'list', plural: resource.plural });
    },
  });
  await view.time.advance(30_000);
  expect(view.reading()).toBe('not-synced');
});
