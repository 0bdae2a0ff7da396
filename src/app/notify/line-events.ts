import { MODE_LABEL } from '../../core/gate/effective-mode.ts';
import { MODES } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { cutText, visibleText } from '../../core/visible-text.ts';
import { EVENT_KINDS, type EventKind, type NotifyEvent, type Severity } from './event.ts';

/** What an event keeps of what a line says. */
const MOST = { details: 5, text: 300, name: 253, servers: 50 } as const;

/** Severity of a rule's findings from 0 to 10, by its id. */
export type RuleSeverity = (rule: string) => number;

/** Steps of a severity from 0 to 10, as CVSS has them. */
const severityOf = (score: number): Severity =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';

const textAt = (fields: Fields, key: string, limit: number = MOST.name): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? cutText(visibleText(value), limit) : '';
};

const listAt = (fields: Fields, key: string): readonly Fields[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(isFields) : [];
};

const textsAt = (fields: Fields, key: string): readonly string[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
};

const refAt = (fields: Fields): ObjectRef => ({
  kind: textAt(fields, 'kind'),
  namespace: textAt(fields, 'namespace'),
  name: textAt(fields, 'name'),
});

const isSameRef = (one: ObjectRef, other: ObjectRef): boolean =>
  one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;

/** A line, as far as events are told by it. */
interface Told {
  readonly line: Fields;
  readonly object: ObjectRef;
  readonly servers: readonly ObjectRef[];
  /** The judge says that a mode was lowered. */
  readonly isLowered: boolean;
  /** Findings that deny. */
  readonly denials: readonly Fields[];
  readonly change: ReadonlySet<string>;
}

/** An event before its line has given it its place and its time. */
type Draft = Pick<NotifyEvent, 'kind' | 'severity' | 'subject' | 'rules' | 'details' | 'resolves'>;

const plain = (kind: EventKind, subject: ObjectRef, details: readonly string[] = []): Draft => ({
  ...{ kind, subject, rules: [], details },
  severity: EVENT_KINDS[kind].severity ?? 'medium',
});

const messageOf = (finding: Fields): string => `${textAt(finding, 'rule')}: ${textAt(finding, 'message', MOST.text)}`;

/** `TCP 8080`, `any protocol any port`. */
function portText(entry: Fields): string {
  const [protocol, port] = [textAt(entry, 'protocol'), cutText(String(own(entry, 'port')), 64)];
  return `${protocol === 'any' ? 'any protocol' : protocol} ${port === 'any' ? 'any port' : port}`;
}

/** Traffic that is let through now and was not before, or would be if the change were not refused, where it is to or from the server. */
function gainedOf({ line }: Told, { namespace, name }: ObjectRef): readonly string[] {
  const server = `${namespace}/${name}`;
  const what = own(line, 'allowed') === false ? 'would be open' : 'now open';
  return listAt(fieldsAt(line, 'reach'), 'gained').flatMap(entry => {
    const [from, to] = [textAt(entry, 'from'), textAt(entry, 'to')];
    return from === server || to === server ? [`${what}: ${from} → ${to}, ${portText(entry)}`] : [];
  });
}

/** Something was found: as severe as the worst of it. */
function found(
  kind: EventKind,
  subject: ObjectRef,
  findings: readonly Fields[],
  told: Told,
  severity: RuleSeverity,
): Draft {
  const rules = [...new Set(findings.map(finding => textAt(finding, 'rule')))].sort();
  const score = Math.max(...rules.map(severity), 0);
  return {
    ...{ kind, subject, rules },
    severity: rules.length === 0 ? 'medium' : severityOf(score),
    details: [...findings.map(messageOf), ...gainedOf(told, subject)].slice(0, MOST.details),
  };
}

