import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { buildDashboardServer } from '../../../src/adapters/dashboard/server.ts';
import { listen } from '../../../src/adapters/http/listen.ts';
import type { SentModel } from '../../../src/app/dashboard/keep.ts';
import type { DashboardStanding } from '../../../src/app/dashboard/model.ts';

const STANDING: DashboardStanding = { version: 'v1', judgements: 1, staleSince: null, troubles: [] };

const MODEL: SentModel = {
  version: 'v1',
  text: '{"page":{}}',
  detail: async id => (id === 'shop/Deployment/a & b' ? '{"mcp":"declared"}' : undefined),
};

let closing: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await closing?.();
  closing = undefined;
});

/** A dashboard whose model and standing a test sets, listening on a free port. */
async function serve({ model }: { readonly model: SentModel | undefined } = { model: MODEL }) {
  const followers = new Set<(standing: DashboardStanding) => void>();
  const server = buildDashboardServer({
    page: { html: '<!doctype html><title>it</title>', securityPolicy: "default-src 'none'" },
    dashboard: {
      current: () => model,
      standing: () => STANDING,
      follow: listener => {
        followers.add(listener);
        return () => void followers.delete(listener);
      },
    },
    place: () => ({ kind: 'loopback', port }),
  });
  closing = () => server.close();
  const port: number = await listen(server, '127.0.0.1', 0);
  const tell = (standing: DashboardStanding): void => {
    for (const follower of followers) follower(standing);
  };
  return { port, followers, tell };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Asks as a program does, which may send what a browser never does. */
function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: `127.0.0.1:${port}`, ...headers },
      agent: false,
    };
    const asked = request(options, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', piece => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Opens a stream and gathers what it tells. */
function openStream(port: number): Promise<{ readonly status: number; text(): string; close(): void }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/events', headers: { host: `127.0.0.1:${port}` }, agent: false };
    const asked = request(options, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', piece => {
        text += piece;
      });
      response.on('error', () => undefined);
      resolve({ status: response.statusCode ?? 0, text: () => text, close: () => asked.destroy() });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('The page, its model and nothing else are there, with headers that let no other page in', async () => {
  const { port } = await serve();
  const page = await ask(port, '/');
  expect([page.status, page.headers['content-type'], page.text]).toEqual([
    200,
    'text/html; charset=utf-8',
    '<!doctype html><title>it</title>',
  ]);
  expect(page.headers).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  expect(Object.keys(page.headers).filter(name => name.startsWith('access-control'))).toEqual([]);
  const model = await ask(port, '/model');
  expect([model.status, model.headers.etag, model.text]).toEqual([200, '"v1"', '{"page":{}}']);
  for (const path of ['/metrics', '/model/', '/../etc/passwd', '//', '/?token=x/..']) {
    const { status } = await ask(port, path);
    expect([path, status]).toEqual([path, path.startsWith('/?') ? 200 : 404]);
  }
});

test('Before anything was judged there is no model', async () => {
  const { port } = await serve({ model: undefined });
  const { status, text } = await ask(port, '/model');
  expect([status, text]).toEqual([404, 'nothing has been judged yet\n']);
});

test.each([
  ['another name', { host: 'attacker.example' }, 421],
  ['another page', { origin: 'http://attacker.example' }, 403],
  ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
])('%s gets nothing of the page, the model, the stream, or what is not there', async (_, headers, status) => {
  const { port, followers } = await serve();
  for (const path of ['/', '/model', '/events', '/nothing']) {
    const answer = await ask(port, path, headers);
    expect([answer.status, answer.text.includes('{')]).toEqual([status, false]);
  }
  expect(followers.size).toBe(0);
});

test('Nothing can be changed: other methods are refused, bodies are not read', async () => {
  const { port } = await serve();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])
    expect((await ask(port, '/model', {}, method)).status).toBe(405);
});

test('A stream tells how it stands, and of each change, until its reader goes', async () => {
  const { port, followers, tell } = await serve();
  const stream = await openStream(port);
  await expect.poll(stream.text).toBe(`retry: 1000\n\nevent: standing\ndata: ${JSON.stringify(STANDING)}\n\n`);
  tell({ ...STANDING, version: 'v2' });
  await expect.poll(stream.text).toContain('"version":"v2"');
  expect(followers.size).toBe(1);
  stream.close();
  await expect.poll(() => followers.size).toBe(0);
});

test('Streams are bounded, and one that ends makes room', async () => {
  const { port } = await serve();
  const streams = await Promise.all(Array.from({ length: 32 }, () => openStream(port)));
  expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 32 }, () => 200));
  expect((await openStream(port)).status).toBe(503);
  streams[0]?.close();
  await expect.poll(async () => (await openStream(port)).status).toBe(200);
});

test('It ends with its streams open', async () => {
  const { port } = await serve();
  await openStream(port);
  await closing?.();
  await expect(ask(port, '/')).rejects.toThrow();
});

test.each([
  [`/server?id=${encodeURIComponent('shop/Deployment/a & b')}`, MODEL, 200, '{"mcp":"declared"}'],
  ['/server?id=shop/Deployment/other', MODEL, 404, 'there is no such server\n'],
  ['/server?id=a&id=b', MODEL, 404, 'there is no such server\n'],
  ['/server', MODEL, 404, 'there is no such server\n'],
  ['/server?id=shop/Deployment/a', undefined, 404, 'there is no such server\n'],
] as const)('Details of a server are told by its id: %s', async (path, model, status, text) => {
  const { port } = await serve({ model });
  expect(await ask(port, path)).toMatchObject({ status, text });
});
