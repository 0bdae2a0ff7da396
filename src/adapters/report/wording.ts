import type { CheckReport, ReportedFinding, ReportedServer } from '../../app/check-report.ts';
import { placeText, refText, witnessText } from '../../core/explain.ts';

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `Deployment prod/weather`. */
export function serverText(server: ReportedServer): string {
  return refText(server);
}

/** The proof in a sentence; empty where there is none. */
export function proofText({ witness }: ReportedFinding): string {
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

/** The last line of a report. */
export function summaryText({ summary, passedOver, problems }: CheckReport): string {
  const { files, objects, servers, deny, warn, undetermined } = summary;
  const verdicts = [`${deny} denied`, `${warn} with warnings`, `${undetermined} undetermined`];
  const over = passedOver.reduce((sum, { count }) => sum + count, 0);
  const rest = [
    ...(over > 0 ? [`${plural(over, 'object')} of other kinds passed over`] : []),
    ...(problems.length > 0 ? [plural(problems.length, 'problem')] : []),
  ];
  const found = `${plural(servers, 'MCP server')} in ${plural(objects, 'object')} of ${plural(files, 'file')}`;
  return `${[`${found}: ${verdicts.join(', ')}`, ...rest].join('; ')}.`;
}
