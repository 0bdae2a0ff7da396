import type { Cause, Decision, ExceptedFinding, Finding } from '../../core/decision.ts';
import { placeText, refText, witnessText } from '../../core/explain.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { ownWorkload } from '../../core/kube/workload-kinds.ts';
import { compare } from '../../core/order.ts';
import type { Rule } from '../../core/rule.ts';
import { RULES } from '../../core/rules/index.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';
import { causeIdentity, findingIdentity } from '../report/identity.ts';
import type { SurveyedNamespace } from '../survey/keep.ts';
import type { SurveyedServer } from '../survey/servers-in.ts';
import type { PlannedReport, ReportResult, ReportSummary, ResultResource, ResultSeverity } from './document.ts';

/** Results of a report, inclusive of the one that counts those that are left out. */
export const MAX_RESULTS = 500;
/** Bytes of all results as JSON. An object of etcd may have 1.5 MiB, and a request holds it once. */
export const MAX_RESULT_BYTES = 700_000;

const MAX_MESSAGE_LENGTH = 1_000;
const MAX_PROPERTY_LENGTH = 500;

const SOURCE = 'chokepoint';
const CATEGORY = 'MCP perimeter';
/** Of what could not be judged: as bad as the worst that may be there, but not proven. */
const CAUSE_SEVERITY = 'high';

/** From which severity of a rule on, 0 to 10, which word stands for it; as those of GitHub's `security-severity`. */
const SEVERITIES: readonly (readonly [from: number, word: ResultSeverity])[] = [
  [9, 'critical'],
  [7, 'high'],
  [4, 'medium'],
  [0, 'low'],
];
const WORDS: readonly ResultSeverity[] = SEVERITIES.map(([, word]) => word);
const wordOf = ({ severity }: Rule): ResultSeverity => SEVERITIES.find(([from]) => severity >= from)?.[1] ?? 'low';
const SEVERITY_OF: ReadonlyMap<string, ResultSeverity> = new Map(RULES.map(rule => [rule.id, wordOf(rule)]));

/** When something was seen for the first time, and from when on without a break. In seconds since 1970. */
interface Seen {
  readonly first: number;
  readonly since: number;
}

/** What the results are made with. */
export interface ReportTools {
  /** Stable, short text that stands for an identity: the same for the same, and hardly ever for another. */
  readonly idOf: (identity: string) => string;
  /** When it was seen; `undefined`: not known. */
  readonly seen: (subject: ObjectRef, rule: string, identity: string) => Seen | undefined;
  /** From when on a server has been judged, in seconds since 1970; `undefined`: not known. */
  readonly judgedSince: (subject: ObjectRef) => number | undefined;
  /** The modes that a namespace was seen in, oldest first; empty: not known. */
  readonly modes: (namespace: string) => readonly ModeSeen[];
}

/** A mode, and from when on: in seconds since 1970. */
interface ModeSeen {
  readonly at: number;
  readonly mode: Mode;
}

function resourceOf({ decision, uid }: SurveyedServer): ResultResource {
  const { kind, namespace, name } = decision.subject;
  const { group = '', versions: [version = 'v1'] = [] } = ownWorkload(kind) ?? {};
  const isPolicy = kind === 'NetworkPolicy';
  const apiVersion = isPolicy ? 'networking.k8s.io/v1' : group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, namespace, name: name.split('/')[0] ?? name, uid };
}

/** Properties with something in them, each of bounded length. */
const propertiesOf = (all: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [[key, cutText(visibleText(value), MAX_PROPERTY_LENGTH)]],
    ),
  );

interface Said extends Pick<ReportResult, 'rule' | 'severity' | 'result'> {
  readonly identity: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, string | undefined>>;
}

const saidOfFinding = (finding: Finding): Said => ({
  rule: finding.rule,
  severity: SEVERITY_OF.get(finding.rule) ?? CAUSE_SEVERITY,
  result: finding.level === 'deny' ? 'fail' : 'warn',
  identity: findingIdentity(finding),
  message: finding.message,
  properties: {
    at: placeText(finding),
    witness: finding.witness && witnessText(finding.witness),
    fix: finding.fix.summary,
  },
});

const saidOfExcepted = (finding: ExceptedFinding): Said => {
  const { reason, expires, object } = finding.exception;
  const said = saidOfFinding(finding);
  const properties = { ...said.properties, exception: reason, expires, exceptedBy: refText(object) };
  return { ...said, result: 'skip', properties };
};

const saidOfCause = (cause: Cause, subject: ObjectRef): Said => ({
  rule: cause.code,
  severity: CAUSE_SEVERITY,
  result: 'error',
  identity: causeIdentity(cause, subject),
  message: cause.message,
  properties: { at: refText(cause.object) },
});

const RESULTS: readonly ReportResult['result'][] = ['fail', 'error', 'warn', 'skip'];

