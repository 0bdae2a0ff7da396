import type { CheckReport, ReportedCause, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import type { AppliedException, Cause } from '../../core/decision.ts';
import { exceptionText, placeText, refText, witnessText } from '../../core/explain.ts';
import type { Level } from '../../core/gate/types.ts';
import type { Problem } from '../../core/manifest.ts';
import type { Rule } from '../../core/rule.ts';
import { findingText, serverText, withRealFiles } from './wording.ts';

/** What the log says of the tool. */
export interface SarifTool {
  readonly version: string;
  /** The ruleset: each becomes a rule of the log, whether it found something or not. */
  readonly rules: readonly Rule[];
}

type Json = Readonly<Record<string, unknown>>;

/** SARIF's levels: OASIS SARIF 2.1.0, section 3.27.10. */
const LEVELS: Readonly<Record<Level, string>> = { deny: 'error', warn: 'warning', off: 'none' };

const CAUSES: Readonly<Record<Cause['code'], string>> = {
  'foreign-policy': 'A policy of another API may select the server and is not judged',
  'unreadable-policy': 'A NetworkPolicy that may select the server cannot be read as a whole',
  'too-large': 'An object that bears on the server, or the server itself, has more values than are judged',
  'unknown-labels': 'A NetworkPolicy may select the server by a label that its controller alone knows',
  'unknown-policy': 'The controller of the server writes a NetworkPolicy of its own, which is not known',
  'unknown-networks': "The cluster's own address ranges are not known",
};

/** GitHub takes a security result by its severity of 0.0 to 10.0; from 7.0 on it is high. */
const SEVERITY: Readonly<Record<Level, string>> = { deny: '8.0', warn: '4.0', off: '0.0' };

function ruleDescriptor({ id, title, why, limits, sources, levels }: Rule): Json {
  const text = `${why}\n\nWhat it does not see: ${limits}`;
  const links = sources.map(source => `- ${source}`).join('\n');
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text, markdown: `${text}\n\nSources:\n\n${links}\n\nMore: \`chokepoint explain ${id}\`` },
    defaultConfiguration: { level: LEVELS[levels.baseline] },
    properties: { tags: ['security', 'kubernetes', 'mcp'], 'security-severity': SEVERITY[levels.baseline] },
  };
}

const causeDescriptor = ([id, text]: readonly [string, string]): Json => ({
  id,
  shortDescription: { text },
  defaultConfiguration: { level: 'error' },
  properties: { tags: ['security', 'kubernetes', 'mcp'] },
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

function serverLocation(server: ReportedServer, file: string, line: number): Json {
  const name = serverText(server);
  return {
    ...physical(file, line),
    logicalLocations: [{ name: server.name, fullyQualifiedName: name, kind: 'resource' }],
  };
}

/** Text that stands for itself in Markdown. */
const literal = (text: string): string => text.replace(/[\\`*_[\]<>#|~]/g, character => `\\${character}`);

function findingMarkdown(finding: ReportedFinding, server: ReportedServer): string {
  const { message, witness, fix } = finding;
  const rows: readonly (readonly [string, string])[] = [
    ['Where', placeText(finding)],
    ['Witness', witness ? witnessText(witness) : ''],
    ['Fix', fix.summary],
  ];
  const list = rows.filter(([, text]) => text !== '').map(([name, text]) => `- **${name}:** ${literal(text)}`);
  return [`**${literal(serverText(server))}**: ${literal(message)}`, '', ...list].join('\n');
}

/** SARIF 2.1.0, section 3.27.24. What is gone is in no result: viewers would show it as open. */
const baselineState = (known: boolean | undefined): Json =>
  known === undefined ? {} : { baselineState: known ? 'unchanged' : 'new' };

function findingResult(finding: ReportedFinding, server: ReportedServer, ids: readonly unknown[]): Json {
  const { rule, messageId, object, path, level, file, line, known } = finding;
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: LEVELS[level],
    message: { text: findingText(finding, server), markdown: findingMarkdown(finding, server) },
    locations: [serverLocation(server, file, line)],
    partialFingerprints: {
      'chokepointFinding/v1': [rule, messageId, serverText(server), refText(object), path].join(' | '),
    },
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

function causeResult(
  { code, object, message, file, line, known }: ReportedCause,
  server: ReportedServer,
  ids: readonly unknown[],
): Json {
  return {
    ruleId: code,
    ruleIndex: ids.indexOf(code),
    level: 'error',
    message: { text: `${serverText(server)} cannot be judged: ${message}.` },
    locations: [serverLocation(server, file || server.file, line || server.line)],
    partialFingerprints: { 'chokepointFinding/v1': [code, serverText(server), refText(object)].join(' | ') },
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

function resultsOf(report: CheckReport, ids: readonly unknown[]): readonly Json[] {
  return report.servers.flatMap(server => [
    ...server.causes.map(cause => causeResult(cause, server, ids)),
    ...server.findings.map(finding => findingResult(finding, server, ids)),
    ...server.excepted.map(finding => ({
      ...findingResult(finding, server, ids),
      suppressions: [suppression(finding.exception)],
    })),
  ]);
}

/** OASIS SARIF 2.1.0, as GitHub code scanning and editors read it. Problems of the input are notifications of the invocation. */
export function renderSarif(given: CheckReport, { version, rules }: SarifTool): string {
  const report = withRealFiles(given);
  const descriptors = [...rules.map(ruleDescriptor), ...Object.entries(CAUSES).map(causeDescriptor)];
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
        results: resultsOf(report, ids),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
