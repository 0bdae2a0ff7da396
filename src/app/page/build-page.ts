import { CAUSES } from '../../core/causes.ts';
import type { Decision, Edit } from '../../core/decision.ts';
import { createJudge, type Judge } from '../../core/evaluate.ts';
import { exceptionText, placeText, refText, witnessText } from '../../core/explain.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder, type Decoder } from '../../core/kube/decode.ts';
import type { ObjectRef, Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import { visibleData, visibleLines } from '../../core/visible-text.ts';
import { buildWorld, refOf, type World } from '../../core/world.ts';
import { type JudgedInput, refKey, sourceOf } from '../report/check.ts';
import type {
  CheckReport,
  FieldPlace,
  ReportedCause,
  ReportedFinding,
  ReportedServer,
} from '../report/check-report.ts';
import { type GeneratedPolicy, generateForInput } from '../report/generate.ts';
import { reachChangeText } from '../report/reach-changes.ts';
import { judgedText, sinceText } from '../report/since.ts';
import { askOf } from './ask.ts';
import { editsOf, mendedWorld } from './mended-world.ts';
import {
  type AfterFixes,
  type Excerpt,
  type Page,
  type PageChange,
  type PageFinding,
  type PageFix,
  type PageProblem,
  type PageServer,
  type ServerMap,
  STANDINGS,
} from './model.ts';
import { type LayOut, pictureOf } from './picture.ts';
import { type NameWorkloads, serverMap, workloadNames } from './server-map.ts';
import { standingOfServer, sumUp } from './standing.ts';

/** Where the texts of the objects are. */
export interface PageTexts {
  /** The lines around a field of an object; `undefined`: there is no text of it. */
  excerpt(place: FieldPlace & { readonly object: ObjectRef; readonly path?: string }): Excerpt | undefined;
  /** What an edit of a policy changes; `undefined`: nothing can be shown. */
  editDiff(edit: Edit, judged: JudgedInput): PageFix | undefined;
  /** A policy that is written anew, or in the place of another. */
  policyDiff(policy: GeneratedPolicy, judged: JudgedInput): PageFix;
}

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
}

/** What the servers of one world have in common. */
interface Ground {
  readonly judged: JudgedInput;
  readonly judge: Judge;
  readonly decode: Decoder;
  readonly nameWorkloads: NameWorkloads;
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly generated: ReadonlyMap<string, readonly GeneratedPolicy[]>;
  readonly texts: PageTexts;
}

/** A report tells names as visible text, so that two servers may be told alike: where they stand tells them apart. */
const decisionKey = (
  ref: ObjectRef,
  { file, line }: { readonly file: string; readonly line: number } = { file: '', line: 0 },
): string => JSON.stringify([refKey(visibleData(ref)), file, line]);

function groundOf(judged: JudgedInput, { policy, texts }: PageInput): Ground {
  const { policies } = generateForInput(judged, policy);
  return {
    ...{ judged, texts, judge: createJudge(policy), decode: createDecoder() },
    nameWorkloads: workloadNames(judged.world),
    decisions: new Map(
      judged.decisions.map(decision => [decisionKey(decision.subject, sourceOf(judged, decision)), decision]),
    ),
    generated: Map.groupBy(policies, ({ subject }) => refKey(subject)),
  };
}

/** The workload that a decision is about; of a server that the input holds as its policy alone, what that stands for. */
function workloadOf({ kind, namespace, name }: ObjectRef, world: World): Workload | undefined {
  const { workloads, policies } = world.namespace(namespace);
  const workload = workloads.get(`${kind}/${name}`);
  const policy = policies.get(`NetworkPolicy/${name}`);
  return workload ?? (kind === 'NetworkPolicy' && policy ? virtualServer(policy) : undefined);
}

function mapIn(world: World, decision: Decision, { judge, nameWorkloads }: Ground) {
  const { subject, mcp, findings } = decision;
  const workload = workloadOf(subject, world);
  if (workload === undefined) return { ways: [], notes: ['It is not in the objects that were judged.'] };
  return serverMap(judge.contextOf(world, workload, mcp, subject), findings, nameWorkloads);
}

function afterFixes(decision: Decision, ground: Ground): AfterFixes | undefined {
  const { subject, mcp } = decision;
  const world = mendedWorld(ground.judged.world, decision, ground.generated.get(refKey(subject)) ?? [], ground.decode);
  const workload = world && workloadOf(subject, world);
  if (world === undefined || workload === undefined) return undefined;
  const after = ground.judge.evaluateServer(world, workload, mcp, subject);
  return { standing: standingOfServer(after), map: mapIn(world, after, ground) };
}

function fixesOf(decision: Decision, { texts, judged, generated }: Ground): readonly PageFix[] {
  const policies = (generated.get(refKey(decision.subject)) ?? []).map(policy => texts.policyDiff(policy, judged));
  const edits = editsOf(decision).flatMap(edit => texts.editDiff(edit, judged) ?? []);
  return [...edits, ...policies];
}

const lineText = ({ file, line }: FieldPlace): string =>
  file === '' ? '' : `${file === '-' ? 'standard input' : file}${line > 0 ? `:${line}` : ''}`;

