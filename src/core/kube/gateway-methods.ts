import { type Aspect, type Control, control } from './gateway-fact.ts';
import { type At, at, type Fields, own, pathText, type Reading, valueAt } from './reading.ts';

/** A value of a field that lets requests past a method. */
export interface Gap {
  /** Field path below the method: `mode`. */
  readonly at: string;
  readonly is: readonly unknown[];
  /** What passes then. */
  readonly passes: string;
}

/** A field by which a policy asks something of callers. */
export interface Method {
  readonly field: string;
  /** What a request has passed that has passed it. */
  readonly asks: readonly Aspect[];
  readonly gaps?: readonly Gap[];
  /** A field below it that makes it count for some requests alone. */
  readonly limitedBy?: string;
}

const NO_TOKEN = 'a request without a token passes';
const NO_SERVICE = 'every request passes while the service that decides cannot be reached';

/** An external service that decides: it knows the caller, and what he may. */
export const EXTERNAL: readonly Aspect[] = ['authentication', 'authorization'];
export const FAIL_OPEN: Gap = { at: 'failOpen', is: [true], passes: NO_SERVICE };
export const tokenGap = (field: string, ...values: readonly unknown[]): Gap => ({
  at: field,
  is: values,
  passes: NO_TOKEN,
});

/** Values of lists and objects are told by where they stand alone. */
const valueText = (value: unknown): string => (typeof value === 'object' ? '' : `: ${String(value)}`);

/** What one method asks; of a part of another shape than its API has, nothing is known. */
function askedBy(
  { field, asks, gaps = [], limitedBy = '' }: Method,
  parent: Fields,
  up: At,
  reading: Reading,
): readonly Control[] {
  const value = own(parent, field);
  if (value === undefined) return [];
  const place = at(up, field);
  const part = reading.fields(value, place);
  const path = pathText(place);
  if (part === undefined) return asks.map(aspect => control(aspect, field, 'unknown', path, `${path} cannot be read`));
  if (own(part, limitedBy) !== undefined) {
    const limit = `${path}.${limitedBy}`;
    return asks.map(aspect =>
      control(aspect, field, 'unknown', limit, `${limit} says for which requests: that is not judged`),
    );
  }
  const gap = gaps.find(one => one.is.includes(valueAt(part, one.at)));
  if (gap === undefined) return asks.map(aspect => control(aspect, field, 'required', path, path));
  const written = `${path}.${gap.at}`;
  const says = `${gap.passes} (${written}${valueText(valueAt(part, gap.at))})`;
  return asks.map(aspect => control(aspect, field, 'optional', written, says));
}

/** What the methods of a policy ask of callers. */
export const askedIn = (methods: readonly Method[], parent: Fields, up: At, reading: Reading): readonly Control[] =>
  methods.flatMap(method => askedBy(method, parent, up, reading));

/** The object at a path of fields, and where it stands; an empty one where it is absent or holds something else. */
export function partAt(parent: Fields, up: At, keys: readonly string[], reading: Reading): readonly [Fields, At] {
  let [fields, place] = [parent, up];
  for (const key of keys) {
    fields = reading.object(fields, key, place) ?? {};
    place = at(place, key);
  }
  return [fields, place];
}

/** What holds at every port, out of what is said by default and at single ones; which listener has which port is not kept. Unknown where they differ. */
export function atEveryPort(each: readonly (Control | undefined)[], path: string): readonly Control[] {
  const [first] = each.flatMap(one => one ?? []);
  if (first === undefined) return [];
  if (each.every(one => one?.demand === first.demand)) return [first];
  return [{ ...first, demand: 'unknown', path, says: `${path} says other things of some ports than of others` }];
}
