/** The oracle's own reading of raw manifests: null is absent, and so is a value of the wrong type. */

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The mapping; of anything else, an empty one. */
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
/** The list; of anything else, an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** The string; of anything else, the empty one. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** The value of an own key; undefined where it is absent or null. */
export const get = (value: unknown, key: string): unknown => {
  const own = fields(value);
  return Object.hasOwn(own, key) ? (own[key] ?? undefined) : undefined;
};
/** Labels: every own key with its text. */
export const stringMap = (value: unknown): Map<string, string> =>
  new Map(Object.entries(fields(value)).map(([key, item]) => [key, text(item)]));

/** `kind: List` and every other list holds its objects in `items`. */
export function objects(document: unknown): unknown[] {
  return text(get(document, 'kind')).endsWith('List') ? list(get(document, 'items')).flatMap(objects) : [document];
}
export const nameOf = (object: unknown): string => text(get(get(object, 'metadata'), 'name'));
/** An absent namespace is `default`. */
export const namespaceOf = (object: unknown): string => text(get(get(object, 'metadata'), 'namespace')) || 'default';
export const labelsOf = (object: unknown): Map<string, string> => stringMap(get(get(object, 'metadata'), 'labels'));
