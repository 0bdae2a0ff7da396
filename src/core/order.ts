/** Negative, zero or positive. Texts by their UTF-16 code units: the same on every machine, whatever its language. */
export const compare = <Value extends string | bigint | number>(a: Value, b: Value): number =>
  a < b ? -1 : a > b ? 1 : 0;

type Entry = readonly [key: string, value: unknown];

/** Entries of a Map by their keys. */
export const byKey = ([a]: Entry, [b]: Entry): number => compare(a, b);

type Named = { readonly meta: { readonly name: string } };

export const byName = (a: Named, b: Named): number => compare(a.meta.name, b.meta.name);
