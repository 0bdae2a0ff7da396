import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, createClient, requestPatiently } from '../../../src/adapters/kubernetes/client/client.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { answerOf, scriptedClient } from '../../support/scripted-client.ts';

let server: Server | undefined;
let client: Client | undefined;
const agent = new Agent({ keepAlive: true });
afterEach(() => {
  client?.close();
  server?.closeAllConnections();
  server?.close();
});

/** A client of a server that answers so, as the identity of each moment. */
async function clientOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  agentOf: () => Agent = () => agent,
  renew: () => void = () => undefined,
  time = createFakeTime(),
): Promise<Client> {
  server = createServer(answer);
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createClient(
    {
      server: new URL(`http://127.0.0.1:${port}/prefix/`),
      credentials: { current: async () => ({ headers: {}, agent: agentOf() }), renew },
      namespace: 'default',
    },
    time,
  );
  return client;
}

const json = (response: ServerResponse, body: unknown, headers = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};
const get = (...path: readonly string[]) => ({ method: 'GET', path }) as const;

test.each([
  ['3', 3_000],
  ['3600', 60_000],
  ['999999999', 60_000],
  ['Fri, 31 Dec 1999 23:59:59 GMT', undefined],
  ['-1', undefined],
])('Retry-After of %s is a wait of %s ms', async (header, expected) => {
  const { request } = await clientOf((_, response) => json(response, {}, { 'retry-after': header }));
  expect((await request(get('api'))).retryAfterMs).toBe(expected);
});

test("the server's own path stands before the path of the API", async () => {
  const { request } = await clientOf(({ url }, response) => json(response, url));
  expect((await request(get('api', 'a b'))).body).toBe('/prefix/api/a%20b');
});

test('a new client certificate leaves the connections that are in use, and ends those that are not', async () => {
  let current = new Agent({ keepAlive: true });
  let say: ((text: string) => void) | undefined;
  const ports = new Map<string, number | undefined>();
  const { request, stream } = await clientOf(
    ({ url = '', socket }, response) => {
      ports.set(url, socket.remotePort);
      if (!url.endsWith('/watch')) return json(response, {});
      response.writeHead(200);
      response.write('one ');
      say = text => response.end(text);
    },
    () => current,
  );
  const watch = await stream(get('watch'));
  await request(get('before'));
  current = new Agent({ keepAlive: true });
  await request(get('after'));
  await request(get('again'));
  say?.('two');
  let heard = '';
  if (watch.ok) for await (const chunk of watch.chunks) heard += chunk;
  expect(heard).toBe('one two');
  expect(ports.get('/prefix/after')).not.toBe(ports.get('/prefix/before'));
  expect(ports.get('/prefix/again')).toBe(ports.get('/prefix/after'));
  const open = () => new Promise(resolve => server?.getConnections((_, count) => resolve(count)));
  await expect.poll(open).toBe(1);
});

test.each([
  [2_999, 2],
  [3_000, 1],
])('of a deadline of 3 s a wait of %i ms leaves time for %i attempts', async (retryAfterMs, attempts) => {
  const time = createFakeTime();
  const busy = scriptedClient(() => ({ ...answerOf(undefined, 503), retryAfterMs }));
  const answer = requestPatiently(busy, time, { ...get('api'), deadlineMs: 3_000 });
  await time.advance(10_000);
  expect([(await answer).status, busy.requests.length]).toEqual([503, attempts]);
});

test.each([
  ['once, and its second answer stands', [401, 200], 200, 1],
  ['once, and not again', [401, 401, 200], 401, 1],
  ['not where it is taken', [200, 200], 200, 0],
  ['not where it is forbidden', [403, 200], 403, 0],
])('credentials that are refused are read anew %s', async (_, answers, status, renewals) => {
  let renewed = 0;
  const left = [...answers];
  const { request } = await clientOf(
    (_request, response) => {
      response.writeHead(left.shift() ?? 500);
      response.end('{}');
    },
    () => agent,
    () => {
      renewed += 1;
    },
  );
  expect([(await request(get('api'))).status, renewed]).toEqual([status, renewals]);
});

