import picocolors from 'picocolors';
import { type Palette, PLAIN, problemLine } from '../adapters/report/text.ts';
import type { Problem } from '../core/manifest.ts';

/** Colours, where they are wanted. */
export function paletteFor(isColoured: boolean): Palette {
  if (!isColoured) return PLAIN;
  const { red, yellow, green, bold, dim } = picocolors.createColors(true);
  return { bad: red, doubtful: yellow, good: green, strong: bold, faint: dim };
}

/** Problems for standard error, a line each. */
export function problemText(problems: readonly Problem[]): string {
  return problems.map(problem => `${problemLine(problem, PLAIN)}\n`).join('');
}
