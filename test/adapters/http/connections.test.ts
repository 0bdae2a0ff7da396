import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { type AddressInfo, connect as connectPlain, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ServerLimits } from '../../../src/adapters/http/server.ts';
import { reviewText } from '../../support/reviews.ts';
import { localPair, quietTelemetry, testServer } from '../../support/serving.ts';

const MIB = 1024 * 1024;
const PAIR = localPair();
/** Not the server's own address: what comes from there is its own look at itself. */
const STRANGER = '127.0.0.2';

const sockets: Socket[] = [];
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const close of closing.splice(0)) await close();
});

/** A server, and what it tells of connections that it refused. */
async function listening(
  limits: Partial<ServerLimits> = {},
): Promise<{ readonly port: number; readonly refused: readonly string[] }> {
  const refused: string[] = [];
  const telemetry = { ...quietTelemetry, refusedConnection: (reason: string) => refused.push(reason) };
  const { app } = testServer({ tls: PAIR, telemetry, limits });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return { port: (app.server.address() as AddressInfo).port, refused };
}

async function open(port: number, localAddress = STRANGER): Promise<TLSSocket> {
  const options: ConnectionOptions & Pick<TcpNetConnectOpts, 'localAddress'> = {
    host: '127.0.0.1',
    port,
    localAddress,
    ca: PAIR.cert,
  };
  const socket = connect(options);
  sockets.push(socket);
  socket.on('error', () => undefined);
  // What is not read keeps its end from being seen.
  socket.resume();
  await once(socket, 'secureConnect');
  return socket;
}

/** Resolves once the connection is closed, by whatever. */
const closed = (socket: Socket): Promise<void> => new Promise(resolve => socket.once('close', () => resolve()));

const head = (bytes: number): string =>
  `POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;

/** Asks on an open connection, and resolves to the first line of the answer. */
async function ask(socket: TLSSocket, text = reviewText('deployment-create-harmless')): Promise<string> {
  socket.write(head(Buffer.byteLength(text)) + text);
  const [answer]: Buffer[] = await once(socket, 'data');
  return String(answer).split('\r\n')[0] ?? '';
}

/** A review of more than so many bytes. */
function bigReview(bytes: number): string {
  const body = JSON.parse(reviewText('deployment-create-harmless'));
  body.request.object.metadata.annotations = { filler: 'x'.repeat(bytes) };
  return JSON.stringify(body);
}

/** A connection that sends all of 8 MiB but the last byte. */
async function hold(port: number): Promise<TLSSocket> {
  const socket = await open(port);
  socket.write(head(8 * MIB));
  await new Promise<void>(resolve => socket.write(Buffer.alloc(8 * MIB - 1, 0x20), () => resolve()));
  return socket;
}

describe('eight senders that each hold all of 8 MiB but one byte', () => {
  test('shut out nobody: small reviews pass beside them, large ones take the place of who waits', async () => {
    const { port } = await listening();
    const holders = await Promise.all(Array.from({ length: 8 }, () => hold(port)));
    const ends = holders.map(closed);
    const agent = new Agent({ keepAlive: true, ca: PAIR.cert, maxSockets: 4 });
    const post = (text: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const path = '/validate?timeout=5s';
        const headers = { 'content-type': 'application/json' };
        const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, response => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        });
        sent.on('error', reject);
        sent.end(text);
      });
    const statuses = new Map<number, number>();
    for (let turn = 0; turn < 40; turn += 1) {
      const status = await post(turn % 10 === 9 ? bigReview(2 * MIB) : reviewText('deployment-create-harmless'));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    agent.destroy();
    expect([...statuses]).toEqual([[200, 40]]);
    await Promise.race(ends);
  });

  test('are cut off, each with 408', async () => {
    const { port } = await listening({ requestTimeoutMs: 300, checkIntervalMs: 50 });
    const holder = await hold(port);
    const end = closed(holder);
    const [answer]: Buffer[] = await once(holder, 'data');
    expect(String(answer)).toContain('HTTP/1.1 408');
    await end;
  });
});

describe('connections', () => {
  test('that never ask anything are closed', async () => {
    const { port } = await listening({ requestTimeoutMs: 200, checkIntervalMs: 50 });
    await closed(await open(port));
  });

  test('that never shake hands are closed, and counted', async () => {
    const { port, refused } = await listening({ requestTimeoutMs: 200, checkIntervalMs: 50 });
    const socket = connectPlain({ host: '127.0.0.1', port, localAddress: STRANGER });
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
    await closed(socket);
    await vi.waitFor(() => expect(refused).toEqual(['handshake']));
  });

  test('of the gate to itself are not counted', async () => {
    const { port, refused } = await listening();
    const socket = connectPlain({ host: '127.0.0.1', port }, () => socket.end('no TLS'));
    socket.on('error', () => undefined);
    socket.resume();
    await closed(socket);
    expect(await ask(await open(port))).toContain('200');
    expect(refused).toEqual([]);
  });

  test('beyond the limit take the place of the oldest that never asked, where those take half of the places', async () => {
    const { port, refused } = await listening({ maxConnections: 4 });
    const asked = [await open(port), await open(port)];
    for (const socket of asked) expect(await ask(socket)).toContain('200');
    const silent = await open(port);
    const end = closed(silent);
    const others = [await open(port), await open(port)];
    await end;
    for (const socket of [...others, ...asked]) expect(await ask(socket)).toContain('200');
    expect(refused).toEqual(['limit']);
  });

  test('beyond the limit take the place of who has waited longest for a next request, where few never asked', async () => {
    const { port, refused } = await listening({ maxConnections: 4 });
    const asked = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const socket = await open(port);
      expect(await ask(socket)).toContain('200');
      asked.push(socket);
    }
    const [first, second, ...rest] = asked as [TLSSocket, TLSSocket, ...TLSSocket[]];
    expect(await ask(first)).toContain('200');
    const end = closed(second);
    const newcomer = await open(port);
    await end;
    for (const socket of [newcomer, first, ...rest]) expect(await ask(socket)).toContain('200');
    expect(refused).toEqual(['limit']);
  });

  test('beyond the limit are refused where all the others are being answered', async () => {
    const { port, refused } = await listening({ maxConnections: 2 });
    const busy = [await hold(port), await hold(port)];
    await expect(open(port)).rejects.toThrow();
    expect(busy.map(socket => socket.destroyed)).toEqual([false, false]);
    expect(refused).toEqual(['limit']);
  });

  test('cannot be renegotiated', async () => {
    const { port } = await listening();
    const socket = connect({ host: '127.0.0.1', port, ca: PAIR.cert, maxVersion: 'TLSv1.2' });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    const renegotiated = await new Promise<Error | null>(resolve => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(renegotiated).toMatchObject({ code: expect.stringMatching(/NO_RENEGOTIATION|ECONNRESET/) });
  });
});
