import { describe, expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/adapters/kubernetes/client/client.ts';
import { PODS } from '../../../src/adapters/kubernetes/client/kinds.ts';
import { createConcurrencyLimit } from '../../../src/adapters/kubernetes/view/concurrency-limit.ts';
import type { FoundKind } from '../../../src/adapters/kubernetes/view/find-kind.ts';
import { createListWatch, type ListWatchStatus } from '../../../src/adapters/kubernetes/view/list-watch.ts';
import { createObjectStore } from '../../../src/adapters/kubernetes/view/object-store.ts';
import type { WatchEnd, WatchLine } from '../../../src/adapters/kubernetes/view/watch.ts';
import { createWatchGuard, type GuardTimes } from '../../../src/adapters/kubernetes/view/watch-guard.ts';
import { pause } from '../../../src/app/time.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { answerOf, type ScriptedClient, scriptedClient, streamOf } from '../../support/scripted-client.ts';

const SERVED: FoundKind = { kind: 'served', resource: PODS };

const TIMES = {
  watchMs: 240_000,
  absentMs: 180_000,
  tickMs: 5_000,
  quietMs: 10_000,
  silenceMs: 90_000,
  compareMs: 600_000,
  graceMs: 5_000,
  outageMs: 20_000,
};
const never = new AbortController().signal;

/** A clock without chance. */
const steadyTime = (random = 0): FakeTime => ({ ...createFakeTime(), random: () => random });
const pod = (name: string, resourceVersion = '5', uid = `uid-${name}`): Fields => ({
  metadata: { name, namespace: 'shop', uid, resourceVersion },
});
const listOf = (...items: readonly unknown[]) => answerOf({ metadata: { resourceVersion: '7' }, items });
const event = (type: string, object: object): string => JSON.stringify({ type, object });
const bookmark = (resourceVersion: string): string => event('BOOKMARK', { metadata: { resourceVersion } });
const podStore = (seen: string[] = []) =>
  createObjectStore<string>({
    read: raw => {
      const name = String(Object(raw.metadata).name);
      return name === 'broken' ? { kind: 'unreadable', reason: 'x' } : { kind: 'value', value: name };
    },
    onDelta: ({ key, before, after }) =>
      seen.push(`${before === undefined ? '+' : after === undefined ? '-' : '~'}${key}`),
  });
const isWatch = ({ query }: ApiRequest): boolean => query?.watch === 'true';
const pending = (request: ApiRequest) => streamOf([], request, true);

interface Run {
  readonly time: FakeTime;
  readonly client: ScriptedClient;
  /** Changes of the store, in their order. */
  readonly seen: readonly string[];
  /** Milliseconds since the start. */
  readonly asked: readonly string[];
  status(): ListWatchStatus & { readonly contact: number | undefined };
  stop(): Promise<void>;
}

/** A loop over Pods in fake time, on a client that answers so. */
function start(
  list: Parameters<typeof scriptedClient>[0],
  watch: NonNullable<Parameters<typeof scriptedClient>[1]> = pending,
  { time = steadyTime(), resolve = async () => SERVED as FoundKind } = {},
): Run {
  const ending = new AbortController();
  const startMs = time.nowMs();
  const asked: string[] = [];
  const noted = (request: ApiRequest): void =>
    void asked.push(
      `${time.nowMs() - startMs} ${isWatch(request) ? `watch ${request.query?.resourceVersion}` : 'list'}`,
    );
  const client = scriptedClient(
    request => {
      noted(request);
      return list(request);
    },
    request => {
      noted(request);
      return watch(request);
    },
  );
  const seen: string[] = [];
  const loop = createListWatch({
    client,
    time,
    store: podStore(seen),
    times: TIMES,
    listLimit: createConcurrencyLimit(1),
    resolve,
  });
  const done = loop.run(ending.signal);
  return {
    time,
    client,
    seen,
    asked,
    status: () => {
      const status = loop.status();
      return { ...status, contact: status.lastContactMs === undefined ? undefined : status.lastContactMs - startMs };
    },
    stop: () => {
      ending.abort();
      return done;
    },
  };
}

describe('A loop tells of', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, list: Parameters<typeof start>[0], watch: Parameters<typeof start>[1], counts: object, lastError: string, contact: number | undefined]>([
    ['a list that is refused', () => answerOf(undefined, 503), pending, { lists: 1, watches: 0, failures: 1 }, 'list: 503', undefined],
    ['a list that is none', () => answerOf('hello'), pending, { lists: 1, watches: 0, failures: 1 }, 'the list of pods is no list', undefined],
    ['a watch that goes on', () => listOf(), pending, { lists: 1, watches: 1, failures: 0 }, '', 0],
    ['a watch that is closed at once', () => listOf(), request => streamOf([], request), { lists: 1, watches: 1, failures: 1 }, 'watch: closed at once', 0],
    ['a watch that is refused', () => listOf(), () => ({ ok: false, answer: answerOf(undefined, 500) }), { watches: 1, failures: 1, relists: 0 }, 'watch: 500', 0],
    ['a watch whose beginning is forgotten', () => listOf(), request => streamOf([event('ERROR', { code: 410 })], request), { watches: 1, failures: 1, relists: 1, malformed: 0 }, 'watch: ERROR event, 410', 0],
    ['a line that is no JSON', () => listOf(), request => streamOf(['{'], request), { watches: 1, failures: 1, relists: 0, malformed: 1 }, 'malformed line', 0],
    ['a line of no type', () => listOf(), request => streamOf([event('HELLO', pod('a'))], request), { malformed: 1 }, 'malformed line', 0],
    ['a line without an object', () => listOf(), request => streamOf(['{"type":"ADDED","object":null}'], request), { malformed: 1 }, 'malformed line', 0],
    ['a bookmark without a version', () => listOf(), request => streamOf([bookmark('')], request), { malformed: 1 }, 'malformed line', 0],
    ['a bookmark of nothing', () => listOf(), request => streamOf([event('BOOKMARK', { metadata: null })], request), { malformed: 1 }, 'malformed line', 0],
    ['an object without a name in a list', () => listOf({ metadata: { uid: 'u' } }, pod('a')), pending, { lists: 1, malformed: 1, failures: 0 }, '', 0],
    ['an object that cannot be read', () => listOf(pod('broken')), pending, { lists: 1, malformed: 0, failures: 0 }, '', undefined],
  ])('%s', async (_, list, watch, counts, lastError, contact) => {
    const run = start(list, watch);
    await run.time.advance(100);
    const status = run.status();
    await run.stop();
    expect(status).toMatchObject({ installed: true, counts: { misses: 0, behind: 0, ...counts }, lastError, contact });
  });

  test('nothing, once it is ended', async () => {
    const run = start(
      () => listOf(),
      request => streamOf([], request, true),
    );
    await run.time.advance(100);
    await run.stop();
    expect(run.status()).toMatchObject({ lastError: '', counts: { lists: 1, watches: 1, failures: 0 } });
    await run.time.advance(60_000);
    expect(run.client.requests).toHaveLength(2);
  });

  test('a kind whose place cannot be found out', async () => {
    const run = start(() => listOf(), pending, { resolve: () => Promise.reject(new Error('no discovery')) });
    await run.time.advance(100);
    expect(run.status()).toMatchObject({
      installed: undefined,
      lastError: 'no discovery',
      counts: { lists: 0, failures: 1 },
    });
    await run.stop();
  });
});

