import type { Cause, Decision, Finding } from '../../core/decision.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { Problem, Source } from '../../core/manifest.ts';
import { isOptOut } from '../../core/mcp/declared.ts';
import { compare } from '../../core/order.ts';
import { knownOwner, ownersIn } from '../../core/owner.ts';
import { visibleData } from '../../core/visible-text.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import { atOnce, type Steps, stepEach } from '../steps.ts';
import { type JudgedInput, type ManifestIssue, refKey, sourceOf } from './check.ts';
import type {
  CheckReport,
  FieldPlace,
  LookClose,
  ReportedCluster,
  ReportedFinding,
  ReportedLeftOut,
  ReportedNonServer,
  ReportedServer,
} from './check-report.ts';
import { newVerdict } from './compare.ts';
import { mergePassedOver, mergeServers, once } from './merge-worlds.ts';

/** Finds the line and column of a field; of its nearest ancestor where it is absent. 1-based, 0 when unknown. */
export type Locate = (manifest: Source, fieldPath: string) => { readonly line: number; readonly column: number };

/** Knows no places: for an input in which there is nothing to locate. */
export const NOWHERE: Locate = () => ({ line: 0, column: 0 });

/** What the report says besides the decisions. */
export interface CheckFacts {
  readonly files: number;
  /** Files that hold no object; absent: none. */
  readonly foreignFiles?: number;
  /** Absent: none. */
  readonly leftOut?: ReportedLeftOut;
  /** Of reading the files and the configuration. */
  readonly problems: readonly Problem[];
  readonly policySource: string;
  /** Absent where files were judged. */
  readonly cluster?: ReportedCluster;
}

/**
 * The same places, asked for file by file in the order of the input: a locator reads one document at a time, and the report asks in the order of the
 * servers. Each place is asked for once.
 */
function gatherPlaces(worlds: readonly JudgedInput[], locate: Locate): Locate {
  const asked = new Map<Source, Set<string>>(
    worlds.flatMap(({ objects }) => [...objects.values()].map(({ manifest }) => [manifest, new Set()] as const)),
  );
  const ask = (manifest: Source | undefined, path: string): void => {
    if (manifest !== undefined) asked.set(manifest, (asked.get(manifest) ?? new Set()).add(path));
  };
  for (const judged of worlds) {
    for (const { findings, excepted, causes } of judged.decisions) {
      for (const finding of [...findings, ...excepted]) ask(sourceOf(judged, finding), finding.path);
      for (const cause of causes) ask(sourceOf(judged, cause), '');
    }
    for (const { manifest, path } of judged.issues) ask(manifest, path);
  }
  const places = new Map<Source, ReadonlyMap<string, ReturnType<Locate>>>();
  for (const [manifest, paths] of asked)
    places.set(manifest, new Map([...paths].map(path => [path, locate(manifest, path)])));
  return (manifest, path) => places.get(manifest)?.get(path) ?? { line: manifest.line, column: 0 };
}

/** Whether the report will ask for places: finding them costs a second, slower reading of a document. */
export function needsPlaces(worlds: readonly JudgedInput[]): boolean {
  const saysSomething = ({ findings, causes, excepted }: Decision): boolean =>
    findings.length + causes.length + excepted.length > 0;
  return worlds.some(({ issues, decisions }) => issues.length > 0 || decisions.some(saysSomething));
}

const LEVELS: readonly Finding['level'][] = ['deny', 'warn'];

interface Placing {
  readonly judged: JudgedInput;
  readonly locate: Locate;
}

function placeOf(said: Finding | Cause, path: string, { judged, locate }: Placing): FieldPlace {
  const manifest = sourceOf(judged, said);
  if (manifest === undefined) return { file: '', line: 0 };
  const { line, column } = locate(manifest, path);
  return { file: manifest.file, line, ...(column > 0 && { column }) };
}

function reportFinding(finding: Finding, placing: Placing): ReportedFinding {
  const { object, path } = finding;
  const policy = object.kind === 'NetworkPolicy' ? `${object.namespace}/${object.name}` : null;
  return { ...finding, policy, ...placeOf(finding, path, placing) };
}

/** What a person knows the server by that others made. */
function ownerOf(subject: ObjectRef, { objects, world }: JudgedInput): ObjectRef | undefined {
  const object = objects.get(refKey(subject))?.object;
  return object && isWorkload(object) ? knownOwner(object, ownersIn(world.namespace(subject.namespace))) : undefined;
}

function reportServer(decision: Decision, placing: Placing): readonly ReportedServer[] {
  const { subject, mcp, verdict, findings, causes, excepted } = decision;
  if (mcp.standing === 'no') return [];
  const manifest = sourceOf(placing.judged, decision);
  const owner = ownerOf(subject, placing.judged);
  const closedBy = placing.judged.credits.get(decision);
  const server: ReportedServer = {
    namespace: subject.namespace,
    kind: subject.kind,
    name: subject.name,
    ...(owner && { owner }),
    mcp: mcp.standing,
    evidence: mcp.evidence,
    verdict,
    findings: LEVELS.flatMap(level => findings.filter(finding => finding.level === level)).map(finding =>
      reportFinding(finding, placing),
    ),
    causes: causes.map((cause: Cause) => ({ ...cause, ...placeOf(cause, '', placing) })),
    excepted: excepted.map(finding => ({ ...reportFinding(finding, placing), exception: finding.exception })),
    ...(closedBy && { closedBy }),
    ...(placing.judged.build !== undefined && { builds: [placing.judged.build] }),
    file: manifest?.file ?? '',
    line: manifest?.line ?? 0,
  };
  return [server];
}

