/**
 * Characters that show nothing, or change how what follows is shown: controls (C0, DEL, C1), bidirectional marks and overrides, zero-width and
 * invisible operators, lone surrogates and noncharacters, which XML cannot hold; and what a reader who sees only glyphs never gets to know of,
 * while a program that reads the text does: variation selectors, tags, fillers, every other default-ignorable code point, assigned or not.
 * Source: Unicode 17, general categories Cc, Cf, Cs, Zl, Zp, property Default_Ignorable_Code_Point (UAX 44), section 23.7 (noncharacters).
 */
const withoutInvisible = (text: string): string =>
  // Written here, since to look its properties up costs every start half a millisecond, and nearly every text is plain.
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu, '');

/** Printable ASCII, of which nothing is invisible. */
const PLAIN = /^[ -~]*$/;
const BREAK = /[\t\n\r\u0085\u2028\u2029]+/g;
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/;

/** A stranger's text as one line that is safe on a terminal: breaks become a space, everything invisible is taken out. */
export function visibleText(text: string): string {
  return PLAIN.test(text) ? text : withoutInvisible(text.replace(BREAK, ' '));
}

/** As {@link visibleText}, of text whose lines are meant: each is cleaned by itself. */
export function visibleLines(text: string): string {
  return text.split(LINE_BREAK).map(visibleText).join('\n');
}

/** As {@link visibleLines}, of a diff: its lines are those that end with `\n`, and a `\r` before that is what the file has. */
export const visibleDiff = (diff: string): string =>
  diff
    .split('\n')
    .map(line => (line.endsWith('\r') ? `${visibleText(line.slice(0, -1))}\r` : visibleText(line)))
    .join('\n');

/** Whether there is nothing in plain data for {@link visibleText} to take out. */
function isVisible(data: unknown): boolean {
  if (typeof data === 'string') return visibleText(data) === data;
  if (typeof data !== 'object' || data === null) return true;
  if (Array.isArray(data)) return data.every(isVisible);
  return Object.entries(data).every(([key, value]) => visibleText(key) === key && isVisible(value));
}

function cleaned(data: unknown): unknown {
  if (typeof data === 'string') return visibleText(data);
  if (Array.isArray(data)) return data.map(cleaned);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [visibleText(key), cleaned(value)]));
}

/** Plain data with {@link visibleText} done to every string and key in it; the same where that changes nothing, as it does in nearly all. */
export function visibleData<Data>(data: Data): Data;
export function visibleData(data: unknown): unknown {
  return isVisible(data) ? data : cleaned(data);
}

/** The text within `limit` UTF-16 units, with `…` for what is left out. A character that takes two is not cut in half. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const isHalved = (text.charCodeAt(limit - 2) & 0xfc00) === 0xd800;
  return `${text.slice(0, isHalved ? limit - 2 : limit - 1)}…`;
}
