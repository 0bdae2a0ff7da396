import type { CheckReport } from '../../app/report/check-report.ts';
import { type ControlStanding, standingsOf } from '../../app/report/compliance.ts';
import { FRAMEWORKS } from '../../app/report/controls.ts';
import { csvRow } from '../../core/csv-text.ts';
import { listed } from '../../core/listed.ts';
import type { RuleInfo } from '../../core/rule.ts';

const HEADER = ['framework', 'control', 'about', 'standing', 'rules', 'broken', 'servers', 'excepted', 'source'];

function csvCells({ control, standing, servers, broken, excepted }: ControlStanding): readonly string[] {
  const { framework, id, about, rules } = control;
  const lists = [rules, broken, servers].map(list => list.join('; '));
  return [framework, id, about, standing, ...lists, String(excepted), FRAMEWORKS[framework].source];
}

/** One row a control: RFC 4180. */
export const renderComplianceCsv = (report: CheckReport, rules: readonly RuleInfo[]): string =>
  [HEADER, ...standingsOf(report, rules).map(csvCells)].map(csvRow).join('');

const pad = (text: string, width: number): string => text.padEnd(width);

/** What is told beside a control: what is broken and where, or that something is set aside. */
function remark({ broken, servers, excepted }: ControlStanding): string {
  const aside = excepted === 0 ? [] : [`${excepted} set aside`];
  const faults = broken.length === 0 ? [] : [`${broken.join(', ')}: ${listed(servers)}`];
  return [...faults, ...aside].join('; ');
}

function section(title: string, rows: readonly ControlStanding[]): string {
  const cells = rows.map(row => [row.standing, row.control.id, row.control.about, remark(row)] as const);
  const width = (column: 0 | 1 | 2): number => Math.max(...cells.map(row => row[column].length));
  const lines = cells.map(([standing, id, about, rest]) =>
    `  ${pad(standing, width(0))}  ${pad(id, width(1))}  ${pad(about, width(2))}  ${rest}`.trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

/** A table for people: each set of controls by itself, with what was counted. */
export function renderCompliance(report: CheckReport, rules: readonly RuleInfo[]): string {
  const standings = standingsOf(report, rules);
  const sections = [...Map.groupBy(standings, ({ control }) => control.framework)].map(([framework, rows]) =>
    section(FRAMEWORKS[framework].title, rows),
  );
  const count = (standing: ControlStanding['standing']): string =>
    `${standings.filter(one => one.standing === standing).length} ${standing}`;
  const states = (['pass', 'fail', 'undetermined', 'not covered'] as const).map(count).join(', ');
  const { servers } = report.summary;
  const summary = `${servers} ${servers === 1 ? 'server' : 'servers'}; of ${standings.length} controls ${states}`;
  return `${[...sections, summary].join('\n')}\n`;
}
