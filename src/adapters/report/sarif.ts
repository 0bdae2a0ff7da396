import type { CheckReport, ReportedCause, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import { editKey, type TextChange } from '../../app/report/finding-edits.ts';
import { CAUSES, type CauseInfo } from '../../core/causes.ts';
import type { AppliedException } from '../../core/decision.ts';
import { exceptionText, placeText, refText, witnessText } from '../../core/explain.ts';
import type { Level } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { Problem } from '../../core/manifest.ts';
import { literalText } from '../../core/markdown-text.ts';
import type { RuleInfo } from '../../core/rule.ts';
import { createFingerprints, type Fingerprints } from './fingerprint.ts';
import { CAUSE_SEVERITY } from './severity.ts';
import { findingText, serverText, withRealFiles } from './wording.ts';

/** What the log says of the tool. */
export interface SarifTool {
  readonly version: string;
  /** The ruleset: each becomes a rule of the log, whether it found something or not. */
  readonly rules: readonly RuleInfo[];
  /** What the edits of findings change in files, by their keys. Absent: none. */
  readonly changes?: ReadonlyMap<string, TextChange> | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** SARIF's levels: OASIS SARIF 2.1.0, section 3.27.10. */
const LEVELS: Readonly<Record<Level, string>> = { deny: 'error', warn: 'warning', off: 'none' };

const TAGS = ['security', 'kubernetes', 'mcp'];

/** `host-network` → `HostNetwork`: the readable name of a rule. */
const nameOf = (id: string): string => id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** GitHub takes the severity of a security result as text of 0.0 to 10.0. */
const severityText = (severity: number): string => severity.toFixed(1);

function ruleDescriptor({ id, title, why, limits, sources, levels, severity }: RuleInfo): Json {
  const text = `${why}\n\nWhat it does not see: ${limits}`;
  const links = sources.map(source => `- ${source}`).join('\n');
  return {
    id,
    name: nameOf(id),
    shortDescription: { text: title },
    fullDescription: { text: why },
    ...(sources[0] !== undefined && { helpUri: sources[0] }),
    help: { text, markdown: `${text}\n\nSources:\n\n${links}\n\nMore: \`chokepoint explain ${id}\`` },
    defaultConfiguration: { level: LEVELS[levels.baseline] },
    properties: { tags: TAGS, 'security-severity': severityText(severity) },
  };
}

const causeDescriptor = ([id, { title, why, fix, sources }]: readonly [string, CauseInfo]): Json => ({
  id,
  name: nameOf(id),
  shortDescription: { text: title },
  fullDescription: { text: why },
  helpUri: sources[0],
  help: { text: `${why}\n\nFix: ${fix}.` },
  defaultConfiguration: { level: 'error' },
  properties: { tags: TAGS, 'security-severity': severityText(CAUSE_SEVERITY) },
});

/** A path as a URI reference: relative to the working folder unless it is absolute (RFC 3986). */
function uriOf(file: string): string {
  const path = file.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}

/** Standard input is no artifact that a viewer could open. */
function physical(file: string, line: number, column = 0): Json {
  if (file === '' || file === '-') return {};
  const region = { startLine: line, ...(column > 0 && { startColumn: column }) };
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...(line > 0 && { region }) } };
}

const logical = (object: ObjectRef): Json => ({
  name: object.name,
  fullyQualifiedName: refText(object),
  kind: 'resource',
});

function serverLocation(server: ReportedServer, file: string, line: number, column?: number): Json {
  return { ...physical(file, line, column), logicalLocations: [logical(server)] };
}

/** The two objects that a finding is between, where it does not stand in the server itself. */
function relatedLocations(finding: ReportedFinding, server: ReportedServer): readonly Json[] {
  const { object, file, line, column } = finding;
  if (refText(object) === serverText(server)) return [];
  return [
    {
      id: 1,
      ...serverLocation(server, server.file, server.line),
      message: { text: `the MCP server ${serverText(server)}` },
    },
    {
      id: 2,
      ...physical(file, line, column),
      logicalLocations: [logical(object)],
      message: { text: `the fault: ${placeText(finding)}` },
    },
  ];
}

/** What `check --fix` would change in the files for this finding. */
function fixesOf({ fix }: ReportedFinding, changes: SarifTool['changes']): readonly Json[] {
  const change = fix.edit && changes?.get(editKey(fix.edit));
  if (change === undefined) return [];
  const replacement = { deletedRegion: change.region, insertedContent: { text: change.text } };
  return [
    {
      description: { text: fix.summary },
      artifactChanges: [{ artifactLocation: { uri: uriOf(change.file) }, replacements: [replacement] }],
    },
  ];
}

