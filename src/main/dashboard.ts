import { findReadableKinds } from '../adapters/kubernetes/view/read-cluster.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { connectToChosen } from '../cli/chosen-cluster.ts';
import type { CommandSpecific } from '../cli/commands.ts';
import { loadWrittenConfiguration } from '../cli/gate-configuration.ts';
import type { Io } from '../cli/io.ts';
import { watchCluster } from './cluster.ts';
import { keepDashboard } from './keep-dashboard.ts';
import { serveDashboard } from './serve-dashboard.ts';

/** A dashboard that runs. */
export interface RunningDashboard {
  readonly url: string;
  close(): Promise<void>;
}

/** Begins to watch the cluster that the options choose, and serves the dashboard of it. Rejects with a GateError where there is none, it does not answer, or the port is taken. */
export async function startDashboard(
  options: CommandSpecific['dashboard'],
  io: Io,
  onBug: (error: unknown) => void,
): Promise<RunningDashboard> {
  const { kubeconfig, context, port, config, record = [] } = options;
  const chosen = await connectToChosen(options, io);
  const readable = await findReadableKinds(chosen.client, SYSTEM_TIME);
  const watched = await watchCluster({ kubeconfig, context, env: io.env, home: io.home }, onBug, readable);
  const dashboard = keepDashboard({
    ...{ chosen, watched, record, onBug },
    workingFolder: io.workingFolder,
    readable: { current: () => readable, trouble: () => '' },
    loadWritten: () => loadWrittenConfiguration(chosen, config, io),
  });
  const stop = async (): Promise<void> => {
    await watched.stop();
    chosen.client.close();
  };
  try {
    const served = await serveDashboard(dashboard, { kind: 'loopback', port, isForwarded: false });
    const running = dashboard.run();
    return {
      url: `http://127.0.0.1:${served.port}/`,
      close: async () => {
        await served.close();
        await stop();
        await running;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
