import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import type { MadeModel } from '../app/dashboard/keep.ts';
import { observedIn, readObjectsOf } from '../app/dashboard/live-reading.ts';
import type { CheckRow, DashboardModel, StageRow } from '../app/dashboard/model.ts';
import { exceptionRows, stageRows } from '../app/dashboard/panels.ts';
import { type StageChanged, timelineOf } from '../app/dashboard/timeline.ts';
import type { BuiltPage } from '../app/page/build-page.ts';
import { NOWHERE, reportingOn } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import type { ClusterReading } from '../app/report/cluster-reading.ts';
import { endedExceptions, unusedExceptions } from '../app/report/exception-problems.ts';
import { type JudgedCluster, judgingOfCluster } from '../app/report/judge-cluster.ts';
import { rolloutReporting } from '../app/rollout/report.ts';
import type { RolloutState } from '../app/rollout/state.ts';
import type { RunSteps, Steps } from '../app/steps.ts';
import { dayAt } from '../core/calendar.ts';
import type { NetworkFacts } from '../core/gate/discover-networks.ts';
import { policyOn } from '../core/gate/policy-on.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { isSame } from '../core/same.ts';
import { visibleData } from '../core/visible-text.ts';
import type { World } from '../core/world/world.ts';
import type { DashboardFacts } from './dashboard-facts.ts';
import { withDates } from './history.ts';
import { type Pictured, pageOf } from './html-report.ts';
import { refusedReport } from './render-report.ts';
import { rolloutPolicy, withNetworksOf } from './rollout-policy.ts';

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
  /** `undefined`: they were not read yet. */
  readonly facts: DashboardFacts | undefined;
  readonly watched: WatchedFacts;
  /** What the checklist of `doctor` last said; `null`: it was not gone through yet. */
  readonly checks: readonly CheckRow[] | null;
  /** A record is followed. */
  readonly hasRecord: boolean;
  /** The gate's own. */
  readonly gateNamespace: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

function* judgingOfMoment({ world, watched }: Moment, policy: GatePolicy, policySource: string): Steps<JudgedCluster> {
  const { networks: facts, ...read } = watched;
  const reading = {
    ...read,
    facts,
    objects: readObjectsOf(world),
    observed: observedIn(world, facts),
    settings: [],
    gatePolicy: undefined,
  };
  yield;
  return yield* judgingOfCluster(reading, { policy, policySource, namespace: undefined, needsGatePolicy: false });
}

/** The report that `scan` would print of it. */
function reportingOf(
  { problems, judged, networks }: JudgedCluster,
  { loaded, watched }: Moment,
  policy: GatePolicy,
): Steps<CheckReport> {
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
  return reportingOn([judged], facts, NOWHERE);
}

/** What is told where no record is given: who did something stands there alone. */
const NO_RECORD =
  'Who opened what stands in the record of the gate: --record FILE shows it. Without one, only what the controller keeps is known: since when something is open.';

/** Namespaces of rollouts, as `rollout status` tells them; none where the configuration has no rollout. */
function* stagesOf(moment: Moment, world: World, loaded: GatePolicy): Steps<readonly StageRow[]> {
  if (loaded.rollout.length === 0) return [];
  const { facts, watched, gateNamespace, nowMs } = moment;
  const day = dayAt(moment.nowMs);
  const policy = withNetworksOf(rolloutPolicy(loaded, day), watched.networks);
  const { namespaces } = yield* rolloutReporting({
    ...{ world, policy, state: facts?.rollout, nowMs, only: [] },
    ownNamespace: gateNamespace,
    dates: undefined,
    judged: () => ({}),
    reviews: () => undefined,
  });
  return stageRows(namespaces, day);
}

/** Changes of stages that the controller keeps. */
const stageChanges = (state: RolloutState | undefined): readonly StageChanged[] =>
  [...(state ?? [])].flatMap(([namespace, { history }]) => history.map(change => ({ namespace, ...change })));

/** What stands beside the page where the configuration cannot be used. */
const NOTHING_BESIDE = { timelineHint: '', stages: [], exceptions: [], ranges: [] } as const;

/** All that is shown of a cluster at one moment. `run`: others get to work meanwhile. */
export async function dashboardModel(moment: Moment, run: RunSteps): Promise<MadeModel> {
  const { loaded, facts, checks } = moment;
  const day = dayAt(moment.nowMs);
  const { recorded = [], rollout, history } = facts ?? {};
  const built = (report: CheckReport, given?: Pictured): Promise<BuiltPage> => pageOf(report, [], given, { day, run });
  if (loaded.kind === 'refused') {
    const timeline = timelineOf({ recorded, stages: [], report: { servers: [] } });
    return madeOf(await built(refusedReport(loaded.problems, loaded.source)), { timeline, checks, ...NOTHING_BESIDE });
  }
  const policy = policyOn(loaded.policy, day);
  const { judged, ...cluster } = await run(judgingOfMoment(moment, policy, loaded.source));
  const report = await withDates(await run(reportingOf({ judged, ...cluster }, moment, policy)), history, day);
  const objects = [...judged.objects.values()].map(({ object }) => object);
  return madeOf(await built(report, { worlds: [judged], policy }), {
    timeline: timelineOf({ recorded, stages: stageChanges(rollout), report }),
    timelineHint: moment.hasRecord ? '' : NO_RECORD,
    stages: await run(stagesOf(moment, judged.world, loaded.policy)),
    exceptions: exceptionRows(objects, loaded.policy.exceptions, policy, day),
    ranges: cluster.networks,
    checks,
  });
}

/** The page is visible text already. */
function madeOf({ page, details }: BuiltPage, beside: Omit<DashboardModel, 'page'>): MadeModel {
  const indexes = new Map(page.servers.map(({ id }, index) => [id, index]));
  return {
    model: { page, ...visibleData(beside) },
    detail: id => details[indexes.get(id) ?? -1]?.(),
  };
}

/** Makes models one after the other. Of a moment that tells what the one before told, on the same day, there is the same model. */
export function createModelMaker(): (moment: Moment, run: RunSteps) => Promise<MadeModel> {
  let last: { readonly told: readonly [World, ...unknown[]]; readonly made: MadeModel } | undefined;
  return async (moment, run) => {
    const { world, nowMs, ...rest } = moment;
    const told = [world, dayAt(nowMs), rest] as const;
    if (last?.told[0] === world && isSame(told.slice(1), last.told.slice(1))) return last.made;
    const made = await dashboardModel(moment, run);
    last = { told, made };
    return made;
  };
}