describe('A request', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, request: Parameters<Client['request']>[0], seen: object]>([
    ['asks for JSON', get('api'), { method: 'GET', url: '/prefix/api', accept: 'application/json', type: undefined, body: '' }],
    ['asks for what it is told', { ...get('api'), accept: 'a/b' }, { accept: 'a/b' }],
    ['has its query after the path', { ...get('api'), query: { limit: '5', fieldSelector: 'a=b' } }, { url: '/prefix/api?limit=5&fieldSelector=a%3Db' }],
    ['sends a body as JSON, in bytes', { method: 'POST', path: ['api'], body: { name: 'é' } }, { method: 'POST', type: 'application/json', length: '13', body: '{"name":"é"}' }],
    ['sends a body of another type', { method: 'PATCH', path: ['api'], body: [], contentType: 'application/json-patch+json' }, { method: 'PATCH', type: 'application/json-patch+json', body: '[]' }],
  ])('%s', async (_, asked, seen) => {
    const { request } = await clientOf(async (incoming, response) => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part);
      const { accept, 'content-type': type, 'content-length': length } = incoming.headers;
      json(response, { method: incoming.method, url: incoming.url, accept, type, length, body: Buffer.concat(parts).toString() });
    });
    expect((await request(asked)).body).toMatchObject(Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)));
  });

  // biome-ignore format: one line a case
  test.each<[what: string, type: string, text: string, body: unknown]>([
    ['JSON', 'application/json', '{"a":1}', { a: 1 }],
    ['JSON of a charset', 'application/json; charset=utf-8', '[]', []],
    ['a patch of JSON', 'application/merge-patch+json', '{}', {}],
    ['nothing that is no JSON', 'text/plain', '{"a":1}', undefined],
  ])('is answered with %s', async (_, type, text, body) => {
    const { request } = await clientOf((_request, response) => {
      response.writeHead(404, { 'content-type': type });
      response.end(text);
    });
    expect(await request(get('api'))).toEqual({ status: 404, retryAfterMs: undefined, body });
  });

  test('without an answer that can be read is an error that names it', async () => {
    const { request } = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{');
    });
    await expect(request(get('api', 'v1'))).rejects.toThrow(/^GET api\/v1: .*JSON/);
  });

  test('to nobody is an error that names it', async () => {
    const { request } = await clientOf(({ socket }) => socket.destroy());
    await expect(request({ ...get('api'), method: 'DELETE' })).rejects.toMatchObject({
      code: 'unreachable-cluster',
      message: expect.stringMatching(/^DELETE api: /),
    });
  });

  test.each([
    [undefined, 30_000],
    [4_000, 4_000],
  ])('with a deadline of %j is given up after %d ms', async (deadlineMs, afterMs) => {
    const time = createFakeTime();
    const { request } = await clientOf(() => undefined, undefined, undefined, time);
    const asked = request({ ...get('api'), ...(deadlineMs !== undefined && { deadlineMs }) });
    const ended = asked.then(
      () => 'answered',
      (error: Error) => error.message,
    );
    await time.advance(afterMs - 1);
    expect(await Promise.race([ended, Promise.resolve('waits')])).toBe('waits');
    await time.advance(1);
    expect([await ended, time.pending()]).toEqual(['no answer in time: GET api', 0]);
  });

  test('ends with its signal, also where that has aborted before', async () => {
    const time = createFakeTime();
    const { request } = await clientOf(() => undefined, undefined, undefined, time);
    const ending = new AbortController();
    const asked = request({ ...get('api'), signal: ending.signal });
    await time.settle();
    ending.abort();
    await expect(asked).rejects.toThrow('GET api: ');
    await expect(request({ ...get('api'), signal: AbortSignal.abort(new Error('not any more')) })).rejects.toThrow(
      'GET api: not any more',
    );
    expect(time.pending()).toBe(0);
  });

  test.each([
    ['GET', 'is sent again'],
    ['POST', 'is not sent again, since it may have been done'],
  ] as const)('%s over a kept connection that the server closes %s', async (method, _) => {
    const seen: (string | undefined)[] = [];
    const { request } = await clientOf((incoming, response) => {
      seen.push(incoming.method);
      if (seen.length === 2) incoming.socket.destroy();
      else json(response, seen.length);
    });
    await request(get('api'));
    const second = request({ method, path: ['api'] }).then(
      ({ body }) => body,
      () => 'failed',
    );
    expect([await second, seen]).toEqual(method === 'GET' ? [3, ['GET', 'GET', 'GET']] : ['failed', ['GET', 'POST']]);
  });
});

