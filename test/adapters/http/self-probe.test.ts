import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createPlain, type Server as PlainServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkKeyPair } from '../../../src/adapters/http/certificate.ts';
import { probeTls, watchTls } from '../../../src/adapters/http/self-probe.ts';
import { localPair } from '../../support/serving.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-02-01T00:00:00Z');
const servers: (Server | PlainServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server | PlainServer): Promise<number> {
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test.each<readonly [string, Date, string]>([
  ['the certificate that was loaded', NOW, ''],
  ['one that has ended', new Date('2036-01-01T00:00:00Z'), 'the certificate has ended'],
])('a port that serves %s', async (_title, now, expected) => {
  const pair = localPair(NOW);
  const port = await listening(createServer(pair));
  const notAfter = checkKeyPair(pair, NOW).toISOString();
  expect(await probeTls('0.0.0.0', port, () => notAfter, now)).toBe(expected);
});

test('a port that serves another certificate than was loaded', async () => {
  const port = await listening(createServer(localPair(NOW)));
  expect(await probeTls('127.0.0.1', port, () => '2027-01-01T00:00:00.000Z', NOW)).toBe(
    'another certificate is served than the one that was loaded',
  );
});

test('a port that speaks no TLS, and one that nobody listens on', async () => {
  const port = await listening(createPlain(socket => socket.destroy()));
  expect(await probeTls('127.0.0.1', port, () => '', NOW)).toMatch(/^no TLS handshake/);
  expect(await probeTls('127.0.0.1', 1, () => '', NOW)).toMatch(/^no TLS handshake: .*ECONNREFUSED/);
});

test.each<readonly [string, (server: Server, renew: () => void) => void]>([
  ['before the handshake', (_server, renew) => renew()],
  ['during the handshake', (server, renew) => void server.on('connection', renew)],
])('a port whose certificate is renewed %s', async (_when, onProbe) => {
  const [before, after] = [localPair(NOW), localPair(LATER)];
  const server = createServer(before);
  const port = await listening(server);
  let loaded = before;
  const probed = probeTls('127.0.0.1', port, () => checkKeyPair(loaded, NOW).toISOString(), LATER);
  onProbe(server, () => {
    server.setSecureContext(after);
    loaded = after;
  });
  expect(await probed).toBe('');
});

test('a port is looked at again and again: what was wrong is told each time, and readiness says it', async () => {
  const pair = localPair();
  const port = await listening(createServer(pair));
  let notAfter = '';
  const told: string[] = [];
  const watch = await watchTls({
    host: '127.0.0.1',
    port,
    notAfter: () => notAfter,
    pollMs: 1,
    onTrouble: trouble => told.push(trouble),
  });
  const trouble = 'another certificate is served than the one that was loaded';
  expect([told[0], watch.health()]).toEqual([trouble, { ok: false, detail: { trouble } }]);
  notAfter = checkKeyPair(pair, new Date()).toISOString();
  await expect.poll(watch.health).toEqual({ ok: true, detail: { trouble: '' } });
  watch.stop();
});
