import type { Decoder } from '../../core/kube/decode.ts';
import { type Fields, type Issue, isFields, own } from '../../core/kube/reading.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { LAST_APPLIED } from '../../core/kube/well-known-labels.ts';
import { namedNearby, reviewedRoute } from '../../core/mcp/named-nearby.ts';
import { isForeign, isRoute } from '../../core/world/object-kinds.ts';
import type { Change } from '../../core/world/world.ts';
import type { Review } from './review.ts';

/** What a review changes. `other`: a kind that is not judged. `unreadable`: the new object cannot be read as a whole. */
export type ReadChange =
  /** `unread`: what of the new object cannot be read, where it is judged all the same; absent: nothing. */
  | { readonly kind: 'change'; readonly change: Change; readonly unread?: readonly Issue[] }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly issues: readonly Issue[] };

/** What is read of the objects of a review, each in its request's namespace: where it names none, it would be taken to be in `default`. */
export interface ReadObjects {
  readonly after: Fields | undefined;
  readonly before: Fields | undefined;
}

function withoutCopy(annotations: unknown): unknown {
  if (!isFields(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) return annotations;
  const { [LAST_APPLIED]: _, ...kept } = annotations;
  return kept;
}

/**
 * Metadata without what says when an object was made, who wrote which field, and what kubectl applied: nothing is judged by it, and most of it is another
 * one each time. So is the uid of a new object: nothing can refer to it yet.
 */
function readMetadata({ managedFields: _, creationTimestamp: __, ...metadata }: Fields, { operation }: Review): Fields {
  const { uid: ___, annotations, ...others } = metadata;
  const kept = operation === 'CREATE' ? others : metadata;
  return annotations === undefined ? kept : { ...kept, annotations: withoutCopy(annotations) };
}

/**
 * Whether the text at this path of a body is not read, as {@link readMetadata} has it: reviews that differ there alone say the same. `path`: from the
 * review on.
 */
export function isUnreadText(path: readonly (string | number)[], operation: Review['operation']): boolean {
  const [request, part, metadata, field, , inEntry] = path;
  if (request !== 'request') return false;
  if (path.length === 2) return part === 'uid';
  if ((part !== 'object' && part !== 'oldObject') || metadata !== 'metadata') return false;
  if (path.length === 4) return field === 'creationTimestamp' || (field === 'uid' && operation === 'CREATE');
  return path.length === 6 && field === 'managedFields' && inEntry === 'time';
}

function readPart(object: Fields, review: Review): Fields {
  const metadata = own(object, 'metadata');
  if (!isFields(metadata)) return object;
  const { namespace } = review;
  const kept = readMetadata(metadata, review);
  return { ...object, metadata: namespace === '' ? kept : { ...kept, namespace } };
}

/** Of a new object and of an old one what is read; `undefined`: there is none. */
export function objectsOf(review: Review): ReadObjects {
  const { operation, object, oldObject } = review;
  return {
    after: operation === 'DELETE' ? undefined : object && readPart(object, review),
    before: operation === 'CREATE' ? undefined : oldObject && readPart(oldObject, review),
  };
}

const asStored = (object: KubeObject): KubeObject => (isRoute(object) ? namedNearby(object) : object);

const asReviewed = (object: KubeObject, old: KubeObject | undefined): KubeObject =>
  isRoute(object) ? reviewedRoute(object, old !== undefined && isRoute(old) ? old : undefined) : object;

/** CIDR text that the API server takes and implementations read differently has a rule of its own. */
const JUDGED_ISSUES: ReadonlySet<string> = new Set(['invalid-cidr', 'invalid-except']);

const isUnread = ({ severity, code }: Issue): boolean => severity === 'error' && !JUDGED_ISSUES.has(code);

/** Values of an object, as its size counts them, after which others are answered before another one is read. */
const VALUES_OF_A_TURN = 10_000;

/**
 * Decodes the objects of a review. Of a new object every part must be readable;
 * of an old one as much is taken as can be read, since it is stored whatever is said of it.
 */
export async function readChange(decode: Decoder, objects: ReadObjects): Promise<ReadChange> {
  const after = objects.after && decode(objects.after);
  const isLarge = after?.kind === 'object' && after.object.meta.size > VALUES_OF_A_TURN;
  if (isLarge) await new Promise(resolve => setImmediate(resolve));
  const before = objects.before && decode(objects.before);
  if (after?.kind === 'unreadable') return { kind: 'unreadable', issues: after.issues };
  const unread = after?.kind === 'object' ? after.issues.filter(isUnread) : [];
  // A policy of another API that cannot be read as a whole is known so to the judge: it may be of a version that is not known here, and select no server.
  const isJudged = after?.kind === 'object' && isForeign(after.object);
  if (unread.length > 0 && !isJudged) return { kind: 'unreadable', issues: unread };
  const old = before?.kind === 'object' ? asStored(before.object) : undefined;
  const change: Change = {
    ...(old && { before: old }),
    ...(after?.kind === 'object' && { after: asReviewed(after.object, old) }),
  };
  if (change.before === undefined && change.after === undefined) return { kind: 'other' };
  return { kind: 'change', change, ...(unread.length > 0 && { unread }) };
}
