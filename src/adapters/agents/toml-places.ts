import { formatPath, type PathSegment } from '../../core/field-path.ts';

/** A position in a text, 1-based. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

const KEY = /\s*(?:([A-Za-z0-9_-]+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\s*/y;

/** A dotted key at an index of a line; `undefined`: there is none. */
function keyAt(line: string, from: number): { readonly path: readonly string[]; readonly end: number } | undefined {
  const path: string[] = [];
  for (let at = from; ; at += 1) {
    KEY.lastIndex = at;
    const match = KEY.exec(line);
    if (match === null) return undefined;
    path.push(match[1] ?? match[2] ?? match[3] ?? '');
    at = KEY.lastIndex;
    if (line[at] !== '.') return { path, end: at };
  }
}

const STRINGS = /"""(?:[^\\]|\\.)*?"""|'''.*?'''|"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/g;
const OPENED = /"""|'''/;

/** What a line leaves open: a text of several lines, brackets. */
function openAfter(line: string, open: string): string {
  if (OPENED.test(open)) return line.includes(open) ? '' : open;
  const bare = line.replace(STRINGS, '');
  const started = OPENED.exec(bare)?.[0];
  if (started !== undefined) return started;
  let depth = open.length;
  for (const character of bare) depth += '[{'.includes(character) ? 1 : ']}'.includes(character) ? -1 : 0;
  return '['.repeat(Math.max(0, depth));
}

/** A header of a table, or a key with its value. */
interface Statement extends TextPlace {
  readonly kind: 'table' | 'list-item' | 'key';
  readonly path: readonly string[];
}

function statementOf(text: string, line: number): { readonly statement?: Statement; readonly end: number } {
  const indent = text.length - text.trimStart().length;
  const [, brackets] = /^\s*(\[\[?)/.exec(text) ?? [];
  const key = keyAt(text, indent + (brackets?.length ?? 0));
  if (key === undefined) return { end: text.length };
  const place = { line, column: indent + 1, path: key.path };
  if (brackets !== undefined)
    return { statement: { ...place, kind: brackets === '[' ? 'table' : 'list-item' }, end: text.length };
  return text[key.end] === '=' ? { statement: { ...place, kind: 'key' }, end: key.end + 1 } : { end: text.length };
}

/** The statements of a document, without what stands within their values. */
function* statementsIn(text: string): Iterable<Statement> {
  let open = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== '') {
      open = openAfter(line, open);
      continue;
    }
    const { statement, end } = statementOf(line, index + 1);
    if (statement !== undefined) yield statement;
    open = openAfter(line.slice(end), '');
  }
}

/** The statements with their paths from the root of the document. */
function* wholePaths(statements: Iterable<Statement>): Iterable<TextPlace & { readonly path: readonly PathSegment[] }> {
  const counts = new Map<string, number>();
  let table: readonly PathSegment[] = [];
  for (const { kind, path, ...place } of statements) {
    const name = formatPath(path);
    const count = counts.get(name) ?? 0;
    if (kind === 'list-item') counts.set(name, count + 1);
    if (kind !== 'key') table = kind === 'list-item' ? [...path, count] : path;
    yield { ...place, path: kind === 'key' ? [...table, ...path] : table };
  }
}

/**
 * The lines on which keys and tables of a TOML document stand, by field paths. What stands within a list or an inline table has the place of the key that
 * holds it. Of a list of tables each item has its own.
 */
export function tomlPlaces(text: string): ReadonlyMap<string, TextPlace> {
  const places = new Map<string, TextPlace>();
  for (const { path, line, column } of wholePaths(statementsIn(text))) {
    for (let length = 1; length <= path.length; length += 1) {
      const key = formatPath(path.slice(0, length));
      if (!places.has(key)) places.set(key, { line, column });
    }
  }
  return places;
}
