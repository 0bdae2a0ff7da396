import { type LoadedGatePolicy, loadGatePolicy, loadText } from '../adapters/config/load.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import type { ChosenCluster } from './chosen-cluster.ts';
import type { Io } from './io.ts';

/** What stands for the file of the configuration that the gate itself goes by. */
const sourceIn = (namespace: string): string => `ConfigMap ${namespace}/chokepoint`;

type Place = Pick<Io, 'workingFolder'>;

/** `config`; else the ConfigMap of the gate that is installed; `undefined` where there is neither. Rejects with a GateError where it may not be read. */
export async function loadWrittenConfiguration(
  { client, time, gateNamespace }: ChosenCluster,
  config: string | undefined,
  { workingFolder }: Place,
): Promise<LoadedGatePolicy | undefined> {
  if (config !== undefined) return loadGatePolicy({ file: config, workingFolder });
  const { readInstalledConfiguration } = await import('../adapters/kubernetes/view/installed-configuration.ts');
  const text = await readInstalledConfiguration(client, time, gateNamespace);
  return text === undefined ? undefined : loadText(Buffer.from(text), sourceIn(gateNamespace));
}

/** Where no configuration is written: the GatePolicy of the cluster, else as files are judged. Never rejects. */
export async function loadOtherConfiguration(
  { gatePolicy }: Pick<ClusterReading, 'gatePolicy'>,
  { workingFolder }: Place,
): Promise<LoadedGatePolicy> {
  if (gatePolicy === undefined) return loadGatePolicy({ workingFolder });
  const { loadStoredGatePolicy } = await import('../adapters/config/stored.ts');
  return loadStoredGatePolicy(gatePolicy);
}
