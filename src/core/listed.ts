/** Items that a text lists before it counts the rest, where nothing else is asked for. */
const MAX_LISTED = 16;

/** The items with what separates them; of a list that is longer than `most` the first ones, and how many more there are. Empty for no items. */
export function listed(items: readonly string[], most = MAX_LISTED, separator = ', '): string {
  if (items.length <= most) return items.join(separator);
  return `${items.slice(0, most).join(separator)} and ${items.length - most} more`;
}

/** As {@link listed}, of what has a text: that of what is not listed is not asked for. */
export function listedTexts(items: readonly { readonly text: string }[], most = MAX_LISTED): string {
  const first = items.slice(0, most).map(({ text }) => text);
  return items.length <= most ? first.join(', ') : `${first.join(', ')} and ${items.length - most} more`;
}
