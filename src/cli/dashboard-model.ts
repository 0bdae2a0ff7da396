import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import { observedIn, readObjectsOf } from '../app/dashboard/live-reading.ts';
import type { DashboardModel } from '../app/dashboard/model.ts';
import { NOWHERE, reportOn } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { endedExceptions, unusedExceptions } from '../app/report/exception-problems.ts';
import { type JudgedCluster, judgeCluster } from '../app/report/judge-cluster.ts';
import type { NetworkFacts } from '../core/gate/discover-networks.ts';
import { policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import type { World } from '../core/world.ts';
import type { DashboardFacts } from './dashboard-facts.ts';
import { withDates } from './history.ts';
import { pageOf } from './html-report.ts';
import { refusedReport } from './render-report.ts';

/** What is known of a cluster that is watched, besides its objects. */
interface WatchedFacts extends Pick<ClusterReading, 'blocksHoldNodes' | 'enforcement' | 'notServed' | 'refusals'> {
  readonly networks: NetworkFacts;
  /** URL of the API server. */
  readonly server: string;
}

/** A cluster as it is judged at one moment. */
interface Moment {
  readonly world: World;
  readonly loaded: LoadedGatePolicy;
  readonly facts: DashboardFacts;
  readonly watched: WatchedFacts;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

function judgeMoment({ world, watched }: Moment, policy: GatePolicy, policySource: string): JudgedCluster {
  const { networks: facts, ...read } = watched;
  const reading = {
    ...read,
    facts,
    objects: readObjectsOf(world),
    observed: observedIn(world, facts),
    gatePolicy: undefined,
  };
  return judgeCluster(reading, { policy, policySource, namespace: undefined, needsGatePolicy: false });
}

/** The report that `scan` would print of it. */
function reportOf(
  { problems, judged, networks }: JudgedCluster,
  { loaded, watched }: Moment,
  policy: GatePolicy,
): CheckReport {
  const { source } = loaded;
  const ended =
    loaded.kind === 'loaded' ? loaded.policy.exceptions.filter(one => !policy.exceptions.includes(one)) : [];
  const facts = {
    files: 0,
    policySource: source,
    problems: [
      ...loaded.problems,
      ...endedExceptions(ended, source),
      ...problems,
      ...unusedExceptions([judged], policy, { source, problems }),
    ],
    cluster: { server: watched.server, namespace: null, networks, notServed: watched.notServed },
  };
  return reportOn([judged], facts, NOWHERE);
}

/** All that is shown of a cluster at one moment. */
export async function dashboardModel(moment: Moment): Promise<DashboardModel> {
  const { loaded, facts, day } = moment;
  if (loaded.kind === 'refused')
    return { page: await pageOf(refusedReport(loaded.problems, loaded.source), [], undefined, day) };
  const policy = policyOn(loaded.policy, day);
  const cluster = judgeMoment(moment, policy, loaded.source);
  const report = await withDates(reportOf(cluster, moment, policy), facts.history, day);
  return { page: await pageOf(report, [], { worlds: [cluster.judged], policy }, day) };
}
