import type { CertificateTelemetry } from '../../app/certificates/keep.ts';
import type { CertificateStep } from '../../app/certificates/plan.ts';
import type { CertificateMetrics } from './certificate-metrics.ts';
import type { Log } from './log.ts';

/** What is written in the log of one step: never a key. */
function stepFields(step: CertificateStep): object {
  if (step.kind === 'trust') return { step: step.kind, configuration: step.configuration.kind };
  if (step.kind === 'publish-bundle') return { step: step.kind };
  const fields = { step: step.kind, ...('previous' in step && { previous: step.previous.length }) };
  if (!('validity' in step)) return fields;
  return { ...fields, why: step.why, notAfter: new Date(step.validity.notAfterMs).toISOString() };
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

/** A log line for each step and for problems that are new or over, and the metrics of each look. */
export function createCertificateTelemetry(
  { logger }: Pick<Log, 'logger'>,
  metrics: CertificateMetrics,
): CertificateTelemetry {
  return {
    step: step => {
      logger.info(stepFields(step), 'certificates');
      if (step.kind === 'renew-authority') metrics.renewed('authority');
      if (step.kind === 'renew-serving') metrics.renewed('serving');
    },
    looked: ({ authorityNotAfterMs, servingNotAfterMs, problems }, isNews) => {
      const isGood = problems.length === 0;
      metrics.looked({ authority: seconds(authorityNotAfterMs), serving: seconds(servingNotAfterMs) }, isGood);
      if (isNews) logger[isGood ? 'info' : 'warn']({ problems }, 'certificates');
    },
    forget: metrics.forget,
  };
}
