/** Items that a text lists before it counts the rest, where nothing else is asked for. */
const MAX_LISTED = 16;

/** The first items of a list, and how many more there are. */
function firstAndMore(first: readonly string[], more: number, separator: string): string {
  const text = first.join(separator);
  return more > 0 ? `${text} and ${more} more` : text;
}

/** The items with what separates them; of a list that is longer than `most` the first ones, and how many more there are. Empty for no items. */
export function listed(items: readonly string[], most = MAX_LISTED, separator = ', '): string {
  return firstAndMore(items.slice(0, most), items.length - most, separator);
}

/** As {@link listed}, of what has a text: that of what is not listed is not asked for. */
export function listedTexts(items: readonly { readonly text: string }[], most = MAX_LISTED): string {
  const first = items.slice(0, most).map(({ text }) => text);
  return firstAndMore(first, items.length - most, ', ');
}
