/** Items that a text lists before it counts the rest, where nothing else is asked for. */
const MAX_LISTED = 16;

/** The items with what separates them; of a list that is longer than `most` the first ones, and how many more there are. Empty for no items. */
export function listed(items: readonly string[], most = MAX_LISTED, separator = ', '): string {
  if (items.length <= most) return items.join(separator);
  return `${items.slice(0, most).join(separator)} and ${items.length - most} more`;
}
