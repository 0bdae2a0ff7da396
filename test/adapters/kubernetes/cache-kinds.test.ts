import { afterEach, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/adapters/kubernetes/client/client.ts';
import { createDiscovery } from '../../../src/adapters/kubernetes/client/discovery.ts';
import { kindId, WATCHED_KINDS, type WatchedKind } from '../../../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../../../src/adapters/kubernetes/client/paths.ts';
import type { ClusterCache } from '../../../src/adapters/kubernetes/view/cache.ts';
import { cacheHealth, untilReady } from '../../../src/adapters/kubernetes/view/cache-health.ts';
import { GateError } from '../../../src/errors.ts';
import { type ClusterView, startView } from '../../support/cluster-view.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const CIDRS: Resource = { group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR', plural: 'servicecidrs' };
const POLICIES: Resource = { group: 'chokepoint.dev', version: 'v1alpha1', kind: 'GatePolicy', plural: 'gatepolicies' };
const EXCEPTIONS: Resource = { ...POLICIES, kind: 'GateException', plural: 'gateexceptions' };
const KINDS: readonly WatchedKind[] = [CIDRS, POLICIES, EXCEPTIONS].map(({ group, kind, version }) => ({
  kind: 'optional',
  group,
  objectKind: kind,
  versions: [version],
}));

let view: ClusterView | undefined;
afterEach(async () => {
  await view?.end();
  view = undefined;
});

