import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { clientPair, createAuthority, serverPair } from './pki.ts';

const authority = createAuthority();
const root = new X509Certificate(authority.cert);

test('an authority signs itself', () => {
  expect([root.ca, root.verify(root.publicKey)]).toEqual([true, true]);
});

test.each([
  { what: 'server', pair: serverPair(authority, ['localhost', '127.0.0.1']) },
  { what: 'client', pair: clientPair(authority, 'dana', ['developers']) },
])('a $what certificate is signed by its authority, has its key, and is none itself', ({ pair }) => {
  const certificate = new X509Certificate(pair.cert);
  expect(certificate.checkIssued(root) && certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  expect(certificate.ca).toBe(false);
});

test('a server certificate bears its names and addresses', () => {
  const certificate = new X509Certificate(serverPair(authority, ['gate.svc', '127.0.0.1', '10.96.0.1']).cert);
  expect(certificate.subjectAltName).toBe('DNS:gate.svc, IP Address:127.0.0.1, IP Address:10.96.0.1');
});

test('a client certificate bears the user as CN and each group as O', () => {
  const certificate = new X509Certificate(clientPair(authority, 'dana', ['one', 'two']).cert);
  expect(certificate.subject).toBe('O=one\nO=two\nCN=dana');
});
