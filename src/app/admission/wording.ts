import { type Finding, isAbsence } from '../../core/decision.ts';
import {
  exceptionText,
  explainCause,
  explainFinding,
  explainFindingLines,
  explainRefusal,
  refText,
} from '../../core/explain.ts';
import type { Issue } from '../../core/kube/reading.ts';
import { strongSignsOptedOut } from '../../core/mcp/declared.ts';
import { modeLowered } from '../../core/rules/mode-lowered.ts';
import { policyRemoval } from '../../core/rules/policy-removal.ts';
import { serverOptedOut } from '../../core/rules/server-opted-out.ts';
import { isSame } from '../../core/same.ts';
import { visibleText } from '../../core/visible-text.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import { refOf } from '../../core/world/refs.ts';
import type { Change } from '../../core/world/world.ts';
import type { JudgedServer } from './judge-review.ts';
import type { Annotations, Grounds } from './response.ts';
import type { AuditKey } from './review.ts';
import { namesOf, subjectsText, titleOf } from './title.ts';

/** Says what the request itself does: it comes before what follows from that. */
const CHANGE_RULES: ReadonlySet<string> = new Set([modeLowered.id, serverOptedOut.id, policyRemoval.id]);

const rank = (finding: Finding): number => (CHANGE_RULES.has(finding.rule) ? 0 : isAbsence(finding) ? 2 : 1);

type FindingsOf = (server: JudgedServer) => readonly Finding[];

/**
 * One text for each fault, whichever servers it concerns: an object at fault is named once. Why a server cannot be judged comes first, then what each
 * of `parts` gives; of that, what the request itself does, and last that a policy is missing, which may be on its way.
 */
function gather(
  servers: readonly JudgedServer[],
  parts: readonly FindingsOf[],
  explain: (finding: Finding) => string = explainFinding,
): ReadonlyMap<string, ReadonlySet<string>> {
  const lines = new Map<string, Set<string>>();
  const say = (line: string, { decision }: JudgedServer): void => {
    const subjects = lines.get(line) ?? new Set();
    lines.set(line, subjects.add(refText(decision.subject)));
  };
  for (const server of servers) for (const cause of server.causes) say(visibleText(explainCause(cause)), server);
  for (const findingsOf of parts) {
    const found = servers.flatMap(server => findingsOf(server).map(finding => ({ finding, server })));
    for (const { finding, server } of found.sort((one, other) => rank(one.finding) - rank(other.finding)))
      say(explain(finding), server);
  }
  return lines;
}

/** Where the rest of what was found can be seen. */
export const scanText = (namespace: string): string =>
  namespace === '' ? '"chokepoint scan" shows' : `"chokepoint scan --namespace ${namespace}" shows`;

/** Its policy is still to come once what else refuses it is mended: that it is missing is no fault to mend. */
const isMendedLater = ({ absence, faults, causes }: JudgedServer): boolean =>
  absence !== 'reject' && faults.some(isAbsence) && (causes.length > 0 || !faults.every(isAbsence));

const refusing = (server: JudgedServer): readonly Finding[] =>
  isMendedLater(server) ? server.faults.filter(fault => !isAbsence(fault)) : server.faults;

/** Fields of one object that are said to be unreadable. */
const MAX_UNREAD = 3;

/** Which other objects of what is applied may mend a workload that is refused. */
function bundleNotes({ after }: Change, refused: readonly JudgedServer[]): readonly string[] {
  if (after === undefined || !isWorkload(after) || after.meta.owners.some(({ controller }) => controller)) return [];
  const faults = refused.flatMap(refusing);
  const elsewhere = faults.filter(({ object }) => !isSame(object, refOf(after))).map(({ object }) => refText(object));
  const absent = faults.some(isAbsence) ? ['its NetworkPolicy'] : [];
  const objects = [...new Set([...elsewhere, ...absent])].join(' and ');
  if (objects === '') return [];
  return [
    `Do the same files mend ${objects}? Apply them again: the API server is asked about one object after the other.`,
  ];
}

function laterNotes(refused: readonly JudgedServer[]): readonly string[] {
  return refused.filter(isMendedLater).map(({ decision, absence }) => {
    const server = refText(decision.subject);
    return absence === 'create'
      ? `${server} has no NetworkPolicy yet: the controller writes it once the rest is mended.`
      : `${server} has no NetworkPolicy yet: its Pods wait for it once the rest is mended.`;
  });
}

