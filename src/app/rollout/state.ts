import { isDate } from '../../core/calendar.ts';
import { MODES, type Mode } from '../../core/gate/types.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { byKey } from '../../core/order.ts';

/** A namespace that came from one stage to another. */
export interface StageChange {
  /** When it was seen: RFC 3339. */
  readonly at: string;
  readonly from: Mode;
  readonly to: Mode;
  readonly by: 'controller' | 'person';
}

/** Why a namespace waits for somebody to resume its rollout: its mode was lowered. */
interface Pause {
  /** When that was seen: RFC 3339. */
  readonly since: string;
  /** The stage that it was lowered from. */
  readonly from: Mode;
  /** What the namespace's annotation said then: a resumption is a different text. */
  readonly mark: string;
}

/** A stage that is being written, so that whoever sees it later knows who raised it, and whoever does not see it, that it was taken back. */
export interface Raise {
  readonly to: 'warn' | 'enforce';
  /** resourceVersion of the Namespace that it was planned for; once it is written, of that. */
  readonly version: string;
  readonly isWritten: boolean;
}

/** What is kept of one namespace. */
export interface NamespaceRecord {
  /** One that is made anew under the name begins anew. */
  readonly uid: string;
  /** The day on which it was first seen, or its rollout was resumed. */
  readonly firstDay: string;
  /** Its mode when it was last seen. */
  readonly stage: Mode;
  /** When that mode was first seen: RFC 3339. */
  readonly since: string;
  /** Days in a row that were looked at and showed no more findings than allowed. */
  readonly cleanDays: number;
  /** The day of the last look. */
  readonly lastDay: string;
  /** Noted before it is written. */
  readonly raising: Raise | undefined;
  readonly pause: Pause | undefined;
  /** What an Event said last of how it stands, so that each is told once. Empty: nothing. */
  readonly told: string;
  /** The last {@link MAX_CHANGES}, oldest first. */
  readonly history: readonly StageChange[];
}

/** By the namespace's name. */
export type RolloutState = ReadonlyMap<string, NamespaceRecord>;

/** Stage changes that are kept of a namespace. */
export const MAX_CHANGES = 4;

/** Namespaces that are followed. */
export const MAX_NAMESPACES = 2_000;

/** Bytes of the text, where a ConfigMap may have 1 MiB in all. Beyond, namespaces keep their last change, and then none. */
const MAX_BYTES = 950_000;

function textWith(state: RolloutState, changes: number): string {
  const entries = [...state].sort(byKey).map(([name, { history, ...record }]) => {
    return [name, { ...record, history: changes === 0 ? [] : history.slice(-changes) }] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** As it is stored: one JSON object, by name. */
export function rolloutText(state: RolloutState): string {
  const texts = [MAX_CHANGES, 1].map(changes => () => textWith(state, changes));
  for (const text of texts) {
    const written = text();
    if (Buffer.byteLength(written) <= MAX_BYTES) return written;
  }
  return textWith(state, 0);
}

const textAt = (fields: Fields, key: string): string | undefined => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : undefined;
};

const modeAt = (fields: Fields, key: string): Mode | undefined => MODES.find(mode => mode === own(fields, key));

function readChange(value: unknown): readonly StageChange[] {
  if (!isFields(value)) return [];
  const [at, from, to] = [textAt(value, 'at'), modeAt(value, 'from'), modeAt(value, 'to')];
  if (at === undefined || from === undefined || to === undefined) return [];
  return [{ at, from, to, by: own(value, 'by') === 'controller' ? 'controller' : 'person' }];
}

function readRaise(value: unknown): Raise | undefined {
  if (!isFields(value)) return undefined;
  const [to, version] = [modeAt(value, 'to'), textAt(value, 'version')];
  if ((to !== 'warn' && to !== 'enforce') || version === undefined) return undefined;
  return { to, version, isWritten: own(value, 'isWritten') === true };
}

function readPause(value: unknown): Pause | undefined {
  if (!isFields(value)) return undefined;
  const [since, from, mark] = [textAt(value, 'since'), modeAt(value, 'from'), textAt(value, 'mark')];
  return since === undefined || from === undefined || mark === undefined ? undefined : { since, from, mark };
}

/** `undefined` where something that dates are counted by is not there. */
function readRecord(value: unknown): NamespaceRecord | undefined {
  if (!isFields(value)) return undefined;
  const [uid, since, stage] = [textAt(value, 'uid'), textAt(value, 'since'), modeAt(value, 'stage')];
  const [firstDay = '', lastDay = ''] = [textAt(value, 'firstDay'), textAt(value, 'lastDay')];
  if (uid === undefined || since === undefined || Number.isNaN(Date.parse(since))) return undefined;
  if (stage === undefined || !isDate(firstDay) || !isDate(lastDay)) return undefined;
  const [cleanDays, history] = [own(value, 'cleanDays'), own(value, 'history')];
  return {
    uid,
    firstDay,
    stage,
    since,
    cleanDays: Number.isInteger(cleanDays) ? Math.max(0, Number(cleanDays)) : 0,
    lastDay,
    raising: readRaise(own(value, 'raising')),
    pause: readPause(own(value, 'pause')),
    told: textAt(value, 'told') ?? '',
    history: Array.isArray(history) ? history.flatMap(readChange).slice(-MAX_CHANGES) : [],
  };
}

/** What is stored; `undefined` where the text is no JSON object. A record that cannot be read is left out: its namespace begins anew, which is never sooner. */
export function readRollout(text: string): RolloutState | undefined {
  if (text.trim() === '') return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  return new Map(
    Object.entries(value).flatMap(([name, entry]): readonly (readonly [string, NamespaceRecord])[] => {
      const record = readRecord(entry);
      return record === undefined ? [] : [[name, record]];
    }),
  );
}