/** The findings on each server. Of a finding on a Pod or the like the server is the only one there is, else the Pod itself. */
function denialsByServer({ servers, denials }: Told): ReadonlyMap<ObjectRef, readonly Fields[]> {
  const [only, second] = servers;
  const others = new Map<string, ObjectRef>();
  const serverOf = (finding: Fields): ObjectRef => {
    const subject = refAt(fieldsAt(finding, 'subject'));
    const known = servers.find(server => isSameRef(server, subject)) ?? (second === undefined ? only : undefined);
    if (known !== undefined) return known;
    const key = JSON.stringify(subject);
    return others.get(key) ?? others.set(key, subject).get(key) ?? subject;
  };
  return Map.groupBy(
    denials.filter(finding => textAt(finding, 'rule') !== LOWERED),
    serverOf,
  );
}

const REFUSED_TEXT = 'it could not be judged, or not be put on record';

/** Why a change was refused in which nothing is denied. */
function whyUnjudged(line: Fields): readonly string[] {
  const causes = textsAt(line, 'causes').map(text => `it cannot be judged: ${cutText(visibleText(text), MOST.text)}`);
  const note = textAt(line, 'note');
  return causes.length > 0 ? causes : [note === '' ? REFUSED_TEXT : `${REFUSED_TEXT} (${note})`];
}

function refused(told: Told, severity: RuleSeverity): Draft {
  const subject = told.servers[0] ?? told.object;
  const draft = found('refused', subject, told.denials, told, severity);
  if (told.denials.length > 0) return draft;
  return { ...draft, details: [...whyUnjudged(told.line), ...draft.details].slice(0, MOST.details) };
}

/** What each change of a workload is, where the workload is the server itself. */
const WORKLOAD_CHANGES: readonly (readonly [change: string, kind: EventKind])[] = [
  ['create', 'created'],
  ['delete', 'deleted'],
  ['scale', 'scaled'],
  ['restart', 'changed'],
  ['image', 'changed'],
  ['configuration', 'changed'],
  ['update', 'changed'],
];

/** What each change of another object is to the servers beside it. */
const OTHER_CHANGES: readonly (readonly [change: string, kind: EventKind])[] = [
  ['policy', 'policyChanged'],
  ['service', 'serviceChanged'],
  ['route', 'routeChanged'],
];

const OPERATIONS: ReadonlyMap<unknown, string> = new Map([
  ['CREATE', 'created'],
  ['UPDATE', 'changed'],
  ['DELETE', 'deleted'],
]);

const refText = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;

const operationText = ({ line, object }: Told): string =>
  `${refText(object)} ${OPERATIONS.get(own(line, 'operation')) ?? 'changed'}`;

function serverChanges(told: Told): readonly Draft[] {
  const { line, object, servers, change } = told;
  const isScale = textAt(fieldsAt(line, 'object'), 'subresource') === 'scale';
  const [server] = servers;
  const changed = servers.find(one => isSameRef(one, object)) ?? (isScale ? server : undefined);
  const kinds = changed === undefined ? [] : WORKLOAD_CHANGES.filter(([name]) => change.has(name));
  const names = kinds.map(([name]) => name).filter(name => !['create', 'delete', 'update'].includes(name));
  const details = names.length === 0 ? [] : [`what changed: ${names.join(', ')}`];
  const changes = new Set(kinds.map(([, kind]) => kind));
  const others = OTHER_CHANGES.filter(([name]) => change.has(name)).map(([, kind]) => kind);
  return [
    ...(changed === undefined ? [] : [...changes].map(kind => plain(kind, changed, details))),
    ...others.flatMap(kind => servers.slice(0, MOST.servers).map(one => plain(kind, one, [operationText(told)]))),
  ];
}

/** A change that no webhook was asked about, though it should have been: of each server that it concerns, else of the object itself. */
function pastTheGate(told: Told): readonly Draft[] {
  if (own(told.line, 'type') !== 'unwitnessed') return [];
  const subjects = told.servers.length > 0 ? told.servers.slice(0, MOST.servers) : [told.object];
  return subjects.map(subject => plain('unwitnessed', subject, [operationText(told)]));
}

/** The rule that finds a mode lowered: its findings are about a Namespace, and open no server. */
const LOWERED = 'mode-lowered';