/** Workloads that look close to servers and are listed; the others are counted. */
const MAX_LISTED = 100;

function reportNonServer(decision: Decision, judged: JudgedInput): ReportedNonServer {
  const { evidence, setAside } = decision.mcp;
  const { namespace, kind, name } = decision.subject;
  const { file = '', line = 0 } = sourceOf(judged, decision) ?? {};
  return { namespace, kind, name, evidence, setAside, file, line };
}

/** A namespace may hold any number of them: those that a sign against decides on come first, since such a sign may be wrong. */
function reportLookClose(worlds: readonly JudgedInput[]): LookClose | undefined {
  const all = worlds.flatMap(judged => judged.lookClose.map(decision => reportNonServer(decision, judged)));
  const different = once(all);
  if (different.length === 0) return undefined;
  const isSetAside = ({ setAside, evidence }: ReportedNonServer): boolean =>
    setAside.length > 0 || evidence.some(isOptOut);
  const sorted = [...different.filter(isSetAside), ...different.filter(one => !isSetAside(one))];
  return { count: different.length, workloads: sorted.slice(0, MAX_LISTED) };
}

/** An issue of decoding as a problem of the input. */
export function problemOf({ severity, code, path, message, manifest }: ManifestIssue, locate: Locate): Problem {
  return { severity, code, file: manifest.file, ...locate(manifest, path), field: path, message };
}

const byPlace = (a: Problem, b: Problem): number =>
  compare(a.file, b.file) ||
  a.line - b.line ||
  a.column - b.column ||
  compare(a.field, b.field) ||
  compare(a.code, b.code);

/** {@link reportOn} in steps, for each server one or two. */
export function* reportingOn(worlds: readonly JudgedInput[], facts: CheckFacts, locator: Locate): Steps<CheckReport> {
  const locate = gatherPlaces(worlds, locator);
  const told: ReportedServer[] = [];
  for (const judged of worlds)
    told.push(...(yield* stepEach(judged.decisions, one => reportServer(one, { judged, locate }))).flat());
  const servers = yield* stepEach(mergeServers(told), server => visibleData(server));
  const issues = worlds.flatMap(judged => judged.issues.map(issue => problemOf(issue, locate)));
  const lookClose = reportLookClose(worlds);
  const count = (counts: (server: ReportedServer) => boolean): number => servers.filter(counts).length;
  const report = visibleData<CheckReport>({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'CheckReport',
    ...(facts.cluster && { cluster: facts.cluster }),
    summary: {
      files: facts.files,
      objects: worlds.reduce((sum, judged) => sum + judged.count, 0),
      servers: servers.length,
      deny: count(({ verdict }) => verdict === 'deny'),
      warn: count(({ verdict, findings }) => verdict === 'allow' && findings.length > 0),
      undetermined: count(({ verdict }) => verdict === 'undetermined'),
    },
    ...(facts.foreignFiles && { foreignFiles: facts.foreignFiles }),
    ...(facts.leftOut && facts.leftOut.option + facts.leftOut.ignoreFile > 0 && { leftOut: facts.leftOut }),
    policySource: facts.policySource,
    servers: [],
    ...(lookClose && { lookClose }),
    problems: [...facts.problems, ...once(issues)].sort(byPlace),
    passedOver: mergePassedOver(worlds),
  });
  return { ...report, servers };
}

/** The report on the worlds of an input. Places are looked up for what has a finding or an issue, and for nothing else. */
export const reportOn = (worlds: readonly JudgedInput[], facts: CheckFacts, locator: Locate): CheckReport =>
  atOnce(reportingOn(worlds, facts, locator));

/** What makes a judgement fail: denials; warnings as well; or nothing that was judged. */
export type FailOn = 'deny' | 'warn' | 'never';

/**
 * 0: nothing that fails. 1: something is denied, or warned of where warnings fail. 2: something could not be judged, which weighs more than a denial.
 * With `never` no verdict fails, and input that cannot be read still does. What a comparison knows never fails.
 */
export function exitStatus({ servers, problems }: CheckReport, failOn: FailOn = 'deny'): 0 | 1 | 2 {
  if (problems.some(({ severity }) => severity === 'error')) return 2;
  if (failOn === 'never') return 0;
  const verdicts = new Set(servers.map(newVerdict));
  if (verdicts.has('undetermined')) return 2;
  const warns = servers.some(({ findings }) => findings.some(({ known }) => !known));
  return verdicts.has('deny') || (failOn === 'warn' && warns) ? 1 : 0;
}
