import type { FindingEdit, TextChange } from '../../app/report/finding-edits.ts';
import { editText } from './edit.ts';
import { readText } from './read-text.ts';

type Region = TextChange['region'];

/** Length of what two texts begin with, or end with; never between the halves of a line break. */
function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return a[length - 1] === '\r' ? length - 1 : length;
}

function commonEnd(a: string, b: string, most: number): number {
  let length = 0;
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1;
  return a[a.length - length] === '\n' ? length - 1 : length;
}

/** Line and column of an offset. */
function placeAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split(/\r\n|[\r\n]/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function regionOf(text: string, from: number, to: number): Region {
  const [start, end] = [placeAt(text, from), placeAt(text, to)];
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

/** What an edit changes in a text: the smallest region in one piece. `undefined` where it cannot be made, or changes nothing. */
export function textChange(text: string, { file, edit }: FindingEdit): TextChange | undefined {
  const edited = editText(text, [edit]);
  if (edited.text === text) return undefined;
  const start = commonStart(text, edited.text);
  const end = commonEnd(text, edited.text, Math.min(text.length, edited.text.length) - start);
  return {
    file,
    region: regionOf(text, start, text.length - end),
    text: edited.text.slice(start, edited.text.length - end),
  };
}

/** The changes that edits make to their files, by the same keys. Files that cannot be read any more have none. */
export function textChanges(edits: ReadonlyMap<string, FindingEdit>): ReadonlyMap<string, TextChange> {
  const texts = new Map<string, string | undefined>();
  const textOf = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, readText(file));
    return texts.get(file);
  };
  return new Map(
    [...edits].flatMap(([key, edit]) => {
      const text = textOf(edit.file);
      const change = text === undefined ? undefined : textChange(text, edit);
      return change === undefined ? [] : [[key, change] as const];
    }),
  );
}
