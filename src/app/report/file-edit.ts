import type { Edit } from '../../core/decision.ts';
import type { PathSegment } from '../../core/field-path.ts';
import type { SelectorManifest } from '../../core/kube/syntax.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import type { Source } from '../../core/manifest.ts';
import { mergeBlocks } from '../../core/remedy/excepts.ts';
import type { GeneratedPolicy } from './generate.ts';

/** Where an object stands in a file: as in {@link Source}. */
interface Spot {
  readonly object: ObjectRef;
  readonly document: number;
  readonly pointer: readonly PathSegment[];
  /** The name that the file gives the object, where a build gives it another. */
  readonly writtenName?: string;
}

/** One change to a file. */
export type FileEdit =
  /** Append the blocks to the `except` list at `path` of the object, making the list if there is none. */
  | (Spot & { readonly kind: 'add-excepts'; readonly path: string; readonly blocks: readonly string[] })
  /** Give the peer at `path` of the object, which has none, a `podSelector`. */
  | (Spot & { readonly kind: 'add-pod-selector'; readonly path: string; readonly podSelector: SelectorManifest })
  /** Put the policy behind the last of the objects that this one stands among. */
  | (Spot & { readonly kind: 'add-policy'; readonly policy: GeneratedPolicy })
  /** Put the policy in the place of this one, which was written before and not edited since. */
  | (Spot & { readonly kind: 'replace-policy'; readonly policy: GeneratedPolicy });

/** The edit of a policy as one of the file that it stands in. */
export function fileEdit({ policy, ...change }: Edit, { document, pointer, build }: Source): FileEdit {
  const writtenName = build?.writtenName;
  return { object: policy, document, pointer, ...change, ...(writtenName !== undefined && { writtenName }) };
}

/** Tells places of one file apart; a policy that is added or written anew also by what it says. */
export function placeKey(edit: FileEdit): string {
  const { kind, document, pointer } = edit;
  return JSON.stringify(
    kind === 'add-excepts' || kind === 'add-pod-selector' ? [kind, document, pointer, edit.path] : edit,
  );
}

/** What several edits ask of one place as one edit. */
function merged(edits: readonly FileEdit[]): readonly FileEdit[] {
  const [first] = edits;
  if (first?.kind !== 'add-excepts') return first === undefined ? [] : [first];
  const blocks = edits.flatMap(one => (one.kind === 'add-excepts' ? one.blocks : []));
  return [{ ...first, blocks: mergeBlocks(blocks) }];
}

/** Edits of one file, for each place one. */
export const mergeEdits = (edits: readonly FileEdit[]): readonly FileEdit[] =>
  [...Map.groupBy(edits, placeKey).values()].flatMap(merged);
