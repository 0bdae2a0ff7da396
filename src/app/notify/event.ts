import type { ObjectRef } from '../../core/kube/types.ts';

/** In rising order. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);

/** What an event is called in a title and how severe it is by itself; `undefined`: that depends on what was found. */
interface EventKindData {
  /** Of one, and of several: `MCP server opened`, `MCP servers opened`. */
  readonly one: string;
  readonly many: string;
  readonly severity: Severity | undefined;
}

const server = (what: string, severity?: Severity): EventKindData => ({
  one: `MCP server ${what}`,
  many: `MCP servers ${what}`,
  severity,
});

/** All that can be told, as the configuration names it. */
export const EVENT_KINDS = {
  created: server('created', 'info'),
  changed: server('changed', 'info'),
  scaled: server('scaled', 'info'),
  deleted: server('deleted', 'low'),
  notReady: server('not ready', 'medium'),
  ready: server('ready again', 'info'),
  opened: server('opened'),
  closed: server('closed', 'info'),
  refused: { one: 'change refused', many: 'changes refused', severity: undefined },
  modeRaised: { one: 'mode raised', many: 'modes raised', severity: 'info' },
  modeLowered: { one: 'mode lowered', many: 'modes lowered', severity: 'high' },
  policyChanged: { one: 'policy of an MCP server changed', many: 'policies of MCP servers changed', severity: 'low' },
  serviceChanged: { one: 'Service of an MCP server changed', many: 'Services of MCP servers changed', severity: 'low' },
  routeChanged: { one: 'route to an MCP server changed', many: 'routes to MCP servers changed', severity: 'low' },
  exceptionChanged: { one: 'exception changed', many: 'exceptions changed', severity: 'medium' },
  configurationChanged: { one: 'GatePolicy changed', many: 'GatePolicies changed', severity: 'medium' },
  rolloutHeld: { one: 'namespace held by its rollout', many: 'namespaces held by their rollouts', severity: 'medium' },
  rolloutDue: { one: 'namespace due to be raised', many: 'namespaces due to be raised', severity: 'low' },
  rolloutPaused: { one: 'rollout paused', many: 'rollouts paused', severity: 'medium' },
  rolloutResumed: { one: 'rollout resumed', many: 'rollouts resumed', severity: 'info' },
  unwitnessed: { one: 'change past the gate', many: 'changes past the gate', severity: 'high' },
  /** Sent by whoever tries a receiver, and told by no line. */
  test: { one: 'test message', many: 'test messages', severity: 'info' },
  recordLost: { one: 'gap in the record', many: 'gaps in the record', severity: 'high' },
} as const satisfies Readonly<Record<string, EventKindData>>;

export type EventKind = keyof typeof EVENT_KINDS;

/** Something that happened, as a line of the record tells it. Its texts are strangers': whoever shows them makes them safe there. */
export interface NotifyEvent {
  /** `WRITER/SEQ/NUMBER`: of the line, and of the event among those of the line. The same line always makes the same. */
  readonly id: string;
  readonly kind: EventKind;
  /** RFC 3339: when the line was made. */
  readonly time: string;
  readonly severity: Severity;
  /** Empty: of no namespace. */
  readonly namespace: string;
  /** The server, where the event is about one; else the object that was changed. */
  readonly subject: ObjectRef;
  /** Who did it, as the API server tells; empty where nobody did. */
  readonly user: string;
  /** Ids of the rules that found something, sorted, each once. */
  readonly rules: readonly string[];
  /** A few sentences, the first ones. */
  readonly details: readonly string[];
  /** Receivers that the annotation of its namespace names. */
  readonly annotated: readonly string[];
  /** What is over with it. Absent: nothing that was told. */
  readonly resolves?: Resolved;
}

/** Of an event that is over. */
interface Resolved {
  /** RFC 3339: when it began; empty where that is not known. */
  readonly since: string;
  readonly severity: Severity;
  /** It has begun anew since, as severe as this, and that was told before. Absent: it has not. */
  readonly again?: readonly Severity[];
}

/** The worse of two. */
export const worse = (one: Severity, other: Severity): Severity => (isAtLeast(one, other) ? one : other);

const textOf = (fields: readonly string[]): string => JSON.stringify(fields);

/** The same for events about the same object. */
export const subjectKey = ({ subject: { kind, namespace, name } }: Pick<NotifyEvent, 'subject'>): string =>
  textOf([kind, namespace, name]);

/** A part of an event by which events are taken together, or for the same. */
export type EventPart = 'event' | 'namespace' | 'server' | 'finding' | 'user';

const PARTS: Readonly<Record<EventPart, (event: NotifyEvent) => string>> = {
  event: ({ kind }) => kind,
  namespace: ({ namespace }) => namespace,
  server: subjectKey,
  finding: ({ rules }) => rules.join(' '),
  user: ({ user }) => user,
};

/** The same for events that agree in these parts. */
export const keyOf = (parts: readonly EventPart[], event: NotifyEvent): string =>
  textOf(parts.map(part => PARTS[part](event)));