describe('The next request', () => {
  test('comes after waits that double, in half of which chance has its say', async () => {
    const run = start(() => answerOf(undefined, 500));
    await run.time.advance(2_000);
    await run.stop();
    expect(run.asked).toEqual(['0 list', '125 list', '375 list', '875 list', '1875 list']);
  });

  test('comes no sooner than the API server asks for', async () => {
    const run = start(() => ({ ...answerOf(undefined, 429), retryAfterMs: 4_000 }));
    await run.time.advance(8_000);
    await run.stop();
    expect(run.asked).toEqual(['0 list', '4000 list', '8000 list']);
  });

  test('is another watch at once, where one ended after a second in good order', async () => {
    const time = steadyTime();
    const run = start(
      () => listOf(),
      async request => {
        await pause(time, 1_000, request.signal ?? never);
        return streamOf([], request);
      },
      { time },
    );
    await run.time.advance(4_000);
    expect(run.status()).toMatchObject({ lastError: '', counts: { lists: 1, failures: 0 } });
    await run.stop();
    expect(run.asked).toEqual(['0 list', '0 watch 7', '1000 watch 7', '2000 watch 7', '3000 watch 7', '4000 watch 7']);
  });

  test('is a list, after three watches without a word', async () => {
    const run = start(
      () => listOf(),
      request => streamOf([], request),
    );
    await run.time.advance(1_000);
    await run.stop();
    expect(run.asked.slice(0, 6)).toEqual([
      '0 list',
      '0 watch 7',
      '125 watch 7',
      '375 watch 7',
      '875 list',
      '875 watch 7',
    ]);
  });

  test('is another watch from where the last one had come to, as long as each says something', async () => {
    const time = steadyTime();
    let version = 7;
    const watch = async (request: ApiRequest) => {
      version += 1;
      await pause(time, 100, request.signal ?? never);
      const line = version % 2 === 0 ? bookmark(String(version)) : event('ADDED', pod('a', String(version)));
      return streamOf([line], request);
    };
    const run = start(() => listOf(), watch, { time });
    await run.time.advance(1_000);
    await run.stop();
    expect(run.asked.slice(0, 5).map(text => text.replace(/^\d+ /, ''))).toEqual([
      'list',
      'watch 7',
      'watch 8',
      'watch 9',
      'watch 10',
    ]);
    expect(run.status().counts.lists).toBe(1);
  });

  test.each([
    [0, '240'],
    [0.5, '360'],
    [0.999, '480'],
  ])('asks the server to close the watch after four to eight minutes (chance %d)', async (random, seconds) => {
    const run = start(() => listOf(), pending, { time: steadyTime(random) });
    await run.time.advance(100);
    await run.stop();
    expect(run.client.requests.find(isWatch)?.query).toMatchObject({
      timeoutSeconds: seconds,
      allowWatchBookmarks: 'true',
      resourceVersion: '7',
    });
  });

  test.each([
    [0, 180_000],
    [0.5, 189_000],
  ])('is a look for the kind after three minutes, where it is not served (chance %d)', async (random, againMs) => {
    const time = steadyTime(random);
    const looks: number[] = [];
    const startMs = time.nowMs();
    const resolve = async (): Promise<FoundKind> => {
      looks.push(time.nowMs() - startMs);
      return { kind: 'absent' };
    };
    const run = start(() => listOf(), pending, { time, resolve });
    await run.time.advance(200_000);
    expect(run.status()).toMatchObject({ installed: false, lastError: '', contact: againMs });
    await run.stop();
    expect(looks).toEqual([0, againMs]);
  });
});

