import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chooseConnection } from '../../../src/adapters/kubernetes/client/connection.ts';
import { createAuthority, serverPair } from '../../control-plane/pki.ts';

const jwt = (exp: number, sub: string, iss = 'i'): string =>
  [{ alg: 'RS256' }, { iss, sub, aud: 'client', iat: 1, exp }, 's']
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
const ENDED = jwt(1, 'ann');
const FAR = 4_000_000_000;

const authority = createAuthority();
const trusted = getCACertificates('default');
let asked: string[] = [];
let issuer = '';
let server: Server;
let folder = '';

/** An identity provider that refreshes tokens (OpenID Connect Discovery 1.0, RFC 6749 section 6). */
beforeAll(async () => {
  setDefaultCACertificates([...trusted, authority.cert]);
  folder = mkdtempSync(join(tmpdir(), 'oidc-'));
  server = createServer(serverPair(authority, ['127.0.0.1']), async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.writeHead(200, { 'content-type': 'application/json' });
    if (request.method === 'GET') {
      response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }));
      return;
    }
    asked.push(new URLSearchParams(body).get('refresh_token') ?? '');
    const answer = { access_token: 'a', token_type: 'bearer', expires_in: 3600, id_token: jwt(FAR, 'new', issuer) };
    response.end(JSON.stringify({ ...answer, refresh_token: 'second' }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  asked = [];
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function signed(config: Readonly<Record<string, string>>) {
  const told = { 'client-id': 'client', 'idp-issuer-url': issuer, ...config };
  writeFileSync(
    join(folder, 'config'),
    `current-context: here
contexts: [{name: here, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://api.test'}}]
users: [{name: u, user: {auth-provider: {name: oidc, config: ${JSON.stringify(told)}}}}]`,
  );
  const choice = { kubeconfig: join(folder, 'config'), env: {}, home: folder, nowMs: Date.now };
  const { credentials } = await chooseConnection(choice);
  return async () => (await credentials.current()).headers.authorization;
}

test('A token of OIDC that has ended is refreshed once, for all who wait and those who come later', async () => {
  const tokenOf = await signed({ 'id-token': ENDED, 'refresh-token': 'first' });
  const expected = `Bearer ${jwt(FAR, 'new', issuer)}`;
  expect(await Promise.all([tokenOf(), tokenOf()])).toEqual([expected, expected]);
  expect(await tokenOf()).toBe(expected);
  expect(asked).toEqual(['first']);
});

test('A token of OIDC that holds is sent, and nobody is asked', async () => {
  const tokenOf = await signed({ 'id-token': jwt(FAR, 'ann'), 'refresh-token': 'first' });
  expect([await tokenOf(), asked]).toEqual([`Bearer ${jwt(FAR, 'ann')}`, []]);
});

test.each([
  ['no token that refreshes', { 'id-token': ENDED }, 'the token has ended'],
  ['no token at all', { 'refresh-token': 'first' }, 'no token of the auth-provider "oidc"'],
  [
    'an authority of the provider',
    { 'id-token': ENDED, 'refresh-token': 'f', 'idp-certificate-authority-data': 'YQ==' },
    'with idp-certificate-authority-data is not supported',
  ],
])('Where there is %s, nothing is sent anonymously', async (_title, config, message) => {
  const tokenOf = await signed(config);
  await expect(tokenOf()).rejects.toThrow(message);
});
