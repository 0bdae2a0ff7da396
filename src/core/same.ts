/** Whether two pieces of decoded data say the same: maps and sets in any order, lists in order, objects by their own keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && isSameList(a, b);
  if (a instanceof Map || b instanceof Map) return a instanceof Map && b instanceof Map && isSameMap(a, b);
  if (a instanceof Set || b instanceof Set) {
    return a instanceof Set && b instanceof Set && a.size === b.size && [...a].every(item => b.has(item));
  }
  return isSameRecord(a, b);
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
}

/** Whether two lists hold the same objects in the same order. */
export const areSameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a === b || (a.length === b.length && a.every((item, index) => item === b[index]));

function isSameMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)));
}

/** Compares policies by the thousand, so that it makes nothing but the lists of keys. */
function isSameRecord(a: object, b: object): boolean {
  const keys = Object.keys(a);
  const isSameAt = (key: string): boolean => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key));
  return keys.length === Object.keys(b).length && keys.every(isSameAt);
}
