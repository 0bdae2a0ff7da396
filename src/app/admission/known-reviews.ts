import type { Judge } from '../../core/evaluate.ts';
import type { Mode } from '../../core/gate/types.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { noteLooks } from '../../core/looks.ts';
import { areAlikeByName, podNamed } from '../../core/pod-names.ts';
import type { WorkedOut } from '../../core/worked-out.ts';
import { isWorkload } from '../../core/world/object-kinds.ts';
import type { Change, World } from '../../core/world/world.ts';
import type { AdmissionResult, LastingResult } from './answer.ts';
import type { JudgedServer } from './judge-review.ts';
import { isSaidOfAnyPod, podCreatedBy, serverNamed, textOfPod } from './nameless-pod.ts';
import { objectsOf, type ReadChange, type ReadObjects, readChange } from './read-change.ts';
import type { Review } from './review.ts';

/** Servers of a review, and the state of the cluster that they were judged in at last. */
export interface Judgement {
  readonly servers: readonly JudgedServer[];
  readonly world: World;
  /** Absent: it is not at hand, as where the judgement is remembered. */
  readonly worked?: WorkedOut;
}

/** What came of a judgement, and where it comes of it again. */
interface KnownJudgement {
  readonly judge: Judge;
  readonly change: Change;
  readonly servers: readonly JudgedServer[];
  readonly isIn: (world: World) => boolean;
}

/** How servers were answered for in a mode. */
interface KnownAnswer {
  readonly servers: readonly JudgedServer[];
  readonly mode: Mode;
  readonly answer: LastingResult;
}

/**
 * Reviews that say the same, see {@link textOf}: they are read once, and judged once for as long as nothing changes that their judgement looked at. Those
 * that create Pods may differ in the Pod's name. It holds no state of the cluster.
 */
export class KnownReview {
  readonly read: ReadChange;
  #judgement: KnownJudgement | undefined;
  #answer: KnownAnswer | undefined;

  constructor(read: ReadChange) {
    this.read = read;
  }

  /**
   * The judgement of a change that these reviews make. `make`: judges it in the world that it is given; what it says must follow from these reviews, the
   * judge and what it asks of that world. Where it says why there is no judgement, that is not remembered.
   */
  async judged<None extends string>(
    judge: Judge,
    world: World,
    change: Change,
    make: (world: World) => Promise<readonly JudgedServer[] | None>,
  ): Promise<Judgement | None> {
    const known = this.#judgement;
    if (known?.judge === judge && known.isIn(world)) {
      const servers = known.change === change ? known.servers : serversOfAlike(known, change, judge, world);
      if (servers !== undefined) return { servers, world };
    }
    const looks = noteLooks(world);
    const servers = await make(looks.world);
    if (typeof servers === 'string') return servers;
    this.#judgement = { judge, change, servers, isIn: looks.comparison() };
    return { servers, world };
  }

  /** How a review is read that says the same of a Pod of this name. */
  readFor(name: string): ReadChange {
    const pod = podCreatedBy(this.read);
    if (pod === undefined || pod.meta.name === name) return this.read;
    return { kind: 'change', change: { after: podNamed(pod, name) } };
  }

  /** The answer to a judgement by {@link judged}. `make`: what it says must follow from what the judgement followed from, and from the mode. */
  answered({ servers, world }: Judgement, mode: Mode, make: () => AdmissionResult): AdmissionResult {
    const known = this.#answer;
    if (known?.servers === servers && known.mode === mode) return { ...known.answer, judged: world };
    const { judged: _, worked: __, ...answer } = make();
    this.#answer = { servers, mode, answer };
    return { ...answer, judged: world };
  }
}

/** The servers that were judged for a Pod, as those for another that is alike; `undefined`: it is not, or more is said than of any. */
function serversOfAlike(
  known: KnownJudgement,
  change: Change,
  judge: Judge,
  world: World,
): readonly JudgedServer[] | undefined {
  const [pod, other] = [known.change.after, change.after];
  if (pod === undefined || other === undefined || !isWorkload(pod) || !isWorkload(other)) return undefined;
  const isAlike = known.servers.every(isSaidOfAnyPod) && areAlikeByName(judge, world, pod, other);
  return isAlike ? known.servers.map(server => serverNamed(server, other.meta.name)) : undefined;
}

