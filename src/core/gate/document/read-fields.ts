import { parsePath } from '../../field-path.ts';
import { type At, at, type Fields, own, type Reading } from '../../kube/reading.ts';
import { isDate } from '../calendar.ts';
import { suggestion } from '../nearest.ts';

/** A GatePolicy document as YAML or JSON gives it: anything may stand in it. */
export type GatePolicyDocument = Fields;

/** A text of a closed list. `undefined` where absent, and after an issue where it is none of them. */
export function readOneOf<T extends string>(
  fields: Fields,
  key: string,
  up: At | undefined,
  allowed: readonly T[],
  reading: Reading,
): T | undefined {
  const text = reading.string(fields, key, up);
  if (text === undefined) return undefined;
  const value = allowed.find(one => one === text);
  return value ?? reading.error('invalid-value', at(up, key), `must be one of ${allowed.join(', ')}`);
}

/** A text that must be there and not blank; empty after an issue. */
export function readText(fields: Fields, key: string, up: At | undefined, reading: Reading): string {
  const text = reading.string(fields, key, up);
  if (text === undefined) {
    if (own(fields, key) === undefined) reading.error('required', at(up, key), 'is required');
    return '';
  }
  if (text.trim() === '') reading.error('required', at(up, key), 'must not be empty');
  return text;
}

/** A `YYYY-MM-DD` that exists; empty after an issue. */
export function readDate(fields: Fields, key: string, up: At | undefined, reading: Reading): string {
  const text = readText(fields, key, up, reading);
  if (text.trim() === '') return '';
  if (!isDate(text))
    reading.error('invalid-date', at(up, key), `"${text}" is no date: write a day that exists as YYYY-MM-DD`);
  return text;
}

/** Texts that must each be one of the known names; the unknown ones are left out after an issue. */
export function readKnown(
  fields: Fields,
  key: string,
  up: At | undefined,
  what: string,
  known: ReadonlySet<string>,
  reading: Reading,
): readonly string[] {
  const place = at(up, key);
  return reading.strings(fields, key, up).filter((name, index) => {
    if (known.has(name)) return true;
    reading.error('unknown-name', at(place, index), `there is no ${what} "${name}"${suggestion(name, known)}`);
    return false;
  });
}

/** The objects of a list with their places; items that are none are left out after an issue. */
export function readObjects(
  parent: Fields,
  key: string,
  up: At | undefined,
  reading: Reading,
): readonly { readonly fields: Fields; readonly place: At }[] {
  return reading.list(parent, key, up).flatMap((item, index) => {
    const place = at(at(up, key), index);
    const fields = reading.fields(item, place);
    if (fields !== undefined) return { fields, place };
    if (item === null) reading.error('wrong-type', place, 'expected an object, got null');
    return [];
  });
}

/** The place that a field path names. */
export function placeOf(path: string): At | undefined {
  return (parsePath(path) ?? []).reduce<At | undefined>((up, key) => at(up, key), undefined);
}
