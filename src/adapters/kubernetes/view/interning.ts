/** Values that are remembered. Beyond this the memory is emptied: what comes later is then shared among itself. */
const MAX_REMEMBERED = 20_000;
/** Longest key that is remembered, in UTF-16 units: what is longer is hardly there twice, and a stranger may make it of any length. */
const MAX_KEY_LENGTH = 4096;
/** Most of all keys together, in UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Gives equal data one body: pods of one template carry the same containers and labels thousands of times over. */
export interface Interner {
  /**
   * The value that was first given for this key, else this one. The key must tell all that the value says, and of what sort it is;
   * neither may be changed any more.
   */
  intern<Value>(key: string, value: Value): Value;
}

export function createInterner(): Interner {
  const known = new Map<string, unknown>();
  let length = 0;
  return {
    intern: <Value>(key: string, value: Value): Value => {
      // Equal keys stand for equal values of one sort, so that what is found is a Value.
      const first = known.get(key) as Value | undefined;
      if (first !== undefined) return first;
      if (key.length > MAX_KEY_LENGTH) return value;
      if (known.size >= MAX_REMEMBERED || length + key.length > MAX_LENGTH) {
        known.clear();
        length = 0;
      }
      known.set(key, value);
      length += key.length;
      return value;
    },
  };
}
