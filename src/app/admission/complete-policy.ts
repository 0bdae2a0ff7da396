import type { Edit } from '../../core/decision.ts';
import { type PathSegment, parsePath } from '../../core/field-path.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { NetworkPolicy } from '../../core/kube/types.ts';
import { mergeBlocks } from '../../core/remedy/excepts.ts';
import type { JsonPatchOperation } from './review.ts';

function valueAt(value: unknown, path: readonly PathSegment[]): unknown {
  let found = value;
  for (const segment of path) {
    if (Array.isArray(found)) found = typeof segment === 'number' ? found[segment] : undefined;
    else found = isFields(found) ? own(found, String(segment)) : undefined;
  }
  return found;
}

/** RFC 6901. */
function pointer(path: readonly PathSegment[]): string {
  return path.map(segment => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function exceptOperations(
  raw: Fields,
  path: readonly PathSegment[],
  blocks: Iterable<string>,
): readonly JsonPatchOperation[] {
  const block = valueAt(raw, path.slice(0, -1));
  if (!isFields(block)) return [];
  const listed = own(block, 'except') ?? [];
  if (!Array.isArray(listed)) return [];
  const added = [...blocks].filter(text => !listed.includes(text));
  if (added.length === 0) return [];
  // An empty list may be absent or null: a pointer behind its end would fail.
  if (listed.length === 0) return [{ op: 'add', path: pointer(path), value: added }];
  return added.map(value => ({ op: 'add', path: pointer([...path, '-']), value }));
}

const TYPES = [
  ['ingress', 'Ingress'],
  ['egress', 'Egress'],
] as const;

/** Types of directions whose rules are written although `policyTypes` leaves them out: the API server takes the object and ignores the rules. */
function missingTypes(raw: Fields): readonly string[] {
  const spec = own(raw, 'spec');
  const types = isFields(spec) ? own(spec, 'policyTypes') : undefined;
  if (!isFields(spec) || !Array.isArray(types) || types.length === 0) return [];
  return TYPES.filter(([key, type]) => {
    const rules = own(spec, key);
    return Array.isArray(rules) && rules.length > 0 && !types.includes(type);
  }).map(([, type]) => type);
}

/** The policy as it is with every type whose rules it writes: what the edits of a patch are to be found in. `policy`: `raw`, decoded. */
export function withWrittenTypes(raw: Fields, policy: NetworkPolicy): NetworkPolicy {
  const added = missingTypes(raw);
  const spec = own(raw, 'spec');
  if (added.length === 0 || !isFields(spec)) return policy;
  const types: unknown = own(spec, 'policyTypes');
  const policyTypes = [...(Array.isArray(types) ? types : []), ...added];
  const decoded = createDecoder()({ ...raw, spec: { ...spec, policyTypes } });
  const isPolicy = decoded.kind === 'object' && decoded.object.kind === 'NetworkPolicy';
  return isPolicy ? { ...(decoded.object as NetworkPolicy), meta: policy.meta } : policy;
}

/**
 * The patch that completes one NetworkPolicy under review: the excepts that it lacks, and the `policyTypes` of directions whose rules
 * it writes. `edits`: those of the findings on this policy as {@link withWrittenTypes} has it; the ones that do not fit change nothing. Never takes anything away.
 * Asked again about the result, it is empty.
 */
export function completePolicyPatch(raw: Fields, edits: readonly Edit[]): readonly JsonPatchOperation[] {
  const byPath = new Map<string, Set<string>>();
  for (const edit of edits) {
    if (edit.kind !== 'add-excepts') continue;
    byPath.set(edit.path, (byPath.get(edit.path) ?? new Set()).union(new Set(edit.blocks)));
  }
  const excepts = [...byPath].flatMap(([path, blocks]) => {
    const segments = parsePath(path);
    return segments?.at(-1) === 'except' ? exceptOperations(raw, segments, mergeBlocks([...blocks])) : [];
  });
  const types = missingTypes(raw).map(value => ({ op: 'add' as const, path: '/spec/policyTypes/-', value }));
  return [...excepts, ...types];
}
