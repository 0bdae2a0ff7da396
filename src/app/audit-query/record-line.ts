import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';

/** A reference to an object; texts that do not apply are empty. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty: the object itself. */
  readonly subresource: string;
  /** Empty: cluster-scoped. */
  readonly namespace: string;
  readonly name: string;
}

/** An MCP server that a line concerns. */
export interface ServerReference {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

export interface RecordedFinding {
  readonly rule: string;
  readonly level: string;
  readonly message: string;
}

/** Traffic that a change opens or closes, in the words of the record: `any pod` → `tools/search`, port `8080`, `TCP`. */
export interface ReachEntry {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly protocol: string;
}

/** What is asked of a line of the record. Texts that a line does not have are empty, lists that it does not have are empty. */
export interface RecordLine {
  /** Sequence number within the chain of the writer, from 1; 0 where the source has none. */
  readonly seq: number;
  readonly writer: string;
  /** As it is written: RFC 3339. */
  readonly time: string;
  /** The same, in milliseconds since 1970. */
  readonly timeMs: number;
  /** `decision`, `observed`, `promotion`, …: a kind that is not known is a line like any other. */
  readonly type: string;
  /** Of the review. */
  readonly uid: string;
  readonly operation: string;
  readonly object: ObjectReference;
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  readonly decision: string;
  /** What the API server was told; `undefined` where the line is about no request. */
  readonly allowed: boolean | undefined;
  readonly mode: string;
  readonly dryRun: boolean;
  readonly change: readonly string[];
  readonly servers: readonly ServerReference[];
  readonly findings: readonly RecordedFinding[];
  /** Why it could not be judged: sentences. */
  readonly causes: readonly string[];
  /** Why nothing was judged, in a word. */
  readonly note: string;
  readonly gained: readonly ReachEntry[];
  readonly lost: readonly ReachEntry[];
  /** Everything that is open to and from the servers whose reach changed, after the change; absent where the line does not say. */
  readonly open: readonly ReachEntry[] | undefined;
  /** What the line leaves out, and why. */
  readonly truncated: readonly string[];
  /** Of the redacted object; SHA-256, hexadecimal. */
  readonly digest: string;
  /** The redacted object; absent for what is harmless. */
  readonly snapshot: Fields | undefined;
  readonly hash: string;
}

/** A line that was read, or why it cannot be: a clause. */
export type Decoded = { readonly line: RecordLine } | { readonly unreadable: string };

export function textAt(fields: Fields, key: string): string {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
}

const listAt = (fields: Fields, key: string): readonly unknown[] => {
  const value = own(fields, key);
  return Array.isArray(value) ? value : [];
};

const objectsAt = (fields: Fields, key: string): readonly Fields[] => listAt(fields, key).filter(isFields);

export const textsAt = (fields: Fields, key: string): readonly string[] =>
  listAt(fields, key).filter(item => typeof item === 'string');

/** A date and a time of RFC 3339; Date.parse alone takes more, and reads some of it as local time. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970; NaN for what is no time of RFC 3339. */
export const timeOf = (text: string): number => (TIME.test(text) ? Date.parse(text) : Number.NaN);

function serverOf(fields: Fields): ServerReference {
  return { namespace: textAt(fields, 'namespace'), kind: textAt(fields, 'kind'), name: textAt(fields, 'name') };
}

function findingOf(fields: Fields): RecordedFinding {
  return { rule: textAt(fields, 'rule'), level: textAt(fields, 'level'), message: textAt(fields, 'message') };
}

function reachOf(fields: Fields): ReachEntry {
  const port = own(fields, 'port');
  return {
    from: textAt(fields, 'from'),
    to: textAt(fields, 'to'),
    port: typeof port === 'number' ? String(port) : textAt(fields, 'port'),
    protocol: textAt(fields, 'protocol'),
  };
}

function objectOf(fields: Fields): ObjectReference {
  return {
    apiVersion: textAt(fields, 'apiVersion'),
    kind: textAt(fields, 'kind'),
    subresource: textAt(fields, 'subresource'),
    namespace: textAt(fields, 'namespace'),
    name: textAt(fields, 'name'),
  };
}

/**
 * Reads one line of a record (`serve --record`), as JSON gave it. Only its time must be there; a field of a wrong type counts as absent, one that is
 * not known is passed over, so that a record of a later version can be asked too. Whether the line is genuine is for `audit verify` to tell.
 */
export function decodeRecordLine(value: unknown): Decoded {
  if (!isFields(value)) return { unreadable: 'it is no JSON object' };
  const time = textAt(value, 'time');
  const timeMs = timeOf(time);
  if (Number.isNaN(timeMs)) return { unreadable: 'its `time` is no RFC 3339 time' };
  const [user, reach, seq] = [fieldsAt(value, 'user'), fieldsAt(value, 'reach'), own(value, 'seq')];
  const [allowed, snapshot] = [own(value, 'allowed'), own(value, 'snapshot')];
  return {
    line: {
      seq: typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 ? seq : 0,
      writer: textAt(value, 'writer'),
      time,
      timeMs,
      type: textAt(value, 'type'),
      uid: textAt(value, 'uid'),
      operation: textAt(value, 'operation'),
      object: objectOf(fieldsAt(value, 'object')),
      user: { name: textAt(user, 'name'), groups: textsAt(user, 'groups') },
      decision: textAt(value, 'decision'),
      allowed: typeof allowed === 'boolean' ? allowed : undefined,
      mode: textAt(value, 'mode'),
      dryRun: own(value, 'dryRun') === true,
      change: textsAt(value, 'change'),
      servers: objectsAt(value, 'servers').map(serverOf),
      findings: objectsAt(value, 'findings').map(findingOf),
      causes: textsAt(value, 'causes'),
      note: textAt(value, 'note'),
      gained: objectsAt(reach, 'gained').map(reachOf),
      lost: objectsAt(reach, 'lost').map(reachOf),
      open: Array.isArray(own(reach, 'open')) ? objectsAt(reach, 'open').map(reachOf) : undefined,
      truncated: textsAt(value, 'truncated'),
      digest: textAt(value, 'digest'),
      snapshot: isFields(snapshot) ? snapshot : undefined,
      hash: textAt(value, 'hash'),
    },
  };
}

/** Whether the line tells of something that was really done: it was let through, and was no dry run. */
export const isDone = ({ allowed, dryRun }: RecordLine): boolean => allowed !== false && !dryRun;
