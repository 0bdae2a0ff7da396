import type { ReportedCause, ReportedFinding, ReportedServer } from '../../app/report/check-report.ts';
import { causeFingerprint, fingerprintOf } from '../../app/report/compare.ts';

/** Names of what one report says, the same in the next report for the same fault. No two of one report are alike. */
export interface Fingerprints {
  ofFinding(finding: ReportedFinding): string;
  ofCause(cause: ReportedCause, server: ReportedServer): string;
  /** Of anything else, by what makes it the same. */
  of(identity: string): string;
}

/** For one report: of those that agree in all that a comparison looks at, such as two peers of one policy, the second and later ones are counted. */
export function createFingerprints(): Fingerprints {
  const seen = new Map<string, number>();
  const numbered = (identity: string): string => {
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    return count === 1 ? identity : `${identity} ${count}`;
  };
  return {
    ofFinding: finding => numbered(fingerprintOf(finding)),
    ofCause: (cause, server) => numbered(causeFingerprint({ ...cause, subject: server })),
    of: numbered,
  };
}
