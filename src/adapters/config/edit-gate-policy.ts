import { isScalar, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { isSame } from '../../core/same.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { lastInside, lineEnd, rangeOf, type Splice } from '../yaml/splice.ts';

/** Structure is all that is looked at: the document was read before. */
const PARSE = { version: '1.2', merge: true, uniqueKeys: false, strict: false, logLevel: 'silent' } as const;

/** The GatePolicy among the documents of a text whose line breaks are all `\n`. */
export interface Place {
  /** Where its text starts. */
  readonly offset: number;
  readonly text: string;
  readonly root: unknown;
  readonly value: Fields;
}

export function placeOf(text: string): Place | undefined {
  let offset = 0;
  for (const document of splitDocuments(text)) {
    const parsed = parseDocument(document.text, PARSE);
    const value: unknown = parsed.toJS({ maxAliasCount: 100 });
    if (isFields(value) && own(value, 'kind') === 'GatePolicy')
      return { offset, text: document.text, root: parsed.contents, value };
    offset = text.indexOf(document.text, offset) + document.text.length;
  }
  return undefined;
}

/** Text as it stands within braces and brackets, where a colon means something else. */
export const quoted = (text: string, isJson: boolean): string =>
  isJson ? JSON.stringify(text) : text.includes(':') ? `"${text}"` : text;

/** Whether a key is written as JSON has it: then so is what is put beside it. */
export const isJsonKey = (key: unknown): boolean => isScalar(key) && key.type === 'QUOTE_DOUBLE';

/** Behind the last entry of `{…}`, or into an empty one. */
export function intoFlow(map: YAMLMap<Node, Node | null>, entries: readonly string[]): Splice {
  const last = map.items.at(-1);
  const at = last === undefined ? rangeOf(map).start + 1 : rangeOf(last.value ?? last.key).end;
  return { at, remove: 0, insert: `${last === undefined ? '' : ', '}${entries.join(', ')}` };
}

/** The end of the line on which a block collection ends. */
export const endOf = (text: string, node: Node): number => lineEnd(text, rangeOf(lastInside(node)).end);

function applySplices(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.at - a.at)
    .reduce((now, { at, remove, insert }) => now.slice(0, at) + insert + now.slice(at + remove), text);
}

/** A change to a GatePolicy. */
export interface GatePolicyEdit {
  readonly splices: (place: Place) => readonly Splice[];
  /** What the document must say afterwards. */
  readonly expected: (value: Fields) => Fields;
}

/**
 * The text after the change; `undefined` where it has no GatePolicy, or would not say exactly what is meant. Its line breaks stay as they are.
 */
export function editGatePolicy(text: string, { splices, expected }: GatePolicyEdit): string | undefined {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const plain = text.replaceAll('\r\n', '\n');
  const place = placeOf(plain);
  if (place === undefined) return undefined;
  const changed = applySplices(place.text, splices(place));
  const edited = plain.slice(0, place.offset) + changed + plain.slice(place.offset + place.text.length);
  const after = placeOf(edited);
  if (after === undefined || !isSame(after.value, expected(place.value))) return undefined;
  return edited.replaceAll('\n', lineBreak);
}
