import type {
  CheckReport,
  LookClose,
  ReportedCause,
  ReportedCluster,
  ReportedExceptedFinding,
  ReportedFinding,
  ReportedNetwork,
  ReportedNonServer,
  ReportedServer,
} from '../../app/report/check-report.ts';
import { newVerdict } from '../../app/report/compare.ts';
import { reachChangeText } from '../../app/report/reach-changes.ts';
import { judgedText, sinceText } from '../../app/report/since.ts';
import { CAUSES } from '../../core/causes.ts';
import type { Evidence } from '../../core/decision.ts';
import { exceptionText, placeText, refText, witnessText } from '../../core/explain.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { MCP_SERVER_LABEL } from '../../core/kube/well-known-labels.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { isOptOut } from '../../core/mcp/declared.ts';
import { countsText, noServerText, serverText, summaryText, withRealFiles } from './wording.ts';

/** Wraps a text in the terminal's colour codes, or leaves it as it is. */
type Paint = (text: string) => string;

/** How the parts of a text report stand out. */
export interface Palette {
  readonly bad: Paint;
  readonly doubtful: Paint;
  readonly good: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

const asIs: Paint = text => text;

/** No colours at all. */
export const PLAIN: Palette = { bad: asIs, doubtful: asIs, good: asIs, strong: asIs, faint: asIs };

/** `a.yaml:3`; empty where the object stands in no file. */
function fileText(file: string, line: number, column = 0): string {
  if (file === '') return '';
  return [file === '-' ? 'standard input' : file, ...[line, column].filter(number => number > 0)].join(':');
}

/** A line; one that is wrapped goes on under its first word: after `lead`, which is as wide as `hang`. */
type Line = string | { readonly lead: string; readonly text: string; readonly hang: number };

/** Columns before the text of a detail. */
const DETAIL_INDENT = 16;

/** Lines under a heading, each with a name of the same width; empty ones are left out. */
function details(rows: readonly (readonly [name: string, text: string])[], palette: Palette): readonly Line[] {
  return rows
    .filter(([, text]) => text !== '')
    .map(([name, text]) => ({ lead: `        ${palette.faint(name.padEnd(7))} `, text, hang: DETAIL_INDENT }));
}

/** One line: nobody has to do anything now. */
function knownLine(what: string, place: string, palette: Palette): string {
  return `  ${palette.faint(`known ${what}  ${place}`.trimEnd())}`;
}

function openText({ openSince, openDays }: Pick<ReportedFinding, 'openSince' | 'openDays'>): string {
  const since = sinceText(openSince, openDays);
  return since === undefined ? '' : `since ${since}`;
}

function findingLines(finding: ReportedFinding, mark: string, palette: Palette): readonly Line[] {
  const { rule, message, witness, fix, file, line } = finding;
  const place = [placeText(finding), palette.faint(fileText(file, line))].filter(text => text !== '').join('  ');
  return [
    `  ${mark}  ${palette.strong(rule)}`,
    `        ${message}`,
    ...details(
      [
        ['at', place],
        ['witness', witness ? witnessText(witness) : ''],
        ['fix', fix.summary],
        ['open', openText(finding)],
      ],
      palette,
    ),
  ];
}

function exceptedLines(finding: ReportedExceptedFinding, palette: Palette): readonly Line[] {
  const lines = findingLines(finding, palette.faint('set aside by an exception:'), palette);
  return [...lines, ...details([['reason', exceptionText(finding.exception)]], palette)];
}

function causeLines(cause: ReportedCause, palette: Palette): readonly Line[] {
  const { code, message, object, file, line } = cause;
  const place = [refText(object), palette.faint(fileText(file, line))].filter(text => text !== '').join('  ');
  return [
    `  ${palette.doubtful('????')}  ${palette.strong(code)}`,
    `        ${message}`,
    ...details(
      [
        ['at', place],
        ['fix', CAUSES[code].fix],
        ['open', openText(cause)],
      ],
      palette,
    ),
  ];
}

const isAgainst = ({ strength }: Evidence): boolean => strength === 'against';

/** Why it is taken for a server: the surest sign, and how many more there are; with `isVerbose` all of them. */
function evidenceText(evidence: readonly Evidence[], isVerbose: boolean): string {
  const signs = evidence.filter(one => !isAgainst(one)).map(({ says }) => says);
  const [first = '', ...others] = signs;
  if (isVerbose || others.length === 0) return signs.join('; ');
  return `${first}, and ${others.length} more ${others.length === 1 ? 'sign' : 'signs'}`;
}

function verdictText(server: ReportedServer, palette: Palette): string {
  const { verdict, findings } = server;
  const known = newVerdict(server) === 'allow' ? ', as known' : '';
  if (verdict === 'deny') return known === '' ? palette.bad('denied') : palette.doubtful(`denied${known}`);
  if (verdict === 'undetermined') return palette.doubtful(`undetermined${known}`);
  return findings.length > 0 ? palette.doubtful('allowed, with warnings') : palette.good('allowed');
}

/** What is said of a server, new before known; of what is known the outline, unless all is asked for. */
function saidLines({ causes, findings }: ReportedServer, palette: Palette, isVerbose: boolean): readonly Line[] {
  const marks = { deny: palette.bad('deny'), warn: palette.doubtful('warn') };
  const isShort = ({ known }: ReportedCause | ReportedFinding): boolean => known === true && !isVerbose;
  const isLong = (said: ReportedCause | ReportedFinding): boolean => !isShort(said);
  return [
    ...causes.filter(isLong).flatMap(cause => causeLines(cause, palette)),
    ...findings.filter(isLong).flatMap(finding => findingLines(finding, marks[finding.level], palette)),
    ...causes.filter(isShort).map(({ code, object }) => knownLine(`???? ${code}`, refText(object), palette)),
    ...findings.filter(isShort).map(one => knownLine(`${one.level} ${one.rule}`, placeText(one), palette)),
  ];
}

/** When it was judged, and what was found of it then and is not any more. */
function pastLines(
  server: ReportedServer,
  { cluster }: Pick<CheckReport, 'cluster'>,
  isVerbose: boolean,
): readonly string[] {
  const judged = judgedText(server, cluster?.remembered ?? []);
  const mended = isVerbose ? (server.mended ?? []) : [];
  return [
    ...(judged === '' ? [] : [judged]),
    ...mended.map(
      ({ rule, firstSeen, lastSeen }) => `no more: ${rule}, from ${firstSeen.slice(0, 10)} to ${lastSeen.slice(0, 10)}`,
    ),
  ];
}

/** What else closes it than NetworkPolicies. */
const closedText = (policies: readonly ObjectRef[]): string =>
  `closed by ${policies.map(refText).join(', ')}: NetworkPolicies alone leave it open`;

function serverLines(
  server: ReportedServer,
  report: Pick<CheckReport, 'cluster'>,
  palette: Palette,
  isVerbose: boolean,
): readonly Line[] {
  const why = evidenceText(server.evidence, isVerbose);
  const madeBy = server.owner === undefined ? '' : `, made by ${refText(server.owner)}`;
  return [
    `${palette.strong(serverText(server))}  ${verdictText(server, palette)}  ${palette.faint(fileText(server.file, server.line))}`.trimEnd(),
    `  ${palette.faint(`MCP server, ${server.mcp}${madeBy}${why === '' ? '' : `: ${why}`}`)}`,
    ...(server.closedBy === undefined ? [] : [`  ${palette.faint(closedText(server.closedBy))}`]),
    ...(server.builds === undefined ? [] : [`  ${palette.faint(`in ${server.builds.join(', ')}`)}`]),
    ...pastLines(server, report, isVerbose).map(text => `  ${palette.faint(text)}`),
    ...saidLines(server, palette, isVerbose),
    ...server.excepted.flatMap(finding => exceptedLines(finding, palette)),
    '',
  ];
}

/** One problem in one line: `a.yaml:3:7: error: spec.ingress: expected a list (wrong-type)`. */
export function problemLine(problem: Problem, palette: Palette): string {
  const { severity, code, file, line, column, field, message } = problem;
  const paint = severity === 'error' ? palette.bad : palette.doubtful;
  const parts = [fileText(file, line, column), paint(severity), field].filter(text => text !== '');
  return `${parts.join(': ')}: ${message} ${palette.faint(`(${code})`)}`;
}

/** Ranges that a line names; the others are counted. */
const NAMED_RANGES = 4;

function networkLine({ class: name, ranges, from, isWhole }: ReportedNetwork): string {
  const named = ranges.length === 0 ? 'none' : listed(ranges, NAMED_RANGES);
  return `Protected ${name}: ${named}, from ${from}${isWhole ? '' : '; there may be others'}.`;
}

const NOT_REMEMBERED =
  'No controller keeps since when servers are judged and findings open, or its ConfigMaps may not be read.';

/** Which ranges were judged by, what is not known of the past, and which kinds are not there. */
function clusterLines({ networks, notServed, remembered }: ReportedCluster): readonly string[] {
  const lines = [...networks.map(networkLine), ...(remembered === null ? [NOT_REMEMBERED] : [])];
  if (notServed.length === 0) return lines;
  const groups = new Set(notServed.map(kind => kind.slice(0, kind.indexOf('/'))));
  return [...lines, `Kinds that the cluster does not serve: ${notServed.length}, of ${[...groups].join(', ')}.`];
}

function signText({ signal, says, object, path }: Evidence): string {
  return `${says} (${signal}, ${object === undefined ? '' : `${refText(object)} `}${path})`;
}

/** Signs for a server, and what speaks against each. */
function nonServerLines(workload: ReportedNonServer, palette: Palette): readonly string[] {
  const { evidence, setAside, file, line } = workload;
  const optOut = evidence.find(isOptOut);
  const outweighed = optOut === undefined ? 'not enough by itself' : `outweighed by ${signText(optOut)}`;
  const said = evidence.filter(one => !isAgainst(one)).map(one => `${signText(one)}: ${outweighed}`);
  const aside = setAside.map(one => `${signText(one)}: set aside by ${signText(one.by)}`);
  return [
    `${palette.strong(refText(workload))}  no server  ${palette.faint(fileText(file, line))}`.trimEnd(),
    ...[...aside, ...said].map(text => `  ${palette.faint(text)}`),
    '',
  ];
}

/** How many workloads look close to servers; with `isVerbose`, which and why. */
function lookCloseLines({ count, workloads }: LookClose, palette: Palette, isVerbose: boolean): readonly string[] {
  const [look, them] = count === 1 ? ['workload looks', 'it'] : ['workloads look', 'them'];
  const summary = `${count} ${look} close to an MCP server`;
  if (!isVerbose) return [`${summary}: label ${them}, or see --verbose.`];
  const left = count - workloads.length;
  return [
    '',
    `${summary}: label ${them} ${MCP_SERVER_LABEL}, "true" or "false".`,
    '',
    ...workloads.flatMap(workload => nonServerLines(workload, palette)),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

/** How much of a report is shown. */
export interface TextOptions {
  /** Lists all signs of a server, and the workloads that look close to servers. Absent: they are counted. */
  readonly isVerbose?: boolean;
  /** Leaves out all but denials and what could not be judged. */
  readonly isQuiet?: boolean;
  /** Findings that `check --fix` can mend. Absent: it is not known, or none. */
  readonly fixable?: number;
  /** Brings a line into lines that fit the terminal. Absent: lines are as long as they are. */
  readonly wrap?: WrapLine;
}

/** Breaks a text, which may hold colour codes, between words; lines after the first are indented by `hang` columns. */
type WrapLine = (text: string, hang: number) => string;

const INDENT = /^ */;

/** A line as it is printed. */
function printed(line: Line, wrap: WrapLine = text => text): string {
  if (typeof line !== 'string') return `${line.lead}${wrap(line.text, line.hang)}\n`;
  const [indent = ''] = INDENT.exec(line) ?? [];
  return `${indent}${wrap(line.slice(indent.length), indent.length)}\n`;
}

/** Denials and what could not be judged alone, as far as no comparison knows them. */
function failures(report: CheckReport): CheckReport {
  const servers = report.servers
    .filter(server => newVerdict(server) !== 'allow')
    .map(server => ({
      ...server,
      findings: server.findings.filter(({ level, known }) => level === 'deny' && !known),
      causes: server.causes.filter(({ known }) => !known),
      excepted: [],
    }));
  return { ...report, servers, problems: report.problems.filter(({ severity }) => severity === 'error') };
}

/** Totals by rule, a line each kind; what can be done about them. */
function totalLines({ servers }: CheckReport, palette: Palette, fixable: number): readonly string[] {
  const rulesOf = (level: ReportedFinding['level'], isSettled = true): readonly string[] =>
    servers
      .filter(({ verdict }) => level === 'warn' || (verdict !== 'undetermined') === isSettled)
      .flatMap(server => server.findings.filter(one => one.level === level).map(({ rule }) => rule));
  const causes = servers.flatMap(server => server.causes.map(({ code }) => code));
  const kinds = [
    [palette.bad('denied'), countsText(rulesOf('deny'))],
    [palette.doubtful('not judged'), countsText(causes)],
    [palette.doubtful('denied where that opens it'), countsText(rulesOf('deny', false))],
    [palette.doubtful('warned of'), countsText(rulesOf('warn'))],
  ];
  const [first] = [...rulesOf('deny'), ...causes, ...rulesOf('deny', false), ...rulesOf('warn')];
  return [
    ...kinds.filter(([, text]) => text !== '').map(([name, text]) => `  ${name}: ${text}`),
    ...(fixable > 0 ? [`${fixable} ${fixable === 1 ? 'finding' : 'findings'} can be fixed with --fix.`] : []),
    ...(first === undefined ? [] : [`More about a rule: chokepoint explain ${first}`]),
  ];
}

/** What reaches what that did not, and does no more. Absent where no other files are compared with. */
function reachLines({ summary: { against } }: CheckReport, palette: Palette): readonly string[] {
  if (against?.reach === undefined) return [];
  const { opened, closed } = against.reach;
  if (opened.length + closed.length === 0) return ['Nothing reaches anything that it did not reach before.'];
  return [
    ...(opened.length === 0 ? [] : [palette.bad('Newly open:')]),
    ...opened.map(change => `  ${reachChangeText(change, 'can reach')}`),
    ...(closed.length === 0 ? [] : [palette.good('Open no more:')]),
    ...closed.map(change => `  ${reachChangeText(change, 'no longer reaches')}`),
  ];
}

function footerLines(report: CheckReport, palette: Palette, options: TextOptions): readonly string[] {
  const { cluster, lookClose, policySource } = report;
  const { isVerbose = false, fixable = 0 } = options;
  return [
    summaryText(report),
    ...reachLines(report, palette),
    ...totalLines(report, palette, fixable),
    ...[noServerText(report)].filter(text => text !== ''),
    palette.faint(`Configuration: ${policySource}.`),
    ...(cluster === undefined ? [] : clusterLines(cluster)).map(palette.faint),
    ...(lookClose === undefined ? [] : lookCloseLines(lookClose, palette, isVerbose)),
  ];
}

/** For people: every server with its verdict, findings with proof and fix, problems, and a line that sums up. */
export function renderText(given: CheckReport, palette: Palette, options: TextOptions = {}): string {
  const { isVerbose = false, isQuiet = false, wrap } = options;
  const report = withRealFiles(isQuiet ? failures(given) : given);
  const { servers, problems } = report;
  const lines: readonly Line[] = [
    ...servers.flatMap(server => serverLines(server, report, palette, isVerbose)),
    ...problems.map(problem => problemLine(problem, palette)),
    ...(problems.length > 0 && !isQuiet ? [''] : []),
    ...(isQuiet ? [] : footerLines(report, palette, options)),
  ];
  return lines.map(line => printed(line, wrap)).join('');
}
