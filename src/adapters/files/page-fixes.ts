import type { PageFix } from '../../app/page/model.ts';
import type { AskedFixes, PageTexts } from '../../app/page/server-detail.ts';
import { type JudgedInput, refKey } from '../../app/report/check.ts';
import { type FileEdit, fileEdit, mergeEdits } from '../../app/report/file-edit.ts';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import { besideOf, isInValues, whyNotEditable } from '../../app/report/where-fixed.ts';
import { refText } from '../../core/explain.ts';
import { policyManifest } from '../../core/kube/syntax.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import type { Source } from '../../core/manifest.ts';
import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { editText } from './edit.ts';
import { type FileText, fileText } from './file-text.ts';
import { policyFileFor, textBehind } from './policy-file.ts';
import { renderFields, renderPolicies } from './render-policies.ts';
import { CONTEXT, unifiedDiff } from './unified-diff.ts';

/** A file by the name that a report gives it; `undefined`: there is none, or it cannot be read. */
export type FileOf = (file: string) => FileText | undefined;

/** Paths that a title names of one policy. */
const NAMED_PATHS = 3;

/** A policy as it was read, as a document of its own. */
export function manifestText(judged: JudgedInput, ref: ObjectRef): string | undefined {
  const object = judged.objects.get(refKey(ref))?.object;
  return object !== undefined && isNetworkPolicy(object) ? renderFields({ ...policyManifest(object) }) : undefined;
}

/** A text that edits go into: a file, or a policy by itself where a build made it. */
interface Target {
  readonly name: string;
  readonly text: FileText;
}

interface TargetedEdit {
  readonly target: Target;
  readonly edit: FileEdit;
}

/** The first and the last line that the documents of edits take, 0-based; the last is exclusive. */
function linesOfEdits({ lines, documents, isCountedAlike }: FileText, first: number, last: number): [number, number] {
  if (!isCountedAlike) return [0, lines.length];
  const from = documents[first]?.line ?? 1;
  const to = documents[last + 1]?.line ?? lines.length + 1;
  return [from - 1, to - 1];
}

/** A diff of the documents that are edited, with the lines of their file around them. */
function editedDiff({ name, text }: Target, edits: readonly FileEdit[]): Pick<PageFix, 'diff'> & { done: FileEdit[] } {
  const numbers = edits.map(({ document }) => document);
  const first = text.isCountedAlike ? Math.min(...numbers) : 0;
  const [from, to] = linesOfEdits(text, first, Math.max(...numbers));
  const part = (start: number, end: number): string => text.lines.slice(Math.max(0, start), end).join('');
  const before = part(from, to);
  const moved = edits.map(edit => ({ ...edit, document: edit.document - first }));
  const { text: after, done } = editText(before, moved);
  if (done.length === 0) return { diff: '', done: [] };
  const [above, below] = [part(from - CONTEXT, from), part(to, to + CONTEXT)];
  const firstLine = Math.max(0, from - CONTEXT) + 1;
  return { diff: unifiedDiff(name, above + before + below, above + after + below, firstLine), done: [...done] };
}

/** `NetworkPolicy shop/orders, spec.egress[0].to[0].ipBlock.except`. */
function titleOf(edits: readonly FileEdit[]): string {
  const byPolicy = Map.groupBy(edits, edit =>
    edit.kind === 'add-policy'
      ? newTitle(edit.policy)
      : `${edit.kind === 'replace-policy' ? 'written anew: ' : ''}${refText(edit.object)}`,
  );
  return [...byPolicy]
    .map(([policy, some]) => {
      const paths = some.flatMap(edit => ('path' in edit ? [edit.path] : []));
      return [policy, ...(paths.length > 0 ? [listed(paths, NAMED_PATHS)] : [])].join(', ');
    })
    .join('; ');
}

const newTitle = ({ subject, manifest }: GeneratedPolicy): string =>
  `new: ${refText({ kind: manifest.kind, namespace: subject.namespace, name: manifest.metadata.name })}`;

/** The fixes of one input. */
class Fixes {
  readonly #fileOf: FileOf;
  readonly #judged: JudgedInput;
  readonly #files: ReadonlySet<string>;

  constructor(fileOf: FileOf, judged: JudgedInput) {
    this.#fileOf = fileOf;
    this.#judged = judged;
    this.#files = new Set(judged.objects.values().map(({ manifest }) => manifest.file));
  }

