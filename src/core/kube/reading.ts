import { formatPath, type PathSegment } from '../field-path.ts';

/** Something in an object that cannot be read, or that the API server would not take as it is written. */
export interface Issue {
  readonly severity: 'error' | 'warning';
  /** Stable kebab-case name of the kind of trouble. */
  readonly code: string;
  /** Field path inside the object; empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Where a value stands. A linked list, so that reading a good object never builds a path text. */
export interface At {
  readonly up: At | undefined;
  readonly key: PathSegment;
}

/** Any object of the API as JSON gives it. Its keys are strangers' strings: read them with {@link own} alone. */
export type Fields = Readonly<Record<string, unknown>>;

export const at = (up: At | undefined, key: PathSegment): At => ({ up, key });

export function pathText(place: At | undefined): string {
  const segments: PathSegment[] = [];
  for (let next = place; next !== undefined; next = next.up) segments.push(next.key);
  return formatPath(segments.reverse());
}

/** An own property; `undefined` when it is absent or null, which the API does not tell apart. */
export function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? (fields[key] ?? undefined) : undefined;
}

/** An object, not a list. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that a field holds; an empty one where it is absent or holds something else. */
export function fieldsAt(fields: Fields, key: string): Fields {
  const value = own(fields, key);
  return isFields(value) ? value : {};
}

/** The one list of nothing. */
export const NO_ITEMS: readonly never[] = [];

/**
 * The same items in no more memory than they need. A list that grew item by item, as what `flatMap`, `filter` and `push` give, has room for sixteen
 * more in V8, and an empty one is an object of its own: objects of a cluster are kept by the hundred thousand.
 */
export const fitted = <Item>(items: readonly Item[]): readonly Item[] =>
  items.length === 0 ? NO_ITEMS : items.slice();

/** What stands at a field path without lists: `spec.network.ingressFrom`; `undefined` where a level is absent. */
export const valueAt = (fields: Fields, path: string): unknown =>
  path.split('.').reduce<unknown>((now, key) => (isFields(now) ? own(now, key) : undefined), fields);

/** What stands at a path without lists, as text; empty where it is absent or no text. */
export function textAt(fields: Fields, path: string): string {
  const value = valueAt(fields, path);
  return typeof value === 'string' ? value : '';
}

/** The objects that are listed at a path without lists. */
export function objectsAt(fields: Fields, path: string): readonly Fields[] {
  const value = valueAt(fields, path);
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The texts that are listed at a path without lists. */
export function textsAt(fields: Fields, path: string): readonly string[] {
  const value = valueAt(fields, path);
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value === 'object' ? 'object' : typeof value;
}

const article = (noun: string): string => `${noun === 'object' ? 'an' : 'a'} ${noun}`;

/** A boolean may be written as `yes`, `off` or `True`: what is to be in quotes is what is written, which is not known here. */
function quoteAdvice(value: unknown): string {
  if (typeof value === 'boolean') return ': write it in quotes, as it stands there';
  return typeof value === 'number' ? `: write it in quotes, "${value}"` : '';
}

/**
 * Collects the issues of one object while it is read.
 * Every `read` method returns `undefined` (or an empty collection) for an absent field, and also for a wrong type, after noting an issue.
 */
export class Reading {
  readonly issues: Issue[] = [];

  error(code: string, place: At | undefined, message: string): undefined {
    this.issues.push({ severity: 'error', code, path: pathText(place), message });
  }

  warn(code: string, place: At | undefined, message: string): void {
    this.issues.push({ severity: 'warning', code, path: pathText(place), message });
  }

  get failed(): boolean {
    return this.issues.some(issue => issue.severity === 'error');
  }

  #wrong(place: At, expected: string, value: unknown): undefined {
    const quote = expected === 'string' ? quoteAdvice(value) : '';
    return this.error('wrong-type', place, `expected ${article(expected)}, got ${article(typeName(value))}${quote}`);
  }

  fields(value: unknown, place: At): Fields | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
    return this.#wrong(place, 'object', value);
  }

  object(parent: Fields, key: string, up: At | undefined): Fields | undefined {
    return this.fields(own(parent, key), at(up, key));
  }

  /** A list field. Absent, null and empty are all the empty list: where they differ in meaning, nothing in the API does. */
  list(parent: Fields, key: string, up: At | undefined): readonly unknown[] {
    const value = own(parent, key);
    if (value === undefined) return NO_ITEMS;
    if (Array.isArray(value)) return value;
    this.#wrong(at(up, key), 'list', value);
    return NO_ITEMS;
  }

  /** The items of a list field that are objects, each with where it stands; the others are left out, after an issue where they are not null. */
  objects(parent: Fields, key: string, up: At | undefined): readonly (readonly [Fields, At])[] {
    return this.list(parent, key, up).flatMap((item, index): readonly (readonly [Fields, At])[] => {
      const place = at(at(up, key), index);
      const fields = this.fields(item, place);
      return fields === undefined ? [] : [[fields, place]];
    });
  }

  string(parent: Fields, key: string, up: At | undefined): string | undefined {
    const value = own(parent, key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(at(up, key), 'string', value);
  }

  integer(parent: Fields, key: string, up: At | undefined): number | undefined {
    const value = own(parent, key);
    if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value;
    return this.#wrong(at(up, key), 'whole number', value);
  }

  boolean(parent: Fields, key: string, up: At | undefined): boolean | undefined {
    const value = own(parent, key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrong(at(up, key), 'boolean', value);
  }

  strings(parent: Fields, key: string, up: At | undefined): readonly string[] {
    const texts = this.list(parent, key, up).filter((item, index): item is string => {
      if (typeof item === 'string') return true;
      this.#wrong(at(at(up, key), index), 'string', item);
      return false;
    });
    return fitted(texts);
  }

  /** A map of strings to strings: labels, annotations, Service selectors. */
  labels(parent: Fields, key: string, up: At | undefined): ReadonlyMap<string, string> {
    const labels = new Map<string, string>();
    const value = this.object(parent, key, up);
    if (value === undefined) return labels;
    for (const name of Object.keys(value)) {
      const text = this.string(value, name, at(up, key));
      // The API server stores null as the empty string: a Go map's zero value.
      if (text !== undefined || value[name] === null) labels.set(name, text ?? '');
    }
    return labels;
  }

  /** Warns of fields that the API does not know: most often a typing error that changes the meaning. */
  knownFields(fields: Fields, known: ReadonlySet<string>, place: At | undefined): void {
    for (const name of Object.keys(fields)) {
      if (!known.has(name))
        this.warn('unknown-field', at(place, name), `unknown field "${name}": the API server drops or refuses it`);
    }
  }
}
