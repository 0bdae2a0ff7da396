import { Substitution, type Variables } from './variables.ts';

/** Variables that a file sets. */
export interface EnvFile {
  readonly variables: Variables;
  /** The first line that cannot be read, 1-based; `undefined`: all can. Compose refuses the file. */
  readonly unreadable: number | undefined;
}

/** Characters that variables may bring into the values of one file. */
const MAX_SUBSTITUTED = 1_000_000;

/** A name, and where there is one the sign before its value. */
const KEY = /[^\S\n]*(?:export[^\S\n]+)?([\w.[\]-]+)[^\S\n]*([=:]?)[^\S\n]*/y;
/** The value up to the end of its line: in quotes, over several lines too, or without. */
const VALUE = /(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")[^\S\n]*(?:#[^\n]*)?(?=\n|$)|([^\n]*)/sy;
const BLANK = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** What escapes stand for; `\$` is a `$` that begins no variable. */
const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (whole, letter: string) =>
    letter === '$' ? '$$' : (ESCAPES[letter] ?? ('"\\'.includes(letter) ? letter : whole)),
  );

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** A value without quotes ends before a comment, which has a blank before it. */
const bare = (text: string): string => (text.split(' #', 1)[0] ?? '').trimEnd();

/** A line with the value of a variable; `undefined` value: it is taken from outside. */
interface Line {
  readonly name: string;
  /** As it is written, without its quotes. */
  readonly value: string | undefined;
  /** In single quotes: variables in it are none. */
  readonly isLiteral: boolean;
  readonly end: number;
}

function lineAt(text: string, at: number): Line | undefined {
  const key = match(KEY, text, at);
  if (key === null) return undefined;
  const [whole, name = '', sign] = key;
  const value = match(VALUE, text, at + whole.length);
  const [said = '', single, double, plain = ''] = value ?? [];
  const end = at + whole.length + said.length;
  const isQuoted = single !== undefined || double !== undefined;
  if (sign === '')
    return bare(plain) === '' && !isQuoted ? { name, value: undefined, isLiteral: true, end } : undefined;
  // A quote that nothing ends.
  if (!isQuoted && /^['"]/.test(plain)) return undefined;
  const written = single?.replaceAll("\\'", "'") ?? (double === undefined ? bare(plain) : unescaped(double));
  return { name, value: written, isLiteral: single !== undefined, end };
}

/**
 * Reads an environment file: `NAME=value` a line, with quotes, comments and variables that lines before, or `outer`, set.
 * Source: Compose documentation, "Interpolation", `.env` file syntax.
 */
export function readEnvFile(text: string, outer: Variables): EnvFile {
  const variables = new Map<string, string>();
  const substitution = new Substitution({ get: name => outer.get(name) ?? variables.get(name) }, MAX_SUBSTITUTED);
  for (let at = 0; at < text.length; ) {
    const blank = match(BLANK, text, at);
    const line = blank === null ? lineAt(text, at) : undefined;
    if (blank === null && line === undefined) return { variables, unreadable: text.slice(0, at).split('\n').length };
    at = blank === null ? (line?.end ?? at) + 1 : at + blank[0].length;
    if (line?.value === undefined) continue;
    variables.set(line.name, line.isLiteral ? line.value : substitution.of(line.value).text);
  }
  return { variables, unreadable: undefined };
}
