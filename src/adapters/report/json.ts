import type { CheckReport } from '../../app/report/check-report.ts';

/** The report itself. */
export function renderJson(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
