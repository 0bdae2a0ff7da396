import type { Review, SameBody, UnreadTexts } from '../admission/review.ts';
import type { LineTexts, ObjectsPart } from './objects-part.ts';
import { type LineParts, namingText } from './review-line.ts';

/** What of a line is about the objects themselves. */
type ObjectParts = Pick<LineParts, 'about' | 'objects'>;

/** These parts for reviews with one body. */
export interface SameBodyParts {
  /** Stands for the body, see {@link SameBody}. */
  readonly body: object;
  /** `undefined`: they must be made from the objects of the review. */
  readonly made: (later: SameBody) => ObjectParts | undefined;
}

/** In the order in which they stand in a line. */
const KEYS = ['creationTimestamp', 'uid'] as const;

const areSame = (one: UnreadTexts, other: UnreadTexts): boolean => KEYS.every(key => one[key] === other[key]);

/** Each text as the field that a snapshot holds. */
function fieldTexts(texts: UnreadTexts, { redactor }: LineTexts): readonly string[] {
  return KEYS.flatMap(key => {
    const text = texts[key];
    return text === undefined ? [] : redactor.field(key, text);
  });
}

/** What stands around the fields; `undefined`: a field stands there twice, so that it cannot be told which is meant. */
function piecesAround(text: string, fields: readonly string[]): readonly string[] | undefined {
  const pieces: string[] = [];
  let from = 0;
  for (const field of fields) {
    const at = text.indexOf(field);
    if (at < from || text.indexOf(field, at + 1) >= 0) return undefined;
    pieces.push(text.slice(from, at));
    from = at + field.length;
  }
  return [...pieces, text.slice(from)];
}

/** Writes the objects with other texts; `undefined`: that cannot be told from the one that is there. */
function objectsWriter(
  texts: UnreadTexts,
  { members, leftOut }: ObjectsPart,
  line: LineTexts,
): ((later: UnreadTexts) => ObjectsPart) | undefined {
  const snapshot = members.get('snapshot');
  const pieces = snapshot === undefined ? undefined : piecesAround(snapshot, fieldTexts(texts, line));
  if (pieces === undefined) return undefined;
  const [first = '', ...rest] = pieces;
  return later => {
    const fields = fieldTexts(later, line);
    const text = rest.reduce((sum, piece, index) => `${sum}${fields[index]}${piece}`, first);
    const changed = [
      ['snapshot', text],
      ['digest', `"${line.hash(text)}"`],
    ] as const;
    return { members: new Map(changed), leftOut };
  };
}

/**
 * Makes what a line tells of objects from the line of a review with the same body: what differs is put in its place, and nothing is read again. The texts are
 * as long as those that they take the place of, in a body of 64 KiB at most: no limit of a line lies between the two. `undefined`: the review's own body is not known.
 */
export function sameBodyParts(
  { sameBody, oldObject }: Review,
  { judged, about, objects }: LineParts,
  line: LineTexts,
): SameBodyParts | undefined {
  if (sameBody === undefined) return undefined;
  // Of two objects it would have to be told anew whether they are the same.
  const isOne = oldObject === undefined;
  const write = isOne && !judged.isHarmless ? objectsWriter(sameBody.object, objects, line) : undefined;
  const made: SameBodyParts['made'] = ({ object, oldObject: old }) => {
    if (areSame(object, sameBody.object) && areSame(old, sameBody.oldObject)) return { about, objects };
    const written = judged.isHarmless ? objects : write?.(object);
    const { uid } = object;
    return written && { about: uid ? { ...about, uid: namingText(uid) } : about, objects: written };
  };
  return { body: sameBody.body, made };
}
