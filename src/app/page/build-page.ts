import { refText } from '../../core/explain.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { visibleData } from '../../core/visible-text.ts';
import { buildWorld } from '../../core/world/build.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import { type JudgedInput, refKey } from '../report/check.ts';
import type { CheckReport, ReportedServer } from '../report/check-report.ts';
import { reachChangeText } from '../report/reach-changes.ts';
import { judgedText } from '../report/since.ts';
import { type RunSteps, type Steps, stepEach } from '../steps.ts';
import { askOf } from './ask.ts';
import { createGround, type Ground } from './ground.ts';
import {
  type Page,
  type PageChange,
  type PageProblem,
  type PageServer,
  type ServerDetail,
  type ServerMap,
  STANDINGS,
} from './model.ts';
import { Numbered } from './numbered.ts';
import { type LayOut, pictureOf } from './picture.ts';
import { type DetailedServer, detailOf, lineText, type PageTexts, saidOf } from './server-detail.ts';
import { standingOfServer, sumUp } from './standing.ts';

/** What a page is made from. */
export interface PageInput {
  readonly report: CheckReport;
  /** That the report is on. */
  readonly worlds: readonly JudgedInput[];
  /** That they were judged by. */
  readonly policy: GatePolicy;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly version: string;
  /** Answers what was not worked out, see {@link Page.ask}. */
  readonly command: string;
  readonly texts: PageTexts;
  readonly layOut: LayOut;
  /** Whether others get to work meanwhile. */
  readonly run: RunSteps;
}

/** A page, and what is told of its servers to who asks. */
export interface BuiltPage {
  readonly page: Page;
  /** In the order of the page. */
  readonly details: readonly (() => Steps<ServerDetail>)[];
}

function subjectOf({ cluster, summary }: CheckReport): string {
  const files = `${summary.files} ${summary.files === 1 ? 'file' : 'files'}`;
  if (cluster === undefined) return files;
  const where = `${cluster.namespace === null ? '' : `namespace ${cluster.namespace} of `}the cluster at ${cluster.server}`;
  return cluster.overlay ? `${files} over ${where}` : where;
}

/** What else is to be known of the judgement. */
function factsOf({
  cluster,
  passedOver,
  lookClose,
  leftOut,
  foreignFiles = 0,
  summary,
}: CheckReport): readonly string[] {
  const over = passedOver.reduce((sum, { count }) => sum + count, 0);
  const left = leftOut === undefined ? 0 : leftOut.option + leftOut.ignoreFile;
  return [
    `${summary.objects} objects were read.`,
    ...(cluster?.networks ?? []).map(
      ({ class: name, ranges, from, isWhole }) =>
        `Protected ${name}: ${ranges.length === 0 ? 'none' : listed(ranges, 4)}, from ${from}${isWhole ? '' : '; there may be others'}.`,
    ),
    ...(cluster?.notServed.length ? [`Kinds that the cluster does not serve: ${cluster.notServed.length}.`] : []),
    ...(over > 0 ? [`${over} objects of other kinds were passed over.`] : []),
    ...(foreignFiles > 0 ? [`${foreignFiles} files without Kubernetes objects were passed over.`] : []),
    ...(left > 0 ? [`${left} files were left out by --exclude or .chokepointignore.`] : []),
    ...(lookClose ? [`${lookClose.count} workloads look close to an MCP server and are judged as none.`] : []),
  ];
}

const problemOf = ({ severity, file, line, field, message }: Problem): PageProblem => ({
  severity,
  place: lineText({ file, line }),
  message: field === '' ? message : `${field}: ${message}`,
});

/** All worlds as one, to ask about: what several of them hold, the first has. */
function worldToAsk(worlds: readonly JudgedInput[]): World {
  const [only, ...more] = worlds;
  if (only !== undefined && more.length === 0) return only.world;
  const objects = new Map(worlds.toReversed().flatMap(judged => [...judged.objects]));
  return buildWorld([...objects.values()].map(({ object }) => object));
}

