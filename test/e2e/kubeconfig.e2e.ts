import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/adapters/kubernetes/client/client.ts';
import { chooseConnection } from '../../src/adapters/kubernetes/client/connection.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { clientPair, createAuthority, serverPair } from '../control-plane/pki.ts';
import { type KubeconfigCase, kubeconfigCorpus } from '../support/kubeconfig-corpus.ts';

/** The same kubeconfigs, read by kubectl and by us: a server that notes what it is sent must not be able to tell us apart. */

/** What the server saw of one request; `undefined`: no request came. */
interface Seen {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly certificate: string | undefined;
  readonly isTls: boolean;
  readonly serverName: string | undefined;
  readonly through: readonly string[];
}

let seen: Seen | undefined;
let through: string[] = [];

function note(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const tls = socket instanceof TLSSocket ? socket : undefined;
  const told = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
    /^(?:authorization|impersonate-.*)$/.test(name) ? [[name, values] as const] : [],
  );
  seen = {
    headers: Object.fromEntries(told),
    certificate: tls && String(tls.getPeerCertificate().subject?.CN ?? ''),
    isTls: tls !== undefined,
    serverName: tls && String(tls.servername),
    through,
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{}');
}

const authority = createAuthority();
const holder = clientPair(authority, 'ann', []);
const tlsServer = createHttpsServer(
  {
    ...serverPair(authority, ['127.0.0.1', 'localhost', 'api.test']),
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: false,
  },
  note,
);
const plainServer = createHttpServer(note);

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function join(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
  one.pipe(other).pipe(one);
}

/** All lead to the TLS server, whatever they are asked for, and note who asked. */
function onConnect(scheme: string): (request: IncomingMessage, socket: Socket) => void {
  return ({ url = '', headers }, socket) => {
    through.push(`${scheme} ${url} ${headers['proxy-authorization'] ?? ''}`);
    const target = connect(portOf(tlsServer), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, target);
    });
  };
}
const httpProxy = createHttpServer().on('connect', onConnect('http'));
const httpsProxy = createHttpsServer(serverPair(authority, ['127.0.0.1', 'localhost'])).on(
  'connect',
  onConnect('https'),
);

/** Methods of RFC 1928: none, and a name and a password (RFC 1929). */
const [NONE, PASSWORD] = [0, 2];
const nextOf = (socket: Socket): Promise<Buffer> => new Promise(resolve => socket.once('data', resolve));

/** RFC 1929: version 1, then the name and the password, each after its length. */
function passwordOf(data: Buffer): string {
  const name = data.subarray(2, 2 + (data[1] ?? 0));
  return `${name}:${data.subarray(3 + name.length)}`;
}

/** RFC 1928: a method, then CONNECT to a name (type 3) or an IPv4 address (type 1). */
const socksProxy = createServer(async socket => {
  const [, count = 0, ...offered] = await nextOf(socket);
  const hasPassword = offered.slice(0, count).includes(PASSWORD);
  socket.write(Buffer.from([5, hasPassword ? PASSWORD : NONE]));
  let password = '';
  if (hasPassword) {
    password = passwordOf(await nextOf(socket));
    socket.write(Buffer.from([1, 0]));
  }
  const request = await nextOf(socket);
  const isName = request[3] === 3;
  const host = isName ? request.subarray(5, 5 + (request[4] ?? 0)) : request.subarray(4, 8).join('.');
  through.push(`socks ${host} ${password}`);
  const target = connect(portOf(tlsServer), '127.0.0.1', () => {
    socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    join(socket, target);
  });
});
const SERVERS: readonly Server[] = [tlsServer, plainServer, httpProxy, httpsProxy, socksProxy];
await Promise.all(SERVERS.map(server => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))));
const CORPUS = kubeconfigCorpus({
  server: `127.0.0.1:${portOf(tlsServer)}`,
  farServer: `api.test:${portOf(tlsServer)}`,
  plainServer: `127.0.0.1:${portOf(plainServer)}`,
  proxy: `127.0.0.1:${portOf(httpProxy)}`,
  socks: `127.0.0.1:${portOf(socksProxy)}`,
  ca: authority.cert,
  cert: holder.cert,
  key: holder.key,
});

