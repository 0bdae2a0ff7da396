import type { SignalMatch } from '../gate/types.ts';

/** Text as signals compare it: lower case, `_` as `-` (`kubernetes_mcp_server` and `kubernetes-mcp-server` are one name). */
export function normal(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}

const MCP = /mcp/i;

/** Whether "mcp" stands anywhere in a text, in whatever case: cheaper than {@link normal}. */
export function holdsMcp(text: string): boolean {
  return MCP.test(text);
}

const SEPARATORS: ReadonlySet<string> = new Set(['', '-', '.', '/', '@', ':', ' ']);

/** Whether `word` stands in `text` between separators or ends: `mcp` in `mcp-weather`, not in `mcpherson` or `tmcp`. Both normal. */
export function hasWord(text: string, word: string): boolean {
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
    if (SEPARATORS.has(text.charAt(start - 1)) && SEPARATORS.has(text.charAt(start + word.length))) return true;
  }
  return false;
}

/** Whether a normal text matches one normal value. */
const COMPARE: Readonly<Record<SignalMatch, (text: string, value: string) => boolean>> = {
  equals: (text, value) => text === value,
  prefix: (text, value) => text.startsWith(value),
  suffix: (text, value) => text.endsWith(value),
  word: hasWord,
};

/** A test of normal texts. Without values, any text passes. */
export function textTest(match: SignalMatch, values: readonly string[]): (text: string) => boolean {
  if (values.length === 0) return () => true;
  const wanted = values.map(normal);
  if (match === 'equals') {
    const set = new Set(wanted);
    return text => set.has(text);
  }
  const compare = COMPARE[match];
  return text => wanted.some(value => compare(text, value));
}
