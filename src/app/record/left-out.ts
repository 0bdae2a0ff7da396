/** What is left out of one line, and why. */
export type LeftOut = string[];

/** The first ones; of the others it is told that they are left out. */
export function firstOf<Item>(items: readonly Item[], most: number, what: string, leftOut: LeftOut): readonly Item[] {
  if (items.length > most) leftOut.push(`${what}: ${items.length - most} more`);
  return items.slice(0, most);
}
