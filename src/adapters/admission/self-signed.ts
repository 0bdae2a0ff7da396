import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import type { KeyPair } from './certificate.ts';
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
} from './der.ts';

const VALID_DAYS = 90;
const DAY_MS = 86_400_000;
/** Clocks of clients may be behind ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = oid('2.5.4.3');
const KEY_USAGE = oid('2.5.29.15');
const SUBJECT_ALT_NAME = oid('2.5.29.17');
const BASIC_CONSTRAINTS = oid('2.5.29.19');
const EXTENDED_KEY_USAGE = oid('2.5.29.37');
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1');

/** GeneralName (RFC 5280 4.2.1.6): tag 2 is a DNS name, tag 7 an address in network order. */
function generalName(name: string): Buffer {
  if (isIP(name) === 0) return der(0x82, Buffer.from(name, 'ascii'));
  return der(0x87, isIP(name) === 4 ? Buffer.from(name.split('.').map(Number)) : addressV6(name));
}

function addressV6(address: string): Buffer {
  const [head = '', tail] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const groups = (part: string | undefined): readonly string[] => (part ? part.split(':') : []);
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return Buffer.from([...first, ...zeros, ...last].map(group => group.padStart(4, '0')).join(''), 'hex');
}

const extension = (id: Buffer, critical: boolean, value: Buffer): Buffer =>
  sequence(id, ...(critical ? [yes] : []), octets(value));

/** A serial number: positive and, by its 126 random bits, never used before. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return positiveInteger(bytes);
}

/**
 * A key (ECDSA P-256) and a certificate that it signs itself, for development: whoever connects must be told to trust it.
 * `names` are DNS names and addresses for subjectAltName. Valid for 90 days from shortly before `now`.
 */
export function createSelfSigned(names: readonly string[], now: Date): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(COMMON_NAME, utf8('chokepoint development'))));
  const validity = sequence(
    utcTime(new Date(now.getTime() - CLOCK_SKEW_MS)),
    utcTime(new Date(now.getTime() + VALID_DAYS * DAY_MS)),
  );
  const extensions = sequence(
    extension(BASIC_CONSTRAINTS, true, sequence()),
    // digitalSignature alone: the first bit of eight, seven unused.
    extension(KEY_USAGE, true, der(0x03, Buffer.from([7, 0x80]))),
    extension(EXTENDED_KEY_USAGE, false, sequence(SERVER_AUTH)),
    extension(SUBJECT_ALT_NAME, false, sequence(...names.map(generalName))),
  );
  const toBeSigned = sequence(
    explicit(0, smallInteger(2)),
    serialNumber(),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, extensions),
  );
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bits(sign('sha256', toBeSigned, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
