/** One YAML document, or one JSON value of a stream, as it stands in a file. */
export interface TextDocument {
  /** With its directives and its `---`, without the marker that ends it. */
  readonly text: string;
  /** 1-based line of the file on which `text` starts. */
  readonly line: number;
}

/**
 * Cuts a file, its line breaks all `\n`, at its document markers: `---` or `...` at the start of a line, with white space or nothing
 * behind it. Such a line ends a document whatever it stands in (YAML 1.2.2, 9.1), so a fault inside one document cannot move the borders
 * of the others.
 * In a text that starts with one `{`, a line that ends with `}` before a line that starts with `{` is a border too: a stream of JSON values.
 * Comments and directives before a `---` belong to the document behind it. Never empty; the one document of an empty text is empty.
 */
export function splitDocuments(text: string): TextDocument[] {
  const documents: TextDocument[] = [];
  let start = 0;
  let line = 1;
  const cut = (end: number, next: number) => {
    documents.push({ text: start === 0 && end === text.length ? text : text.slice(start, end), line });
    if (next < text.length) line += countLines(text, start, next);
    start = next;
  };
  for (const border of borders(text)) {
    if (border.ends === 'here' || !isPrologue(text, start, border.at)) cut(border.at, border.next);
  }
  if (start < text.length || documents.length === 0) cut(text.length, text.length);
  return documents;
}

/** A place where a document ends; `prologue`: only if something stands before it. `next` is where the next one starts. */
interface Border {
  readonly at: number;
  readonly next: number;
  readonly ends: 'here' | 'unless-prologue';
}

function borders(text: string): Border[] {
  const found = [...markers(text, '---'), ...markers(text, '...'), ...jsonBorders(text)];
  return found.length < 2 ? found : found.sort((a, b) => a.at - b.at);
}

function markers(text: string, marker: '---' | '...'): Border[] {
  const found: Border[] = [];
  const next = (from: number) => {
    const lineBreak = text.indexOf(`\n${marker}`, from);
    return lineBreak === -1 ? -1 : lineBreak + 1;
  };
  for (let at = text.startsWith(marker) ? 0 : next(0); at !== -1; at = next(at)) {
    const behind = text.charAt(at + 3);
    if (behind !== '' && !' \t\n'.includes(behind)) continue;
    if (marker === '---') found.push({ at, next: at, ends: 'unless-prologue' });
    else found.push({ at, next: endOfLine(text, at), ends: 'here' });
  }
  return found;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}

/** Two braces start a template. */
const JSON_START = /^\s*\{(?!\{)/;
const JSON_BORDER = /\}[ \t]*\n(?=\{)/g;

function jsonBorders(text: string): Border[] {
  if (!JSON_START.test(text)) return [];
  return [...text.matchAll(JSON_BORDER)].map(match => {
    const at = match.index + match[0].length;
    return { at, next: at, ends: 'here' };
  });
}

/** Whether nothing but comments, directives and white space stands there. */
function isPrologue(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at = endOfLine(text, at)) {
    const line = text.slice(at, Math.min(endOfLine(text, at), end)).trim();
    if (line !== '' && !line.startsWith('#') && !line.startsWith('%')) return false;
  }
  return true;
}

/** The number of line breaks from `start` up to `end`. */
export function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

const OWN_MARKER = /^---[ \t]*(?:#.*)?$/;

/** 1-based line of the file on which the document's content starts, past comments, directives and a `---` of its own. */
export function contentLine({ text, line }: TextDocument): number {
  let number = line;
  for (let at = 0; at < text.length; at = endOfLine(text, at)) {
    const content = text.slice(at, endOfLine(text, at)).trim();
    if (content !== '' && !'#%'.includes(content.charAt(0)) && !OWN_MARKER.test(content)) return number;
    number += 1;
  }
  return number;
}