  #manifestOf(ref: ObjectRef): Source | undefined {
    return this.#judged.objects.get(refKey(ref))?.manifest;
  }

  /** The text of a policy of which some fields are to be changed. */
  #placeOf(ref: ObjectRef, ...fields: readonly string[]): { target: Target; source: Source } | undefined {
    const source = this.#manifestOf(ref);
    const isInFile =
      source !== undefined && (source.build === undefined || whyNotEditable(source, ...fields) === undefined);
    const text = isInFile ? this.#fileOf(source.file) : undefined;
    if (source && text?.documents[source.document]?.text.trim())
      return { target: { name: source.file === '-' ? 'standard input' : source.file, text }, source };
    const own = manifestText(this.#judged, ref);
    if (own === undefined) return undefined;
    const name = `${ref.namespace}/${ref.kind}/${ref.name}`;
    return { target: { name, text: fileText(own) }, source: { file: name, document: 0, line: 1, pointer: [] } };
  }

  #edits({ edits, policies }: AskedFixes): readonly TargetedEdit[] {
    const replaced = new Set(policies.flatMap(({ replaces }) => (replaces ? [refKey(replaces)] : [])));
    const changes = edits
      .filter(({ policy }) => !replaced.has(refKey(policy)))
      .flatMap(edit => {
        const place = this.#placeOf(edit.policy, edit.path);
        return place === undefined ? [] : [{ target: place.target, edit: fileEdit(edit, place.source) }];
      });
    const rewritten = policies.flatMap(policy => {
      const { replaces: object } = policy;
      const place = object && this.#placeOf(object, 'metadata.name', 'spec');
      if (object === undefined || place === undefined) return [];
      const { document, pointer } = place.source;
      return [{ target: place.target, edit: { kind: 'replace-policy' as const, object, document, pointer, policy } }];
    });
    return [...changes, ...rewritten, ...policies.flatMap(policy => this.#inValues(policy) ?? [])];
  }

  /** The edit of a values file that takes the policy itself; `undefined`: it belongs into a file of its own. */
  #inValues(policy: GeneratedPolicy): TargetedEdit | undefined {
    const { subject: object, replaces } = policy;
    const source = this.#manifestOf(object);
    const text = source && this.#fileOf(source.file);
    if (replaces || !source || !text || !isInValues(source) || besideOf(source) === undefined) return undefined;
    const { file, document, pointer } = source;
    return { target: { name: file, text }, edit: { kind: 'add-policy', object, document, pointer, policy } };
  }

  /** The file that a new policy goes into; in a cluster, where the servers stand in none, one of its own. */
  #fileFor({ subject, manifest }: GeneratedPolicy): string {
    const source = this.#manifestOf(subject);
    const beside = source && this.#fileOf(source.file) && besideOf(source);
    return beside === undefined ? `${manifest.metadata.name}.yaml` : policyFileFor(beside);
  }

  /** A file is looked into only where the input holds it: of any other nothing is to be shown. */
  #added(file: string, policies: readonly GeneratedPolicy[]): PageFix {
    const before = this.#files.has(file) ? this.#fileOf(file)?.lines.join('') : undefined;
    const after = textBehind(before) + renderPolicies(policies, 'yaml');
    return { title: policies.map(newTitle).join('; '), diff: unifiedDiff(file, before, after) };
  }

  of(asked: AskedFixes): readonly PageFix[] {
    const edited = [...Map.groupBy(this.#edits(asked), ({ target }) => target.name).values()].flatMap(some => {
      const [one] = some;
      if (one === undefined) return [];
      const { diff, done } = editedDiff(one.target, mergeEdits(some.map(({ edit }) => edit)));
      return diff === '' ? [] : [{ title: titleOf(done), diff }];
    });
    const fresh = asked.policies.filter(one => one.replaces === undefined && this.#inValues(one) === undefined);
    const added = [...Map.groupBy(fresh, policy => this.#fileFor(policy))];
    return [...edited, ...added.map(([file, policies]) => this.#added(file, policies))];
  }
}

/** The fixes that a page shows, of files whose texts are given. */
export function createPageFixes(fileOf: FileOf): PageTexts['fixes'] {
  const known = new WeakMap<JudgedInput, Fixes>();
  return (asked, judged) => {
    const fixes = known.get(judged) ?? new Fixes(fileOf, judged);
    known.set(judged, fixes);
    return fixes.of(asked);
  };
}
