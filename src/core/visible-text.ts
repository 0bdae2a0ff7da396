/**
 * Characters that show nothing, or change how what follows is shown: controls (C0, DEL, C1), bidirectional marks and overrides, zero-width
 * and invisible operators, variation and tag characters that hide text, lone surrogates and noncharacters, which XML cannot hold.
 * Source: Unicode 17, general categories Cc, Cf, Cs, and section 23.7 (noncharacters).
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;
const BREAK = /[\t\n\r\u0085\u2028\u2029]+/g;

/** A stranger's text as one line that is safe on a terminal: breaks become a space, everything invisible is taken out. */
export function visibleText(text: string): string {
  return text.replace(BREAK, ' ').replace(INVISIBLE, '');
}

/** Plain data with {@link visibleText} done to every string and key in it. */
export function visibleData<Data>(data: Data): Data;
export function visibleData(data: unknown): unknown {
  if (typeof data === 'string') return visibleText(data);
  if (Array.isArray(data)) return data.map(item => visibleData(item));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [visibleText(key), visibleData(value)]));
}