/** A view of these kinds alone, once it is ready, and what its listeners heard. */
async function startOwn(): Promise<{ readonly view: ClusterView; readonly heard: string[] }> {
  const started = await startView({
    kinds: KINDS,
    prepare: server => {
      for (const resource of [CIDRS, POLICIES, EXCEPTIONS]) server.install(resource);
      server.put('servicecidrs', { metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12', 'fd00::/112'] } });
    },
  });
  view = started;
  await started.time.advance(2_000);
  const heard: string[] = [];
  started.cache.onChange(({ kind, namespace, name }) => heard.push(`${kind} ${namespace}/${name}`));
  return { view: started, heard };
}

test('the ranges of all ServiceCIDRs are known, sorted, each once, as long as they are there', async () => {
  const { view, heard } = await startOwn();
  expect(view.cache.serviceCidrs()).toEqual(['10.96.0.0/12', 'fd00::/112']);
  view.server.put('servicecidrs', {
    metadata: { name: 'more' },
    spec: { cidrs: ['10.112.0.0/16', '10.96.0.0/12', '10.0.0.0/24'] },
  });
  await view.time.settle();
  expect(view.cache.serviceCidrs()).toEqual(['10.0.0.0/24', '10.112.0.0/16', '10.96.0.0/12', 'fd00::/112']);
  view.server.remove('servicecidrs', 'kubernetes');
  await view.time.settle();
  expect(view.cache.serviceCidrs()).toEqual(['10.0.0.0/24', '10.112.0.0/16', '10.96.0.0/12']);
  expect(heard).toEqual(['ServiceCIDR /more', 'ServiceCIDR /kubernetes']);
});

test('a ServiceCIDR that cannot be read is counted, and changes no range', async () => {
  const { view } = await startOwn();
  view.server.put('servicecidrs', { metadata: { name: 'broken' }, spec: { cidrs: 'all' } });
  await view.time.settle();
  expect(view.cache.serviceCidrs()).toEqual(['10.96.0.0/12', 'fd00::/112']);
  expect(view.cache.status().find(({ id }) => id.endsWith('ServiceCIDR'))).toMatchObject({ objects: 2, unreadable: 1 });
});

test('a GatePolicy is known with its document, and its status alone is told to nobody', async () => {
  const { view, heard } = await startOwn();
  const put = (spec: object, status: object) => {
    view.server.put('gatepolicies', {
      apiVersion: 'chokepoint.dev/v1alpha1',
      kind: 'GatePolicy',
      metadata: { name: 'default' },
      spec,
      status,
    });
    return view.time.settle();
  };
  const modes = () => view.cache.resources().gatePolicies.map(({ document }) => document.spec);
  await put({ mode: 'audit' }, {});
  await put({ mode: 'audit' }, { observedGeneration: 1 });
  expect([modes(), heard]).toEqual([[{ mode: 'audit' }], ['GatePolicy /default']]);
  await put({ mode: 'enforce' }, { observedGeneration: 1 });
  expect([modes(), heard.length]).toEqual([[{ mode: 'enforce' }], 2]);
  view.server.remove('gatepolicies', 'default');
  await view.time.settle();
  expect([modes(), heard.length]).toEqual([[], 3]);
});

test('a GateException is known as long as it is there', async () => {
  const { view, heard } = await startOwn();
  const spec = { kind: 'Deployment', name: 'a', rules: ['host-network'], reason: 'T-1', expires: '2999-01-01' };
  const names = () => view.cache.resources().gateExceptions.map(({ meta }) => meta.name);
  view.server.put('gateexceptions', {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'GateException',
    metadata: { name: 'a', namespace: 'shop' },
    spec,
  });
  await view.time.settle();
  expect([names(), heard]).toEqual([['a'], ['GateException shop/a']]);
  view.server.remove('gateexceptions', 'a', 'shop');
  await view.time.settle();
  expect([names(), heard.length]).toEqual([[], 2]);
});

describe('Readiness says', () => {
  const status = (id: string, lastContactMs: number | undefined, objects = 2, unreadable = 0) =>
    ({ id, lastContactMs, objects, unreadable }) as ReturnType<ClusterCache['status']>[number];
  const world = {} as Extract<ReturnType<ClusterCache['read']>, { kind: 'ready' }>['world'];

  test.each<
    [
      what: string,
      reading: ReturnType<ClusterCache['read']>,
      statuses: readonly ReturnType<typeof status>[],
      ok: boolean,
      detail: object,
    ]
  >([
    [
      'how much is known',
      { kind: 'ready', world },
      [status('a', 0), status('b', 0, 3, 1)],
      true,
      { state: 'ready', objects: 5, unreadable: 1 },
    ],
    [
      'which kinds were not read yet',
      { kind: 'not-synced' },
      [status('a', 0), status('b', undefined), status('c', undefined)],
      false,
      { state: 'not-synced', objects: 6, unreadable: 0, unread: 'b, c' },
    ],
    [
      'how old the view is',
      { kind: 'stale', world, ageMs: 31_000.4 },
      [status('a', 0)],
      false,
      { state: 'stale', objects: 2, unreadable: 0, ageMs: 31_000 },
    ],
  ])('%s', (_, reading, statuses, ok, detail) => {
    expect(cacheHealth({ read: () => reading, status: () => statuses })).toEqual({ ok, detail });
  });

  test('when a view is ready: it is waited for, unless the signal aborts', async () => {
    const kinds: readonly ('not-synced' | 'ready')[] = ['not-synced', 'not-synced', 'ready'];
    let looks = 0;
    const read = (): ReturnType<ClusterCache['read']> => {
      looks += 1;
      const kind = kinds[looks - 1] ?? 'ready';
      return kind === 'ready' ? { kind, world } : { kind };
    };
    await untilReady({ read }, new AbortController().signal);
    expect(looks).toBe(3);
    await untilReady({ read: () => ({ kind: 'not-synced' }) }, AbortSignal.abort());
    const ending = new AbortController();
    const waiting = untilReady({ read: () => ({ kind: 'not-synced' }) }, ending.signal);
    ending.abort();
    await waiting;
  });
});

describe('Discovery', () => {
  /** A server that answers each path with this status and body. */
  function asking(answers: Readonly<Record<string, { readonly status: number; readonly body?: unknown }>>) {
    const time = createFakeTime();
    const asked: string[] = [];
    const client = {
      request: async ({ path }: { readonly path: readonly string[] }) => {
        asked.push(path.join('/'));
        return answers[path.join('/')] ?? { status: 404 };
      },
    } as unknown as Client;
    return { time, asked, discovery: createDiscovery(client, time, new AbortController().signal) };
  }
  const optional = (versions: readonly string[]): WatchedKind => ({
    kind: 'optional',
    group: 'g',
    objectKind: 'Thing',
    versions,
  });
  const apis = (...versions: readonly unknown[]) => ({
    status: 200,
    body: { groups: [{ name: 'other' }, { name: 'g', versions: versions.map(version => ({ version })) }] },
  });
  const serving = (...resources: readonly unknown[]) => ({ status: 200, body: { resources } });
  const THINGS = serving(
    { kind: 'Thing', name: 'things/status' },
    { kind: 'Other', name: 'others' },
    { kind: 'Thing', name: 'things' },
  );
  const found = (version: string) => ({ group: 'g', version, kind: 'Thing', plural: 'things' });

  test.each<
    [what: string, versions: readonly string[], answers: Parameters<typeof asking>[0], found: Resource | undefined]
  >([
    [
      'finds a kind in the version that is preferred',
      ['v2', 'v1'],
      { apis: apis('v1', 'v2'), 'apis/g/v1': THINGS, 'apis/g/v2': THINGS },
      found('v2'),
    ],
    [
      'takes the version of the server that comes first, where none is preferred',
      [],
      { apis: apis('v1', 'v2'), 'apis/g/v1': THINGS, 'apis/g/v2': THINGS },
      found('v1'),
    ],
    [
      'looks in a version that nobody named, where the preferred ones do not have it',
      ['v2'],
      { apis: apis('v1', 'v2'), 'apis/g/v1': THINGS, 'apis/g/v2': serving() },
      found('v1'),
    ],
    ['finds none of a group that is not served', [], { apis: { status: 200, body: { groups: [] } } }, undefined],
    [
      'finds none where subresources alone are served',
      [],
      { apis: apis('v1'), 'apis/g/v1': serving({ kind: 'Thing', name: 'things/status' }) },
      undefined,
    ],
    ['finds none where a version went meanwhile', [], { apis: apis('v1') }, undefined],
    [
      'reads past what is no version and no resource',
      [],
      {
        apis: apis(7, 'v1'),
        'apis/g/v1': serving(
          null,
          'x',
          { kind: 'Thing' },
          { kind: 'Thing', name: 7 },
          { kind: 'Thing', name: 'things' },
        ),
      },
      found('v1'),
    ],
    ['finds none where the server answers something else', [], { apis: { status: 200, body: 'hello' } }, undefined],
  ])('%s', async (_, versions, answers, expected) => {
    expect(await asking(answers).discovery.find(optional(versions))).toEqual(expected);
  });

  test('asks nothing for what every server serves', async () => {
    const { discovery, asked } = asking({});
    expect(await discovery.find({ kind: 'builtin', resource: CIDRS })).toEqual(CIDRS);
    expect(asked).toEqual([]);
  });

  test.each([
    ['one of the groups', apis('v1'), ['other', 'g'], CIDRS],
    ['none of them', apis('v1'), ['nobody'], undefined],
  ])('finds a kind that is watched beside others where %s is served', async (_, body, beside, expected) => {
    const { discovery } = asking({ apis: body });
    expect(await discovery.find({ kind: 'builtin', resource: CIDRS, beside })).toEqual(expected);
  });

  test('asks once for what is asked for within five seconds', async () => {
    const { discovery, asked, time } = asking({ apis: apis('v1'), 'apis/g/v1': THINGS });
    await Promise.all([discovery.find(optional([])), discovery.find(optional([]))]);
    await time.advance(4_999);
    await discovery.find(optional([]));
    expect(asked).toEqual(['apis', 'apis/g/v1']);
    await time.advance(1);
    await discovery.find(optional([]));
    expect(asked).toEqual(['apis', 'apis/g/v1', 'apis', 'apis/g/v1']);
  });

  test('says that it cannot be told where the server fails, and asks again', async () => {
    const answers: Record<string, { status: number; body?: unknown }> = { apis: { status: 503 } };
    const { discovery } = asking(answers);
    await expect(discovery.find(optional([]))).rejects.toThrow(new GateError('unexpected-answer', 'GET apis: 503'));
    Object.assign(answers, { apis: apis('v1'), 'apis/g/v1': THINGS });
    expect(await discovery.find(optional([]))).toEqual(found('v1'));
  });
});

test.each([
  [['v1alpha3'], 'v1alpha3'],
  [['v1alpha3', 'v1alpha1'], 'v1alpha1'],
])(
  'policies that are served in %j are read in the version that is judged, %s where there is it',
  async (served, version) => {
    const kinds = WATCHED_KINDS.filter(watched => kindId(watched) === 'networking.gke.io/FQDNNetworkPolicy');
    const plural = 'fqdnnetworkpolicies';
    view = await startView({
      kinds,
      prepare: server => {
        for (const one of served)
          server.install({ group: 'networking.gke.io', version: one, kind: 'FQDNNetworkPolicy', plural });
      },
    });
    await view.time.advance(2_000);
    expect(view.cache.status()).toMatchObject([{ installed: true, version }]);
  },
);
