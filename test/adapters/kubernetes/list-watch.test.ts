import { expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/adapters/kubernetes/client/client.ts';
import { PODS } from '../../../src/adapters/kubernetes/client/kinds.ts';
import { createBackoff } from '../../../src/adapters/kubernetes/view/backoff.ts';
import { createConcurrencyLimit } from '../../../src/adapters/kubernetes/view/concurrency-limit.ts';
import { listAll } from '../../../src/adapters/kubernetes/view/list.ts';
import { createListWatch } from '../../../src/adapters/kubernetes/view/list-watch.ts';
import { createObjectStore } from '../../../src/adapters/kubernetes/view/object-store.ts';
import { watchOnce } from '../../../src/adapters/kubernetes/view/watch.ts';
import { createWatchGuard, type GuardTimes } from '../../../src/adapters/kubernetes/view/watch-guard.ts';
import { pause } from '../../../src/app/time.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { answerOf, type ScriptedClient, scriptedClient, streamOf } from '../../support/scripted-client.ts';

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
const EMPTY = answerOf({ metadata: { resourceVersion: '7' }, items: [] });
const never = new AbortController().signal;
const emptyStore = () => createObjectStore({ read: () => ({ kind: 'nothing' }), onDelta: () => undefined });
const slowly = async <Value>(time: FakeTime, ms: number, value: Value): Promise<Value> => {
  await pause(time, ms, never);
  return value;
};
const isWatch = ({ query }: ApiRequest): boolean => query?.watch === 'true';

/** A loop over Pods, how far it is since it began, and what ends it. */
function loopOf(time: FakeTime, client: ScriptedClient) {
  const ending = new AbortController();
  const listLimit = createConcurrencyLimit(1);
  const loop = createListWatch({
    client,
    time,
    store: emptyStore(),
    times: TIMES,
    listLimit,
    resolve: async () => ({ kind: 'served', resource: PODS }),
  });
  const done = loop.run(ending.signal);
  const stop = (): Promise<void> => {
    ending.abort();
    return done;
  };
  return { loop, stop };
}

test('a list is true as of its beginning, however long it takes', async () => {
  const time = createFakeTime();
  const startMs = time.nowMs();
  const client = scriptedClient(
    () => slowly(time, 8_000, EMPTY),
    request => streamOf([], request, true),
  );
  const { loop, stop } = loopOf(time, client);
  await time.advance(9_000);
  expect(loop.status().lastContactMs).toBe(startMs);
  await stop();
});

test.each<readonly [string, string | number, readonly string[]]>([
  ['an ERROR of 410 in a watch', '{"type":"ERROR","object":{"code":410}}', ['list', 'watch', 'list', 'watch']],
  ['a watch answered with 410', 410, ['list', 'watch', 'list', 'watch']],
  ['a watch answered with 403', 403, ['list', 'watch', 'watch', 'watch', 'list']],
  ['a watch answered with 500', 500, ['list', 'watch', 'watch', 'watch', 'list']],
  ['a line that is no JSON', '{', ['list', 'watch', 'watch', 'watch', 'list']],
])('what follows %s', async (_title, says, sequence) => {
  const time = createFakeTime();
  const client = scriptedClient(
    () => EMPTY,
    request =>
      typeof says === 'string' ? streamOf([says], request) : { ok: false, answer: answerOf(undefined, says) },
  );
  const { stop } = loopOf(time, client);
  await time.advance(10_000);
  await stop();
  const asked = client.requests.map(request => (isWatch(request) ? 'watch' : 'list'));
  expect(asked.slice(0, sequence.length)).toEqual(sequence);
});

test('what a loop did is counted', async () => {
  const time = createFakeTime();
  const client = scriptedClient(
    () => EMPTY,
    request => streamOf([], request, true),
  );
  const { loop, stop } = loopOf(time, client);
  await time.advance(1_000);
  expect(loop.status().counts).toMatchObject({ lists: 1, watches: 1, relists: 0, failures: 0, misses: 0 });
  await stop();
});

test.each([
  [401, 'again'],
  [403, 'again'],
  [429, 'again'],
  [500, 'again'],
  [400, 'relist'],
  [410, 'relist'],
])('a watch that is answered with %i means: %s', async (status, kind) => {
  const client = scriptedClient(
    () => EMPTY,
    () => ({ ok: false, answer: answerOf(undefined, status) }),
  );
  const end = await watchOnce({
    client,
    resource: PODS,
    resourceVersion: '7',
    timeoutSeconds: 1,
    bookmarks: true,
    signal: never,
    onLine: () => undefined,
  });
  expect(end.kind).toBe(kind);
});

/** A guard, and when it found proof, in milliseconds since it began. */
function guardOf(time: FakeTime, client: ScriptedClient, times: Partial<GuardTimes> = {}) {
  const startMs = time.nowMs();
  const proofs: number[] = [];
  const guard = createWatchGuard({
    client,
    time,
    times: { ...TIMES, ...times },
    resource: PODS,
    store: emptyStore(),
    listLimit: createConcurrencyLimit(1),
    version: () => '7',
    onProof: atMs => proofs.push(atMs - startMs),
    onMisses: () => undefined,
  });
  const ending = new AbortController();
  const end = guard.over(
    ending.signal,
    ({ signal }) =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve({ kind: 'closed' }), { once: true })),
  );
  const stop = (): Promise<unknown> => {
    ending.abort();
    return end;
  };
  return { proofs, end, stop };
}

test('a proof is as old as the beginning of the second watch', async () => {
  const time = createFakeTime();
  const { proofs, stop } = guardOf(
    time,
    scriptedClient(
      () => EMPTY,
      async request => slowly(time, 3_000, streamOf([], request)),
    ),
  );
  await time.advance(9_000);
  await stop();
  expect(proofs).toEqual([5_000]);
});

test('a comparison proves what was so as it began, and asks for metadata alone', async () => {
  const time = createFakeTime();
  const client = scriptedClient(() => slowly(time, 4_000, EMPTY));
  const { proofs, stop } = guardOf(time, client, { compareMs: 1 });
  await time.advance(9_500);
  await stop();
  expect(proofs).toEqual([5_000]);
  expect(client.requests.map(({ accept }) => accept?.split(',')[0])).toEqual([
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  ]);
});

test('a watch that says nothing and cannot be proved is given up after the longest silence', async () => {
  const time = createFakeTime();
  const { end, proofs, stop } = guardOf(
    time,
    scriptedClient(() => EMPTY),
  );
  await time.advance(89_000);
  const before = await Promise.race([end, Promise.resolve('goes on')]);
  await time.advance(1_000);
  await stop();
  expect([before, await end, proofs]).toEqual(['goes on', { kind: 'again', reason: 'silent' }, []]);
});

test('a list whose first page is answered with 410 is refused, and not asked for again', async () => {
  const client = scriptedClient(() => answerOf(undefined, 410));
  const result = await listAll(client, PODS, { begin: () => () => undefined });
  expect([result, client.requests.length]).toEqual([{ kind: 'refused', answer: answerOf(undefined, 410) }, 1]);
});

test('waits double from a quarter of a second to ten, and are no shorter than the API server asks for', () => {
  const time = { ...createFakeTime(), random: () => 1 };
  const backoff = createBackoff(time);
  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
    250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
  expect([backoff.next(60_000), backoff.next(1)]).toEqual([60_000, 10_000]);
  backoff.reset();
  expect(backoff.next()).toBe(250);
});
