import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import type { CertificateMaker, KeyPair } from '../../app/certificates/types.ts';
import { CLOCK_SKEW_MS, SERVING_LIFE_MS } from '../../app/certificates/validity.ts';
import { AUTHORITY_NAME, authorityName } from './read.ts';
import { alternativeNames, authorityExtensions, commonName, holderExtensions, signCertificate } from './x509.ts';

const newKey = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Makes certificates with keys of ECDSA P-256. */
export const CERTIFICATE_MAKER: CertificateMaker = {
  authority: ({ notBeforeMs, notAfterMs }) => {
    const { publicKey, privateKey } = newKey();
    // A name of its own, so that whoever trusts two authorities knows which one signed.
    const name = commonName(`${AUTHORITY_NAME}${randomBytes(8).toString('hex')}`);
    const cert = signCertificate({
      subject: name,
      publicKey,
      notBefore: new Date(notBeforeMs),
      notAfter: new Date(notAfterMs),
      extensions: authorityExtensions(),
      issuer: { name, publicKey, privateKey },
    });
    return { cert, key: keyPem(privateKey) };
  },
  serving: (names, { notBeforeMs, notAfterMs }, authority) => {
    const { publicKey, privateKey } = newKey();
    const issuerKey = createPrivateKey(authority.key);
    const cert = signCertificate({
      subject: commonName('chokepoint webhook'),
      publicKey,
      notBefore: new Date(notBeforeMs),
      notAfter: new Date(notAfterMs),
      extensions: [...holderExtensions('server'), alternativeNames(names)],
      issuer: {
        name: commonName(authorityName(new X509Certificate(authority.cert)) ?? ''),
        publicKey: createPublicKey(issuerKey),
        privateKey: issuerKey,
      },
    });
    return { cert, key: keyPem(privateKey) };
  },
};

/**
 * A key (ECDSA P-256) and a certificate that it signs itself, for development: whoever connects must be told to trust it.
 * `names` are DNS names and addresses for subjectAltName. Valid for 90 days from shortly before `now`: clocks of clients may be behind ours.
 */
export function createSelfSigned(names: readonly string[], now: Date): KeyPair {
  const { publicKey, privateKey } = newKey();
  const name = commonName('chokepoint development');
  const cert = signCertificate({
    subject: name,
    publicKey,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(now.getTime() + SERVING_LIFE_MS),
    extensions: [...holderExtensions('server'), alternativeNames(names)],
    issuer: { name, publicKey, privateKey },
  });
  return { cert, key: keyPem(privateKey) };
}
