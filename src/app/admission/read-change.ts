import type { Decoder } from '../../core/kube/decode.ts';
import { type Fields, type Issue, own } from '../../core/kube/reading.ts';
import { type Change, isForeign } from '../../core/world.ts';
import type { Review } from './review.ts';

/** What a review changes. `other`: a kind that is not judged. `unreadable`: the new object cannot be read as a whole. */
export type ReadChange =
  /** `unread`: what of the new object cannot be read, where it is judged all the same; absent: nothing. */
  | { readonly kind: 'change'; readonly change: Change; readonly unread?: readonly Issue[] }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly issues: readonly Issue[] };

/** The object in its request's namespace: where it names none, it would be taken to be in `default`. */
function inNamespace(object: Fields, namespace: string): Fields {
  const metadata = own(object, 'metadata');
  if (namespace === '' || typeof metadata !== 'object' || metadata === null) return object;
  const fields = metadata as Fields;
  return own(fields, 'namespace') === namespace ? object : { ...object, metadata: { ...fields, namespace } };
}

/** CIDR text that the API server takes and implementations read differently has a rule of its own. */
const JUDGED_ISSUES: ReadonlySet<string> = new Set(['invalid-cidr', 'invalid-except']);

const isUnread = ({ severity, code }: Issue): boolean => severity === 'error' && !JUDGED_ISSUES.has(code);

/** Values of an object, as its size counts them, after which others are answered before another one is read. */
const VALUES_OF_A_TURN = 10_000;

/**
 * Decodes the objects of a review. Of a new object every part must be readable;
 * of an old one as much is taken as can be read, since it is stored whatever is said of it.
 */
export async function readChange(decode: Decoder, review: Review): Promise<ReadChange> {
  const read = (object: Fields | undefined) => object && decode(inNamespace(object, review.namespace));
  const after = read(review.operation === 'DELETE' ? undefined : review.object);
  const isLarge = after?.kind === 'object' && after.object.meta.size > VALUES_OF_A_TURN;
  if (isLarge) await new Promise(resolve => setImmediate(resolve));
  const before = read(review.operation === 'CREATE' ? undefined : review.oldObject);
  if (after?.kind === 'unreadable') return { kind: 'unreadable', issues: after.issues };
  const unread = after?.kind === 'object' ? after.issues.filter(isUnread) : [];
  // A policy of another API that cannot be read as a whole is known so to the judge: it may be of a version that is not known here, and select no server.
  const isJudged = after?.kind === 'object' && isForeign(after.object);
  if (unread.length > 0 && !isJudged) return { kind: 'unreadable', issues: unread };
  const change: Change = {
    ...(before?.kind === 'object' && { before: before.object }),
    ...(after?.kind === 'object' && { after: after.object }),
  };
  if (change.before === undefined && change.after === undefined) return { kind: 'other' };
  return { kind: 'change', change, ...(unread.length > 0 && { unread }) };
}
