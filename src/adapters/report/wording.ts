import type { CheckReport, ReportedCluster, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import { CLUSTER } from '../../app/report/cluster-reading.ts';
import { placeText, refText, witnessText } from '../../core/explain.ts';
import type { Problem } from '../../core/manifest.ts';

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

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

function withoutFile(server: ReportedServer): ReportedServer {
  const { findings, causes, excepted } = server;
  return {
    ...server,
    ...NOWHERE,
    findings: findings.map(finding => ({ ...finding, ...NOWHERE })),
    causes: causes.map(cause => ({ ...cause, ...NOWHERE })),
    excepted: excepted.map(finding => ({ ...finding, ...NOWHERE })),
  };
}

/** A problem of an object of a cluster, which is named in the message: there is no file to open. */
function inWords(problem: Problem): Problem {
  const { file, field, message } = problem;
  const parts = [...(file === CLUSTER ? [] : [file]), field, message];
  return { ...problem, ...NOWHERE, field: '', message: parts.filter(part => part !== '').join(': ') };
}

/** The report for formats that show files: on a cluster, which has none, without the names that stand for them. */
export function withRealFiles(report: CheckReport): CheckReport {
  if (report.cluster === undefined) return report;
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

/** The last line of a report. */
export function summaryText({ summary, passedOver, foreignFiles = 0, problems, cluster }: CheckReport): string {
  const { files, objects, servers, deny, warn, undetermined } = summary;
  const verdicts = [`${deny} denied`, `${warn} with warnings`, `${undetermined} undetermined`];
  const over = passedOver.reduce((sum, { count }) => sum + count, 0);
  const rest = [
    ...(over > 0 ? [`${plural(over, 'object')} of other kinds passed over`] : []),
    ...(foreignFiles > 0 ? [`${plural(foreignFiles, 'file')} of other tools without objects`] : []),
    ...(problems.length > 0 ? [plural(problems.length, 'problem')] : []),
  ];
  const where = cluster === undefined ? plural(files, 'file') : clusterText(cluster);
  const found = `${plural(servers, 'MCP server')} in ${plural(objects, 'object')} of ${where}`;
  return `${[`${found}: ${verdicts.join(', ')}`, ...rest].join('; ')}.`;
}
