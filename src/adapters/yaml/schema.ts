import { defineMappingTag, defineScalarTag, defineSequenceTag, NOT_RESOLVED, Schema } from 'js-yaml';
import { readPlainScalar, type Scalars } from './scalars.ts';

/** How many keys the merges (`<<`) of one document may bring in all, so that merges of merges stay cheap. */
const MAX_MERGED_KEYS = 100_000;

type Mapping = Record<string, unknown>;

/** Takes a mapping and the key that it has twice. */
export type OnDuplicate = (target: object, key: string) => void;

/** Stands for an unquoted `<<` until the mapping that it is a key of has read its value. */
const MERGE = Symbol('<<');
const CORE = 'tag:yaml.org,2002:';

const never = () => false;
const plain = (value: unknown) => (value === MERGE ? '<<' : value);
const orUnresolved = <T>(value: T | undefined) => (value === undefined ? NOT_RESOLVED : value);

/**
 * js-yaml's schema for YAML as kubectl reads it but for its scalars, which are given: sigs.k8s.io/yaml, that is go-yaml v2 and then JSON.
 * `onDuplicate` takes keys that are written twice, of which the last one wins; absent: they are refused.
 * A schema serves one document at a time: `endDocument` forgets its merges.
 */
export function createSchema(
  scalars: Scalars,
  onDuplicate?: OnDuplicate,
): { readonly schema: Schema; endDocument(): void } {
  const merges = createMerges();
  const mapping = {
    create: (): Mapping => ({}),
    addPair: (target: Mapping, key: unknown, value: unknown) => addPair(merges, target, key, value, onDuplicate),
    // Duplicates and merges are settled in addPair, because js-yaml lets an earlier key win over a merge and go-yaml does not.
    has: never,
    keys: (target: Mapping) => Object.keys(target),
    get: (target: Mapping, key: unknown) => target[String(key)],
    identify: never,
  };
  const sequence = {
    create: (): unknown[] => [],
    addItem: (target: unknown[], item: unknown) => {
      target.push(plain(item));
    },
    identify: never,
  };
  const anyTag = { matchByTagPrefix: true };
  const schema = new Schema([
    ...scalarTags(scalars),
    defineMappingTag(`${CORE}map`, mapping),
    defineSequenceTag(`${CORE}seq`, sequence),
    // An unknown tag is passed over; a scalar with one is text.
    defineScalarTag('', { ...anyTag, resolve: source => source, identify: never }),
    defineMappingTag('', { ...mapping, ...anyTag }),
    defineSequenceTag('', { ...sequence, ...anyTag }),
  ]);
  return { schema, endDocument: merges.clear };
}

const NUMBER_STARTS: readonly string[] = [...'+-.0123456789'];

function scalarTags(scalars: Scalars) {
  const explicit = (accepts: (value: unknown) => boolean) => (source: string) => {
    const value = readPlainScalar(source, scalars);
    return accepts(value) ? value : NOT_RESOLVED;
  };
  const isExplicitlyNumber = explicit(value => typeof value === 'number');
  const isExplicitlyInteger = explicit(Number.isInteger);
  return [
    defineScalarTag(`${CORE}str`, { resolve: source => source, identify: never }),
    defineScalarTag<boolean | null | number>(`${CORE}bool`, {
      implicit: true,
      implicitFirstChars: [...new Set([...scalars.words.keys()].map(word => word.charAt(0)))],
      resolve: (source, isExplicit) => {
        const value = scalars.words.get(source);
        return value === undefined || (isExplicit && typeof value !== 'boolean') ? NOT_RESOLVED : value;
      },
      identify: never,
    }),
    defineScalarTag<unknown>(`${CORE}int`, {
      implicit: true,
      implicitFirstChars: NUMBER_STARTS,
      resolve: (source, isExplicit) =>
        isExplicit ? isExplicitlyInteger(source) : orUnresolved(scalars.readNumber(source)),
      identify: never,
    }),
    defineScalarTag<unknown>(`${CORE}float`, { resolve: isExplicitlyNumber, identify: never }),
    defineScalarTag<unknown>(`${CORE}null`, { resolve: explicit(value => value === null), identify: never }),
    defineScalarTag<string>(`${CORE}timestamp`, { resolve: readTimestamp, identify: never }),
    defineScalarTag<string>(`${CORE}binary`, { resolve: readBinary, identify: never }),
    defineScalarTag<symbol>(`${CORE}merge key`, {
      implicit: true,
      implicitFirstChars: ['<'],
      resolve: source => (source === '<<' ? MERGE : NOT_RESOLVED),
      identify: never,
    }),
  ];
}

const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** `!!timestamp` stays text. */
const readTimestamp = (source: string): string | typeof NOT_RESOLVED =>
  TIMESTAMP.test(source) ? source : NOT_RESOLVED;

/** `!!binary` becomes text, as it must to fit into JSON; bytes that are no UTF-8 become U+FFFD. */
function readBinary(source: string): string | typeof NOT_RESOLVED {
  const base64 = source.replace(/\s/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return NOT_RESOLVED;
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Which keys of which mapping came by a merge, so that one written out later is no duplicate. */
interface Merges {
  clear(): void;
  /** Takes one key into account; `false` when the document has too many. */
  note(target: Mapping, key: string): boolean;
  /** Whether the key came by a merge; from now on it counts as written out. */
  claim(target: Mapping, key: string): boolean;
}

function createMerges(): Merges {
  const merged = new Map<Mapping, Set<string>>();
  let count = 0;
  return {
    clear() {
      if (count === 0) return;
      merged.clear();
      count = 0;
    },
    note(target, key) {
      const keys = merged.get(target) ?? new Set();
      merged.set(target, keys.add(key));
      count += 1;
      return count <= MAX_MERGED_KEYS;
    },
    claim: (target, key) => merged.get(target)?.delete(key) === true,
  };
}

/** Keys that are no numbers of JSON, as sigs.k8s.io/yaml writes them. */
const WORD_KEYS: ReadonlyMap<unknown, string> = new Map([
  [Number.POSITIVE_INFINITY, '+.inf'],
  [Number.NEGATIVE_INFINITY, '-.inf'],
  [Number.NaN, '.nan'],
]);

const keyText = (key: unknown): string => WORD_KEYS.get(key) ?? String(key);

/** Empty text, or why the pair is refused. */
function addPair(
  merges: Merges,
  target: Mapping,
  key: unknown,
  value: unknown,
  onDuplicate: OnDuplicate | undefined,
): string {
  if (key === MERGE) return merge(merges, target, value);
  if (key === null) return 'null cannot be a key: write it in quotes';
  if (typeof key === 'object') return 'a list or a mapping cannot be a key';
  const name = keyText(key);
  if (Object.hasOwn(target, name) && !merges.claim(target, name)) {
    if (onDuplicate === undefined) return `duplicate key ${JSON.stringify(name)}`;
    onDuplicate(target, name);
  }
  define(target, name, plain(value));
  return '';
}

/** Merged keys replace what stood before them, as in go-yaml v2; of several sources the first wins. */
function merge(merges: Merges, target: Mapping, value: unknown): string {
  const sources = Array.isArray(value) ? value.toReversed() : [value];
  for (const source of sources) {
    if (!isMapping(source)) return 'a merge key (<<) takes a mapping or a list of mappings';
    for (const name of Object.keys(source)) {
      if (!merges.note(target, name)) return `merge keys (<<) bring more than ${MAX_MERGED_KEYS} keys`;
      define(target, name, source[name]);
    }
  }
  return '';
}

/** Sets an own property, `__proto__` too. */
function define(target: Mapping, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
