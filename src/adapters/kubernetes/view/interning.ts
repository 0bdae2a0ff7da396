/** Values that are remembered. Beyond this the memory is emptied: what comes later is then shared among itself. */
const MAX_REMEMBERED = 20_000;

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
  return {
    intern: <Value>(key: string, value: Value): Value => {
      // Equal keys stand for equal values of one sort, so that what is found is a Value.
      const first = known.get(key) as Value | undefined;
      if (first !== undefined) return first;
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(key, value);
      return value;
    },
  };
}