/** Whether a workload is judged as a server, by itself or through what made it. */
function serversAmong(worlds: readonly JudgedInput[], world: World): (workload: Workload) => boolean {
  const keys = new Set(worlds.flatMap(({ decisions }) => decisions.map(({ subject }) => refKey(subject))));
  return workload =>
    lineage(workload, ownersIn(world.namespace(workload.meta.namespace))).some(one => keys.has(refKey(refOf(one))));
}

/** What the change lets reach what; compared with a report, which tells of no traffic, what is new among the findings. */
function changeOf({ summary: { against }, servers }: CheckReport): PageChange | undefined {
  if (against === undefined) return undefined;
  const { report, reach } = against;
  const found = servers.flatMap(server =>
    server.findings.filter(({ known }) => !known).map(({ message }) => `${refText(server)}: ${message}`),
  );
  return {
    against: report,
    opened: reach?.opened.map(change => reachChangeText(change, 'can reach')) ?? found,
    closed: reach?.closed.map(change => reachChangeText(change, 'no longer reaches')) ?? [],
  };
}

/** A server with what is drawn of it. */
interface DrawnServer extends DetailedServer {
  readonly shown: Omit<PageServer, 'ends'>;
}

const UNDRAWN: ServerMap = {
  ways: [],
  notes: ['Its traffic is not drawn: what was judged is no world of pods and policies.'],
};

function drawnServer(server: ReportedServer, isCluster: boolean, grounds: ReadonlyMap<string, Ground>): DrawnServer {
  const { namespace, kind, name, owner, builds = [] } = server;
  const ground = grounds.get(builds[0] ?? '');
  const decision = ground?.decisionOf(server);
  const shown = {
    id: [`${namespace}/${kind}/${name}`, ...builds.slice(0, 1).map(build => `(${build})`)].join(' '),
    ...{ namespace, kind, name, standing: standingOfServer(server) },
    ...(owner && { owner: refText(owner) }),
    found: saidOf(server, isCluster).map(({ shown: { rule, message } }) => ({ rule, message })),
  };
  const map = ground && decision ? ground.mapOf(decision) : UNDRAWN;
  return { server, ground, decision, shown: visibleData(shown), map: visibleData(map) };
}

const sortKey = ({ namespace, kind, name }: DrawnServer['shown']): string => [namespace, kind, name].join('\u0000');

const byStanding = ({ shown: a }: DrawnServer, { shown: b }: DrawnServer): number =>
  STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || compare(sortKey(a), sortKey(b));

/** The page of a report. Everything in it is visible text. */
export async function buildPage(input: PageInput): Promise<BuiltPage> {
  const { report, worlds, day, version, command, layOut, run, texts } = input;
  const grounds = new Map(worlds.map(judged => [judged.build ?? '', createGround(judged, input.policy)]));
  const isCluster = report.cluster !== undefined && report.cluster.overlay === undefined;
  const drawn = await run(stepEach(report.servers, server => drawnServer(server, isCluster, grounds)));
  drawn.sort(byStanding);
  const ends = new Numbered<string>();
  const servers = drawn.map(({ shown, map }) => ({
    ...shown,
    ends: [...new Set(map.ways.map(({ end }) => ends.of(end.text)))],
  }));
  const { sentence, closed } = sumUp(servers.map(({ standing }) => standing));
  const change = changeOf(report);
  const world = worldToAsk(worlds);
  const rest = {
    ...{ subject: subjectOf(report), day, version, configuration: report.policySource, sentence, closed },
    picture: await pictureOf(
      drawn.map(({ shown, map: { ways } }) => ({ namespace: shown.namespace, ways })),
      layOut,
    ),
    ask: await run(askOf(world, serversAmong(worlds, world), command)),
    problems: report.problems.map(problemOf),
    facts: factsOf(report),
    ...(change && { change }),
  };
  const remembered = report.cluster?.remembered ?? [];
  return {
    page: { ...visibleData(rest), servers, ends: ends.values },
    details: drawn.map(one => () => detailOf(one, { isCluster, judged: judgedText(one.server, remembered), texts })),
  };
}
