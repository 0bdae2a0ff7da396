import { hash } from 'node:crypto';
import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createReportStore } from '../adapters/kubernetes/writes/report-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createReportTelemetry } from '../adapters/telemetry/report-telemetry.ts';
import { createReportKeeper, type ReportKeeper, type ReportPorts } from '../app/policy-reports/keep.ts';

export interface ReportWiring extends Pick<ReportPorts, 'isLeader' | 'apis' | 'times' | 'lookAgain'> {
  readonly client: Client;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
}

/** Hexadecimal digits of an identity: a collision among a million has the chance of one in thirty million. */
const ID_LENGTH = 16;

/** The keeper of the reports of a cluster. */
export function keepReports({ client, log, registry, isLeader, apis, times, lookAgain }: ReportWiring): ReportKeeper {
  return createReportKeeper({
    time: SYSTEM_TIME,
    isLeader,
    apis,
    times,
    lookAgain,
    store: createReportStore(client, SYSTEM_TIME),
    tools: { idOf: identity => hash('sha256', identity, 'hex').slice(0, ID_LENGTH), firstSeen: () => undefined },
    telemetry: createReportTelemetry(log, registry),
  });
}
