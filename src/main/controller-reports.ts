import type { Registry } from 'prom-client';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { createReportStore } from '../adapters/kubernetes/writes/report-store.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createReportTelemetry } from '../adapters/telemetry/report-telemetry.ts';
import { createReportKeeper, type ReportKeeper, type ReportPorts } from '../app/policy-reports/keep.ts';

export interface ReportWiring extends Pick<ReportPorts, 'isLeader' | 'apis' | 'times' | 'tools' | 'lookAgain'> {
  readonly client: Client;
  readonly log: Pick<Log, 'logger'>;
  readonly registry: Registry;
}

/** The keeper of the reports of a cluster. */
export function keepReports({
  client,
  log,
  registry,
  isLeader,
  apis,
  times,
  tools,
  lookAgain,
}: ReportWiring): ReportKeeper {
  return createReportKeeper({
    time: SYSTEM_TIME,
    isLeader,
    apis,
    times,
    lookAgain,
    store: createReportStore(client, SYSTEM_TIME),
    tools,
    telemetry: createReportTelemetry(log, registry),
  });
}
