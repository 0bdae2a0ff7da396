import type {
  CheckReport,
  FieldPlace,
  FlippedVerdict,
  PassedOver,
  ReportedCluster,
  ReportedFinding,
  ReportedLeftOut,
  ReportedServer,
} from '../../app/report/check-report.ts';
import { CLUSTER } from '../../app/report/cluster-reading.ts';
import { placeText, refText, witnessText } from '../../core/explain.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import { compare } from '../../core/order.ts';

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `host-network 2, node-access 1`: how often each stands in the list, the most frequent first. Empty of an empty list. */
export function countsText(ids: readonly string[]): string {
  const counts = [...Map.groupBy(ids, id => id)].map(([id, all]) => ({ id, count: all.length }));
  return counts
    .sort((a, b) => b.count - a.count)
    .map(({ id, count }) => `${id} ${count}`)
    .join(', ');
}

/** `Deployment prod/weather`. */
export function serverText(server: ReportedServer): string {
  return refText(server);
}

/** The proof in a sentence; empty where there is none. */
function proofText({ witness }: ReportedFinding): string {
  return witness ? `For example, ${witnessText(witness)}.` : '';
}

/** Finding, place, proof and fix in sentences, for formats that show one text a finding. */
export function findingText(finding: ReportedFinding, server: ReportedServer): string {
  const place = placeText(finding);
  const at = place === '' ? '' : ` (${place})`;
  return [`${serverText(server)}: ${finding.message}${at}.`, proofText(finding), `Fix: ${finding.fix.summary}.`]
    .filter(part => part !== '')
    .join(' ');
}

/** `the cluster at https://…`, `namespace shop of the cluster at https://…`. */
function clusterText({ server, namespace }: ReportedCluster): string {
  return `${namespace === null ? '' : `namespace ${namespace} of `}the cluster at ${server}`;
}

const NOWHERE = { file: '', line: 0 } as const;

/** Without its column too, which is absent where it is not known. */
function nowhere<Said extends FieldPlace>({ column: _, ...said }: Said): Omit<Said, 'column'> & typeof NOWHERE {
  return { ...said, ...NOWHERE };
}

function withoutFile(server: ReportedServer): ReportedServer {
  const { findings, causes, excepted } = server;
  return {
    ...server,
    ...NOWHERE,
    findings: findings.map(nowhere),
    causes: causes.map(nowhere),
    excepted: excepted.map(nowhere),
  };
}

/** A problem of an object of a cluster, which is named in the message: there is no file to open. */
function inWords(problem: Problem): Problem {
  const { file, field, message } = problem;
  const parts = [...(file === CLUSTER ? [] : [file]), field, message];
  return { ...problem, ...NOWHERE, field: '', message: parts.filter(part => part !== '').join(': ') };
}

/** The report for formats that show files: on a cluster alone, which has none, without the names that stand for them. */
export function withRealFiles(report: CheckReport): CheckReport {
  if (report.cluster === undefined || report.cluster.overlay !== undefined) return report;
  const { servers, problems, lookClose } = report;
  return {
    ...report,
    servers: servers.map(withoutFile),
    problems: problems.map(inWords),
    ...(lookClose && {
      lookClose: { ...lookClose, workloads: lookClose.workloads.map(one => ({ ...one, ...NOWHERE })) },
    }),
  };
}

/** Kinds that a line names; the others are counted. */
const NAMED_KINDS = 6;

/** `3 objects of other kinds passed over: 2 Secret, 1 Role`, the most frequent first. */
function passedOverText(passedOver: readonly PassedOver[]): string {
  const counts = new Map<string, number>();
  for (const { kind, count } of passedOver) counts.set(kind, (counts.get(kind) ?? 0) + count);
  const sorted = [...counts].sort(([a, many], [b, more]) => more - many || compare(a, b));
  const named = sorted.slice(0, NAMED_KINDS).map(([kind, count]) => `${count} ${kind}`);
  const left = sorted.slice(NAMED_KINDS).reduce((sum, [, count]) => sum + count, 0);
  const over = passedOver.reduce((sum, { count }) => sum + count, 0);
  return `${plural(over, 'object')} of other kinds passed over: ${named.join(', ')}${left > 0 ? `, ${left} others` : ''}`;
}

/** ` Verdicts flip: shop/Deployment/search allow → deny.`; empty where no configurations are compared. */
function flippedText(flipped: readonly FlippedVerdict[] | undefined): string {
  if (flipped === undefined) return '';
  const texts = flipped.map(
    ({ namespace, kind, name, before, after }) =>
      `${namespace}/${kind}/${name} ${before ?? 'no server'} → ${after ?? 'no server'}`,
  );
  return texts.length === 0 ? ' No verdict flips.' : ` Verdicts flip: ${listed(texts)}.`;
}

/** `Against base.json: 3 known, 1 new, 2 gone.`; empty where nothing is compared with. */
function againstText({ summary: { against } }: CheckReport): string {
  if (against === undefined) return '';
  const { report, known, new: found, gone, flipped } = against;
  return ` Against ${report}: ${known} known, ${found} new, ${gone} gone.${flippedText(flipped)}`;
}

/** Who left files out, and how many: whoever may write a `.chokepointignore` must not hide a server in silence. */
function leftOutTexts({ option, ignoreFile }: ReportedLeftOut): readonly string[] {
  return [
    ...(option > 0 ? [`${plural(option, 'file')} left out by --exclude`] : []),
    ...(ignoreFile > 0 ? [`${plural(ignoreFile, 'file')} left out by .chokepointignore`] : []),
  ];
}

/** ` Of their objects 2 are new there, 1 is not; no deletion is judged.`; empty where no files were laid over a cluster. */
function overlayText(cluster: ReportedCluster | undefined): string {
  if (cluster?.overlay === undefined) return '';
  const { created, replaced } = cluster.overlay;
  return ` The files hold ${plural(created, 'new object')}, and ${replaced} of what is there; deletions are not known, and not judged.`;
}

/** The last line of a report. */
export function summaryText(report: CheckReport): string {
  const { summary, clientFiles, passedOver, foreignFiles = 0, leftOut, problems, cluster } = report;
  const { files, objects, servers, deny, warn, undetermined } = summary;
  const verdicts = [`${deny} denied`, `${warn} with warnings`, `${undetermined} undetermined`];
  const rest = [
    ...(passedOver.length > 0 ? [passedOverText(passedOver)] : []),
    ...(foreignFiles > 0 ? [`${plural(foreignFiles, 'file')} without Kubernetes objects passed over`] : []),
    ...(leftOut === undefined ? [] : leftOutTexts(leftOut)),
    ...(problems.length > 0 ? [plural(problems.length, 'problem')] : []),
  ];
  const inFiles = plural(files, 'file');
  const where = cluster === undefined ? inFiles : `${cluster.overlay ? `${inFiles} over ` : ''}${clusterText(cluster)}`;
  const input =
    clientFiles === undefined
      ? `${plural(objects, 'object')} of ${where}`
      : plural(clientFiles, 'client configuration');
  const found = `${plural(servers, 'MCP server')} in ${input}`;
  return `${[`${found}: ${verdicts.join(', ')}`, ...rest].join('; ')}.${againstText(report)}${overlayText(cluster)}`;
}

/** What is to be known where no server was found; empty where one was, or nothing was read. */
export function noServerText({ summary }: CheckReport): string {
  return summary.servers === 0 && summary.objects > 0
    ? 'No MCP server is among these objects: nothing was judged.'
    : '';
}
