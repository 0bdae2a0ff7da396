import type { CheckReport, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import { newVerdict } from '../../app/report/compare.ts';
import { exceptionText } from '../../core/explain.ts';
import type { Problem } from '../../core/manifest.ts';
import { findingText, serverText, withRealFiles } from './wording.ts';

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, character => ENTITIES.get(character) ?? character);

const attributes = (pairs: Readonly<Record<string, string | number>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');

interface TestCase {
  readonly name: string;
  readonly suite: string;
  readonly file: string;
  /** `skipped`: denied, or not to be judged, as a comparison knows already. */
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** Kind of the failure or error: rule ids, codes. */
  readonly type: string;
  readonly message: string;
  /** A line each: of the failure, or printed beside a passed case. */
  readonly lines: readonly string[];
}

const knownLevel = ({ level, known }: ReportedFinding): string => (known ? `known ${level}` : level);

function serverCase(server: ReportedServer): TestCase {
  const { namespace: suite, verdict, causes, findings, excepted, file } = server;
  const lines = [
    ...causes.map(({ code, message, known }) => `${known ? 'known ' : ''}${code}: ${message}.`),
    ...findings.map(finding => `${knownLevel(finding)} ${finding.rule}: ${findingText(finding, server)}`),
    ...excepted.map(finding => {
      const text = findingText(finding, server);
      return `set aside (${exceptionText(finding.exception)}): ${finding.level} ${finding.rule}: ${text}`;
    }),
  ];
  const base = { name: serverText(server), suite, file, lines };
  const outcome = newVerdict(server);
  if (outcome === 'deny') {
    const denied = findings.filter(({ level, known }) => level === 'deny' && !known);
    const rules = [...new Set(denied.map(({ rule }) => rule))].join(' ');
    return { ...base, outcome: 'failure', type: rules, message: denied[0]?.message ?? '' };
  }
  if (outcome === 'undetermined') {
    const cause = causes.find(({ known }) => !known);
    return { ...base, outcome: 'error', type: cause?.code ?? '', message: cause?.message ?? '' };
  }
  const [isSkipped, message] = verdict === 'allow' ? [false, ''] : [true, `${verdict}, as known`];
  return { ...base, outcome: isSkipped ? 'skipped' : 'passed', type: '', message };
}

function problemCase({ severity, code, file, line, column, field, message }: Problem): TestCase {
  const place = [file || 'input', ...[line, column].filter(number => number > 0)].join(':');
  const text = field === '' ? message : `${field}: ${message}`;
  const outcome = severity === 'error' ? 'error' : 'passed';
  return {
    name: `${place} ${code}`,
    suite: 'input',
    file,
    outcome,
    type: code,
    message: text,
    lines: [`${place}: ${text}`],
  };
}

function caseXml({ name, suite, file, outcome, type, message, lines }: TestCase): readonly string[] {
  const open = `    <testcase${attributes({ name, classname: suite, ...(file === '' ? {} : { file }), time: 0 })}`;
  const text = escapeXml(lines.join('\n'));
  const said = text === '' ? [] : [`      <system-out>${text}</system-out>`];
  if (outcome === 'skipped')
    return [`${open}>`, `      <skipped${attributes({ message })}/>`, ...said, '    </testcase>'];
  if (outcome !== 'passed') {
    return [`${open}>`, `      <${outcome}${attributes({ message, type })}>${text}</${outcome}>`, '    </testcase>'];
  }
  return said.length === 0 ? [`${open}/>`] : [`${open}>`, ...said, '    </testcase>'];
}

function counts(cases: readonly TestCase[]): Readonly<Record<string, number>> {
  const of = (outcome: TestCase['outcome']): number => cases.filter(testCase => testCase.outcome === outcome).length;
  return { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}

/** JUnit XML: a testsuite for each namespace, a testcase for each server; problems of the input are a suite of their own. */
export function renderJunit(report: CheckReport): string {
  const cases = withRealFiles(report).servers.map(serverCase);
  const isOfFiles = report.cluster === undefined;
  // The object's name stays in the case's own, by which readers tell cases apart.
  const problems = report.problems.map(problemCase).map(one => (isOfFiles ? one : { ...one, file: '' }));
  const suites = [...new Set(cases.map(({ suite }) => suite))].map(suite => ({
    name: report.clientFiles === undefined ? `namespace ${suite}` : `folder ${suite || '.'}`,
    cases: cases.filter(testCase => testCase.suite === suite),
  }));
  if (problems.length > 0) suites.push({ name: 'input', cases: problems });
  const body = suites.flatMap(suite => [
    `  <testsuite${attributes({ name: suite.name, ...counts(suite.cases), time: 0 })}>`,
    ...suite.cases.flatMap(caseXml),
    '  </testsuite>',
  ]);
  const { skipped: _, ...all } = counts([...cases, ...problems]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `chokepoint ${isOfFiles ? 'check' : 'scan'}`, ...all, time: 0 })}>`,
    ...body,
    '</testsuites>',
    '',
  ].join('\n');
}
