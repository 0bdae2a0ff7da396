import type { Finding } from '../../core/decision.ts';
import { explainCause, explainFinding, explainFindingLines, refText } from '../../core/explain.ts';
import type { JudgedServer } from './judge-review.ts';

/** A refusal is read in a terminal: about 2 KB, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;
/** Of one finding; its fix may name many blocks. */
const MAX_LINE_LENGTH = 640;
/** The API server's advice for one warning (admission/v1 types.go). */
const MAX_WARNING_LENGTH = 120;

const cut = (line: string, limit: number): string => (line.length > limit ? `${line.slice(0, limit - 1)}…` : line);

/** One text for each fault, whichever servers it concerns: an object at fault is named once. */
function gather(
  servers: readonly JudgedServer[],
  findingsOf: (server: JudgedServer) => readonly Finding[],
  explain: (finding: Finding) => string = explainFinding,
): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const server of servers) {
    const said = [...server.causes.map(explainCause), ...findingsOf(server).map(explain)];
    for (const line of said) lines.set(line, [...(lines.get(line) ?? []), refText(server.decision.subject)]);
  }
  return lines;
}

const subjectsText = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? first : `${first} and ${others.length} more`;

/** A finding in lines, none of which is too long. */
const block = (finding: Finding): string =>
  explainFindingLines(finding)
    .map(line => cut(line, MAX_LINE_LENGTH))
    .join('\n');

/** A refusal: which server, then every finding with its rule, place, witness and fix, as far as there is room; the rest is counted. */
export function refusalMessage(refused: readonly JudgedServer[]): string {
  const entries = [...gather(refused, server => server.faults, block)];
  const servers = subjectsText([...new Set(refused.map(server => refText(server.decision.subject)))]);
  const isOpen = refused.some(server => server.faults.length > 0);
  let text = isOpen ? `${servers} must stay behind its gateway.` : `${servers} cannot be judged.`;
  for (const [index, [said]] of entries.entries()) {
    const next = `\n${index + 1}. ${said}`;
    if (text.length + next.length > MAX_MESSAGE_LENGTH) {
      return `${text}\nand ${entries.length - index} more: "chokepoint check" on the manifests shows all.`;
    }
    text += next;
  }
  return text;
}

/** Text in lines that each fit into one warning, broken between words; a longer word is cut. */
function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= MAX_WARNING_LENGTH) line = longer;
    else {
      if (line.trim() !== '') lines.push(line);
      line = cut(`  ${word}`, MAX_WARNING_LENGTH);
    }
  }
  return [...lines, line];
}

/** What kubectl shows of servers that are not refused: what would be refused, what waits for a policy, what was wrong before. */
export function warningsFor(servers: readonly JudgedServer[]): readonly string[] {
  const told = servers.filter(server => server.mode === 'warn' || server.mode === 'enforce');
  const lines = gather(told, server => [...server.faults, ...server.remarks]);
  const waiting = told.filter(server => server.awaitsPolicy).map(server => refText(server.decision.subject));
  return [
    ...waiting.map(server => `${server} waits for its NetworkPolicy: its Pods do not start before`),
    ...[...lines].flatMap(([line, subjects]) => wrap(`${subjectsText(subjects)}: ${line}`)),
  ];
}

/** What the audit log keeps: short keys, values without secrets, nothing where there was nothing to say. */
export function annotationsFor(
  servers: readonly JudgedServer[],
  mode: string,
  verdict: string,
): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  if (servers.length === 0) return annotations;
  annotations.set('mode', mode).set('verdict', verdict);
  const put = (key: string, lines: readonly string[]): void => {
    if (lines.length > 0) annotations.set(key, lines.join(' | '));
  };
  put('servers', [...new Set(servers.map(server => refText(server.decision.subject)))]);
  put('findings', [...gather(servers, server => [...server.faults, ...server.remarks]).keys()]);
  put('exceptions', [
    ...new Set(
      servers.flatMap(({ decision }) => decision.excepted.map(({ rule }) => `${refText(decision.subject)} ${rule}`)),
    ),
  ]);
  return annotations;
}