const folder = mkdtempSync(path.join(tmpdir(), 'kubeconfig-'));
let kubectl = '';
beforeAll(async () => {
  ({ kubectl } = await findBinaries(['kubectl']));
});
afterAll(() => {
  for (const server of SERVERS) server.close();
  tlsServer.closeAllConnections();
  plainServer.closeAllConnections();
  httpProxy.closeAllConnections();
  httpsProxy.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

type Environment = Readonly<Record<string, string>>;

function write({ title, files, kubeconfig = ['config'], env = {} }: KubeconfigCase): Environment {
  const home = path.join(folder, title.replaceAll(/\W/g, '-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    writeFileSync(path.join(home, name), content);
    if (content.startsWith('#!')) chmodSync(path.join(home, name), 0o755);
  }
  const KUBECONFIG = kubeconfig.map(name => path.join(home, name)).join(path.delimiter);
  return { PATH: process.env.PATH ?? '', HOME: home, ...env, KUBECONFIG };
}

function askByKubectl(env: Environment): Promise<boolean> {
  return new Promise(resolve => {
    const args = ['get', '--raw', '/version', '--request-timeout=10s'];
    const child = execFile(kubectl, args, { env, timeout: 20_000 }, error => resolve(error === null));
    child.stdin?.end();
  });
}

async function askByUs(env: Environment): Promise<boolean> {
  try {
    const client = createClient(await chooseConnection({ env, home: '/nonexistent', nowMs: Date.now }), SYSTEM_TIME);
    try {
      return (await client.request({ method: 'GET', path: ['version'], deadlineMs: 10_000 })).status === 200;
    } finally {
      client.close();
    }
  } catch {
    return false;
  }
}

/** What the server saw of the one who asked, and whether they had an answer. */
async function seenOf(ask: (env: Environment) => Promise<boolean>, env: Environment) {
  seen = undefined;
  through = [];
  const isAnswered = await ask(env);
  return { isAnswered, seen, through };
}

/** Where nothing says who asks, kubectl asks the person for a name and a password; we go anonymously. */
const COMPARED = CORPUS.filter(({ title }) => !/^(?:nobody|a context without a user)$/.test(title));

test.each(COMPARED)('$title: kubectl and we send the same, or neither does', async one => {
  const env = write(one);
  const theirs = await seenOf(askByKubectl, env);
  const ours = await seenOf(askByUs, env);
  expect(ours).toEqual(theirs);
  if (typeof one.expected === 'string') expect(ours.isAnswered).toBe(false);
});

/** The kubeconfig of a cluster behind a proxy that speaks TLS; `trusted` is the authority that it names. */
const behindTlsProxy = (trusted: string): string =>
  JSON.stringify({
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://api.test:${portOf(tlsServer)}`,
          'certificate-authority-data': btoa(trusted),
          'proxy-url': `https://me:p@localhost:${portOf(httpsProxy)}`,
        },
      },
    ],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

test.each([
  ['is passed', 'where the authority of the cluster signed it', authority.cert, true],
  ['is not passed', 'where another authority did', createAuthority().cert, false],
])('a proxy that speaks TLS %s %s, by kubectl and by us', async (_, where, trusted, isPassed) => {
  const env = write({ title: `proxy ${where}`, files: { config: behindTlsProxy(trusted) }, expected: {} });
  const theirs = await seenOf(askByKubectl, env);
  const ours = await seenOf(askByUs, env);
  expect(ours).toEqual(theirs);
  expect(ours.isAnswered).toBe(isPassed);
  expect(ours.through).toEqual(isPassed ? [`https api.test:${portOf(tlsServer)} Basic ${btoa('me:p')}`] : []);
});
