import wrapAnsi from 'wrap-ansi';

/** Narrower than this nothing is wrapped: every word would stand alone. */
const NARROWEST = 40;

/**
 * Breaks texts between words for a terminal of so many columns; lines after the first are indented by `hang`. Colour codes count for nothing, and go
 * on in the next line. A word that is too long for a line stands out.
 */
export function wrapperFor(columns: number): (text: string, hang: number) => string {
  if (columns < NARROWEST) return text => text;
  return (text, hang) => wrapAnsi(text, Math.max(1, columns - hang)).replaceAll('\n', `\n${' '.repeat(hang)}`);
}