/** Annotations that ask for exceptions in vain, each once. */
const refusedExceptions = (servers: readonly JudgedServer[]): readonly string[] => [
  ...new Set(servers.flatMap(({ decision }) => decision.refusedExceptions.map(explainRefusal))),
];

/** What of the changed policy is not understood, where servers cannot be judged. */
const unreadNotes = (refused: readonly JudgedServer[], unread: readonly Issue[]): readonly string[] =>
  refused.some(({ causes }) => causes.length > 0)
    ? unread.slice(0, MAX_UNREAD).map(({ path, message }) => `${path}: ${message}.`)
    : [];

/** Of an object of the whole cluster no server is named: whoever may write it need not be one who may read them. */
const clusterNotes = ({ after }: Change, namespace: string): readonly string[] =>
  namespace === '' && after !== undefined
    ? ['Which servers these are: "chokepoint check FILE --with-cluster" shows, to whoever may read them.']
    : [];

/**
 * A refusal: what is refused, then every finding with its rule, place, witness and fix. `namespace`: of the review; empty for an object of the whole
 * cluster. `unread`: what of the changed object cannot be read.
 */
export function groundsOf(
  refused: readonly JudgedServer[],
  change: Change,
  namespace: string,
  unread: readonly Issue[] = [],
): Grounds {
  const reasons = gather(refused, [refusing], finding => explainFindingLines(finding).map(visibleText).join('\n'));
  const all = namesOf(refused).length;
  return {
    title: titleOf(change, refused),
    reasons: [...reasons].map(([text, of]) => [
      ...text.split('\n'),
      ...(of.size < all ? [`   Server: ${subjectsText([...of])}`] : []),
    ]),
    notes: [
      ...unreadNotes(refused, unread),
      ...new Set([...laterNotes(refused), ...bundleNotes(change, refused)]),
      ...clusterNotes(change, namespace),
      ...refusedExceptions(refused),
    ],
    rest: `${scanText(namespace)} what is there, the audit log what this request brings.`,
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

/** What becomes of a server that is let in without its policy; nothing where nothing waits. */
function waitingText({ decision, mode, awaitsPolicy, absence }: JudgedServer): readonly string[] {
  if (mode !== 'enforce' || !awaitsPolicy) return [];
  const server = refText(decision.subject);
  const [they, start] = decision.subject.kind === 'Pod' ? ['it', 'does'] : ['its Pods', 'do'];
  if (absence === 'create')
    return [`${server} waits for its NetworkPolicy, which the controller writes: ${they} ${start} not start before.`];
  if (absence === 'hold') return [`${server} waits for its NetworkPolicy: ${they} ${start} not start before.`];
  return [`${server} has no NetworkPolicy yet: apply that first, or ${server} is refused.`];
}

/** What the controller mends by itself is no fault to mend. */
const isWritten = ({ mode, awaitsPolicy, absence }: JudgedServer): boolean =>
  mode === 'enforce' && awaitsPolicy && absence === 'create';

/** What kubectl shows of servers that are not refused: what waits for a policy, what would be refused, what was wrong before. */
export function warningsFor(servers: readonly JudgedServer[]): readonly string[] {
  const told = servers.filter(server => server.mode === 'warn' || server.mode === 'enforce');
  const faultsOf: FindingsOf = server =>
    isWritten(server) ? server.faults.filter(fault => !isAbsence(fault)) : server.faults;
  const lines = gather(told, [faultsOf, ({ remarks }) => remarks]);
  return [
    ...optedOutTexts(told),
    ...told.flatMap(waitingText),
    ...[...lines].map(([line, subjects]) => `${subjectsText([...subjects])}: ${line}`),
    ...refusedExceptions(told),
  ];
}

/** What the audit log keeps: short keys, values without secrets, nothing where there was nothing to say. */
export function annotationsFor(servers: readonly JudgedServer[], mode: string, verdict: string): Annotations {
  if (servers.length === 0) return new Map();
  const excepted = servers.flatMap(({ decision }) =>
    decision.excepted.map(({ rule, exception }) => `${refText(decision.subject)} ${rule}: ${exceptionText(exception)}`),
  );
  return new Map<AuditKey, readonly string[]>([
    ['mode', [mode]],
    ['verdict', [verdict]],
    ['servers', namesOf(servers)],
    ['findings', [...gather(servers, [({ faults }) => faults, ({ remarks }) => remarks]).keys()]],
    ['exceptions', [...new Set(excepted), ...refusedExceptions(servers)]],
    ['opted-out', optedOutTexts(servers)],
  ]);
}