const RANKS: ReadonlyMap<unknown, number> = new Map(MODES.map((mode, rank) => [mode, rank]));
const rankOf = (mode: unknown): number => RANKS.get(mode) ?? -1;

/** The mode that an object of a line has by its label; `undefined`: none. */
const modeIn = (line: Fields, key: string): unknown =>
  own(fieldsAt(fieldsAt(fieldsAt(line, key), 'metadata'), 'labels'), MODE_LABEL);

/** A mode that is taken away, or was not there, is what the configuration says: it is told as lowered where the judge said so. */
function modeChange({ line, object, change, isLowered }: Told): readonly Draft[] {
  // Lines of versions before say that a namespace that is deleted has another mode.
  if (!change.has('mode') || change.has('delete')) return [];
  const [before, after] = [modeIn(line, 'previous'), modeIn(line, 'snapshot')];
  const isLower = before !== undefined && rankOf(after) < rankOf(before);
  const said = (mode: unknown): string =>
    typeof mode === 'string' ? cutText(visibleText(mode), 64) : 'no mode of its own';
  const kind = isLowered || isLower ? 'modeLowered' : 'modeRaised';
  return [plain(kind, { ...object, namespace: '' }, [`${said(before)} → ${said(after)}`])];
}

/** Objects of our own. */
const OWN_KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['GateException', 'exceptionChanged'],
  ['GatePolicy', 'configurationChanged'],
]);

function ownChange(told: Told): readonly Draft[] {
  const isOwn = textAt(fieldsAt(told.line, 'object'), 'apiVersion').startsWith('chokepoint.dev/');
  const kind = isOwn ? OWN_KINDS.get(told.object.kind) : undefined;
  return kind === undefined ? [] : [plain(kind, told.object, [operationText(told)])];
}

/** Names in the annotation of a namespace: between commas, spaces or both. */
const namesIn = (text: string): readonly string[] => text.split(/[\s,]+/).filter(name => name !== '');

/** The places that a line gives its events. */
function placed(line: Fields): (draft: Draft, index: number) => NotifyEvent {
  const object = refAt(fieldsAt(line, 'object'));
  const { namespace } = object;
  const annotated = namesIn(textAt(line, 'notify', 1024));
  const home = object.kind === 'Namespace' ? object.name : namespace;
  const namespaceOf = ({ subject }: Draft): string =>
    subject.kind === 'Namespace' ? subject.name : subject.namespace || namespace;
  const user = textAt(fieldsAt(line, 'user'), 'name');
  const [writer, seq, time] = [textAt(line, 'writer', 512), own(line, 'seq'), textAt(line, 'time', 40)];
  return (draft, index) => ({
    ...draft,
    id: `${writer}/${String(seq)}/${index}`,
    time,
    namespace: namespaceOf(draft),
    user,
    // What another namespace says is not for its servers.
    annotated: namespaceOf(draft) === home ? annotated : [],
  });
}

/** Of a change that was judged, and came about: which servers are open now, and which are not. */
function openness(told: Told, severity: RuleSeverity): readonly Draft[] {
  const { line, object, servers, change } = told;
  const type = own(line, 'type');
  const isJudged = type === 'decision' ? textAt(line, 'note') === '' : type !== 'observed';
  const decision = own(line, 'decision');
  if (!isJudged || decision === 'undetermined') return [];
  const denied = denialsByServer(told);
  // Where nothing is denied though something was found, it was there before, or it waits for its policy: that is no news.
  const opened =
    decision === 'deny'
      ? [...denied].map(([server, findings]) => found('opened', server, findings, told, severity))
      : [];
  const isLeftOut = textsAt(line, 'truncated').some(text => /^(?:findings|servers):/.test(text));
  // Of a namespace that is deleted the servers are there until each is deleted, with a line of its own.
  const isGone = (server: ObjectRef): boolean =>
    change.has('delete') && (isSameRef(server, object) || object.kind === 'Namespace');
  const isClosed = (server: ObjectRef): boolean => !isLeftOut && !denied.has(server) && !isGone(server);
  const closes = listAt(line, 'closes');
  const closed = servers.filter(isClosed).map(server => {
    const was = closes.find(one => isSameRef(refAt(one), server));
    const worst = was && Math.max(...textsAt(was, 'rules').map(severity), 0);
    const resolves = worst === undefined ? {} : { resolves: { since: '', severity: severityOf(worst) } };
    return { ...plain('closed', server), ...resolves };
  });
  return [...opened, ...closed];
}

