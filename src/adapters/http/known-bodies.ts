import { isUnreadText } from '../../app/admission/read-change.ts';
import type { Review, SameBody, UnreadTexts } from '../../app/admission/review.ts';
import { type Fields, fieldsAt, isFields } from '../../core/kube/reading.ts';
import { type FoundText, isPlain, type Place, textsIn } from './json-texts.ts';
import { sketchOf } from './sketch.ts';

/** A text that is not read, and which it is. */
interface MetadataText extends Place {
  readonly of: 'object' | 'oldObject';
  readonly key: keyof UnreadTexts;
}

/** A body that is remembered. */
interface KnownBody {
  readonly bytes: Buffer;
  /** What may be another text in a body that says the same, of the same length; in the order in which they stand. */
  readonly unread: readonly Place[];
  /** The uid of the review, which is one of them. */
  readonly uid: Place;
  /** Of its objects, those that stand in their metadata by themselves. */
  readonly texts: readonly MetadataText[];
  readonly review: Omit<Review, 'object' | 'oldObject'>;
  readonly kept: object;
  /** Stands for it where it should not be kept alive: see {@link SameBody}. */
  readonly token: object;
}

/** Knows bodies again that say the same as one before, without reading them as JSON: they differ in texts that nobody reads. */
export interface KnownBodies {
  /** The review in a body that says the same as one that is remembered. `object` and `oldObject` are read when they are first asked for. */
  find(bytes: Buffer): Review | undefined;
  /** The review as it was read from the body, which is remembered once something is kept for it, see {@link Review.keep}. */
  remembering(bytes: Buffer, review: Review): Review;
}

/** Most bytes of a body that is remembered, as of a review. */
const MAX_BYTES = 64 * 1024;
/** Bodies that are remembered, and most bytes of all of them; beyond it the oldest are forgotten. */
const MAX_BODIES = 1_000;
const MAX_ALL_BYTES = 2 * 1024 * 1024;
/** How often one body takes the place of another of its key: what is another one each time is not worth its while. */
const MAX_TURNS = 4;

/** Where the part begins and ends by which a body is looked up: behind the uid of the review stand the kind, the namespace and the name. */
const KEY_START = 128;
const KEY_END = 512;
const keyOf = (bytes: Buffer): string => `${bytes.length} ${bytes.toString('latin1', KEY_START, KEY_END)}`;

/** Whether the bytes are those of the known body everywhere but in what is not read, and nothing there is more than text. */
function saysTheSame(bytes: Buffer, known: KnownBody): boolean {
  if (bytes.length !== known.bytes.length) return false;
  let from = 0;
  for (const place of known.unread) {
    if (known.bytes.compare(bytes, from, place.start, from, place.start) !== 0 || !isPlain(bytes, place)) return false;
    from = place.end;
  }
  return known.bytes.compare(bytes, from, bytes.length, from, bytes.length) === 0;
}

/** The review in a body that says the same as a known one. Its objects are read when they are first asked for: nobody asks where nothing is judged. */
class SaidAgain implements Review {
  readonly uid: string;
  readonly operation: Review['operation'];
  readonly kind: Review['kind'];
  readonly resource: string;
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: Review['user'];
  readonly dryRun: boolean;
  readonly bytes: number;
  readonly kept: object;
  readonly #body: Buffer;
  readonly #known: KnownBody;
  #request: Fields | undefined;

  constructor(body: Buffer, known: KnownBody) {
    const { review, uid, kept } = known;
    const { operation, kind, resource = '', subResource, namespace, name, user, dryRun } = review;
    this.uid = body.toString('latin1', uid.start, uid.end);
    this.operation = operation;
    this.kind = kind;
    this.resource = resource;
    this.subResource = subResource;
    this.namespace = namespace;
    this.name = name;
    this.user = user;
    this.dryRun = dryRun;
    this.bytes = body.length;
    this.kept = kept;
    this.#body = body;
    this.#known = known;
  }

  get sameBody(): SameBody {
    const texts: Record<MetadataText['of'], { -readonly [Key in keyof UnreadTexts]: string }> = {
      object: {},
      oldObject: {},
    };
    for (const { of, key, start, end } of this.#known.texts) texts[of][key] = this.#body.toString('latin1', start, end);
    return { body: this.#known.token, ...texts };
  }

  get object(): Fields | undefined {
    return this.#objectAt('object');
  }

  get oldObject(): Fields | undefined {
    return this.#objectAt('oldObject');
  }

  #objectAt(key: 'object' | 'oldObject'): Fields | undefined {
    const body: unknown = this.#request === undefined ? JSON.parse(this.#body.toString('utf8')) : undefined;
    this.#request ??= isFields(body) ? fieldsAt(body, 'request') : {};
    const object = this.#request[key];
    return isFields(object) ? object : undefined;
  }
}

/** Which text of an object it is by itself; empty: it is none, as the times of who wrote which fields, which are many. */
function metadataText({ path, start, end }: FoundText): readonly MetadataText[] {
  const [, of, , key] = path;
  const isText = path.length === 4 && (of === 'object' || of === 'oldObject');
  return isText && (key === 'uid' || key === 'creationTimestamp') ? [{ of, key, start, end }] : [];
}

/** Where a body may say another thing than this one, and still the same. `undefined`: that cannot be told. */
function placesIn(bytes: Buffer, { operation }: Review): Pick<KnownBody, 'unread' | 'uid' | 'texts'> | undefined {
  const texts = textsIn(bytes, path => isUnreadText(path, operation)) ?? [];
  const unread = texts.filter(place => isPlain(bytes, place));
  const uid = unread.find(({ path }) => path.length === 2);
  return uid && { unread, uid, texts: unread.flatMap(metadataText) };
}

/** Knows no body yet. */
export function createKnownBodies(): KnownBodies {
  const bodies = new Map<string, KnownBody>();
  const turns = new Map<string, number>();
  let length = 0;
  const forget = (key: string): void => {
    length -= bodies.get(key)?.bytes.length ?? 0;
    bodies.delete(key);
  };
  const put = (key: string, body: KnownBody): void => {
    forget(key);
    bodies.set(key, body);
    length += body.bytes.length;
    for (const oldest of bodies.keys()) {
      if (bodies.size <= MAX_BODIES && length <= MAX_ALL_BYTES) return;
      forget(oldest);
    }
  };
  /** Whether a body of this key is worth to be remembered: one was known before, and not too many others. */
  const isWorth = (key: string): boolean => {
    if (turns.size >= MAX_BODIES && !turns.has(key)) turns.clear();
    const turn = (turns.get(key) ?? 0) + 1;
    turns.set(key, turn);
    return turn > 1 && turn <= MAX_TURNS;
  };
  return {
    find: bytes => {
      if (bytes.length > MAX_BYTES) return undefined;
      const known = bodies.get(keyOf(bytes));
      return known !== undefined && saysTheSame(bytes, known) ? new SaidAgain(bytes, known) : undefined;
    },
    remembering: (bytes, review) => {
      if (bytes.length > MAX_BYTES) return review;
      const keep = (kept: object): void => {
        const key = keyOf(bytes);
        const places = isWorth(key) ? placesIn(bytes, review) : undefined;
        if (places === undefined) return;
        const { object: _, oldObject: __, ...said } = review;
        // What arrives is a part of larger memory, which it would hold; and nothing of its objects is read again.
        put(key, { ...places, bytes: Buffer.from(bytes), review: said, kept, token: {} });
      };
      const sketch = sketchOf(bytes, review);
      return sketch === undefined ? { ...review, keep } : { ...review, keep, sketch };
    },
  };
}
