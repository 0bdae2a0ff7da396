import { cutText } from '../../core/visible-text.ts';

/** What is left out of one line, and why. */
export type LeftOut = string[];

/** The first ones; of the others it is told that they are left out. */
export function firstOf<Item>(items: readonly Item[], most: number, what: string, leftOut: LeftOut): readonly Item[] {
  if (items.length > most) leftOut.push(`${what}: ${items.length - most} more`);
  return items.slice(0, most);
}

/** A text within so many UTF-16 units; of texts that are cut it is told once that they are. */
export function cutTo(text: string, most: number, what: string, leftOut: LeftOut): string {
  if (text.length <= most) return text;
  const told = `${what}: longer than ${most} characters`;
  if (!leftOut.includes(told)) leftOut.push(told);
  return cutText(text, most);
}
