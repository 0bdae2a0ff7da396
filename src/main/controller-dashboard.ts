import { loadGatePolicy } from '../adapters/config/load.ts';
import { findReadableKinds } from '../adapters/kubernetes/view/read-cluster.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { chosenBy } from '../cli/chosen-cluster.ts';
import type { WatchedCluster } from './cluster.ts';
import { type DashboardWiring, keepDashboard, repeat } from './keep-dashboard.ts';
import { type DashboardAddress, serveDashboard } from './serve-dashboard.ts';

/** A proxy that asks who the caller is. */
interface DashboardProxy {
  /** Host name under which browsers see the dashboard. */
  readonly name: string;
  /** Authorities, PEM, of the certificate that the proxy shows; and what is shown to it. */
  readonly clientCaFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ControllerDashboardOptions {
  readonly port: number;
  /** Absent: it is served on the loopback address of the Pod, to who forwards a port. */
  readonly proxy?: DashboardProxy | undefined;
}

interface Wiring {
  readonly cluster: WatchedCluster;
  /** The gate's own. */
  readonly namespace: string;
  readonly log: Pick<Log, 'logger'>;
  /** As the controller was started with them. */
  readonly options: {
    readonly host: string;
    readonly config?: string | undefined;
    readonly record?: string | undefined;
    readonly workingFolder: string;
  };
}

/** A dashboard that a controller serves. */
export interface ControllerDashboard {
  readonly port: number;
  /** The cluster must be watched no more, or is going to be. */
  close(): Promise<void>;
}

/** What may be read is found out again after so many milliseconds: rights of an account come and go. */
const READABLE_MS = 600_000;

const addressOf = ({ port, proxy }: ControllerDashboardOptions, host: string): DashboardAddress => {
  if (proxy === undefined) return { kind: 'loopback', port, isForwarded: true };
  const { name, ...files } = proxy;
  return { kind: 'proxy', host, port, name, files };
};

/** Serves the dashboard of the cluster that a controller watches, whether it leads or not. Rejects with a GateError where it cannot listen. */
export async function startControllerDashboard(
  asked: ControllerDashboardOptions,
  { cluster, namespace, log, options }: Wiring,
): Promise<ControllerDashboard> {
  const { client, connection } = cluster;
  const { config, record, workingFolder } = options;
  const onBug = (error: unknown): void => log.logger.error({ err: error }, 'bug');
  const readable = repeat(() => findReadableKinds(client, SYSTEM_TIME), READABLE_MS, { watched: cluster, onBug });
  const wiring: DashboardWiring = {
    chosen: chosenBy(connection, { client, time: SYSTEM_TIME, gateNamespace: namespace }),
    watched: cluster,
    readable,
    loadWritten: async () => (config === undefined ? undefined : loadGatePolicy({ file: config, workingFolder })),
    record: record === undefined ? [] : [record],
    workingFolder,
    onBug,
  };
  const dashboard = keepDashboard(wiring);
  const served = await serveDashboard(dashboard, addressOf(asked, options.host));
  const running = Promise.all([dashboard.run(), readable.run(dashboard.isFollowed, () => undefined)]);
  return {
    port: served.port,
    close: async () => {
      await served.close();
      if (cluster.ended.aborted) await running;
    },
  };
}
