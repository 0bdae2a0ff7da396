import { isNode, parseDocument } from 'yaml';
import type { FileEdit } from '../../app/report/file-edit.ts';
import { type PathSegment, parsePath } from '../../core/field-path.ts';
import { isSame } from '../../core/same.ts';
import { splitDocuments, type TextDocument } from '../yaml/documents.ts';
import { createParser } from '../yaml/parse.ts';
import { applySplices, nodeAt, type Refusal, type Splice } from '../yaml/splice.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { exceptSplices } from './splice-excepts.ts';
import { policySplices, replacementSplices } from './splice-policy.ts';
import { selectorSplices } from './splice-selector.ts';

/** A text after its edits. Whatever the edits do not name stands as it stood, to the byte. */
export interface EditedText {
  readonly text: string;
  readonly done: readonly FileEdit[];
  readonly refused: readonly { readonly edit: FileEdit; readonly reason: string }[];
}

/** Where things stand is all that is looked at, so that the version of YAML matters little; what they say is read as ever. */
const PARSE = { version: '1.1', merge: true, uniqueKeys: false, strict: false, logLevel: 'silent' } as const;

const CHANGED = 'the file has changed since it was read';

type Data = Record<string, unknown> | unknown[];

interface Outcome {
  /** Offsets in the document. */
  readonly splices: readonly Splice[];
  readonly done: readonly FileEdit[];
  readonly refused: EditedText['refused'];
}

/** Reads one document as data without anything shared. Throws for what is none. */
type ReadData = (text: string) => unknown;

function createReadData(): ReadData {
  const parse = createParser(DEFAULT_LIMITS);
  return text => {
    const parsed = parse(text);
    if (parsed.kind === 'fault') throw new Error(parsed.fault.message);
    return JSON.parse(JSON.stringify(parsed.value));
  };
}

function valueAt(data: unknown, path: readonly PathSegment[]): unknown {
  return path.reduce<unknown>((value, segment) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, segment);
    return isThere ? (value as Record<PathSegment, unknown>)[segment] : undefined;
  }, data);
}

function putAt(data: unknown, path: readonly PathSegment[], value: unknown): void {
  const holder = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (key !== undefined) (holder as Record<PathSegment, unknown>)[key] = value;
}

/** Puts a mapping in the place of another. */
function replaceAt(data: unknown, path: readonly PathSegment[], value: object): void {
  const old = valueAt(data, path) as Record<string, unknown>;
  for (const key of Object.keys(old)) delete old[key];
  Object.assign(old, value);
}

const placeOf = (edit: FileEdit & { path: string }): readonly PathSegment[] => [
  ...edit.pointer,
  ...(parsePath(edit.path) ?? []),
];

/** What the document must say after an edit: the edit done to the data. */
function expect(data: unknown, edit: FileEdit): void {
  if (edit.kind === 'add-excepts') {
    const path = placeOf(edit);
    const known = valueAt(data, path);
    const list = Array.isArray(known) ? known : [];
    putAt(data, path, [...list, ...edit.blocks.filter(block => !list.includes(block))]);
    return;
  }
  if (edit.kind === 'add-pod-selector') {
    putAt(data, [...placeOf(edit), 'podSelector'], JSON.parse(JSON.stringify(edit.podSelector)));
    return;
  }
  if (edit.kind === 'replace-policy') {
    replaceAt(data, edit.pointer, JSON.parse(JSON.stringify(edit.policy.manifest)));
    return;
  }
  const path = edit.pointer.slice(0, -1);
  const collection = valueAt(data, path) as Data;
  const manifest: unknown = JSON.parse(JSON.stringify(edit.policy.manifest));
  if (Array.isArray(collection)) collection.push(manifest);
  else collection[edit.policy.manifest.metadata.name] = manifest;
}

/** The file may have changed since it was read: then the place holds something else. */
function isStillThere(root: unknown, { object, pointer, writtenName = object.name }: FileEdit): boolean {
  const read = (path: readonly PathSegment[]): unknown => {
    const found = nodeAt(root, [...pointer, ...path]);
    return 'node' in found && isNode(found.node) && 'value' in found.node ? found.node.value : undefined;
  };
  const name = read(['metadata', 'name']);
  return read(['kind']) === object.kind && (name === undefined || String(name) === writtenName);
}