/** Of several places of one fault the first stands for all; it is as bad as the worst of them. */
function together(all: readonly Said[]): readonly (Said & { readonly places: number })[] {
  return [...Map.groupBy(all, ({ identity }) => identity).values()].flatMap(group => {
    const [worst] = group.toSorted((a, b) => RESULTS.indexOf(a.result) - RESULTS.indexOf(b.result));
    return worst === undefined ? [] : [{ ...worst, places: group.length }];
  });
}

const saidOf = ({ findings, causes, excepted, subject }: Decision): readonly Said[] => [
  ...findings.map(saidOfFinding),
  ...causes.map(cause => saidOfCause(cause, subject)),
  ...excepted.map(saidOfExcepted),
];

const timeText = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** Since when it is open is told only where that is not the first time. */
const seenProperties = ({ first, since }: Seen): Readonly<Record<string, string>> => ({
  firstSeen: timeText(first),
  ...(since !== first && { openSince: timeText(since) }),
});

/** From when on a server is judged, and its namespace is in its mode, as far as that is known. */
function standingDates({ decision: { subject } }: SurveyedServer, { judgedSince, modes }: ReportTools) {
  const judged = judgedSince(subject);
  const [now, before] = modes(subject.namespace).toReversed();
  return {
    judgedSince: judged === undefined ? '' : timeText(judged),
    modeSince: now === undefined ? '' : timeText(now.at),
    modeBefore: before?.mode ?? '',
  };
}

function resultsOf(server: SurveyedServer, mode: Mode, tools: ReportTools): readonly ReportResult[] {
  const { idOf, seen } = tools;
  const { decision } = server;
  const resources = [resourceOf(server)];
  const known = standingDates(server, tools);
  return together(saidOf(decision)).map(({ identity, places, ...said }) => {
    const dates = seen(decision.subject, said.rule, identity);
    const standing = { mcp: decision.mcp.standing, mode, places: places > 1 ? String(places) : '' };
    const properties = { resultID: idOf(identity), ...said.properties, ...standing };
    return {
      source: SOURCE,
      policy: SOURCE,
      rule: said.rule,
      category: CATEGORY,
      severity: said.severity,
      result: said.result,
      scored: said.result === 'fail',
      ...(dates && { timestamp: { seconds: dates.first, nanos: 0 } }),
      resources,
      message: cutText(visibleText(`${refText(decision.subject)}: ${said.message}`), MAX_MESSAGE_LENGTH),
      properties: propertiesOf({ ...properties, ...(dates && seenProperties(dates)), ...known }),
    };
  });
}

const orderKey = ({ result, severity, resources: [resource], rule, properties }: ReportResult): string =>
  [RESULTS.indexOf(result), WORDS.indexOf(severity), resource?.kind, resource?.name, rule, properties.resultID].join(
    '\u0000',
  );

function summaryOf(servers: readonly SurveyedServer[], results: readonly ReportResult[]): ReportSummary {
  const count = (kind: ReportResult['result']): number => results.filter(({ result }) => result === kind).length;
  const pass = servers.filter(({ decision }) => decision.verdict === 'allow' && decision.findings.length === 0).length;
  return { pass, fail: count('fail'), warn: count('warn'), error: count('error'), skip: count('skip') };
}

/** What says how many results the report has no room for. */
const leftOutResult = (count: number, { idOf }: ReportTools, namespace: string): ReportResult => ({
  source: SOURCE,
  policy: SOURCE,
  rule: 'results-left-out',
  category: CATEGORY,
  severity: 'low',
  result: 'skip',
  scored: false,
  resources: [],
  message: `there are more results than a report holds: chokepoint scan --namespace ${namespace} tells them all`,
  properties: { resultID: idOf(JSON.stringify(['results-left-out', namespace])), leftOut: String(count) },
});

/** As many of the results as there is room for, and where that is not all, one that counts the others. */
function withinBounds(all: readonly ReportResult[], tools: ReportTools, namespace: string): readonly ReportResult[] {
  let bytes = 0;
  const fits = all.findIndex(result => {
    bytes += Buffer.byteLength(JSON.stringify(result));
    return bytes > MAX_RESULT_BYTES;
  });
  const room = fits === -1 ? all.length : fits;
  if (room === all.length && room <= MAX_RESULTS) return all;
  const told = all.slice(0, Math.min(room, MAX_RESULTS - 1));
  return [...told, leftOutResult(all.length - told.length, tools, namespace)];
}

/** What is reported of a namespace; `undefined` where it has no servers, or is off, which somebody meant. */
export function planReport(seen: SurveyedNamespace, tools: ReportTools): PlannedReport | undefined {
  if (seen.servers.length === 0 || seen.mode === 'off') return undefined;
  const all = seen.servers
    .flatMap(server => resultsOf(server, seen.mode, tools))
    .map(result => ({ key: orderKey(result), result }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ result }) => result);
  const results = withinBounds(all, tools, seen.name);
  return { namespace: seen.name, summary: summaryOf(seen.servers, all), results };
}
