import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sequence } from '../../src/adapters/certificates/der.ts';
import {
  alternativeNames,
  attribute,
  authorityExtensions,
  commonName,
  holderExtensions,
  signCertificate,
} from '../../src/adapters/certificates/x509.ts';

/** A certificate and its key, both PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

interface Content {
  readonly subject: Buffer;
  readonly extensions: readonly Buffer[];
}

const VALID_MS = 7 * 86_400_000;
const CLOCK_SKEW_MS = 3_600_000;

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const validity = () => ({
  notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
  notAfter: new Date(Date.now() + VALID_MS),
});

/** All authorities of tests bear one name: each is trusted by its certificate. */
const AUTHORITY = commonName('chokepoint test authority');

function issue(authority: Pair, { subject, extensions }: Content): Pair {
  const { publicKey, privateKey } = newKey();
  const issuerKey = createPrivateKey(authority.key);
  const issuer = { name: AUTHORITY, publicKey: createPublicKey(issuerKey), privateKey: issuerKey };
  return { cert: signCertificate({ subject, publicKey, ...validity(), extensions, issuer }), key: keyPem(privateKey) };
}

/** A new authority, ECDSA P-256, that nobody else trusts: its certificate goes into lists of trusted ones and a webhook's caBundle. */
export function createAuthority(): Pair {
  const keys = newKey();
  const issuer = { name: AUTHORITY, ...keys };
  const { publicKey } = keys;
  const cert = signCertificate({
    subject: AUTHORITY,
    publicKey,
    ...validity(),
    extensions: authorityExtensions(),
    issuer,
  });
  return { cert, key: keyPem(keys.privateKey) };
}

/** A serving certificate for DNS names and addresses; valid for a week, as all of these. */
export const serverPair = (authority: Pair, names: readonly string[]): Pair =>
  issue(authority, {
    subject: commonName(names[0] ?? 'server'),
    extensions: [...holderExtensions('server'), alternativeNames(names)],
  });

/** A client certificate: Kubernetes reads the user from CN and the groups from O. */
export const clientPair = (authority: Pair, user: string, groups: readonly string[]): Pair =>
  issue(authority, {
    subject: sequence(...groups.map(group => attribute('2.5.4.10', group)), attribute('2.5.4.3', user)),
    extensions: holderExtensions('client'),
  });

/** The key pair by which the API server signs service account tokens. */
export function createTokenKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const { publicKey, privateKey } = newKey();
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey: keyPem(privateKey) };
}
