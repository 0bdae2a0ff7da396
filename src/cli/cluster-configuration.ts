import { BUILTIN_SOURCE } from '../adapters/config/load.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { type Configuration, configurationOf, type Overrides } from './input.ts';
import type { Io } from './io.ts';

/** No file configures, so that the GatePolicy of the cluster does. */
export const needsGatePolicy = ({ source }: Configuration): boolean => source === BUILTIN_SOURCE;

/** The configuration of the file; where there is none, of the GatePolicy that the cluster holds. */
export async function clusterConfiguration(
  written: Configuration,
  { gatePolicy }: Pick<ClusterReading, 'gatePolicy'>,
  overrides: Overrides,
  io: Io,
): Promise<Configuration> {
  if (!needsGatePolicy(written) || gatePolicy === undefined) return written;
  const { loadStoredGatePolicy } = await import('../adapters/config/stored.ts');
  return configurationOf(await loadStoredGatePolicy(gatePolicy), overrides, io);
}
