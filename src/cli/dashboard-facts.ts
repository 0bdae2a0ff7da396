import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import type { History } from '../app/history/state.ts';
import { GateError } from '../errors.ts';
import type { ChosenCluster } from './chosen-cluster.ts';
import { loadWrittenConfiguration } from './gate-configuration.ts';
import { readHistory } from './history.ts';
import type { Io } from './io.ts';

/** What a dashboard is told of, besides the objects that are watched: read again and again. */
export interface DashboardFacts {
  /** The configuration that is written; `undefined`: none is, or it may not be read. */
  readonly written: LoadedGatePolicy | undefined;
  /** `undefined`: none is kept, or it may not be read. */
  readonly history: History | undefined;
  /** What could not be read, a sentence each. */
  readonly troubles: readonly string[];
}

/** The configuration of the gate. That it may not be read is said. */
async function readConfiguration(
  cluster: ChosenCluster,
  config: string | undefined,
  io: Pick<Io, 'workingFolder'>,
): Promise<Pick<DashboardFacts, 'written' | 'troubles'>> {
  try {
    return { written: await loadWrittenConfiguration(cluster, config, io), troubles: [] };
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== 'unexpected-answer') throw error;
    return { written: undefined, troubles: [error.message] };
  }
}

/** Reads it all once. Rejects with a GateError where there is no answer. */
export async function readDashboardFacts(
  cluster: ChosenCluster,
  config: string | undefined,
  io: Pick<Io, 'workingFolder'>,
): Promise<DashboardFacts> {
  const { gateNamespace } = cluster;
  const [configuration, history] = await Promise.all([
    readConfiguration(cluster, config, io),
    readHistory(cluster, { gateNamespace }),
  ]);
  return { ...configuration, history };
}
