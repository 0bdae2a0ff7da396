import { isUtf8 } from 'node:buffer';
import type { Problem } from '../../core/manifest.ts';

/** The text of a file, or why there is none. */
export type Text =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** A problem of a file as a whole, or of one place in it. */
export function fileProblem(
  code: string,
  file: string,
  message: string,
  place: { readonly line: number; readonly column: number } = { line: 0, column: 0 },
): Problem {
  return { severity: 'error', code, file, line: place.line, column: place.column, field: '', message };
}

/** Line breaks of YAML 1.1 that readers make `\n` of. */
const LINE_BREAK = /[\r\u0085]/;
const LINE_BREAKS = /\r\n|[\r\u0085]/g;

/** Drops a byte order mark and throws on bytes that are no UTF-8. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 to text: a byte order mark is dropped and every line break becomes `\n`. `file` only names the input in problems. */
export function decodeText(bytes: Buffer, file: string): Text {
  const problem = (code: string, message: string, place?: { line: number; column: number }): Text => ({
    kind: 'problem',
    problem: fileProblem(code, file, message, place),
  });
  if (startsWithUtf16Mark(bytes)) return problem('utf-16', 'this file is encoded in UTF-16: save it as UTF-8');
  const nul = bytes.indexOf(0);
  if (nul !== -1) return problem('binary-file', `this file is binary, not YAML or JSON: byte ${nul} is zero`);
  try {
    const text = UTF8.decode(bytes);
    return { kind: 'text', text: LINE_BREAK.test(text) ? text.replace(LINE_BREAKS, '\n') : text };
  } catch {
    const { offset, line, column } = firstInvalid(bytes);
    return problem('not-utf-8', `this file is not valid UTF-8 from byte ${offset} on: save it as UTF-8`, {
      line,
      column,
    });
  }
}

function startsWithUtf16Mark(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** 0-based offset and 1-based line and column of the first byte sequence that is no UTF-8. A line feed is never part of a longer sequence. */
function firstInvalid(bytes: Buffer): { offset: number; line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
    start = end + 1;
    line += 1;
  }
  const lineEnd = bytes.indexOf(10, start);
  const rest = bytes.subarray(start, lineEnd === -1 ? bytes.length : lineEnd);
  const valid = longestValidPrefix(rest);
  return { offset: start + valid, line, column: rest.subarray(0, valid).toString('utf8').length + 1 };
}

/** The length in bytes of the longest beginning that is UTF-8 by itself; found by halving, since a cut character (at most 3 bytes) is no fault. */
function longestValidPrefix(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isPossiblyUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) good -= 1;
  return good;
}

/** Whether these bytes could be followed by some that make them valid. */
function isPossiblyUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
