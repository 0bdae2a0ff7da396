import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import {
  bits,
  der,
  explicit,
  implicit,
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

/** Certificates of version 3 (RFC 5280), signed by ECDSA with SHA-256. */

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** One attribute of a name: CN is 2.5.4.3, O is 2.5.4.10. */
export const attribute = (id: string, value: string): Buffer => set(sequence(oid(id), utf8(value)));

/** A name that is a CN alone. */
export const commonName = (value: string): Buffer => sequence(attribute('2.5.4.3', value));

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(isCritical ? [yes] : []), octets(value));

/** An authority that makes no further authorities: basicConstraints with pathLen 0, keyUsage with keyCertSign (bit 5) and cRLSign (bit 6). */
export const authorityExtensions = (): readonly Buffer[] => [
  extension('2.5.29.19', true, sequence(yes, smallInteger(0))),
  extension('2.5.29.15', true, der(0x03, Buffer.from([1, 0x06]))),
];

/** The holder of a key that proves itself by it: as a server, or as a client. */
export const holderExtensions = (purpose: 'server' | 'client'): readonly Buffer[] => [
  extension('2.5.29.19', true, sequence()),
  // digitalSignature alone: the first bit of eight, seven unused.
  extension('2.5.29.15', true, der(0x03, Buffer.from([7, 0x80]))),
  extension('2.5.29.37', false, sequence(oid(purpose === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'))),
];

/** subjectAltName of DNS names and addresses. */
export const alternativeNames = (names: readonly string[]): Buffer =>
  extension('2.5.29.17', false, sequence(...names.map(generalName)));

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

const spki = (publicKey: KeyObject): Buffer => publicKey.export({ type: 'spki', format: 'der' });

/** Length of an uncompressed point of P-256, which ends its SubjectPublicKeyInfo. */
const POINT_LENGTH = 65;

/** The identifier of a P-256 key: the first 160 bits of SHA-256 of its point (RFC 7093, method 1). */
const keyIdentifier = (publicKey: KeyObject): Buffer =>
  createHash('sha256').update(spki(publicKey).subarray(-POINT_LENGTH)).digest().subarray(0, 20);

/** A serial number: positive and, by its 126 random bits, never used before. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return positiveInteger(bytes);
}

/** What a certificate says, and who says it. Keys are of P-256; times are of the years to 2049, in whole seconds (what is below is cut). */
export interface CertificateContent {
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Buffer[];
  readonly issuer: { readonly name: Buffer; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

/** The certificate, PEM. Identifiers of both keys are added. */
export function signCertificate(content: CertificateContent): string {
  const { subject, publicKey, notBefore, notAfter, extensions, issuer } = content;
  const toBeSigned = sequence(
    explicit(0, smallInteger(2)),
    serialNumber(),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    subject,
    spki(publicKey),
    explicit(
      3,
      sequence(
        ...extensions,
        extension('2.5.29.14', false, octets(keyIdentifier(publicKey))),
        extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(issuer.publicKey)))),
      ),
    ),
  );
  const signature = bits(sign('sha256', toBeSigned, issuer.privateKey));
  const lines =
    sequence(toBeSigned, ECDSA_WITH_SHA256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
