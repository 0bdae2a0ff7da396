import { sinceText } from '../app/report/since.ts';
import type { ReportedNamespace, RolloutReport } from '../app/rollout/report.ts';
import { listed } from '../core/listed.ts';
import { visibleText } from '../core/visible-text.ts';

const HEADER = [
  'NAMESPACE',
  'ROLLOUT',
  'STAGE',
  'SINCE',
  'BEFORE',
  'DAY',
  'NEXT',
  'FROM',
  'STATUS',
  'OPEN',
  'STOPPED',
  'OLDEST',
  'REFUSED',
  'TOLERATED',
  'POLICIES',
  'CUT',
  'BLOCKERS',
];

/** Cut clients and policies that are named. */
const NAMED = 5;

/** Of a stage that began after the next one was due there are no days to count. */
function dayText({ day, days, next }: ReportedNamespace): string {
  if (days === null || next === null) return '-';
  return days === 0 && day > 0 ? `${day}, due since ${next.from}` : `${day} of ${days}`;
}

function cells(one: ReportedNamespace): readonly string[] {
  const { namespace, rollout, stage, since, history, next, status, open, stopped, openSince, reviews } = one;
  const { policies, cut, blockers } = one;
  return [
    namespace,
    rollout,
    stage,
    since.slice(0, 10),
    history.at(-1)?.from ?? '-',
    dayText(one),
    next?.stage ?? '-',
    next?.from ?? '-',
    status,
    String(open),
    String(stopped.length),
    openSince?.slice(0, 10) ?? '-',
    String(reviews?.refused ?? '-'),
    String(reviews?.tolerated ?? '-'),
    String(policies.length),
    String(cut.length),
    blockers.join('; '),
  ].map(visibleText);
}

/** Columns as wide as their widest cell, two blanks apart. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map(row => `${line(row).trimEnd()}\n`).join('');
}

/** What is not known since nobody keeps it, each once. */
const notKept = ({ isKept, isDated }: RolloutReport): string =>
  [
    ...(isKept ? [] : ['No controller keeps how far they are (component rollout): each looks as if it began today.\n']),
    ...(isDated ? [] : ['No controller keeps since when findings are open, or it may not be read.\n']),
  ].join('');

/** `rollout status`: a line for each namespace. */
export function statusText(report: RolloutReport): string {
  if (report.namespaces.length === 0) return 'No rollout names a namespace of this cluster.\n';
  return `${notKept(report)}${columns([HEADER, ...report.namespaces.map(cells)])}`;
}

function standingText(one: ReportedNamespace): string {
  const { stage, since, history, next, status, blockers } = one;
  const last = history.at(-1);
  const before = last === undefined ? '' : `, ${last.from} before`;
  const mode = `mode ${stage} since ${since.slice(0, 10)}${before}`;
  if (next === null) return `${mode}; ${status}`;
  const why = blockers.length === 0 ? '' : `: ${blockers.join(', ')}`;
  return `${mode}; day ${dayText(one)}; ${next.stage} from ${next.from}, ${status}${why}`;
}

function effectLines({ servers, stopped, policies, cut }: ReportedNamespace): readonly string[] {
  const fates = { refused: 'would be refused', waits: 'would wait for a policy that somebody has to write' };
  const stops = stopped.flatMap(({ server, fate, reasons, judgedSince, judgedDays }) => {
    const since = sinceText(judgedSince, judgedDays);
    const known = since === undefined ? '' : ` (judged since ${since})`;
    return [`new Pods of ${server}${known} ${fates[fate]}:`, ...reasons.map(reason => `  ${reason}`)];
  });
  const written = policies.map(({ name, server }) => `the controller would write NetworkPolicy ${name} for ${server}`);
  const left = cut.map(
    ({ server, client, ports }) => `${client} could connect to ${server} no more (${ports.join(', ')})`,
  );
  const all = [...stops, ...written, ...left];
  return all.length === 0 ? [`enforce would stop none of its ${servers} MCP servers today`] : all;
}

function reviewLines({ reviews }: ReportedNamespace): readonly string[] {
  if (reviews === null) return [];
  const { refused, tolerated, since } = reviews;
  return [
    `since ${since.slice(0, 10)}: ${refused} reviews refused, ${tolerated} let through that enforce would refuse`,
  ];
}

/** What is to be committed where a repository owns the namespace. */
function patchLines({ namespace, status, next }: ReportedNamespace): readonly string[] {
  if (status !== 'due' || next === null) return [];
  return [
    'due, to be committed:',
    '  apiVersion: v1',
    '  kind: Namespace',
    `  metadata: {name: ${namespace}, labels: {chokepoint.dev/mode: ${next.stage}}}`,
  ];
}

function namespaceText(one: ReportedNamespace): string {
  const lines = [standingText(one), ...reviewLines(one), ...effectLines(one), ...patchLines(one)];
  return `${one.namespace} (${one.rollout})\n${lines.map(line => `  ${visibleText(line)}\n`).join('')}`;
}

/** `rollout plan`: a paragraph for each namespace. */
export function planText(report: RolloutReport): string {
  if (report.namespaces.length === 0) return 'No rollout names a namespace of this cluster.\n';
  return `${notKept(report)}${report.namespaces.map(namespaceText).join('\n')}`;
}

/** Why a namespace is not raised to enforce, in a few lines. */
export function openText({ namespace, stopped }: ReportedNamespace): string {
  const servers = listed(
    stopped.map(({ server }) => server),
    NAMED,
  );
  return `chokepoint: enforce would stop ${servers} in ${namespace} today: see chokepoint rollout plan ${namespace}, or give --force\n`;
}
