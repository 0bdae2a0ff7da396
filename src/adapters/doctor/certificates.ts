import { X509Certificate } from 'node:crypto';
import type { CertificateTimes } from '../../app/doctor/check.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** When the certificates of a PEM text hold; `undefined`: one of them cannot be read. */
export function certificateTimes(pem: string): readonly CertificateTimes[] | undefined {
  try {
    return (pem.match(BLOCK) ?? []).map(block => {
      const { validFrom, validTo } = new X509Certificate(block);
      return { notBeforeMs: Date.parse(validFrom), notAfterMs: Date.parse(validTo) };
    });
  } catch {
    return undefined;
  }
}
