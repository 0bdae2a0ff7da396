import { afterEach, describe, expect, test } from 'vitest';
import { post, retryAfterMs } from '../../../src/adapters/notify/post.ts';
import { type Lookup, resolveHost } from '../../../src/adapters/notify/resolve.ts';
import { SendError } from '../../../src/app/notify/ports.ts';
import { NO_ADDRESSES } from '../../../src/core/net/addresses.ts';
import { specifiedByAny } from '../../../src/core/net/cidr.ts';
import { type AnsweringServer, answeringServer } from './answering-server.ts';

const LOOPBACK = { allowed: specifiedByAny(['127.0.0.0/8']), refused: NO_ADDRESSES };
const NONE = { allowed: NO_ADDRESSES, refused: NO_ADDRESSES };
const at =
  (...addresses: readonly string[]): Lookup =>
  async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));

const servers: AnsweringServer[] = [];
const serve = async (...given: Parameters<typeof answeringServer>): Promise<AnsweringServer> => {
  const server = await answeringServer(...given);
  servers.push(server);
  return server;
};
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const send = (url: string, given: object = {}): Promise<string> =>
  post({
    url: new URL(url),
    headers: { 'content-type': 'text/plain' },
    body: 'é',
    limits: LOOPBACK,
    nowMs: 0,
    ...given,
  });

/** Why it was not sent. */
const failure = async (sent: Promise<string>): Promise<SendError> => {
  const error = await sent.then(
    answer => answer,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SendError) return error;
  throw new Error(`it was sent: ${String(error)}`);
};

test('A body arrives, and the answer is told', async () => {
  const server = await serve(response => response.writeHead(202).end('queued\u001b[31m\n'));
  expect(await send(`${server.url}a?b=c`)).toBe('202 queued[31m');
  expect(server.asked).toMatchObject([
    { method: 'POST', path: '/a?b=c', body: 'é', headers: { 'content-length': '2', 'user-agent': 'chokepoint' } },
  ]);
});

describe('An answer is', () => {
  test.each<
    [what: string, status: number, headers: Record<string, string>, isFinal: boolean, retryAfterMs: number | undefined]
  >([
    ['final of what is not understood', 400, {}, true, undefined],
    ['not final of who is not known', 401, {}, false, undefined],
    ['not final of what is not there', 404, {}, false, undefined],
    ['final of what is gone', 410, {}, true, undefined],
    ['final of what is too large', 413, {}, true, undefined],
    ['not final of who is asked too often', 429, { 'retry-after': '7' }, false, 7000],
    ['not final of who is broken', 500, {}, false, undefined],
    ['not final of who is busy', 503, { 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' }, false, 9000],
  ])('%s: %i', async (_, status, headers, isFinal, asked) => {
    const server = await serve(response => response.writeHead(status, headers).end('no'));
    const error = await failure(send(server.url));
    expect({ message: error.message, isFinal: error.isFinal, asked: error.retryAfterMs }).toEqual({
      message: `${new URL(server.url).host} answered ${status} no`,
      isFinal,
      asked,
    });
  });
});

test('A redirect is not followed', async () => {
  const [inside, outside] = [
    await serve(),
    await serve(response => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
  ];
  const error = await failure(send(outside.url));
  expect(error.message).toContain('answered 302, a redirect, which is not followed');
  expect(inside.asked).toEqual([]);
});

test('An answer that never ends is read to its bound, and is an answer', async () => {
  const server = await serve(response => {
    response.writeHead(200);
    const write = (): void => void (!response.destroyed && response.write('x'.repeat(8192), write));
    write();
  });
  expect(await send(server.url)).toBe(`200 ${'x'.repeat(199)}…`);
});

test('A server that does not answer is left after its time', async () => {
  const server = await serve(() => undefined);
  expect((await failure(send(server.url, { timeoutMs: 50 }))).message).toContain('no answer within 0.05 s');
});

test('A server that stops in the middle of an answer is left after its time', async () => {
  const server = await serve(response => void response.writeHead(200, { 'content-length': '10' }).write('abc'));
  expect((await failure(send(server.url, { timeoutMs: 50 }))).message).toContain('no answer within 0.05 s');
});

test('A connection that breaks is told', async () => {
  const server = await serve(response => void response.socket?.destroy());
  expect((await failure(send(server.url))).message).toMatch(/socket hang up|ECONNRESET/);
});

test('A port that nobody listens on is told', async () => {
  const server = await serve();
  server.close();
  expect((await failure(send(server.url))).message).toContain('ECONNREFUSED');
});

test('The name is resolved once, and the connection goes there, whatever the name is afterwards', async () => {
  const server = await serve();
  let looks = 0;
  const lookup: Lookup = async host => {
    looks += 1;
    expect(host).toBe('hooks.example');
    return [{ address: looks === 1 ? '127.0.0.1' : '203.0.113.1', family: 4 }];
  };
  const url = server.url.replace('127.0.0.1', 'hooks.example');
  expect(await send(url, { lookup })).toBe('200 ok');
  expect([looks, server.asked[0]?.headers.host]).toEqual([1, new URL(url).host]);
});

describe('No message goes', () => {
  test.each<[what: string, url: string, lookup: Lookup | undefined, message: string]>([
    ['to loopback', 'http://127.0.0.1:1/', undefined, '127.0.0.1 is at 127.0.0.1, which no message is sent to'],
    ['to loopback by another spelling', 'http://0x7f.1:1/', undefined, '127.0.0.1 is at 127.0.0.1'],
    ['to loopback of IPv6', 'http://[::1]:1/', undefined, '::1 is at ::1'],
    ['to loopback, mapped', 'http://[::ffff:127.0.0.1]:1/', undefined, 'which no message is sent to'],
    [
      'to metadata by a name',
      'http://innocent.example/',
      at('169.254.169.254'),
      'innocent.example is at 169.254.169.254',
    ],
    [
      'to a Service by a name',
      'http://innocent.example/',
      at('10.96.0.1', 'fd00::1'),
      'innocent.example is at 10.96.0.1, fd00::1',
    ],
    ['to Azure, which answers on the internet', 'http://innocent.example/', at('168.63.129.16'), '168.63.129.16'],
  ])('%s', async (_, url, lookup, message) => {
    const sent = send(url, { limits: NONE, ...(lookup && { lookup }) });
    expect((await failure(sent)).message).toContain(message);
  });
});

test('Of several addresses those remain that may be connected to', async () => {
  const found = await resolveHost('mixed.example', NONE, at('10.0.0.1', '203.0.113.7', '2001:db8::7'));
  expect(found).toEqual([
    { address: '203.0.113.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ]);
});

test('A name that is not there is told, and is no reason to give up', async () => {
  const lookup: Lookup = async () => Promise.reject(new Error('ENOTFOUND'));
  const error = await failure(send('http://gone.example/', { lookup }));
  expect([error.message, error.isFinal]).toEqual(['gone.example cannot be resolved: ENOTFOUND', false]);
});

test.each<[header: string | undefined, ms: number | undefined]>([
  [undefined, undefined],
  ['3', 3000],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 5000],
  ['Thu, 01 Jan 1969 00:00:05 GMT', 0],
  ['soon', undefined],
  ['-1', undefined],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(retryAfterMs(header, 0)).toBe(ms);
});