/** Most bytes of the body of a review that is remembered. */
const MAX_BYTES = 64 * 1024;
/** Reviews that are remembered; beyond it the oldest is forgotten. */
const MAX_REVIEWS = 2_000;
/** Most of all their texts together, in UTF-16 units. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** Whether JSON tells the value: JSON text holds numbers that are read as infinite, which are written as `null`. */
function isTold(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'number' && !Number.isFinite(next)) return false;
    if (typeof next === 'object' && next !== null) for (const one of Object.values(next)) open.push(one);
  }
  return true;
}

/**
 * All that is judged of a review, as text: everything but its own uid and what of its objects is not read; of one that creates a Pod see {@link textOfPod}.
 * `undefined`: it is nested too deep to be told.
 */
function textOf(review: Review, { after, before }: ReadObjects): string | undefined {
  const { operation, kind, resource, subResource, namespace, name, user, dryRun } = review;
  const request = [operation, kind, resource, subResource, namespace, user, dryRun];
  try {
    const ofPod = after && textOfPod(review, after, request);
    return ofPod ?? JSON.stringify([...request, name, after, before]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** Sightings that are remembered at least, and twice as many at most. */
const MAX_SIGHTINGS = 10_000;

/** Tells whether a number was there before, among the last ones: most reviews come once, and what is kept of them is soon in the way. */
function createSightings(): (sighting: number) => boolean {
  let recent = new Set<number>();
  let former: ReadonlySet<number> = new Set();
  return sighting => {
    if (recent.has(sighting)) return true;
    if (recent.size >= MAX_SIGHTINGS) [former, recent] = [recent, new Set()];
    recent.add(sighting);
    return former.has(sighting);
  };
}

/** A review that was read, and what is known of it; absent: it is not remembered. */
export interface FoundReview {
  readonly read: ReadChange;
  readonly known?: KnownReview;
}

/**
 * Knows reviews again that come more often: what deploys from a repository applies the same objects again and again, and a controller that is refused asks
 * again. From the second time on it is remembered how such a review was read, and how it was judged for as long as what its judgement looked at stays as it is.
 */
export interface KnownReviews {
  /** A review as it is known, or read now. */
  of(review: Review): Promise<FoundReview>;
}

/** Knows no review yet. */
export function createKnownReviews(decode: Decoder): KnownReviews {
  const known = new Map<string, KnownReview>();
  const isSeenAgain = createSightings();
  let length = 0;
  const keep = (text: string, review: KnownReview): void => {
    if (!known.has(text)) length += text.length;
    known.set(text, review);
    for (const oldest of known.keys()) {
      if (known.size <= MAX_REVIEWS && length <= MAX_LENGTH) return;
      known.delete(oldest);
      length -= oldest.length;
    }
  };
  const readAs = async (text: string, review: Review, objects: ReadObjects): Promise<FoundReview> => {
    const read = await readChange(decode, objects);
    const isFirst = review.sketch === undefined && !isSeenAgain(hashOf(text));
    if (isFirst || !isTold(review.object) || !isTold(review.oldObject)) return { read };
    const made = new KnownReview(read);
    keep(text, made);
    return { read, known: made };
  };
  return {
    of: async review => {
      if (review.kept instanceof KnownReview) return { read: review.kept.readFor(review.name), known: review.kept };
      const objects = objectsOf(review);
      const isSmall = review.bytes !== undefined && review.bytes <= MAX_BYTES;
      // To write it as text, and to look for that, takes as long as to parse its body: it is put off until its like was there before.
      const isNew = review.sketch !== undefined && !isSeenAgain(review.sketch);
      const text = isSmall && !isNew ? textOf(review, objects) : undefined;
      if (text === undefined) return { read: await readChange(decode, objects) };
      const found = known.get(text);
      if (found === undefined) return readAs(text, review, objects);
      review.keep?.(found);
      return { read: found.readFor(review.name), known: found };
    },
  };
}
