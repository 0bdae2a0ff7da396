import { hash } from 'node:crypto';
import type { SurveyedServer } from '../../../src/app/survey/servers-in.ts';
import { type Finding, verdictOf } from '../../../src/core/decision.ts';

export const idOf = (identity: string): string => hash('sha256', identity, 'hex').slice(0, 16);

/** A server of the namespace `prod` with these findings, told of it. */
export function surveyedServer(name: string, findings: readonly Finding[]): SurveyedServer {
  const subject = { kind: 'Deployment', namespace: 'prod', name };
  const told = findings.map(finding => ({ ...finding, subject }));
  return {
    uid: `uid-${name}`,
    decision: {
      subject,
      mcp: { standing: 'declared', evidence: [], setAside: [], ports: [] },
      verdict: verdictOf(told, []),
      findings: told,
      causes: [],
      excepted: [],
      refusedExceptions: [],
    },
  };
}
