import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { type ClusterView, podObject, policyObject, ROUTES, startView } from '../../support/cluster-view.ts';
import type { FakeApiServer, Fault } from '../../support/fake-api-server.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY };
const WATCHES = { ...ALWAYS, verb: 'watch' } as const;
/** The next watch of each of the three kinds that are always there. */
const NEXT_WATCHES = ['namespaces', 'networkpolicies', 'pods'].map(plural => ({ verb: 'watch', plural }) as const);

const onNextWatches = (server: FakeApiServer, fault: Fault): void => {
  for (const match of NEXT_WATCHES) server.order(fault, match);
  server.cut();
};

interface Scenario {
  readonly title: string;
  /** What goes wrong, at 0 s. After 1 s objects are changed in the server. */
  readonly begin: (server: FakeApiServer) => void;
  /** What `read()` says after 10, 40 and 80 s. */
  readonly says: readonly [string, string, string];
  /** Seconds after the faults are over at 80 s, within which the cache is ready and holds what the server holds. */
  readonly within: number;
}

const READY = ['ready', 'ready', 'ready'] as const;
const STALE = ['ready', 'stale', 'stale'] as const;

const SCENARIOS: readonly Scenario[] = [
  { title: 'nothing', begin: () => undefined, says: READY, within: 0 },
  { title: 'every connection breaks once', begin: server => server.cut(), says: READY, within: 0 },
  {
    title: 'every connection breaks, again and again',
    begin: server => {
      server.order('drop', ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 20,
  },
  {
    title: 'nothing is answered any more',
    begin: server => {
      server.order('stall', ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 60,
  },
  {
    title: 'every request is a 500',
    begin: server => {
      server.order({ status: 500 }, ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 20,
  },
  {
    title: 'every request is forbidden',
    begin: server => {
      server.order({ status: 403 }, ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 20,
  },
  {
    title: 'every answer is nonsense',
    begin: server => {
      server.order('garbage', ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 20,
  },
  {
    title: 'watches are refused, lists are answered',
    begin: server => {
      server.order({ status: 403 }, WATCHES);
      server.cut();
    },
    says: READY,
    within: 20,
  },
  {
    title: 'watches are accepted and say nothing',
    begin: server => {
      server.order('mute', WATCHES);
      server.cut();
    },
    says: STALE,
    within: 30,
  },
  {
    title: 'one watch of each kind says nothing',
    begin: server => onNextWatches(server, 'mute'),
    says: READY,
    within: 0,
  },
  {
    title: 'watches end as they begin',
    begin: server => {
      server.order('close', WATCHES);
      server.cut();
    },
    says: READY,
    within: 20,
  },
  {
    title: 'too many requests for 5 s at a time',
    begin: server => {
      server.order({ status: 429, retryAfter: 5 }, { times: 6 });
      server.cut();
    },
    says: READY,
    within: 0,
  },
  {
    title: 'too many requests for 20 s at a time',
    begin: server => {
      server.order({ status: 429, retryAfter: 20 }, ALWAYS);
      server.cut();
    },
    says: STALE,
    within: 40,
  },
  { title: 'a watch is too old', begin: server => onNextWatches(server, 'gone'), says: READY, within: 0 },
  {
    title: 'every watch is too old',
    begin: server => {
      server.order('gone', WATCHES);
      server.cut();
    },
    says: READY,
    within: 20,
  },
  {
    title: 'the history is gone',
    begin: server => {
      server.put('pods', podObject('shop', 'before'));
      server.cut();
      server.compact();
    },
    says: READY,
    within: 0,
  },
  { title: 'a line breaks off', begin: server => onNextWatches(server, 'half-line'), says: READY, within: 0 },
  { title: 'a line is no JSON', begin: server => onNextWatches(server, 'malformed'), says: READY, within: 0 },
  { title: 'events come twice', begin: server => onNextWatches(server, 'duplicate'), says: READY, within: 0 },
  {
    title: 'a watch leads to a resourceVersion that never was',
    begin: server => onNextWatches(server, 'lie'),
    says: READY,
    within: 0,
  },
  // What follows cannot be noticed before the full comparison, every 10 to 11 minutes.
  { title: 'an event is lost', begin: server => onNextWatches(server, 'swallow'), says: READY, within: 700 },
  {
    title: 'a bookmark passes over events',
    begin: server => {
      for (const match of NEXT_WATCHES) server.order('skip', match);
      server.cut();
      server.put('pods', podObject('shop', 'unseen'));
    },
    says: READY,
    within: 700,
  },
  { title: 'events come out of order', begin: server => onNextWatches(server, 'swap'), says: READY, within: 700 },
];

/** Of every sort: changed, made, deleted, deleted and made again. */
function change({ server }: ClusterView): void {
  server.put('pods', podObject('agents', 'server', 'other'));
  server.put('pods', podObject('shop', 'new'));
  server.put('pods', podObject('shop', 'new', 'newer'));
  server.remove('pods', 'server', 'shop');
  server.put('networkpolicies', policyObject('shop', 'second'));
  server.remove('networkpolicies', 'gateway-only', 'agents');
  server.put('networkpolicies', policyObject('agents', 'gateway-only', 'recreated'));
  server.put('namespaces', { metadata: { name: 'shop', labels: { team: 'a' } } });
}

test.each(SCENARIOS)('$title: what is said, and all is well in the end', async ({ begin, says, within }) => {
  const view = await startView();
  expect(await view.until(() => view.reading() === 'ready', 5)).toBe(true);
  await view.time.advance(5_000);
  begin(view.server);
  await view.time.advance(1_000);
  change(view);
  const said: string[] = [];
  for (const seconds of [9, 30, 40]) {
    await view.time.advance(seconds * 1_000);
    said.push(view.reading());
  }
  view.server.heal();
  const isWell = await view.until(() => view.reading() === 'ready' && view.isEqual(), within);
  const left = await view.end();
  expect({ said, isWell, left }).toEqual({ said: says, isWell: true, left: { timers: 0, sockets: 0 } });
});

test.each<readonly [string, Fault, number]>([
  ['is dropped', 'drop', 5],
  ['is a 500', { status: 500 }, 5],
  ['is asked to come again', { status: 429, retryAfter: 3 }, 12],
  ['is nonsense', 'garbage', 5],
  ['is never answered', 'stall', 75],
])('while a list %s the cache is not synced', async (_title, fault, within) => {
  const view = await startView({ prepare: server => server.order(fault, { verb: 'list', plural: 'pods', times: 2 }) });
  await view.time.settle();
  expect(view.reading()).toBe('not-synced');
  expect(await view.until(() => view.reading() === 'ready' && view.isEqual(), within)).toBe(true);
  await view.end();
});

test('a list whose pages go out of date on the way is read again in one piece', async () => {
  const view = await startView({
    prepare: server => {
      for (let index = 0; index < 1_200; index += 1) server.put('pods', podObject('agents', `pod-${index}`));
      server.order({ status: 410 }, { verb: 'continue' });
    },
  });
  expect(await view.until(() => view.isEqual(), 5)).toBe(true);
  expect(view.server.log.filter(entry => entry.endsWith(' pods')).slice(0, 3)).toEqual([
    'list pods',
    'continue pods',
    'list pods',
  ]);
  await view.end();
});

test('a token that ended is read again, at once', async () => {
  const agent = new Agent({ keepAlive: true });
  let token = 'first';
  let known: string | undefined;
  const credentials = {
    current: async () => {
      known ??= token;
      return { headers: { authorization: `Bearer ${known}` }, agent };
    },
    renew: () => {
      known = undefined;
    },
  };
  const view = await startView({ credentials, prepare: server => server.requireToken('first') });
  expect(await view.until(() => view.reading() === 'ready', 5)).toBe(true);
  token = 'second';
  view.server.requireToken('second');
  view.server.cut();
  view.server.put('pods', podObject('shop', 'late'));
  expect(await view.until(() => view.isEqual(), 3)).toBe(true);
  expect(view.reading()).toBe('ready');
  await view.end();
});

test('lost events are counted as misses', async () => {
  const view = await startView();
  await view.time.advance(5_000);
  view.server.order('skip', { verb: 'watch', plural: 'pods' });
  view.server.cut();
  view.server.put('pods', podObject('shop', 'unseen'));
  expect(await view.until(() => view.isEqual(), 700)).toBe(true);
  expect(view.cache.status().map(({ id, counts }) => [id, counts.misses])).toEqual([
    ['/Namespace', 0],
    ['networking.k8s.io/NetworkPolicy', 0],
    ['/Pod', 1],
    ['gateway.networking.k8s.io/HTTPRoute', 0],
  ]);
  await view.end();
});

test('a kind that is installed later is found, and one that is taken away is forgotten', async () => {
  const view = await startView();
  await view.time.advance(5_000);
  view.server.install(ROUTES);
  view.server.put('httproutes', {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { rules: [{ backendRefs: [{ name: 'server', namespace: 'agents' }] }] },
  });
  const routes = (): number => {
    const reading = view.cache.read();
    return reading.kind === 'not-synced' ? -1 : reading.world.namespace('agents').routes.size;
  };
  expect(routes()).toBe(0);
  expect(await view.until(() => routes() === 1, 210)).toBe(true);
  expect(view.reading()).toBe('ready');
  view.server.uninstall('httproutes');
  view.server.cut();
  expect(await view.until(() => routes() === 0, 30)).toBe(true);
  expect(view.reading()).toBe('ready');
  await view.end();
});

test('an object that cannot be read makes the view stale, and its end makes it ready again', async () => {
  const odd = { ...ROUTES, version: 'v9' };
  const view = await startView({ prepare: server => server.install(odd) });
  await view.time.advance(5_000);
  expect(view.reading()).toBe('ready');
  view.server.put('httproutes', { metadata: { namespace: 'shop', name: 'odd' } });
  await view.time.advance(40_000);
  expect([view.reading(), view.cache.status()[3]?.unreadable]).toEqual(['stale', 1]);
  view.server.remove('httproutes', 'odd', 'shop');
  expect(await view.until(() => view.reading() === 'ready', 2)).toBe(true);
  await view.end();
});