function splicesOf(text: string, root: unknown, edit: FileEdit): { readonly splices: readonly Splice[] } | Refusal {
  const place = nodeAt(root, edit.pointer);
  if ('reason' in place) return place;
  if (!isStillThere(root, edit)) return { reason: CHANGED };
  if (edit.kind === 'add-policy') return policySplices(text, root, edit.pointer, edit.policy);
  if (edit.kind === 'replace-policy') return replacementSplices(text, root, edit.pointer, edit.policy);
  if (edit.kind === 'add-pod-selector') return selectorSplices(text, root, placeOf(edit), edit.podSelector);
  return exceptSplices(text, root, placeOf(edit), edit.blocks);
}

const UNSURE = 'the change would touch other places of the document: make it by hand';

const gone = (edits: readonly FileEdit[]): Outcome => ({
  splices: [],
  done: [],
  refused: edits.map(edit => ({ edit, reason: CHANGED })),
});

/** Edits one document. The result is read again: where it does not say exactly what was meant, nothing is changed. */
function editDocument(text: string, edits: readonly FileEdit[], dataOf: ReadData): Outcome {
  const refused: { edit: FileEdit; reason: string }[] = [];
  const done: FileEdit[] = [];
  const splices: Splice[] = [];
  const root = parseDocument(text, PARSE).contents;
  const expected = dataOf(text);
  // An except may end where a policy is to follow: it comes first.
  for (const edit of [...edits].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))) {
    const found = splicesOf(text, root, edit);
    if ('reason' in found) refused.push({ edit, reason: found.reason });
    else if (found.splices.length > 0) {
      splices.push(...found.splices);
      done.push(edit);
      expect(expected, edit);
    }
  }
  const isMeant = done.length === 0 || isSame(dataOf(applySplices(text, splices)), expected);
  if (isMeant) return { splices, done, refused };
  return { splices: [], done: [], refused: [...refused, ...done.map(edit => ({ edit, reason: UNSURE }))] };
}

function tryToEdit(text: string, edits: readonly FileEdit[], dataOf: ReadData): Outcome {
  try {
    return editDocument(text, edits, dataOf);
  } catch {
    return { splices: [], done: [], refused: edits.map(edit => ({ edit, reason: UNSURE })) };
  }
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Turns offsets in a text whose line breaks are all `\n` into offsets in the text as it is in the file. */
function fileOffsets(text: string): (offset: number) => number {
  const pairs = [...text.matchAll(/\r\n/g)].map((match, before) => match.index - before);
  return offset => offset + pairs.filter(pair => pair < offset).length;
}

/** The offset at which each document starts. */
function starts(plain: string, documents: readonly TextDocument[]): readonly number[] {
  let line = 1;
  let offset = 0;
  return documents.map(document => {
    for (; line < document.line; line += 1) offset = plain.indexOf('\n', offset) + 1;
    return offset;
  });
}

/**
 * Edits a file's text, several documents at once. Comments, order, quotes, indentation, line breaks and a byte order mark stay as they are.
 * A second run with the same `add-excepts` changes nothing. Edits whose place is shared, gone or unclear are refused; the others are done.
 */
export function editText(text: string, edits: readonly FileEdit[]): EditedText {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const original = text.slice(mark.length);
  const plain = original.replace(/\r\n?/g, '\n');
  const documents = splitDocuments(plain);
  const offsets = starts(plain, documents);
  const toFile = fileOffsets(original);
  const lineBreak = /\r\n?|\n/.exec(original)?.[0] ?? '\n';
  const dataOf = createReadData();
  const splices: Splice[] = [];
  const done: FileEdit[] = [];
  const refused: { edit: FileEdit; reason: string }[] = [];
  for (const [index, some] of Map.groupBy(edits, ({ document }) => document)) {
    const document = documents[index];
    const outcome = document === undefined ? gone(some) : tryToEdit(document.text, some, dataOf);
    const start = offsets[index] ?? 0;
    for (const { at, remove, insert } of outcome.splices)
      splices.push({ at: toFile(start + at), remove, insert: insert.replaceAll('\n', lineBreak) });
    done.push(...outcome.done);
    refused.push(...outcome.refused);
  }
  return { text: mark + applySplices(original, splices), done, refused };
}
