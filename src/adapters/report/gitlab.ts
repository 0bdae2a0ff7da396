import { createHash } from 'node:crypto';
import path from 'node:path';
import type { CheckReport, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import type { RuleInfo } from '../../core/rule.ts';
import { createFingerprints } from './fingerprint.ts';
import { CAUSE_SEVERITY, severities } from './severity.ts';
import { findingText, serverText } from './wording.ts';

/** What the report is made for. */
export interface GitlabTarget {
  readonly rules: readonly RuleInfo[];
  /** Paths are relative to this folder: the checkout. Absolute. */
  readonly root: string;
}

/** Severities of GitLab's Code Quality. Source: docs.gitlab.com, "Code Quality report format". */
type Severity = 'info' | 'minor' | 'major' | 'critical' | 'blocker';

/** One entry of the report. */
interface Violation {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

/** From which severity on, 0 to 10, each name holds. */
const NAMES: readonly (readonly [from: number, name: Severity])[] = [
  [9, 'blocker'],
  [7, 'critical'],
  [4, 'major'],
  [0, 'minor'],
];

const nameOf = (severity: number): Severity => NAMES.find(([from]) => severity >= from)?.[1] ?? 'info';

/** A warning is never more than a `major`: it does not fail the job. */
const findingSeverity = ({ level }: ReportedFinding, severity: number): Severity =>
  nameOf(level === 'deny' ? severity : Math.min(severity, 6.9));

/** GitLab takes paths from the top of the checkout alone, and every entry must have one. */
function pathOf(file: string, root: string): string {
  if (file === '' || file === '-') return 'standard-input';
  const inside = path.isAbsolute(file) ? path.relative(root, file) : path.normalize(file);
  return inside.replaceAll('\\', '/');
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The report of GitLab's Code Quality: what a merge request shows beside the changed lines. Of a cluster, objects stand for files. */
export function renderGitlab(report: CheckReport, { rules, root }: GitlabTarget): string {
  const severityOf = severities(rules);
  const fingerprints = createFingerprints();
  const violation = (
    check: string,
    description: string,
    identity: string,
    severity: Severity,
    place: { readonly file: string; readonly line: number },
  ): Violation => ({
    description,
    check_name: check,
    fingerprint: hashOf(identity),
    severity,
    location: { path: pathOf(place.file, root), lines: { begin: Math.max(1, place.line) } },
  });
  const ofServer = (server: ReportedServer): readonly Violation[] => [
    ...server.causes.map(cause => {
      const { code, message, file, line } = cause;
      const text = `${serverText(server)} cannot be judged: ${message}.`;
      const place = file === '' ? server : { file, line };
      return violation(code, text, fingerprints.ofCause(cause, server), nameOf(CAUSE_SEVERITY), place);
    }),
    ...server.findings.map(finding => {
      const severity = findingSeverity(finding, severityOf(finding.rule));
      return violation(finding.rule, findingText(finding, server), fingerprints.ofFinding(finding), severity, finding);
    }),
  ];
  const problems = report.problems.map(({ severity, code, file, line, field, message }) => {
    const text = field === '' ? message : `${field}: ${message}`;
    const identity = fingerprints.of([code, file, text].join(' | '));
    return violation(code, text, identity, severity === 'error' ? 'major' : 'info', { file, line });
  });
  return `${JSON.stringify([...report.servers.flatMap(ofServer), ...problems], null, 2)}\n`;
}
