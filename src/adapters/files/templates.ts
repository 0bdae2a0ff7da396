import type { PathSegment } from '../../core/field-path.ts';

/**
 * The fields of any object that templates are looked for in: those that decide what selects what, and that no API takes `{{` in.
 * Elsewhere it can be meant: alerting rules, workflows, ConfigMaps, command lines of docker and kubectl.
 */
const FIELDS: readonly (readonly string[])[] = [
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'labels'],
  ['spec', 'selector'],
  ['spec', 'template', 'metadata', 'labels'],
];

/** Every field of these is looked at: no text in them is free. */
const STRICT_GROUP = 'networking.k8s.io/';

/** The path of a text with `{{` in it, or of the field whose key has one; `undefined` when there is none in the fields that matter. */
export function findTemplate(object: Readonly<Record<string, unknown>>): readonly PathSegment[] | undefined {
  const isStrict = typeof object.apiVersion === 'string' && object.apiVersion.startsWith(STRICT_GROUP);
  for (const path of isStrict ? [...FIELDS, ['spec']] : FIELDS) {
    const found = findIn(valueAt(object, path), path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

function findIn(value: unknown, path: readonly PathSegment[]): readonly PathSegment[] | undefined {
  if (typeof value === 'string') return value.includes('{{') ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    const found = key.includes('{{') ? at : findIn(part, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
