import type { Registry } from 'prom-client';
import { CERTIFICATE_MAKER } from '../adapters/certificates/make.ts';
import { CERTIFICATE_READER } from '../adapters/certificates/read.ts';
import type { HealthCheck } from '../adapters/http/health.ts';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createCertificateStore } from '../adapters/kubernetes/writes/certificate-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createCertificateMetrics } from '../adapters/telemetry/certificate-metrics.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { type CertificateStatus, createCertificateManager } from '../app/certificates/manage.ts';
import type { CertificateStep } from '../app/certificates/plan.ts';
import type { RotationTimes } from '../app/certificates/validity.ts';

/** The Service that the webhook is called by, and both webhook configurations, are named so. */
const NAME = 'chokepoint';

export interface CertificateDuty {
  readonly client: Client;
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  readonly isLeader: () => boolean;
  readonly times: RotationTimes;
}

/** Keeps the webhook's certificates while this process leads. */
export interface CertificateKeeper {
  /** Looks after them until the term ends. */
  lead(term: AbortSignal): void;
  /** What the last look came to. Never a reason not to be ready: another process would do no better. */
  health(): HealthCheck;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** What is written in the log of one step: never a key. */
function stepFields(step: CertificateStep): object {
  if (step.kind === 'trust') return { step: step.kind, configuration: step.configuration.kind };
  if (step.kind === 'publish-bundle') return { step: step.kind };
  const fields = { step: step.kind, ...('previous' in step && { previous: step.previous.length }) };
  if (!('validity' in step)) return fields;
  return { ...fields, why: step.why, notAfter: new Date(step.validity.notAfterMs).toISOString() };
}

const dateText = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());

function healthOf(status: CertificateStatus | undefined): HealthCheck {
  if (status === undefined) return { ok: true, detail: { keeps: 'false' } };
  return {
    ok: true,
    detail: {
      keeps: 'true',
      authorityNotAfter: dateText(status.authorityNotAfterMs),
      servingNotAfter: dateText(status.servingNotAfterMs),
      previousAuthorities: status.previousAuthorities,
      problems: status.problems.join('; '),
    },
  };
}

/** The keeper of the certificates of one namespace. */
export function createCertificateKeeper(duty: CertificateDuty): CertificateKeeper {
  const { client, namespace, log, registry, isLeader, times } = duty;
  const metrics = createCertificateMetrics(registry, Date.now);
  let last: CertificateStatus | undefined;
  let running: Promise<void> = Promise.resolve();

  const onStep = (step: CertificateStep): void => {
    log.logger.info(stepFields(step), 'certificates');
    if (step.kind === 'renew-authority') metrics.renewed('authority');
    if (step.kind === 'renew-serving') metrics.renewed('serving');
  };
  const onLook = (status: CertificateStatus): void => {
    const { authorityNotAfterMs, servingNotAfterMs, problems } = status;
    const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
    metrics.looked(
      { authority: seconds(authorityNotAfterMs), serving: seconds(servingNotAfterMs) },
      problems.length === 0,
    );
    const isNews = problems.join() !== (last?.problems ?? []).join();
    last = status;
    if (isNews) log.logger[problems.length === 0 ? 'info' : 'warn']({ problems }, 'certificates');
  };
  const keep = async (term: AbortSignal): Promise<void> => {
    const manager = createCertificateManager({
      store: createCertificateStore(client, SYSTEM_TIME, { namespace, name: NAME }, NAME, term),
      reader: CERTIFICATE_READER,
      maker: CERTIFICATE_MAKER,
      names: [`${NAME}.${namespace}.svc`, `${NAME}.${namespace}.svc.cluster.local`],
      time: SYSTEM_TIME,
      times,
      nowMs: Date.now,
      mayWrite: () => !term.aborted && isLeader(),
      onStep,
      onLook: status => {
        // What ends with the term is no trouble of the certificates.
        if (!term.aborted) onLook(status);
      },
    });
    await manager.run(term);
    last = undefined;
    metrics.forget();
  };
  return {
    lead: term => {
      running = running.then(() => keep(term));
    },
    health: () => healthOf(last),
    stopped: () => running,
  };
}
