import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import { readStoredRollout } from '../adapters/kubernetes/writes/rollout-store.ts';
import type { TimelineEntry } from '../app/dashboard/model.ts';
import type { History } from '../app/history/state.ts';
import type { RolloutState } from '../app/rollout/state.ts';
import { GateError } from '../errors.ts';
import type { ChosenCluster } from './chosen-cluster.ts';
import type { FollowedRecord } from './dashboard-record.ts';
import { readHistory } from './history.ts';

/** What a dashboard is told of, besides the objects that are watched: read again and again. */
export interface DashboardFacts {
  /** The configuration that is written; `undefined`: none is, or it may not be read. */
  readonly written: LoadedGatePolicy | undefined;
  /** `undefined`: none is kept, or it may not be read. */
  readonly history: History | undefined;
  /** The same. */
  readonly rollout: RolloutState | undefined;
  /** Of records. */
  readonly recorded: readonly TimelineEntry[];
  /** What could not be read, a sentence each. */
  readonly troubles: readonly string[];
}

/** The configuration of the gate. That it may not be read is said. */
async function readConfiguration(
  load: () => Promise<LoadedGatePolicy | undefined>,
): Promise<Pick<DashboardFacts, 'written' | 'troubles'>> {
  try {
    return { written: await load(), troubles: [] };
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== 'unexpected-answer') throw error;
    return { written: undefined, troubles: [error.message] };
  }
}

async function readRollout({ client, time, gateNamespace }: ChosenCluster): Promise<RolloutState | undefined> {
  try {
    return (await readStoredRollout(client, time, gateNamespace))?.state;
  } catch (error) {
    if (error instanceof GateError) return undefined;
    throw error;
  }
}

/** Reads it all once. Rejects with a GateError where there is no answer. `loadWritten`: gives the configuration that is written somewhere. */
export async function readDashboardFacts(
  cluster: ChosenCluster,
  record: FollowedRecord,
  loadWritten: () => Promise<LoadedGatePolicy | undefined>,
): Promise<DashboardFacts> {
  const [{ written, troubles }, history, rollout, recorded] = await Promise.all([
    readConfiguration(loadWritten),
    readHistory(cluster, cluster),
    readRollout(cluster),
    record.read(),
  ]);
  return { written, history, rollout, recorded: recorded.entries, troubles: [...troubles, ...recorded.troubles] };
}
