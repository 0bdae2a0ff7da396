import { Counter, Gauge, type Registry } from 'prom-client';

/** Which certificate: the authority's own, or the one that is served. */
type CertificateUse = 'authority' | 'serving';

export interface CertificateMetrics {
  renewed(use: CertificateUse): void;
  /** What one look came to: seconds since 1970, `undefined` where it was not to be seen, and whether anything was wrong. */
  looked(notAfter: Readonly<Record<CertificateUse, number | undefined>>, isGood: boolean): void;
  /** This process does not look after them any more: another one tells of them. */
  forget(): void;
}

/** The metrics of the certificates that the controller makes. `nowMs`: since 1970. */
export function createCertificateMetrics(registry: Registry, nowMs: () => number): CertificateMetrics {
  const registers = [registry];
  const ends = new Gauge({
    name: 'chokepoint_controller_certificate_not_after_seconds',
    help: 'When the certificate ends, in seconds since 1970; absent where this process does not see it.',
    labelNames: ['certificate'],
    registers,
  });
  const renewals = new Counter({
    name: 'chokepoint_controller_certificates_renewed_total',
    help: 'Certificates that were made.',
    labelNames: ['certificate'],
    registers,
  });
  const failing = new Gauge({
    name: 'chokepoint_controller_certificates_failing_since_seconds',
    help: 'Since when something has been wrong with the certificates at every look, in seconds since 1970; 0 where nothing is.',
    registers,
  });
  let sinceSeconds = 0;
  for (const certificate of ['authority', 'serving'] satisfies CertificateUse[]) renewals.inc({ certificate }, 0);
  return {
    renewed: certificate => renewals.inc({ certificate }),
    looked: (notAfter, isGood) => {
      for (const certificate of ['authority', 'serving'] satisfies CertificateUse[]) {
        const end = notAfter[certificate];
        if (end === undefined) ends.remove({ certificate });
        else ends.set({ certificate }, end);
      }
      if (isGood) sinceSeconds = 0;
      else if (sinceSeconds === 0) sinceSeconds = nowMs() / 1000;
      failing.set(sinceSeconds);
    },
    forget: () => {
      ends.reset();
      sinceSeconds = 0;
      failing.set(0);
    },
  };
}
