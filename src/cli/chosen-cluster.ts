import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { Connection } from '../adapters/kubernetes/client/connection.ts';
import { GATE_NAMESPACE } from '../app/gate-namespace.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import type { Time } from '../app/time.ts';
import type { Fields } from '../core/kube/reading.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** A cluster that can be asked. */
export interface ChosenCluster {
  readonly client: Client;
  readonly server: URL;
  /** Of the context: where kubectl works without `--namespace`. */
  readonly namespace: string;
  /** Name of the context; of a pod's own service account `in-cluster`. */
  readonly context: string;
  readonly time: Time;
  /** Namespace that its gate is installed in. */
  readonly gateNamespace: string;
}

/** The cluster of a connection. */
export const chosenBy = (
  { server, namespace, context = 'in-cluster' }: Pick<Connection, 'server' | 'namespace' | 'context'>,
  asked: Pick<ChosenCluster, 'client' | 'time' | 'gateNamespace'>,
): ChosenCluster => ({ ...asked, server, namespace, context });

/** Connects to the cluster that the options choose. Rejects with a GateError where there is none. The client is to be closed. */
export async function connectToChosen(
  {
    kubeconfig,
    context,
    gateNamespace = GATE_NAMESPACE,
  }: { readonly kubeconfig?: string; readonly context?: string; readonly gateNamespace?: string },
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
  return chosenBy(connection, { client: createClient(connection, SYSTEM_TIME), time: SYSTEM_TIME, gateNamespace });
}

/** Reads all that is judged, of one namespace or of all, and shows how far it is. Rejects with a GateError where there is no answer. `onObject`: told of each object as it was read. */
export async function readChosenCluster(
  { client, time, gateNamespace }: ChosenCluster,
  namespace: string | undefined,
  io: Pick<Io, 'stderr'>,
  onObject?: (raw: Fields) => void,
): Promise<ClusterReading> {
  const { readCluster } = await import('../adapters/kubernetes/view/read-cluster.ts');
  const progress = createProgress(io.stderr);
  const onProgress = (plural: string, objects: number): void =>
    progress.show(`reading the cluster: ${plural}, ${objects} objects`);
  try {
    return await readCluster({ client, time, namespace, gateNamespace, onProgress, ...(onObject && { onObject }) });
  } finally {
    progress.clear();
  }
}
