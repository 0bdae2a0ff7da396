import picocolors from 'picocolors';
import { type Palette, PLAIN } from '../adapters/report/text.ts';

/** Colours, where they are wanted. */
export function paletteFor(isColoured: boolean): Palette {
  if (!isColoured) return PLAIN;
  const { red, yellow, green, bold, dim } = picocolors.createColors(true);
  return { bad: red, doubtful: yellow, good: green, strong: bold, faint: dim };
}
