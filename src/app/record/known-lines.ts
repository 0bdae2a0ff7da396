import type { Judge } from '../../core/evaluate.ts';
import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';
import { LAST_APPLIED } from '../../core/kube/well-known-labels.ts';
import { noteLooks } from '../../core/looks.ts';
import { areSameItems } from '../../core/same.ts';
import type { World } from '../../core/world/world.ts';
import type { LastingResult } from '../admission/answer.ts';
import type { Decided } from '../admission/ports.ts';
import type { Review } from '../admission/review.ts';
import { lengthOf } from './chain.ts';
import { type LineTexts, objectsPart } from './objects-part.ts';
import { aboutOf, type LineParts, partsOf } from './review-line.ts';
import { type SameBodyParts, sameBodyParts } from './same-body.ts';

/** The parts of a line, and where they are the parts of another one. */
interface KnownLine {
  readonly judge: Judge;
  /** Of the object: reviews that create Pods are known under whatever names. */
  readonly name: string;
  readonly result: LastingResult;
  readonly isIn: (world: World) => boolean;
  readonly parts: LineParts;
  /** See {@link unreadOf}. */
  readonly unread: readonly unknown[];
  /** The last ones first: two who apply the same may write it otherwise. */
  readonly bodies: readonly SameBodyParts[];
}

/** Bodies of one review for which parts are remembered. */
const MAX_BODIES = 4;

/** With those for the body of this review, if it is known. */
function withBody(bodies: KnownLine['bodies'], own: SameBodyParts | undefined): KnownLine['bodies'] {
  if (own === undefined) return bodies;
  return [own, ...bodies.filter(({ body }) => body !== own.body)].slice(0, MAX_BODIES);
}

/** Longest line that is remembered, in UTF-16 units: as many are as there are reviews that are known. */
const MAX_LENGTH = 8 * 1024;

/** Of a copy of the object nothing but that there is one is kept in a line. */
const copyOf = (metadata: Fields): unknown => {
  const copy = own(fieldsAt(metadata, 'annotations'), LAST_APPLIED);
  return typeof copy === 'string' ? copy === '' : copy;
};

/** The names of its volumes, as text: that of its token's is a Pod's own. */
function volumesOf(object: Fields): string {
  const volumes = own(fieldsAt(object, 'spec'), 'volumes');
  return Array.isArray(volumes) ? JSON.stringify(volumes.filter(isFields).map(volume => own(volume, 'name'))) : '';
}

function unreadPart(object: Fields = {}): readonly unknown[] {
  const metadata = fieldsAt(object, 'metadata');
  return [
    volumesOf(object),
    ...['namespace', 'uid', 'creationTimestamp'].map(key => own(metadata, key)),
    copyOf(metadata),
  ];
}

/** What a line tells of objects in which reviews differ that say the same: see what admission reads of them. */
const unreadOf = ({ operation, object, oldObject }: Review): readonly unknown[] => [
  ...unreadPart(object),
  ...unreadPart(oldObject),
  operation === 'DELETE' ? object : undefined,
  operation === 'CREATE' ? oldObject : undefined,
];

/** Empty where the line holds no object. */
const unreadToldOf = (review: Review, { isHarmless }: LineParts['judged']): readonly unknown[] =>
  isHarmless ? [] : unreadOf(review);

const isSameResult = (one: KnownLine['result'], other: KnownLine['result']): boolean =>
  one.response === other.response &&
  one.servers === other.servers &&
  one.mode === other.mode &&
  one.verdict === other.verdict &&
  one.note === other.note;

/** The parts of lines, as {@link partsOf} makes them: of a review that says what an earlier one said, answered as that was, they are made once for as long as the cluster answers alike. */
export function createKnownLines(texts: LineTexts): (decided: Decided, world: World | undefined) => LineParts {
  /** As long as the reviews are known, which is bounded. */
  const lines = new WeakMap<object, KnownLine>();
  const keep = (known: object, line: KnownLine, review: Review): LineParts => {
    const { parts } = line;
    const length = lengthOf(parts.judged.members) + lengthOf(parts.objects.members);
    if (length > MAX_LENGTH) return parts;
    lines.set(known, { ...line, bodies: withBody(line.bodies, sameBodyParts(review, parts, texts)) });
    return parts;
  };
  /** The parts about the objects, from those of the line that is kept. */
  const remade = (known: object, line: KnownLine, decided: Decided): LineParts => {
    const { review } = decided;
    const { judged } = line.parts;
    const { sameBody } = review;
    const made = sameBody && line.bodies.find(({ body }) => body === sameBody.body)?.made(sameBody);
    if (made !== undefined) return { judged, ...made };
    const about = aboutOf(review);
    const unread = unreadToldOf(review, judged);
    const isSame = areSameItems(line.unread, unread);
    const objects = isSame ? line.parts.objects : objectsPart(decided, texts);
    return keep(known, { ...line, parts: { judged, about, objects }, unread }, review);
  };
  const made = (known: object, decided: Decided, world: World): LineParts => {
    const looks = noteLooks(world);
    const { judged: _, worked: __, ...result } = decided.result;
    // What was worked out before was not asked of this world: it would be missing in what is compared later.
    const parts = partsOf({ ...decided, result: { ...result, judged: world } }, looks.world, texts);
    const { judge, review } = decided;
    const { name } = review;
    const unread = unreadToldOf(review, parts.judged);
    return keep(known, { judge, name, result, isIn: looks.comparison(), parts, unread, bodies: [] }, review);
  };
  return (decided, world) => {
    const { known, judge, result, review } = decided;
    // What was answered without a judgement is answered anew each time.
    if (known === undefined || world === undefined || result.judged === undefined)
      return partsOf(decided, world, texts);
    const line = lines.get(known);
    const isSame = line?.judge === judge && line.name === review.name && isSameResult(line.result, result);
    const isKnown = isSame && line.isIn(world);
    return isKnown ? remade(known, line, decided) : made(known, decided, world);
  };
}
