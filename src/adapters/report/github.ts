import type { CheckReport, ReportedServer } from '../../app/report/check-report.ts';
import { findingText, noServerText, serverText, summaryText, withRealFiles } from './wording.ts';

/**
 * Escapes the text of a workflow command. Source: GitHub's toolkit, `escapeData` of packages/core/src/command.ts, and
 * docs.github.com "Workflow commands for GitHub Actions".
 */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** As {@link escapeData}, for the value of a property: what ends one must be escaped too. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly title: string;
  readonly message: string;
}

function command({ level, file, line, column = 0, title, message }: Annotation): string {
  const isFile = file !== '' && file !== '-';
  const properties: readonly (readonly [string, string])[] = [
    ...(isFile ? [['file', file.replace(/^(?:\.\/)+/, '')] as const] : []),
    ...(isFile && line > 0 ? [['line', String(line)] as const] : []),
    ...(isFile && column > 0 ? [['col', String(column)] as const] : []),
    ['title', title],
  ];
  const written = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(',');
  return `::${level} ${written}::${escapeData(message)}`;
}

/** What a comparison knows fails nothing, and is told as such. */
const titleOf = (name: string, known = false): string => (known ? `${name} (known)` : name);

function serverCommands(server: ReportedServer): readonly string[] {
  const causes = server.causes.map(({ code, message, file, line, known }) => {
    const text = `${serverText(server)} cannot be judged: ${message}.`;
    return command({
      level: known ? 'notice' : 'error',
      file: file || server.file,
      line: line || server.line,
      title: titleOf(code, known),
      message: text,
    });
  });
  const findings = server.findings.map(finding =>
    command({
      level: finding.known ? 'notice' : finding.level === 'deny' ? 'error' : 'warning',
      file: finding.file,
      line: finding.line,
      column: finding.column ?? 0,
      title: titleOf(finding.rule, finding.known),
      message: findingText(finding, server),
    }),
  );
  return [...causes, ...findings];
}

/** Annotations on file and line of a pull request, for GitHub Actions. */
export function renderGithub(given: CheckReport): string {
  const report = withRealFiles(given);
  const problems = report.problems.map(({ severity, code, file, line, column, field, message }) =>
    command({
      level: severity,
      file,
      line,
      column,
      title: code,
      message: field === '' ? message : `${field}: ${message}`,
    }),
  );
  return `${[...report.servers.flatMap(serverCommands), ...problems, summaryText(report), noServerText(report)]
    .filter(line => line !== '')
    .join('\n')}\n`;
}
