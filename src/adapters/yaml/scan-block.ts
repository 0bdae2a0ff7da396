import { CHOMPING_MODE, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { type Cursor, isBlank, isBreak, isBreakOrEnd, TAB } from './cursor.ts';

/** A scalar in block style: the lines of its text, from `start` to `end`. */
export interface Block extends Pick<ScalarEvent, 'style' | 'chomping' | 'indent'> {
  readonly start: number;
  readonly end: number;
}

interface Header {
  readonly chomping: Block['chomping'];
  /** 0: none is given. */
  readonly increment: number;
}

/** Of tabs. */
export const CANNOT_INDENT = 'must not be used in indentation';

const HEADER = /[|>](?:([+-])(\d?)|(\d?)([+-]?))/y;

function readHeader(cursor: Cursor): Header {
  HEADER.lastIndex = cursor.at;
  const [all = '', first, after, digit, last] = HEADER.exec(cursor.text) ?? [];
  const [sign, increment] = [first ?? last, after || digit];
  if (increment === '0') cursor.fault('found an indentation indicator equal to 0');
  cursor.skip(all.length);
  while (isBlank(cursor.peek(0))) cursor.skip();
  if (cursor.text.charAt(cursor.at) === '#') cursor.skipLine();
  if (!isBreakOrEnd(cursor.peek(0))) cursor.fault('did not find expected comment or line break');
  const chomping = sign === '+' ? CHOMPING_MODE.KEEP : sign === '-' ? CHOMPING_MODE.STRIP : CHOMPING_MODE.CLIP;
  return { chomping, increment: Number(increment ?? 0) };
}

/** Skips empty lines and the indentation behind them; 0 as the indentation finds it. Returns the indentation. */
function skipBreaks(cursor: Cursor, parent: number, given: number): number {
  let deepest = 0;
  for (;;) {
    while ((given === 0 || cursor.column < given) && cursor.peek(0) === 32) cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((given === 0 || cursor.column < given) && cursor.peek(0) === TAB)
      cursor.fault(`tab characters ${CANNOT_INDENT}`);
    if (!isBreak(cursor.peek(0))) return given === 0 ? Math.max(deepest, parent + 1, 1) : given;
    cursor.skipBreak();
  }
}

/** Scans a literal (`|`) or folded (`>`) scalar from its sign on. `parent`: the column of the block that holds it, -1 for none. */
export function scanBlockScalar(cursor: Cursor, parent: number): Block {
  const isLiteral = cursor.text.charAt(cursor.at) === '|';
  const { chomping, increment } = readHeader(cursor);
  if (!cursor.isAtEnd) cursor.skipBreak();
  const start = cursor.at;
  const indent = skipBreaks(cursor, parent, increment > 0 ? Math.max(parent, 0) + increment : 0);
  let hasLastBreak = true;
  while (cursor.column === indent && !cursor.isAtEnd) {
    cursor.skipLine();
    hasLastBreak = !cursor.isAtEnd;
    if (!hasLastBreak) break;
    cursor.skipBreak();
    skipBreaks(cursor, parent, indent);
  }
  return {
    start,
    end: hasLastBreak ? cursor.lineStart : cursor.at,
    indent,
    style: isLiteral ? SCALAR_STYLE.LITERAL_BLOCK : SCALAR_STYLE.FOLDED_BLOCK,
    // A last line without its break has one for kubectl, which reads by lines.
    chomping,
  };
}
