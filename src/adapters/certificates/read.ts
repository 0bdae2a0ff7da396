import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Certificate, CertificateReader, KeyPair } from '../../app/certificates/types.ts';

/** What the names of the authorities that we make begin with; the rest is by chance. */
export const AUTHORITY_NAME = 'chokepoint authority ';

/** The CN of an authority that we made; `undefined` for any other name: a name is more than its text, and only ours we can write again to the byte. */
export function authorityName({ subject }: Pick<X509Certificate, 'subject'>): string | undefined {
  const name = /^CN=(.*)$/.exec(subject)?.[1];
  return name?.startsWith(AUTHORITY_NAME) ? name : undefined;
}

/** The first certificate of a text; `undefined` where there is none. */
function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

const readingOf = (certificate: X509Certificate): Certificate => ({
  pem: certificate.toString(),
  notBeforeMs: certificate.validFromDate.getTime(),
  notAfterMs: certificate.validToDate.getTime(),
});

/** The certificate of a pair, where the text is that certificate and nothing else, and the key is its own. */
function pairCertificate({ cert, key }: KeyPair): X509Certificate | undefined {
  const certificate = parse(cert);
  return certificate?.toString() === cert && isKeyOf(certificate, key) ? certificate : undefined;
}

const isAuthority = (certificate: X509Certificate): boolean =>
  certificate.ca && certificate.verify(certificate.publicKey);

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const DNS = 'DNS:';

/** Reads certificates by Node's own reader. */
export const CERTIFICATE_READER: CertificateReader = {
  authority: pair => {
    const certificate = pairCertificate(pair);
    if (certificate === undefined || !isAuthority(certificate)) return undefined;
    return authorityName(certificate) === undefined ? undefined : readingOf(certificate);
  },
  authorities: text =>
    (text.match(BLOCK) ?? []).flatMap(block => {
      const certificate = parse(block);
      return certificate !== undefined && isAuthority(certificate) ? [readingOf(certificate)] : [];
    }),
  serving: (pair, authority) => {
    const certificate = pairCertificate(pair);
    if (certificate === undefined) return undefined;
    const signer = authority && parse(authority.pem);
    return {
      ...readingOf(certificate),
      names: (certificate.subjectAltName ?? '')
        .split(', ')
        .map(name => (name.startsWith(DNS) ? name.slice(DNS.length) : name)),
      isByAuthority: signer !== undefined && certificate.checkIssued(signer) && certificate.verify(signer.publicKey),
    };
  },
};
