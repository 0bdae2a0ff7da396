import type { Finding } from '../../core/decision.ts';
import { explainCause, explainFinding, explainFindingLines, refText } from '../../core/explain.ts';
import { strongSignsOptedOut } from '../../core/mcp/declared.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { JudgedServer } from './judge-review.ts';
import type { Annotations, Grounds } from './response.ts';
import type { AuditKey } from './review.ts';

/** One text for each fault, whichever servers it concerns: an object at fault is named once. */
function gather(
  servers: readonly JudgedServer[],
  findingsOf: (server: JudgedServer) => readonly Finding[],
  explain: (finding: Finding) => string = explainFinding,
): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const server of servers) {
    const said = [...server.causes.map(cause => visibleText(explainCause(cause))), ...findingsOf(server).map(explain)];
    for (const line of said) {
      const subjects = lines.get(line);
      if (subjects === undefined) lines.set(line, [refText(server.decision.subject)]);
      else subjects.push(refText(server.decision.subject));
    }
  }
  return lines;
}

const subjectsText = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? first : `${first} and ${others.length} more`;

/** A refusal: which server, then every finding with its rule, place, witness and fix. */
export function groundsOf(refused: readonly JudgedServer[]): Grounds {
  const reasons = gather(
    refused,
    server => server.faults,
    finding => explainFindingLines(finding).map(visibleText).join('\n'),
  );
  const servers = subjectsText([...new Set(refused.map(server => refText(server.decision.subject)))]);
  const isOpen = refused.some(server => server.faults.length > 0);
  return {
    title: isOpen ? `${servers} must stay behind its gateway.` : `${servers} cannot be judged.`,
    reasons: [...reasons.keys()].map(text => text.split('\n')),
  };
}

/** What is taken out although strong signs speak for a server; empty: it is no such. */
function optedOutText({ decision: { mcp, subject } }: JudgedServer): string {
  const signs = strongSignsOptedOut(mcp);
  if (signs.length === 0) return '';
  const [label] = mcp.evidence.filter(({ strength }) => strength === 'against');
  const named = signs.map(({ signal, path, says }) => `${signal} at ${path} (${says})`).join(', ');
  return `${refText(subject)} is not judged: ${label?.says ?? ''}, although it shows ${named}`;
}

const optedOutTexts = (servers: readonly JudgedServer[]): readonly string[] =>
  servers.map(optedOutText).filter(text => text !== '');

/** What kubectl shows of servers that are not refused: what would be refused, what waits for a policy, what was wrong before. */
export function warningsFor(servers: readonly JudgedServer[]): readonly string[] {
  const told = servers.filter(server => server.mode === 'warn' || server.mode === 'enforce');
  const lines = gather(told, server => [...server.faults, ...server.remarks]);
  const waiting = told.filter(server => server.awaitsPolicy).map(server => refText(server.decision.subject));
  return [
    ...optedOutTexts(told),
    ...waiting.map(server => `${server} waits for its NetworkPolicy: its Pods do not start before`),
    ...[...lines].map(([line, subjects]) => `${subjectsText(subjects)}: ${line}`),
  ];
}

/** What the audit log keeps: short keys, values without secrets, nothing where there was nothing to say. */
export function annotationsFor(servers: readonly JudgedServer[], mode: string, verdict: string): Annotations {
  if (servers.length === 0) return new Map();
  const excepted = servers.flatMap(({ decision }) =>
    decision.excepted.map(({ rule }) => `${refText(decision.subject)} ${rule}`),
  );
  return new Map<AuditKey, readonly string[]>([
    ['mode', [mode]],
    ['verdict', [verdict]],
    ['servers', [...new Set(servers.map(server => refText(server.decision.subject)))]],
    ['findings', [...gather(servers, server => [...server.faults, ...server.remarks]).keys()]],
    ['exceptions', [...new Set(excepted)]],
    ['opted-out', optedOutTexts(servers)],
  ]);
}
