import type { Excerpt, PageFix } from '../../app/page/model.ts';
import type { PageTexts } from '../../app/page/server-detail.ts';
import { type JudgedInput, refKey } from '../../app/report/check.ts';
import type { FileEdit } from '../../app/report/fix.ts';
import type { GeneratedPolicy } from '../../app/report/generate.ts';
import type { Edit } from '../../core/decision.ts';
import { parsePath } from '../../core/field-path.ts';
import { policyManifest } from '../../core/kube/syntax.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { cutText } from '../../core/visible-text.ts';
import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { createPositions } from '../yaml/positions.ts';
import { editText } from './edit.ts';
import { renderFields, renderPolicy } from './render-policies.ts';
import { unifiedDiff } from './unified-diff.ts';

/** The text of a file by the name that a report gives it; `undefined`: there is none, or it cannot be read. */
export type TextOf = (file: string) => string | undefined;

/** Lines of an excerpt before and after the one that is meant, and the longest line of one, in UTF-16 units. */
const BEFORE = 3;
const AFTER = 5;
const LONGEST = 200;
/** Levels that a document may be nested; of a deeper one no place is told. */
const MAX_DEPTH = 64;

/** As {@link splitDocuments}, each file once. */
function documentsIn(textOf: TextOf): (file: string) => readonly TextDocument[] {
  const known = new Map<string, readonly TextDocument[]>();
  return file => {
    const documents = known.get(file) ?? splitDocuments((textOf(file) ?? '').replace(/\r\n?/g, '\n'));
    known.set(file, documents);
    return documents;
  };
}

function excerptOf({ text, line: first }: TextDocument, mark: number): Excerpt {
  const lines = text.replace(/\n$/, '').split('\n');
  const from = Math.max(0, mark - first - BEFORE);
  const shown = lines.slice(from, mark - first + AFTER + 1);
  return { first: first + from, lines: shown.map(line => cutText(line, LONGEST)), mark };
}

/** The line of a field, 1-based within the file; 0: it is not known. */
function lineIn({ text, line }: TextDocument, path: string): number {
  try {
    return line + createPositions(text, MAX_DEPTH).locate(parsePath(path) ?? []).line;
  } catch {
    return 0;
  }
}

/** A diff of one document, with the lines of its file. */
function diffIn(file: string, { text, line }: TextDocument, after: string): string {
  const shift = (number: string): string => String(Number(number) + line - 1);
  return unifiedDiff(file, text, after).replace(
    /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/gm,
    (_, from: string, before: string, to: string, length: string) =>
      `@@ -${shift(from)},${before} +${shift(to)},${length} @@`,
  );
}

/** Where the text of a policy stands that can be changed: in its file, or by itself where a build made it. */
interface PolicyText {
  readonly file: string;
  readonly document: TextDocument;
  readonly pointer: FileEdit['pointer'];
}

/** A policy as it was read, as a document of its own. */
export function manifestText(judged: JudgedInput, ref: ObjectRef): string | undefined {
  const object = judged.objects.get(refKey(ref))?.object;
  return object !== undefined && isNetworkPolicy(object) ? renderFields({ ...policyManifest(object) }) : undefined;
}

class Texts implements PageTexts {
  readonly #documentsOf: (file: string) => readonly TextDocument[];

  constructor(textOf: TextOf) {
    this.#documentsOf = documentsIn(textOf);
  }

  excerpt({ file, line, path = '' }: Parameters<PageTexts['excerpt']>[0]): Excerpt | undefined {
    const documents = file === '' ? [] : this.#documentsOf(file);
    const document = line === 0 ? documents[0] : documents.findLast(one => one.line <= line);
    if (document === undefined || document.text.trim() === '') return undefined;
    return excerptOf(document, line === 0 ? lineIn(document, path) : line);
  }

  #policyText(judged: JudgedInput, ref: ObjectRef): PolicyText | undefined {
    const manifest = judged.objects.get(refKey(ref))?.manifest;
    const inFile =
      judged.build === undefined && manifest ? this.#documentsOf(manifest.file)[manifest.document] : undefined;
    if (manifest && inFile && inFile.text.trim() !== '')
      return {
        file: manifest.file === '-' ? 'standard input' : manifest.file,
        document: inFile,
        pointer: manifest.pointer,
      };
    const text = manifestText(judged, ref);
    const file = `${ref.namespace}/${ref.kind}/${ref.name}`;
    return text === undefined ? undefined : { file, document: { text, line: 1 }, pointer: [] };
  }

  editDiff(edit: Edit, judged: JudgedInput): PageFix | undefined {
    const place = this.#policyText(judged, edit.policy);
    if (place === undefined) return undefined;
    const { policy: object, ...change } = edit;
    const { text } = editText(place.document.text, [{ object, document: 0, pointer: place.pointer, ...change }]);
    const diff = diffIn(place.file, place.document, text);
    if (diff === '') return undefined;
    return { title: `${object.kind} ${object.namespace}/${object.name}, ${edit.path}`, diff };
  }

  policyDiff(policy: GeneratedPolicy, judged: JudgedInput): PageFix {
    const { manifest, replaces, subject } = policy;
    const { name } = manifest.metadata;
    const before = replaces && this.#policyText(judged, replaces)?.document.text;
    const title = `${replaces ? 'written anew' : 'new'}: NetworkPolicy ${subject.namespace}/${name}`;
    return { title, diff: unifiedDiff(`${name}.yaml`, before, renderPolicy(policy)) };
  }
}

/** Excerpts and diffs for a page, of files whose texts are given. */
export const createPageTexts = (textOf: TextOf): PageTexts => new Texts(textOf);
