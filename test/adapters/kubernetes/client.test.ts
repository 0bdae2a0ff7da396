import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
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
    createFakeTime(),
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
