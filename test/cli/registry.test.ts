import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

let folder: Folder;
let server: Server | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  folder.remove();
  server?.closeAllConnections();
  await new Promise(resolve => (server === undefined ? resolve(0) : server.close(resolve)));
  server = undefined;
});

/** Starts a registry on 127.0.0.1; resolves to its address. */
async function serve(answer: RequestListener): Promise<string> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}
const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify(value));
const pull = (...args: readonly string[]): Promise<Ran> => folder.run(['registry', 'pull', ...args]);

const one = (image: string) => ({
  server: { name: 'io.example/one', version: '1', packages: [{ registryType: 'oci', identifier: image }] },
});

test.each(['nextCursor', 'next_cursor'])(
  'pages are read until there is no %s, and saved as one answer',
  async field => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      const isFirst = !request.url?.includes('cursor=');
      const metadata = isFirst ? { [field]: 'a/b:1' } : {};
      response.end(JSON.stringify({ servers: [one(isFirst ? 'a/first:1' : 'a/second:1')], metadata }));
    });
    expect(await pull(url, '--write', 'registry.json')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'registry.json is written: 2 servers\n',
    });
    expect(asked).toEqual([
      '/v0.1/servers?limit=100&version=latest&include_deleted=true',
      '/v0.1/servers?limit=100&version=latest&include_deleted=true&cursor=a%2Fb%3A1',
    ]);
    const saved = JSON.parse(readFileSync(join(folder.path, 'registry.json'), 'utf8'));
    expect(saved).toMatchObject({ from: `${url}/v0.1/servers`, metadata: { count: 2 } });
    const entries = await folder.run(['registry', 'entries', 'registry.json', '--owner', 'me']);
    expect(entries).toEqual({
      status: 0,
      stdout:
        'registry:\n  servers:\n  - {image: "a/first", version: "1", owner: "me"}\n  - {image: "a/second", version: "1", owner: "me"}\n',
      stderr: '',
    });
  },
);

test('a redirect within the registry is followed', async () => {
  const url = await serve((request, response) => {
    if (request.url?.startsWith('/v0.1')) response.writeHead(307, { location: '/moved' }).end();
    else json({ servers: [] })(request, response);
  });
  expect((await pull(url)).status).toBe(0);
});

test.each<readonly [string, RequestListener, string]>([
  [
    'leads elsewhere',
    (_, response) => void response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end(),
    'leads to another server (http://127.0.0.2:1), which is not followed',
  ],
  ['leads on and on', (_, response) => void response.writeHead(302, { location: '/again' }).end(), 'leads on and on'],
  ['refuses', (_, response) => void response.writeHead(503).end(), 'answers 503'],
  ['is something else', json({ items: [] }), 'is no list of servers of the MCP registry API'],
  ['speaks no JSON', (_, response) => void response.end('<html>'), 'cannot be read'],
  ['never ends', json({ servers: [], metadata: { nextCursor: 'x' } }), 'goes on and on'],
])('a registry that %s is told, and nothing is written', async (_, answer, said) => {
  const { status, stdout, stderr } = await pull(await serve(answer), '--write', 'registry.json');
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)]);
  expect(() => readFileSync(join(folder.path, 'registry.json'))).toThrow('ENOENT');
});

test.each([
  ['http://registry.example', 'a registry is asked by https'],
  ['file:///etc/passwd', 'a registry is asked by https'],
  ['https://me:secret@registry.example', 'the URL of a registry holds no password'],
  ['registry.example', 'is no URL'],
])('%s is a wrong usage', async (url, said) => {
  const { status, stderr } = await pull(url);
  expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
});

test('entries of something else are refused', async () => {
  folder.write('other.json', '{"items": []}');
  const { status, stderr } = await folder.run(['registry', 'entries', 'other.json', '--owner', 'me']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('is neither an answer of the MCP registry API')]);
});
