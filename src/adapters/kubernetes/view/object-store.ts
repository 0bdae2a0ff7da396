import type { StoredChange, StoredObject } from '../../../app/witness/change.ts';
import type { ObjectState } from '../../../app/witness/state.ts';
import { type Fields, own } from '../../../core/kube/reading.ts';

/** What became of one raw object: something to keep, nothing to us (but there), or not readable. */
export type Read<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Which object, and which state of it. */
export interface ObjectVersion {
  /** `namespace/name`; the namespace is empty for cluster-scoped objects. */
  readonly key: string;
  /** Another one under the same key is another object: it was deleted and made again. */
  readonly uid: string;
  /** Opaque: only its equality means anything. */
  readonly resourceVersion: string;
}

/** One object appeared (no `before`), changed, or went (no `after`). */
export interface Delta<Value> {
  readonly key: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** The list of all objects, while its pages arrive. Nobody sees anything of it before `commit`. */
interface Replacement {
  /** False: the object has no name, uid or resourceVersion, and was left out. */
  add(raw: Fields): boolean;
  /** Puts the list in the place of all that was known, in one step. */
  commit(): void;
}

/** The objects of one kind, read as they arrive. Nothing raw is kept. */
export interface ObjectStore {
  replacement(): Replacement;
  /** An object was added or changed. False: it has no name, uid or resourceVersion. */
  put(raw: Fields): boolean;
  /** An object was deleted. One of another uid under the same name stays. */
  remove(raw: Fields): boolean;
  /** Keys of the listed objects that are known otherwise or not at all, and of those that are known and not listed. */
  differing(listed: ReadonlyMap<string, ObjectVersion>): readonly string[];
  /** Forgets everything: the kind is not served any more. */
  clear(): void;
  readonly size: number;
  /** Reasons why objects that are there now could not be read, by key. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Is told of every version of an object, whatever is kept of it. Nothing of it may throw. */
export interface Follower<Value> {
  /** What is kept of an object, to be compared with its next version. */
  stateOf(raw: Fields): ObjectState;
  /** Of the first list nothing is told. */
  changed(change: StoredChange<Value>): void;
}

const NO_FIELDS: Fields = {};

function text(fields: Fields, key: string): string {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
}

/** `undefined` for what is no object of the API. */
export function objectVersionOf(raw: Fields): ObjectVersion | undefined {
  const value = own(raw, 'metadata');
  const metadata = typeof value === 'object' && value !== null ? (value as Fields) : NO_FIELDS;
  const name = text(metadata, 'name');
  const uid = text(metadata, 'uid');
  const resourceVersion = text(metadata, 'resourceVersion');
  if (name === '' || uid === '' || resourceVersion === '') return undefined;
  // A template literal would keep the three texts and what ties them together, in twice the memory.
  return { key: [text(metadata, 'namespace'), name].join('/'), uid, resourceVersion };
}

const isSameState = (a: { uid: string; resourceVersion: string } | undefined, b: ObjectVersion): boolean =>
  a !== undefined && a.uid === b.uid && a.resourceVersion === b.resourceVersion;

/** `read` must not throw; `onDelta` is told of every change that can be seen, and must not throw either. */
export function createObjectStore<Value>(options: {
  readonly read: (raw: Fields) => Read<Value>;
  readonly onDelta: (delta: Delta<Value>) => void;
  /** Absent: nobody follows. */
  readonly follower?: Follower<Value> | undefined;
}): ObjectStore {
  const { read, onDelta, follower } = options;
  type Known = StoredObject<Value>;
  let entries = new Map<string, Known>();
  let isListed = false;
  let unreadable = new Map<string, string>();

  const entryOf = (raw: Fields, version: ObjectVersion, troubles: Map<string, string>): Known => {
    const { uid, resourceVersion, key } = version;
    const result = read(raw);
    if (result.kind === 'unreadable') troubles.set(key, result.reason);
    const value = result.kind === 'value' ? result.value : undefined;
    return { uid, resourceVersion, value, state: follower?.stateOf(raw) };
  };
  const tell = (key: string, before: Known | undefined, after: Known | undefined): void => {
    if (before === after) return;
    const isRecreated = before !== undefined && after !== undefined && before.uid !== after.uid;
    if (isRecreated && before.value !== undefined) onDelta({ key, before: before.value, after: undefined });
    const from = isRecreated ? undefined : before?.value;
    if (from !== undefined || after?.value !== undefined) onDelta({ key, before: from, after: after?.value });
  };
  /** After {@link tell}, so that whoever follows finds the object where it belongs. */
  const follow = (before: Known | undefined, after: Known | undefined, raw: Fields | undefined): void => {
    if (follower === undefined || before === after) return;
    const isRecreated = before !== undefined && after !== undefined && before.uid !== after.uid;
    if (isRecreated) follower.changed({ before, after: undefined, raw: undefined });
    follower.changed({ before: isRecreated ? undefined : before, after, raw });
  };
  const swap = (next: Map<string, Known>, troubles: Map<string, string>, raws?: ReadonlyMap<Known, Fields>): void => {
    const previous = entries;
    entries = next;
    unreadable = troubles;
    const gone = [...previous].filter(([key]) => !next.has(key));
    for (const [key, entry] of gone) tell(key, entry, undefined);
    for (const [key, entry] of next) tell(key, previous.get(key), entry);
    if (!isListed) return;
    for (const [, entry] of gone) follow(entry, undefined, undefined);
    for (const [key, entry] of next) follow(previous.get(key), entry, raws?.get(entry));
  };
  return {
    replacement: () => {
      const next = new Map<string, Known>();
      const raws = new Map<Known, Fields>();
      const troubles = new Map<string, string>();
      return {
        add: raw => {
          const version = objectVersionOf(raw);
          if (version === undefined) return false;
          const known = entries.get(version.key);
          const isKnown = isSameState(known, version) && !unreadable.has(version.key);
          const entry = known && isKnown ? known : entryOf(raw, version, troubles);
          next.set(version.key, entry);
          if (follower !== undefined && isListed && entry !== known) raws.set(entry, raw);
          return true;
        },
        commit: () => {
          swap(next, troubles, raws);
          isListed = true;
        },
      };
    },
    put: raw => {
      const version = objectVersionOf(raw);
      if (version === undefined) return false;
      const previous = entries.get(version.key);
      if (isSameState(previous, version)) return true;
      unreadable.delete(version.key);
      const entry = entryOf(raw, version, unreadable);
      entries.set(version.key, entry);
      tell(version.key, previous, entry);
      follow(previous, entry, raw);
      return true;
    },
    remove: raw => {
      const version = objectVersionOf(raw);
      if (version === undefined) return false;
      const previous = entries.get(version.key);
      if (previous?.uid !== version.uid) return true;
      entries.delete(version.key);
      unreadable.delete(version.key);
      tell(version.key, previous, undefined);
      follow(previous, undefined, raw);
      return true;
    },
    differing: listed => [
      ...[...listed.values()].filter(item => !isSameState(entries.get(item.key), item)).map(({ key }) => key),
      ...[...entries.keys()].filter(key => !listed.has(key)),
    ],
    clear: () => {
      isListed = false;
      swap(new Map(), new Map());
    },
    get size() {
      return entries.size;
    },
    get unreadable() {
      return unreadable;
    },
  };
}
