import { MODES } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import { byKey } from '../../core/order.ts';
import type { ReviewHistory } from './reviews.ts';
import type { History, ModeSeen, NamespaceHistory, SeenDates, ServerHistory } from './state.ts';

/** Objects that a history is kept in. An object of etcd may have 1.5 MiB: one would hold 8,000 servers with three findings each. */
export const SHARD_NUMBERS = [0, 1, 2, 3] as const;
const SHARDS = SHARD_NUMBERS.length;
/** Bytes of the text of one of them, where a ConfigMap may have 1 MiB. */
export const MAX_SHARD_BYTES = 950_000;

/** A part of a history, as it is stored. */
export interface StoredShard {
  /** When a controller that kept it was last known to look: in seconds since 1970. 0: never. */
  readonly looked: number;
  readonly namespaces: History;
}

/** 32-bit FNV-1a: the same on every machine, in every version. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Where a server is kept: those of one namespace are spread, so that a large one has room. */
const shardOf = (namespace: string, server: string): number => fnv1a(`${namespace}/${server}`) % SHARDS;

/** A history in parts, each with the servers that belong there and what is known of their namespaces. */
export function shardsOf(history: History): readonly History[] {
  const shards = SHARD_NUMBERS.map(() => new Map<string, NamespaceHistory>());
  for (const [name, namespace] of history) {
    const parts = Map.groupBy(namespace.servers, ([server]) => shardOf(name, server));
    const own = shardOf(name, '');
    if (namespace.reviews !== undefined) shards[own]?.set(name, { ...namespace, servers: new Map() });
    for (const [shard, servers] of parts) {
      const reviews = shard === own ? namespace.reviews : undefined;
      shards[shard]?.set(name, { ...namespace, servers: new Map(servers), reviews });
    }
  }
  return shards;
}

/** The whole of parts. Of a namespace that was made anew since some were written, what is of the one that is there in most. */
export function merged(shards: readonly History[]): History {
  const whole = new Map<string, NamespaceHistory>();
  for (const shard of shards)
    for (const [name, part] of shard) {
      const known = whole.get(name);
      const servers = new Map([...(known?.servers ?? []), ...part.servers]);
      if (known === undefined || known.uid !== part.uid) whole.set(name, part);
      else whole.set(name, { ...known, servers, reviews: known.reviews ?? part.reviews });
    }
  return whole;
}

/** `[first]`, `[first, since]` or `[first, since, last]`, in seconds since 1970. */
function datesText({ first, since, last }: SeenDates): readonly number[] {
  if (last !== undefined) return [first, since, last];
  return since === first ? [first] : [first, since];
}

/** What is left out where there is no room for all, less and less. */
const LEVELS: readonly ((server: ServerHistory) => ServerHistory | undefined)[] = [
  server => server,
  server => {
    const findings = new Map([...server.findings].filter(([, { last }]) => last === undefined));
    return server.last === undefined ? { ...server, findings } : undefined;
  },
  server => (server.last === undefined ? { ...server, findings: new Map() } : undefined),
  () => undefined,
];

function serverFields(server: ServerHistory): object {
  const findings = [...server.findings].sort(byKey).map(([key, dates]) => [key, datesText(dates)] as const);
  return { seen: datesText(server), findings: Object.fromEntries(findings) };
}

/** `[refused, tolerated, since, last]`. */
const reviewsText = ({ refused, tolerated, since, last }: ReviewHistory): readonly number[] => [
  refused,
  tolerated,
  since,
  last,
];

function namespaceFields({ uid, modes, servers, reviews }: NamespaceHistory, level: (typeof LEVELS)[number]): object {
  const kept = [...servers].sort(byKey).flatMap(([key, server]) => {
    const some = level(server);
    return some === undefined ? [] : [[key, serverFields(some)] as const];
  });
  return {
    uid,
    modes: modes.map(({ at, mode }) => [at, mode]),
    servers: Object.fromEntries(kept),
    ...(reviews && { reviews: reviewsText(reviews) }),
  };
}

/** The text of a part, without the time of the look. `isCut`: something had no room. */
export function shardText(shard: History): { readonly text: string; readonly isCut: boolean } {
  const entries = [...shard].sort(byKey);
  for (const [index, level] of LEVELS.entries()) {
    const fields = entries.map(([name, namespace]) => [name, namespaceFields(namespace, level)] as const);
    const text = JSON.stringify(Object.fromEntries(fields));
    if (Buffer.byteLength(text) <= MAX_SHARD_BYTES) return { text, isCut: index > 0 };
  }
  return { text: '{}', isCut: true };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readReviews(value: unknown): ReviewHistory | undefined {
  if (!Array.isArray(value)) return undefined;
  const [refused, tolerated, since, last] = value;
  if (!isCount(refused) || !isCount(tolerated) || !isCount(since) || !isCount(last)) return undefined;
  return { refused, tolerated, since, last };
}

function readDates(value: unknown): SeenDates | undefined {
  if (!Array.isArray(value)) return undefined;
  const [first, since = first, last] = value;
  if (!isCount(first) || !isCount(since)) return undefined;
  return { first, since, last: isCount(last) ? last : undefined };
}

/** Entries of an object that can be read; the others are left out: what they tell begins anew. */
function readEntries<Value>(fields: Fields, read: (value: unknown) => Value | undefined): ReadonlyMap<string, Value> {
  return new Map(
    Object.entries(fields).flatMap(([key, value]): readonly (readonly [string, Value])[] => {
      const one = read(value);
      return one === undefined ? [] : [[key, one]];
    }),
  );
}

function readServer(value: unknown): ServerHistory | undefined {
  if (!isFields(value)) return undefined;
  const dates = readDates(own(value, 'seen'));
  return dates === undefined ? undefined : { ...dates, findings: readEntries(fieldsAt(value, 'findings'), readDates) };
}

function readMode(value: unknown): readonly ModeSeen[] {
  if (!Array.isArray(value)) return [];
  const [at, text] = value;
  const mode = MODES.find(one => one === text);
  return Number.isSafeInteger(at) && mode !== undefined ? [{ at: Number(at), mode }] : [];
}

function readNamespace(value: unknown): NamespaceHistory | undefined {
  if (!isFields(value)) return undefined;
  const [uid, modes] = [own(value, 'uid'), own(value, 'modes')];
  return {
    uid: typeof uid === 'string' ? uid : '',
    modes: Array.isArray(modes) ? modes.flatMap(readMode) : [],
    servers: readEntries(fieldsAt(value, 'servers'), readServer),
    reviews: readReviews(own(value, 'reviews')),
  };
}

/** A part as it was stored, by its text. What somebody else has spoilt is left out. */
export function readShard(text: string): History {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Map();
  }
  return isFields(value) ? readEntries(value, readNamespace) : new Map();
}