function findingOf(
  finding: ReportedFinding,
  level: PageFinding['level'],
  isCluster: boolean,
  texts: PageTexts,
): PageFinding {
  const { rule, message, witness, fix, openSince, openDays, known } = finding;
  const since = sinceText(openSince, openDays);
  const excerpt = texts.excerpt(finding);
  return {
    ...{ level, rule, message, at: placeText(finding), place: isCluster ? '' : lineText(finding) },
    ...{ witness: witness ? witnessText(witness) : '', fix: fix.summary },
    ...(since && { since }),
    ...(known && { known: true }),
    ...(excerpt && { excerpt }),
  };
}

function causeOf(cause: ReportedCause, isCluster: boolean, texts: PageTexts): PageFinding {
  const { code, message, object, openSince, openDays, known } = cause;
  const since = sinceText(openSince, openDays);
  const excerpt = texts.excerpt(cause);
  return {
    ...{ level: 'unsure', rule: code, message, at: refText(object), place: isCluster ? '' : lineText(cause) },
    ...{ witness: '', fix: CAUSES[code].fix },
    ...(since && { since }),
    ...(known && { known: true }),
    ...(excerpt && { excerpt }),
  };
}

function findingsOf(
  { findings, causes, excepted }: ReportedServer,
  isCluster: boolean,
  texts: PageTexts,
): readonly PageFinding[] {
  return [
    ...findings.filter(({ level }) => level === 'deny').map(one => findingOf(one, 'deny', isCluster, texts)),
    ...causes.map(one => causeOf(one, isCluster, texts)),
    ...findings.filter(({ level }) => level === 'warn').map(one => findingOf(one, 'warn', isCluster, texts)),
    ...excepted.map(one => ({
      ...findingOf(one, 'excepted', isCluster, texts),
      exception: exceptionText(one.exception),
    })),
  ];
}

const UNDRAWN: ServerMap = {
  ways: [],
  notes: ['Its traffic is not drawn: what was judged is no world of pods and policies.'],
};

/** What is drawn of a server, and what mends it. */
function drawnOf(decision: Decision, ground: Ground): Pick<PageServer, 'map' | 'fixes' | 'after'> {
  const after = afterFixes(decision, ground);
  return {
    map: mapIn(ground.judged.world, decision, ground),
    fixes: fixesOf(decision, ground),
    ...(after && { after }),
  };
}

function serverOf(
  server: ReportedServer,
  isCluster: boolean,
  grounds: ReadonlyMap<string, Ground>,
  texts: PageTexts,
): PageServer {
  const { namespace, kind, name, owner, builds = [], mcp, evidence } = server;
  const ground = grounds.get(builds[0] ?? '');
  const decision = ground?.decisions.get(decisionKey(server, server));
  const findings = findingsOf(server, isCluster, texts);
  const [first] = findings;
  return {
    id: [`${namespace}/${kind}/${name}`, ...builds.slice(0, 1).map(build => `(${build})`)].join(' '),
    ...{ namespace, kind, name, standing: standingOfServer(server), mcp },
    evidence: evidence.filter(({ strength }) => strength !== 'against').map(({ says }) => says),
    ...(owner && { owner: refText(owner) }),
    ...{ place: isCluster ? '' : lineText(server), builds, findings },
    ...(ground && decision ? drawnOf(decision, ground) : { map: UNDRAWN, fixes: [] }),
    ...(first && { more: `chokepoint explain ${first.rule}` }),
  };
}

/** When it was judged, where a controller keeps that. */
function judgedOf(server: ReportedServer, { cluster }: CheckReport): Pick<PageServer, 'judged'> {
  const judged = judgedText(server, cluster?.remembered ?? []);
  return judged === '' ? {} : { judged };
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

const sortKey = ({ namespace, kind, name }: PageServer): string => [namespace, kind, name].join('\u0000');

/** The page of a report. Everything in it is visible text. */
export async function buildPage(input: PageInput): Promise<Page> {
  const { report, worlds, day, version, command, layOut } = input;
  const grounds = new Map(worlds.map(judged => [judged.build ?? '', groundOf(judged, input)]));
  const isCluster = report.cluster !== undefined && report.cluster.overlay === undefined;
  const servers = report.servers
    .map(server => ({ ...serverOf(server, isCluster, grounds, input.texts), ...judgedOf(server, report) }))
    .sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || compare(sortKey(a), sortKey(b)));
  const { sentence, closed } = sumUp(servers.map(({ standing }) => standing));
  const change = changeOf(report);
  const world = worldToAsk(worlds);
  const page: Page = {
    ...{ subject: subjectOf(report), day, version, configuration: report.policySource, sentence, closed, servers },
    picture: await pictureOf(servers, layOut),
    ask: askOf(world, serversAmong(worlds, world), command),
    problems: report.problems.map(problemOf),
    facts: factsOf(report),
    ...(change && { change }),
  };
  return withoutInvisible(page);
}

/** Diffs keep their lines. */
function withoutInvisible({ servers, ...page }: Page): Page {
  const visible = ({ fixes, ...server }: PageServer): PageServer => ({
    ...visibleData(server),
    fixes: fixes.map(({ title, diff }) => ({ title: visibleData(title), diff: visibleLines(diff) })),
  });
  return { ...visibleData(page), servers: servers.map(visible) };
}
