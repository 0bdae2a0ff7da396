import type { ProbeReport, ServersReport } from '../../app/probe/report.ts';
import { type Agreement, type TriedWay, worstAgreement } from '../../app/probe/server-verdict.ts';
import type { Enforcement, MeasuredNode } from '../../app/probe/verdict.ts';

/** Wraps a text in colour codes, or leaves it as it is, by what it tells. */
export type PaintEnforcement = (enforcement: Enforcement, text: string) => string;

/** The same colours for what was found of servers. */
const PAINTED: Readonly<Record<Agreement, Enforcement>> = {
  differs: 'not-enforced',
  unknown: 'unknown',
  agrees: 'enforced',
};

/** Columns of the widest verdict. */
const WIDTH = 'not enforced'.length;
const INDENT = ' '.repeat(WIDTH + 2);

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

const wayText = ({ from, to, port, protocol, family, reason }: TriedWay): string =>
  `from ${from} to ${to}, ${protocol} ${port} over ${family}: ${reason}`;

const besideText = (policies: readonly string[]): string =>
  `not tried, as ${policies.length === 1 ? 'it does' : 'they do'} not select what stands in for it: ${policies.join(', ')}`;

/** A line for each server, and under it what differs or is not known. */
function serverLines({ names, ways, beside, beyond }: ServersReport, paint: PaintEnforcement): readonly string[] {
  const lines = names.flatMap(name => {
    const own = ways.filter(({ server }) => server === name);
    const bad = own.filter(({ agreement }) => agreement !== 'agrees');
    const agreement = worstAgreement(own);
    const count = `${own.length - bad.length} of ${own.length} connections did what is judged of them`;
    const word = paint(PAINTED[agreement], agreement.padEnd(WIDTH));
    const others = beside.filter(({ server }) => server === name).map(({ policies }) => besideText(policies));
    return [`${word}  ${name}: ${count}`, ...[...bad.map(wayText), ...others].map(text => `${INDENT}${text}`)];
  });
  const more = beyond > 0 ? [`${beyond} more servers were not stood in for: one probe takes so many at most.`] : [];
  return [...lines, ...more];
}

/** The report for people: a line for each node, and under it what is not enforced or not known. */
export function renderProbe(report: ProbeReport, paint: PaintEnforcement): string {
  const lines = report.nodes.flatMap(node => {
    const [first = '', ...others] = linesOf(node);
    const name = node.pool === '' ? node.name : `${node.name} (pool ${node.pool})`;
    const { enforcement } = node;
    const word = paint(enforcement, wordOf(enforcement).padEnd(WIDTH));
    return [`${word}  ${name}: ${first}`, ...others.map(text => `${INDENT}${text}`)];
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
    ...(report.servers === undefined ? [] : ['', ...serverLines(report.servers, paint)]),
    '',
    `NetworkPolicies of the cluster at ${report.cluster}: ${wordOf(report.enforcement)}, measured ${report.measuredAt} with ${report.image}.`,
    ...notes,
  ].join('\n')}\n`;
}
