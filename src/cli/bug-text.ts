import { visibleText } from '../core/visible-text.ts';

/** Every line of a text on its own, without anything invisible. */
export const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n');

/** What is told of an error of ours: its stack, to be reported. */
export function bugText(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `chokepoint: this is a bug of chokepoint itself:\n${visibleLines(stack)}\n`;
}
