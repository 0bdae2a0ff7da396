import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  der,
  explicit,
  octets,
  oid,
  positiveInteger,
  sequence,
  set,
  smallInteger,
  utcTime,
  utf8,
  yes,
} from '../../src/adapters/admission/der.ts';

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
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

const attribute = (id: string, value: string): Buffer => set(sequence(oid(id), utf8(value)));
const commonName = (value: string): Buffer => attribute('2.5.4.3', value);
const organization = (value: string): Buffer => attribute('2.5.4.10', value);

const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), octets(value));
const critical = (id: string, value: Buffer): Buffer => sequence(oid(id), yes, octets(value));
/** digitalSignature is the first bit; an authority has keyCertSign and cRLSign too (RFC 5280 4.2.1.3). */
const keyUsage = (unused: number, usage: number): Buffer =>
  critical('2.5.29.15', der(0x03, Buffer.from([unused, usage])));
const extendedKeyUsage = (purpose: string): Buffer => extension('2.5.29.37', sequence(oid(purpose)));

const generalName = (name: string): Buffer =>
  IPV4.test(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name, 'ascii'));

function pem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A serial number: positive, with 126 random bits. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return positiveInteger(bytes);
}

function certificate(content: Content, publicKey: KeyObject, issuer: Buffer, issuerKey: KeyObject): string {
  const now = Date.now();
  const toBeSigned = sequence(
    explicit(0, smallInteger(2)),
    serialNumber(),
    ECDSA_WITH_SHA256,
    issuer,
    sequence(utcTime(new Date(now - CLOCK_SKEW_MS)), utcTime(new Date(now + VALID_MS))),
    content.subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...content.extensions)),
  );
  return pem('CERTIFICATE', sequence(toBeSigned, ECDSA_WITH_SHA256, bits(sign('sha256', toBeSigned, issuerKey))));
}

/** All authorities of tests bear one name: each is trusted by its certificate. */
const AUTHORITY = sequence(commonName('chokepoint test authority'));

function issue(authority: Pair, content: Content): Pair {
  const { publicKey, privateKey } = newKey();
  const issuerKey = createPrivateKey(authority.key);
  return { cert: certificate(content, publicKey, AUTHORITY, issuerKey), key: keyPem(privateKey) };
}

/** A new authority, ECDSA P-256, that nobody else trusts: its certificate goes into lists of trusted ones and a webhook's caBundle. */
export function createAuthority(): Pair {
  const { publicKey, privateKey } = newKey();
  const extensions = [critical('2.5.29.19', sequence(yes)), keyUsage(1, 0x86)];
  return {
    cert: certificate({ subject: AUTHORITY, extensions }, publicKey, AUTHORITY, privateKey),
    key: keyPem(privateKey),
  };
}

/** A serving certificate for DNS names and IPv4 addresses; valid for a week, as all of these. */
export const serverPair = (authority: Pair, names: readonly string[]): Pair =>
  issue(authority, {
    subject: sequence(commonName(names[0] ?? 'server')),
    extensions: [
      keyUsage(7, 0x80),
      extendedKeyUsage('1.3.6.1.5.5.7.3.1'),
      extension('2.5.29.17', sequence(...names.map(generalName))),
    ],
  });

/** A client certificate: Kubernetes reads the user from CN and the groups from O. */
export const clientPair = (authority: Pair, user: string, groups: readonly string[]): Pair =>
  issue(authority, {
    subject: sequence(...groups.map(organization), commonName(user)),
    extensions: [keyUsage(7, 0x80), extendedKeyUsage('1.3.6.1.5.5.7.3.2')],
  });

/** The key pair by which the API server signs service account tokens. */
export function createTokenKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const { publicKey, privateKey } = newKey();
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey: keyPem(privateKey) };
}