describe('A stream', () => {
  test('goes on however long it takes, and its connection ends with it', async () => {
    const time = createFakeTime();
    let closed = false;
    const { stream } = await clientOf(
      (_, response) => {
        response.writeHead(200);
        response.write('one ');
        response.on('close', () => {
          closed = true;
        });
      },
      undefined,
      undefined,
      time,
    );
    const { ok, chunks } = (await stream(get('watch'))) as Extract<Awaited<ReturnType<Client['stream']>>, { ok: true }>;
    expect([ok, time.pending()]).toEqual([true, 0]);
    for await (const chunk of chunks) {
      expect(String(chunk)).toBe('one ');
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });

  test('ends with its signal while it goes on', async () => {
    const ending = new AbortController();
    const { stream } = await clientOf((_, response) => {
      response.writeHead(200);
      response.write('one');
    });
    const answer = await stream({ ...get('watch'), signal: ending.signal });
    const read = async (): Promise<void> => {
      if (answer.ok) for await (const _ of answer.chunks) ending.abort();
    };
    await expect(read()).rejects.toThrow();
  });

  test('that is refused is an answer', async () => {
    const { stream } = await clientOf((_, response) => {
      response.writeHead(410, { 'content-type': 'application/json', 'retry-after': '2' });
      response.end('{"code":410}');
    });
    expect(await stream(get('watch'))).toEqual({
      ok: false,
      answer: { status: 410, retryAfterMs: 2_000, body: { code: 410 } },
    });
  });
});

describe('A request is sent again', () => {
  // biome-ignore format: one line a case
  test.each<[what: string, answers: readonly (readonly [status: number, retryAfterMs?: number])[], status: number, sent: readonly number[]]>([
    ['not where it is answered', [[200]], 200, [0]],
    ['not where it is refused', [[403, 1_000]], 403, [0]],
    ['not where nobody says when', [[503]], 503, [0]],
    ['when a busy server says', [[429, 1_000], [200]], 200, [0, 1_000]],
    ['when a server that is not ready says', [[503, 2_000], [503, 500], [201]], 201, [0, 2_000, 2_500]],
    ['three times at most', [[503, 1_000], [503, 1_000], [503, 1_000], [503, 1_000], [200]], 503, [0, 1_000, 2_000, 3_000]],
  ])('%s', async (_, answers, status, sent) => {
    const time = createFakeTime();
    const startMs = time.nowMs();
    const [left, asked, deadlines]: [(readonly [number, number?])[], number[], (number | undefined)[]] = [[...answers], [], []];
    const busy = scriptedClient(({ deadlineMs }) => {
      asked.push(time.nowMs() - startMs);
      deadlines.push(deadlineMs);
      const [code = 500, retryAfterMs] = left.shift() ?? [];
      return { ...answerOf(undefined, code), retryAfterMs };
    });
    const answer = requestPatiently(busy, time, get('api'));
    await time.advance(20_000);
    expect([(await answer).status, asked]).toEqual([status, sent]);
    expect(deadlines).toEqual(sent.map(ms => 30_000 - ms));
  });
});
