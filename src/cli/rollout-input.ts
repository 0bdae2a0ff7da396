import type { ClusterReading, Refusal } from '../app/report/cluster-reading.ts';
import { clusterInput } from '../app/report/judge-cluster.ts';
import { type RolloutReport, type RolloutReportRequest, rolloutReport } from '../app/rollout/report.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { World } from '../core/world/world.ts';
import { GateError } from '../errors.ts';
import { type ChosenCluster, readChosenCluster } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import { loadOtherConfiguration, loadWrittenConfiguration } from './gate-configuration.ts';
import { readHistory } from './history.ts';
import type { Io } from './io.ts';
import { rolloutPolicy, withNetworksOf } from './rollout-policy.ts';
import { problemText } from './terminal-text.ts';

type Options = Pick<CommandSpecific['rolloutReport'], 'config' | 'gateNamespace'>;

/** The policy as the controller holds it. Rejects with a GateError where it cannot be used, or has no rollout. */
async function readPolicy(
  cluster: ChosenCluster,
  reading: Pick<ClusterReading, 'gatePolicy'>,
  options: Options,
  io: Io,
): Promise<GatePolicy> {
  const written = await loadWrittenConfiguration(cluster, options.config, io);
  const loaded = written ?? (await loadOtherConfiguration(reading, io));
  await io.stderr.write(problemText(loaded.problems));
  if (loaded.kind === 'refused') throw new GateError('bad-usage', `${loaded.source} cannot be used`);
  if (loaded.policy.rollout.length === 0)
    throw new GateError(
      'bad-usage',
      `${loaded.source} has no spec.rollout: name the configuration that has by --config`,
    );
  return rolloutPolicy(loaded.policy, io.today());
}

/** What the gate's controller keeps of the past; nothing where it keeps none. */
async function readKept(
  cluster: ChosenCluster,
  options: Options,
  { today }: Io,
): Promise<Pick<RolloutReportRequest, 'dates' | 'judged' | 'reviews'>> {
  const history = await readHistory(cluster, options);
  if (history === undefined) return { dates: undefined, judged: () => ({}), reviews: () => undefined };
  const [{ datesIn, judgedIn, reviewsOf }, { identityHash: idOf }] = await Promise.all([
    import('../app/history/dated-report.ts'),
    import('../adapters/system/identity-hash.ts'),
  ]);
  const remembered = { history, idOf, today: today() };
  return { dates: datesIn(remembered), judged: judgedIn(remembered), reviews: reviewsOf(history) };
}

const refusalText = ({ verb, resource, status, message }: Refusal): string =>
  `chokepoint: cannot ${verb} ${resource}: ${message === '' ? `status ${status}` : message}`;

/** What was found out of the rollouts of a cluster. */
export interface RolloutFound {
  readonly report: RolloutReport;
  readonly world: World;
  readonly policy: GatePolicy;
  /** Something that is judged by could not be read, which was said. */
  readonly isIncomplete: boolean;
}

/** Reads the cluster and how far its namespaces are. Rejects with a GateError where that cannot be. `only` empty: all that rollouts name. */
export async function readRollouts(
  cluster: ChosenCluster,
  options: Options,
  only: readonly string[],
  io: Io,
): Promise<RolloutFound> {
  const reading = await readChosenCluster(cluster, undefined, io);
  const { facts, refusals, gatePolicy } = reading;
  const policy = await readPolicy(cluster, { gatePolicy }, options, io);
  const { readStoredRollout } = await import('../adapters/kubernetes/writes/rollout-store.ts');
  const { gateNamespace: ownNamespace } = options;
  const stored = await readStoredRollout(cluster.client, cluster.time, ownNamespace);
  const { world } = clusterInput(reading);
  const judged = withNetworksOf(policy, facts);
  const needed = refusals.filter(({ tells }) => tells === undefined);
  for (const refusal of needed) await io.stderr.write(`${refusalText(refusal)}\n`);
  const kept = { state: stored?.state, ...(await readKept(cluster, options, io)) };
  const report = rolloutReport({ world, policy: judged, ...kept, nowMs: Date.now(), ownNamespace, only });
  return { report, world, policy, isIncomplete: needed.length > 0 };
}