function lostLines(line: Fields): Draft {
  const lines = own(line, 'lines');
  const subject = { kind: 'Record', namespace: '', name: textAt(line, 'writer') };
  return plain('recordLost', subject, [
    `${String(lines)} lines are not on record: ${textAt(line, 'reason', MOST.text)}`,
  ]);
}

/** What is told of a rollout beside the change of the label, which a line of its own tells. */
const ROLLOUTS: ReadonlyMap<string, EventKind> = new Map([
  ['RolloutHeld', 'rolloutHeld'],
  ['StageDue', 'rolloutDue'],
  ['RolloutPaused', 'rolloutPaused'],
  ['RolloutResumed', 'rolloutResumed'],
]);

function rollout(line: Fields): readonly Draft[] {
  const kind = ROLLOUTS.get(textAt(line, 'reason'));
  const subject = { ...refAt(fieldsAt(line, 'object')), namespace: '' };
  return kind === undefined ? [] : [plain(kind, subject, [textAt(line, 'note', MOST.text)])];
}

/** The file that configures the gate. */
function configuration(line: Fields): Draft {
  const subject = { kind: 'GatePolicy', namespace: '', name: textAt(line, 'source') };
  const isInForce = own(line, 'inForce') === true;
  const trouble = `it cannot be used, and the last good one holds: ${textAt(line, 'note', MOST.text)}`;
  return plain('configurationChanged', subject, [isInForce ? 'the gate goes by it now' : trouble]);
}

function readiness(line: Fields): Draft {
  const isReady = own(line, 'ready') === true;
  return plain(isReady ? 'ready' : 'notReady', refAt(fieldsAt(line, 'object')), [`since ${textAt(line, 'since', 40)}`]);
}

/** What lines tell that are about no change of an object. */
const OTHER_LINES: ReadonlyMap<unknown, (line: Fields) => readonly Draft[]> = new Map([
  ['lost', line => [lostLines(line)]],
  ['rollout', rollout],
  ['configuration', line => [configuration(line)]],
  ['readiness', line => [readiness(line)]],
]);

/** Types of lines that tell of a change, or of one that was asked for. */
const isChange = (type: unknown): boolean =>
  type === 'decision' || type === 'observed' || type === 'seen' || type === 'unwitnessed';

function draftsOf(line: Fields, severity: RuleSeverity): readonly Draft[] {
  const type = own(line, 'type');
  const other = OTHER_LINES.get(type);
  if (other !== undefined) return other(line);
  if (!isChange(type) || own(line, 'dryRun') === true) return [];
  const findings = listAt(line, 'findings');
  const told: Told = {
    line,
    object: refAt(fieldsAt(line, 'object')),
    servers: listAt(line, 'servers').map(refAt),
    isLowered: findings.some(finding => textAt(finding, 'rule') === LOWERED),
    denials: findings.filter(finding => own(finding, 'level') === 'deny'),
    change: new Set(textsAt(line, 'change')),
  };
  if (own(line, 'allowed') === false) return [refused(told, severity)];
  return [
    ...pastTheGate(told),
    ...serverChanges(told),
    ...modeChange(told),
    ...ownChange(told),
    ...openness(told, severity),
  ];
}

/**
 * What one line of the record tells. `opened` and `closed` say how a server is: whether that is news, whoever knows how it was has to say. A dry run tells
 * nothing, nor does a line of a type that nobody knows. Never throws, whatever the line holds.
 */
export const readLineEvents = (line: Fields, severity: RuleSeverity): readonly NotifyEvent[] =>
  draftsOf(line, severity).map(placed(line));
