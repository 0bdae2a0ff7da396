import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { Time } from '../app/time.ts';
import type { Io } from './io.ts';

/** A cluster that can be asked. */
export interface ChosenCluster {
  readonly client: Client;
  readonly server: URL;
  readonly time: Time;
}

/** Connects to the cluster that the options choose. Rejects with a GateError where there is none. The client is to be closed. */
export async function connectToChosen(
  { kubeconfig, context }: { readonly kubeconfig?: string; readonly context?: string },
  io: Io,
): Promise<ChosenCluster> {
  const [{ createClient }, { chooseConnection }, { SYSTEM_TIME }] = await Promise.all([
    import('../adapters/kubernetes/client/client.ts'),
    import('../adapters/kubernetes/client/connection.ts'),
    import('../adapters/system/time.ts'),
  ]);
  const connection = await chooseConnection({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    env: io.env,
    home: io.home,
    nowMs: Date.now,
  });
  return { client: createClient(connection, SYSTEM_TIME), server: connection.server, time: SYSTEM_TIME };
}
