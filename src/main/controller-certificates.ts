import type { Registry } from 'prom-client';
import { CERTIFICATE_MAKER } from '../adapters/certificates/make.ts';
import { CERTIFICATE_READER } from '../adapters/certificates/read.ts';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createCertificateStore } from '../adapters/kubernetes/writes/certificate-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createCertificateMetrics } from '../adapters/telemetry/certificate-metrics.ts';
import { createCertificateTelemetry } from '../adapters/telemetry/certificate-telemetry.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { type CertificateKeeper, createCertificateKeeper } from '../app/certificates/keep.ts';
import { createCertificateManager } from '../app/certificates/manage.ts';
import type { RotationTimes } from '../app/certificates/validity.ts';

/** The Service that the webhook is called by, and both webhook configurations, are named so. */
const NAME = 'chokepoint';

export interface KeeperOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
  readonly isLeader: () => boolean;
  readonly times: RotationTimes;
}

/** The keeper of the certificates of one namespace. */
export function keepCertificates({
  client,
  namespace,
  log,
  registry,
  isLeader,
  times,
}: KeeperOptions): CertificateKeeper {
  return createCertificateKeeper({
    telemetry: createCertificateTelemetry(log, createCertificateMetrics(registry, Date.now)),
    manager: (term, listeners) =>
      createCertificateManager({
        store: createCertificateStore(client, SYSTEM_TIME, { namespace, name: NAME }, NAME, term),
        reader: CERTIFICATE_READER,
        maker: CERTIFICATE_MAKER,
        names: [`${NAME}.${namespace}.svc`, `${NAME}.${namespace}.svc.cluster.local`],
        time: SYSTEM_TIME,
        times,
        nowMs: Date.now,
        mayWrite: () => !term.aborted && isLeader(),
        ...listeners,
      }),
  });
}
