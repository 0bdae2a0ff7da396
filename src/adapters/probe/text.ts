import type { ProbeReport } from '../../app/probe/report.ts';
import type { Enforcement, MeasuredNode } from '../../app/probe/verdict.ts';

/** Wraps a text in colour codes, or leaves it as it is, by what it tells. */
export type PaintEnforcement = (enforcement: Enforcement, text: string) => string;

/** Columns of the widest verdict. */
const WIDTH = 'not enforced'.length;

const wordOf = (enforcement: Enforcement): string => (enforcement === 'not-enforced' ? 'not enforced' : enforcement);

/** What new Pods should know: for how long they were open. */
function windowText({ measurements }: MeasuredNode): string {
  const longest = Math.max(0, ...measurements.map(({ openForMs }) => openForMs));
  return longest === 0 ? '' : `; new Pods were open for up to ${longest / 1000} s`;
}

function linesOf(node: MeasuredNode): readonly string[] {
  const { reason, measurements } = node;
  const bad = measurements.filter(({ enforcement }) => enforcement !== 'enforced');
  const told = bad.map(one => `${one.direction} over ${one.family}: ${wordOf(one.enforcement)}, ${one.reason}`);
  if (reason !== '') return [reason, ...told];
  if (told.length > 0) return told;
  const families = [...new Set(measurements.map(({ family }) => family))].join(' and ');
  return [`ingress and egress, over ${families}${windowText(node)}`];
}

/** The report for people: a line for each node, and under it what is not enforced or not known. */
export function renderProbe(report: ProbeReport, paint: PaintEnforcement): string {
  const indent = ' '.repeat(WIDTH + 2);
  const lines = report.nodes.flatMap(node => {
    const [first = '', ...others] = linesOf(node);
    const name = node.pool === '' ? node.name : `${node.name} (pool ${node.pool})`;
    const { enforcement } = node;
    const word = paint(enforcement, wordOf(enforcement).padEnd(WIDTH));
    return [`${word}  ${name}: ${first}`, ...others.map(text => `${indent}${text}`)];
  });
  const notes = [
    ...(report.leftOut.length > 0 ? [`Not measured, as they take no Pods: ${report.leftOut.join(', ')}.`] : []),
    ...(report.beyond > 0
      ? [`${report.beyond} more nodes were not measured: one probe measures so many at most.`]
      : []),
    ...report.leftovers.map(name => `The namespace ${name} could not be removed: kubectl delete namespace ${name}`),
  ];
  return `${[
    ...lines,
    '',
    `NetworkPolicies of the cluster at ${report.cluster}: ${wordOf(report.enforcement)}, measured ${report.measuredAt} with ${report.image}.`,
    ...notes,
  ].join('\n')}\n`;
}
