import type { CheckReport, ReportedCause, ReportedFinding } from '../../src/app/report/check-report.ts';
import { SAMPLE_REPORT } from './sample-report.ts';

const isKnown = ({ object }: ReportedFinding | ReportedCause): boolean => object.kind !== 'Service';

/** The sample report, compared with one that lacks the finding on a Service, and has two more. */
export const AGAINST_REPORT: CheckReport = {
  ...SAMPLE_REPORT,
  summary: { ...SAMPLE_REPORT.summary, against: { report: 'base.json', known: 4, new: 1, gone: 2 } },
  servers: SAMPLE_REPORT.servers.map(server => ({
    ...server,
    findings: server.findings.map(finding => ({ ...finding, known: isKnown(finding) })),
    causes: server.causes.map(cause => ({ ...cause, known: isKnown(cause) })),
  })),
};
