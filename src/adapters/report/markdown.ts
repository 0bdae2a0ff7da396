import type { CheckReport, ReachChange, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import { reachChangeText } from '../../app/report/reach-changes.ts';
import { CAUSES } from '../../core/causes.ts';
import { placeText } from '../../core/explain.ts';
import { commentCode, commentText } from '../../core/markdown-text.ts';
import { cutText } from '../../core/visible-text.ts';
import { serverText, summaryText, withRealFiles } from './wording.ts';

/** Characters that a comment of GitHub's holds; GitLab's holds more. Source: docs.github.com, REST API, "Issue comments". */
const LONGEST = 65_536;
/** Of one cell, before it is escaped. */
const LONGEST_CELL = 240;

/** One row of the table: what, at whom, where, and what to do. */
interface Row {
  readonly level: string;
  readonly rule: string;
  readonly server: string;
  readonly says: string;
  readonly file: string;
  readonly line: number;
  readonly fix: string;
}

const cell = (text: string): string => commentText(cutText(text, LONGEST_CELL));
const codeCell = (text: string): string => (text === '' ? '' : commentCode(cutText(text, LONGEST_CELL)));

function rowText({ level, rule, server, says, file, line, fix }: Row): string {
  const place = file === '' ? '' : `${file === '-' ? 'standard input' : file}${line > 0 ? `:${line}` : ''}`;
  return `| ${[level, codeCell(rule), codeCell(server), cell(says), codeCell(place), cell(fix)].join(' | ')} |`;
}

function findingRow(finding: ReportedFinding, server: ReportedServer): Row {
  const { rule, message, level, file, line, fix } = finding;
  const at = placeText(finding);
  return {
    level: finding.known ? `known (${level})` : level === 'deny' ? '**deny**' : 'warn',
    rule,
    server: serverText(server),
    says: at === '' ? message : `${message} (${at})`,
    file,
    line,
    fix: fix.summary,
  };
}

/** What fails first: denials, what could not be judged, what could not be read; then warnings, and last what a comparison knows already. */
function rowsOf({ servers, problems }: CheckReport): readonly Row[] {
  const findings = servers.flatMap(server => server.findings.map(finding => ({ finding, server })));
  const ofLevel = (level: ReportedFinding['level'], isKnown = false): readonly Row[] =>
    findings
      .filter(({ finding }) => finding.level === level && (finding.known ?? false) === isKnown)
      .map(({ finding, server }) => findingRow(finding, server));
  const causes = servers.flatMap(server =>
    server.causes.map(({ code, message, file, line }): Row => {
      const { fix } = CAUSES[code];
      return { level: '**undetermined**', rule: code, server: serverText(server), says: message, file, line, fix };
    }),
  );
  const problemRows = (severity: 'error' | 'warning'): readonly Row[] =>
    problems
      .filter(problem => problem.severity === severity)
      .map(({ code, file, line, field, message }): Row => {
        const says = field === '' ? message : `${field}: ${message}`;
        return {
          level: severity === 'error' ? '**error**' : 'warning',
          rule: code,
          server: '',
          says,
          file,
          line,
          fix: '',
        };
      });
  return [
    ...ofLevel('deny'),
    ...causes,
    ...problemRows('error'),
    ...ofLevel('warn'),
    ...problemRows('warning'),
    ...ofLevel('deny', true),
    ...ofLevel('warn', true),
  ];
}

function heading({ summary, problems }: CheckReport): string {
  const { deny, servers, undetermined } = summary;
  if (deny > 0) return `### Chokepoint: ${deny} of ${servers} MCP servers denied`;
  const isUnsure = undetermined > 0 || problems.some(({ severity }) => severity === 'error');
  return `### Chokepoint: ${isUnsure ? 'not everything could be judged' : 'nothing is denied'}`;
}

const TABLE = ['| | rule | MCP server | what | where | fix |', '| --- | --- | --- | --- | --- | --- |'];

const leftOutText = (count: number): string =>
  `${count} more ${count === 1 ? 'row is' : 'rows are'} left out, since a comment holds ${LONGEST} characters: the text and JSON reports have all of them.`;

/** Changes of reach that a comment names, of each kind; the others are counted. */
const MOST_CHANGES = 40;

/** What reaches what that did not, and does no more; nothing where no other files are compared with. */
function reachLines({ summary: { against } }: CheckReport): readonly string[] {
  if (against?.reach === undefined) return [];
  const listOf = (
    title: string,
    changes: readonly ReachChange[],
    verb: 'can reach' | 'no longer reaches',
  ): readonly string[] => {
    if (changes.length === 0) return [];
    const shown = changes.slice(0, MOST_CHANGES).map(change => `- ${cell(reachChangeText(change, verb))}`);
    const left = changes.length - shown.length;
    return [title, '', ...shown, ...(left > 0 ? [`- and ${left} more`] : []), ''];
  };
  const { opened, closed } = against.reach;
  const lines = [
    ...listOf('**Newly open**', opened, 'can reach'),
    ...listOf('**Open no more**', closed, 'no longer reaches'),
  ];
  return lines.length === 0 ? ['Nothing reaches anything that it did not reach before.', ''] : lines;
}

/** As many rows as there is room for, the first first. */
function fitting(rows: readonly string[], room: number): readonly string[] {
  let left = room;
  const count = rows.findIndex(row => {
    left -= row.length + 1;
    return left < 0;
  });
  return count < 0 ? rows : rows.slice(0, count);
}

/**
 * A table for a pull request: what is denied, what could not be judged, what is warned of. Names, files and messages are strangers' text: they
 * mention nobody, link nowhere and end no cell. At most {@link LONGEST} characters, with a line that says how much was left out.
 */
export function renderMarkdown(given: CheckReport): string {
  const report = withRealFiles(given);
  const rows = rowsOf(report).map(rowText);
  const end = cutText(commentText(summaryText(report)), LONGEST / 8);
  const reach = reachLines(report);
  const frame = [heading(report), '', ...reach, ...(rows.length > 0 ? [...TABLE, ''] : []), end, ''];
  const room = LONGEST - frame.join('\n').length - leftOutText(rows.length).length - 2;
  const shown = fitting(rows, room);
  const leftOut = rows.length - shown.length;
  return [
    heading(report),
    '',
    ...reach,
    ...(shown.length > 0 ? [...TABLE, ...shown, ''] : []),
    ...(leftOut > 0 ? [leftOutText(leftOut), ''] : []),
    end,
    '',
  ].join('\n');
}