describe('The store', () => {
  test('holds what a list and its watch tell', async () => {
    const lines = [event('ADDED', pod('b', '8')), event('MODIFIED', pod('a', '9')), event('DELETED', pod('b', '10'))];
    const run = start(
      () => listOf(pod('a')),
      request => streamOf(lines, request, true),
    );
    await run.time.advance(100);
    await run.stop();
    expect(run.seen).toEqual(['+shop/a', '+shop/b', '~shop/a', '-shop/b']);
  });

  test('is emptied where the kind is served no more, and filled when it is back', async () => {
    const served = [true, false, true];
    const resolve = async (): Promise<FoundKind> => (served.shift() === false ? { kind: 'absent' } : SERVED);
    const refused = { ok: false, answer: answerOf(undefined, 410) } as const;
    let watches = 0;
    const watch = (request: ApiRequest) => {
      watches += 1;
      return watches === 1 ? refused : pending(request);
    };
    const run = start(() => listOf(pod('a')), watch, { resolve });
    await run.time.advance(200_000);
    expect(run.status()).toMatchObject({ installed: true, counts: { lists: 2 } });
    await run.stop();
    expect(run.seen).toEqual(['+shop/a', '-shop/a', '+shop/a']);
  });
});

describe('A guard', () => {
  interface Guarded {
    readonly time: FakeTime;
    readonly client: ScriptedClient;
    readonly proofs: readonly number[];
    readonly misses: readonly number[];
    readonly asked: readonly string[];
    readonly heard: (line: WatchLine) => void;
    /** What the watch came to; `goes on` while it does. */
    end(): Promise<WatchEnd | 'goes on'>;
    stop(): Promise<WatchEnd>;
  }

  function guard(
    list: Parameters<typeof scriptedClient>[0],
    watch: NonNullable<Parameters<typeof scriptedClient>[1]>,
    {
      times = {} as Partial<GuardTimes>,
      time = steadyTime(),
      known = [] as readonly Fields[],
      version = (): string => '7',
    } = {},
  ): Guarded {
    const startMs = time.nowMs();
    const [proofs, misses, asked]: [number[], number[], string[]] = [[], [], []];
    const client = scriptedClient(
      request => {
        asked.push(`${time.nowMs() - startMs} list`);
        return list(request);
      },
      request => {
        asked.push(`${time.nowMs() - startMs} watch`);
        return watch(request);
      },
    );
    const store = podStore();
    for (const raw of known) store.put(raw);
    const made = createWatchGuard({
      client,
      time,
      times: { ...TIMES, ...times },
      resource: PODS,
      store,
      listLimit: createConcurrencyLimit(1),
      version,
      onProof: atMs => proofs.push(atMs - startMs),
      onMisses: count => misses.push(count),
    });
    const ending = new AbortController();
    const hearing: { heard: (line: WatchLine) => void } = { heard: () => undefined };
    const end = made.over(ending.signal, guarded => {
      hearing.heard = line => guarded.heard(line);
      return new Promise(resolve =>
        guarded.signal.addEventListener('abort', () => resolve({ kind: 'closed' }), { once: true }),
      );
    });
    return {
      time,
      client,
      proofs,
      misses,
      asked,
      heard: line => hearing.heard(line),
      end: () => Promise.race([end, Promise.resolve('goes on' as const)]),
      stop: () => {
        ending.abort();
        return end;
      },
    };
  }
  const closed = (request: ApiRequest) => streamOf([], request);
  const news = (request: ApiRequest) => streamOf([event('ADDED', pod('a', '9'))], request);

  test('asks for proof at its first look, and then whenever a watch has been quiet for ten seconds', async () => {
    const one = guard(() => listOf(), closed);
    await one.time.advance(30_000);
    await one.stop();
    expect([one.proofs, one.asked]).toEqual([
      [5_000, 15_000, 25_000],
      ['5000 watch', '15000 watch', '25000 watch'],
    ]);
    expect(one.client.requests[0]?.query).toMatchObject({ timeoutSeconds: '1', resourceVersion: '7' });
    expect(one.client.requests[0]?.query).not.toHaveProperty('allowWatchBookmarks');
  });

  test.each<[what: string, line: WatchLine]>([
    ['an event', { kind: 'put', raw: pod('a'), version: { key: 'shop/a', uid: 'u', resourceVersion: '8' } }],
    ['a bookmark', { kind: 'bookmark', resourceVersion: '8' }],
  ])('asks for none within ten seconds of %s', async (_, line) => {
    const one = guard(() => listOf(), closed);
    await one.time.advance(4_000);
    one.heard(line);
    await one.time.advance(9_000);
    expect(one.asked).toEqual([]);
    await one.time.advance(3_000);
    expect(one.asked).toEqual(['15000 watch']);
    await one.stop();
  });

  test('gives a watch up that is silent for ninety seconds since its last line', async () => {
    const one = guard(() => listOf(), closed);
    await one.time.advance(40_000);
    one.heard({ kind: 'bookmark', resourceVersion: '8' });
    await one.time.advance(85_000);
    expect(await one.end()).toBe('goes on');
    await one.time.advance(5_000);
    expect(await one.end()).toEqual({ kind: 'again', reason: 'silent' });
    expect(one.time.pending()).toBe(0);
  });

  test('says that a watch is behind, where the second one has news that the first does not tell within a second', async () => {
    const one = guard(() => listOf(), news);
    await one.time.advance(5_999);
    expect(await one.end()).toBe('goes on');
    await one.time.advance(1);
    expect([await one.end(), one.proofs]).toEqual([{ kind: 'again', reason: 'behind', count: 'behind' }, []]);
  });

  test('says nothing where the first watch tells the news too', async () => {
    const time = steadyTime();
    const one = guard(() => listOf(), news, { time, version: () => (time.nowMs() < 1_005_500 ? '7' : '9') });
    await one.time.advance(7_000);
    expect([await one.end(), one.proofs]).toEqual(['goes on', []]);
    await one.stop();
  });

  test('says that all must be listed again, where the second watch is told so', async () => {
    const one = guard(
      () => listOf(),
      () => ({ ok: false, answer: answerOf(undefined, 410) }),
    );
    await one.time.advance(5_000);
    expect(await one.end()).toMatchObject({ kind: 'relist', reason: 'watch: 410' });
  });

  test.each<
    [
      what: string,
      watch: (request: ApiRequest) => ReturnType<typeof closed> | { ok: false; answer: ReturnType<typeof answerOf> },
    ]
  >([
    ['is refused for now', () => ({ ok: false, answer: answerOf(undefined, 500) })],
    ['says what makes no sense', request => streamOf(['{'], request)],
    [
      'cannot be opened',
      () => {
        throw new Error('no route');
      },
    ],
  ])('has no proof from a second watch that %s', async (_, watch) => {
    const one = guard(() => listOf(), watch);
    await one.time.advance(20_000);
    expect([await one.end(), one.proofs, one.asked]).toEqual(['goes on', [], ['5000 watch', '15000 watch']]);
    await one.stop();
  });

  test('has no proof from a second watch that takes ten seconds', async () => {
    const one = guard(() => listOf(), pending);
    await one.time.advance(30_000);
    expect([await one.end(), one.proofs, one.asked]).toEqual(['goes on', [], ['5000 watch', '25000 watch']]);
    await one.stop();
    await one.time.settle();
    expect(one.time.pending()).toBe(0);
  });

  const COMPARED = { compareMs: 20_000, quietMs: 1_000_000, silenceMs: 1_000_000 };

  test.each([
    [0, ['20000 list', '40000 list']],
    [0.999, ['25000 list', '50000 list']],
  ])('compares all with a list, now and then (chance %d)', async (random, asked) => {
    const one = guard(() => listOf(pod('a')), closed, { times: COMPARED, time: steadyTime(random), known: [pod('a')] });
    one.heard({ kind: 'bookmark', resourceVersion: '7' });
    await one.time.advance(50_000);
    await one.stop();
    expect([one.asked, one.misses]).toEqual([asked, []]);
    expect(one.proofs).toEqual(asked.map(text => Number(text.split(' ')[0])));
  });

  // biome-ignore format: one line a case
  test.each<[what: string, known: readonly Fields[], listed: readonly Fields[], misses: number]>([
    ['has another version', [pod('a', '5')], [pod('a', '6')], 1],
    ['was made again', [pod('a', '5', 'x')], [pod('a', '5', 'y')], 1],
    ['is there and was not told', [], [pod('a'), pod('b')], 2],
    ['is told and not there', [pod('a'), pod('b'), pod('c')], [pod('b')], 2],
  ])('counts what %s, where the watch does not tell it in time', async (_, known, listed, misses) => {
    const one = guard(() => listOf(...listed), closed, { times: COMPARED, known });
    one.heard({ kind: 'bookmark', resourceVersion: '7' });
    await one.time.advance(24_999);
    expect([await one.end(), one.misses]).toEqual(['goes on', []]);
    await one.time.advance(1);
    expect([await one.end(), one.misses, one.proofs]).toEqual([{ kind: 'relist', reason: 'missed' }, [misses], []]);
  });

  test('misses nothing that the watch tells of meanwhile', async () => {
    const one = guard(() => listOf(pod('a', '6')), closed, { times: COMPARED, known: [pod('a')] });
    one.heard({ kind: 'bookmark', resourceVersion: '7' });
    await one.time.advance(22_000);
    one.heard({ kind: 'put', raw: pod('a', '6'), version: { key: 'shop/a', uid: 'uid-a', resourceVersion: '6' } });
    await one.time.advance(3_000);
    expect([await one.end(), one.misses, one.proofs]).toEqual(['goes on', [], [20_000]]);
    await one.stop();
  });

  test('has no proof from a list that is refused, and compares again later', async () => {
    const one = guard(() => answerOf(undefined, 500), closed, { times: COMPARED });
    one.heard({ kind: 'bookmark', resourceVersion: '7' });
    await one.time.advance(40_000);
    expect([await one.end(), one.misses, one.proofs, one.asked]).toEqual([
      'goes on',
      [],
      [],
      ['20000 list', '40000 list'],
    ]);
    await one.stop();
  });

  test('ends with a watch that breaks, for its reason', async () => {
    const time = steadyTime();
    const made = createWatchGuard({
      client: scriptedClient(() => listOf()),
      time,
      times: TIMES,
      resource: PODS,
      store: podStore(),
      listLimit: createConcurrencyLimit(1),
      version: () => '7',
      onProof: () => undefined,
      onMisses: () => undefined,
    });
    const broken = made.over(never, () => Promise.reject(new Error('reset')));
    expect(await broken).toEqual({ kind: 'again', reason: 'reset' });
    expect(await made.over(never, async () => ({ kind: 'closed' }))).toEqual({ kind: 'closed' });
    expect(time.pending()).toBe(0);
  });
});
