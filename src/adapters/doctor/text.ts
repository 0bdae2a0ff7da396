import type { Status } from '../../app/doctor/check.ts';
import type { DoctorReport } from '../../app/doctor/examine.ts';

/** Wraps a text in colour codes, or leaves it as it is, by the status that it tells. */
export type PaintStatus = (status: Status, text: string) => string;

/** Columns of the widest status. */
const WIDTH = 'unknown'.length;

/** The checklist for people: a line for each answer, the worst of a check first, and what to do. */
export function renderDoctor({ cluster, policySource, summary, checks }: DoctorReport, paint: PaintStatus): string {
  const lines = checks.flatMap(({ id, answers }) =>
    answers.flatMap(({ status, says, remedy }) => [
      `${paint(status, status.padEnd(WIDTH))}  ${id}: ${says}`,
      ...(remedy === '' ? [] : [`${' '.repeat(WIDTH)}  → ${remedy}`]),
    ]),
  );
  const { fail, unknown, warn, pass } = summary;
  return `${[
    ...lines,
    '',
    `${checks.length} checks of the cluster at ${cluster}: ${fail} fail, ${unknown} unknown, ${warn} with warnings, ${pass} pass.`,
    `Configuration: ${policySource}.`,
  ].join('\n')}\n`;
}