function findingMarkdown(finding: ReportedFinding, server: ReportedServer): string {
  const { message, witness, fix } = finding;
  const rows: readonly (readonly [string, string])[] = [
    ['Where', placeText(finding)],
    ['Witness', witness ? witnessText(witness) : ''],
    ['Fix', fix.summary],
  ];
  const list = rows.filter(([, text]) => text !== '').map(([name, text]) => `- **${name}:** ${literalText(text)}`);
  return [`**${literalText(serverText(server))}**: ${literalText(message)}`, '', ...list].join('\n');
}

/** SARIF 2.1.0, section 3.27.24. What is gone is in no result: viewers would show it as open. */
const baselineState = (known: boolean | undefined): Json =>
  known === undefined ? {} : { baselineState: known ? 'unchanged' : 'new' };

/** What results are made with. */
interface Making {
  /** Of the rules, in the order of the log. */
  readonly ids: readonly unknown[];
  readonly changes: SarifTool['changes'];
  readonly fingerprints: Fingerprints;
}

function findingResult(finding: ReportedFinding, server: ReportedServer, { ids, changes, fingerprints }: Making): Json {
  const { rule, messageId, level, file, line, column, known } = finding;
  const related = relatedLocations(finding, server);
  const fixes = fixesOf(finding, changes);
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: LEVELS[level],
    message: { text: findingText(finding, server), markdown: findingMarkdown(finding, server) },
    locations: [serverLocation(server, file, line, column)],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: { 'chokepointFinding/v1': fingerprints.ofFinding(finding) },
    ...(fixes.length > 0 && { fixes }),
    ...baselineState(known),
    properties: { messageId, verdict: server.verdict, mcp: server.mcp },
  };
}

/** An annotation stands in the source that was judged; the GatePolicy is another document (SARIF 2.1.0, section 3.35.2). */
function suppression(exception: AppliedException): Json {
  const { by, expires } = exception;
  return {
    kind: by === 'annotation' ? 'inSource' : 'external',
    status: 'accepted',
    justification: exceptionText(exception),
    properties: { expires },
  };
}

function causeResult(cause: ReportedCause, server: ReportedServer, { ids, fingerprints }: Making): Json {
  const { code, message, file, line, column, known } = cause;
  return {
    ruleId: code,
    ruleIndex: ids.indexOf(code),
    level: 'error',
    message: { text: `${serverText(server)} cannot be judged: ${message}.` },
    locations: [
      file === '' ? serverLocation(server, server.file, server.line) : serverLocation(server, file, line, column),
    ],
    partialFingerprints: { 'chokepointFinding/v1': fingerprints.ofCause(cause, server) },
    ...baselineState(known),
    properties: { verdict: server.verdict, mcp: server.mcp },
  };
}

function notification({ severity, code, file, line, column, field, message }: Problem): Json {
  const location = physical(file, line, column);
  return {
    descriptor: { id: code },
    level: severity,
    message: { text: field === '' ? message : `${field}: ${message}` },
    ...(Object.keys(location).length > 0 && { locations: [location] }),
  };
}

function resultsOf(report: CheckReport, making: Making): readonly Json[] {
  return report.servers.flatMap(server => [
    ...server.causes.map(cause => causeResult(cause, server, making)),
    ...server.findings.map(finding => findingResult(finding, server, making)),
    ...server.excepted.map(finding => ({
      ...findingResult(finding, server, making),
      suppressions: [suppression(finding.exception)],
    })),
  ]);
}

/** OASIS SARIF 2.1.0, as GitHub code scanning and editors read it. Problems of the input are notifications of the invocation. */
export function renderSarif(given: CheckReport, { version, rules, changes }: SarifTool): string {
  const report = withRealFiles(given);
  // What a client is told can always be judged.
  const causes = report.clientFiles === undefined ? Object.entries(CAUSES) : [];
  const descriptors = [...rules.map(ruleDescriptor), ...causes.map(causeDescriptor)];
  const ids = descriptors.map(({ id }) => id);
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Chokepoint', semanticVersion: version, rules: descriptors } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: !report.problems.some(({ severity }) => severity === 'error'),
            toolExecutionNotifications: report.problems.map(notification),
          },
        ],
        results: resultsOf(report, { ids, changes, fingerprints: createFingerprints() }),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
