import { isDate } from '../../calendar.ts';
import { parsePath } from '../../field-path.ts';
import { type At, at, type Fields, Reading } from '../../kube/reading.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { AddressReader } from '../../net/ip.ts';
import { suggestion } from '../nearest.ts';

/** A GatePolicy document as YAML or JSON gives it: anything may stand in it. */
export type GatePolicyDocument = Fields;

/** The reading of a document, with the reader of the addresses that its author wrote. */
export class DocumentReading extends Reading {
  readonly readAddress: AddressReader;

  constructor(readAddress: AddressReader) {
    super();
    this.readAddress = readAddress;
  }

  cidr(text: string): Cidr {
    return parseCidr(text, this.readAddress);
  }
}

/** A text of a closed list. `undefined` where absent, and where it is none of them, of which the schema tells. */
export function readOneOf<T extends string>(
  fields: Fields,
  key: string,
  up: At | undefined,
  allowed: readonly T[],
  reading: Reading,
): T | undefined {
  const text = reading.string(fields, key, up);
  return allowed.find(one => one === text);
}

/** A text; empty where absent. Where it must be there and not blank, the schema tells. */
export function readText(fields: Fields, key: string, up: At | undefined, reading: Reading): string {
  return reading.string(fields, key, up) ?? '';
}

/** A `YYYY-MM-DD` that exists; empty where absent, and after an issue. */
export function readDate(fields: Fields, key: string, up: At | undefined, reading: Reading): string {
  const text = reading.string(fields, key, up);
  if (text === undefined) return '';
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
  return reading.objects(parent, key, up).map(([fields, place]) => ({ fields, place }));
}

/** The place that a field path names. */
export function placeOf(path: string): At | undefined {
  return (parsePath(path) ?? []).reduce<At | undefined>((up, key) => at(up, key), undefined);
}
