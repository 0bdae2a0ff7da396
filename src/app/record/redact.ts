import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import { isSecretName, REDACTED, withoutSecrets, withoutShapes } from '../../core/secret-shapes.ts';

/** Where settings of a process stand: every value in them may be a secret, whatever it is called. */
const ENVIRONMENTS: ReadonlySet<string> = new Set([
  'env',
  'envVars',
  'environment',
  'extraEnv',
  'environmentVariables',
]);

/** Texts of programs: what chance made in them is a secret. */
const COMMANDS: ReadonlySet<string> = new Set(['args', 'command', 'annotations', 'cmd', 'arguments']);

/** What tools keep of an object in its own annotations: all of it once more, secrets too. */
const COPIES = /last-applied|applied-manifest|original-object/;

/** `registry.example/token:1.2` sets no token. */
const IMAGES: ReadonlySet<string> = new Set(['image', 'imageID']);

type Redact = (text: string) => string;

/** A value of which nothing but its shape is kept. */
function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (isFields(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hidden(one)]));
  return typeof value === 'string' && value === '' ? '' : value === null ? null : REDACTED;
}

/** One item of a list of variables: its name and what it refers to stay. */
function variable(item: unknown): unknown {
  if (!isFields(item)) return typeof item === 'string' ? item.replace(/=[\s\S]*$/, `=${REDACTED}`) : hidden(item);
  return fieldsOf(item, withoutShapes, (key, value) => (key === 'value' ? hidden(value) : undefined));
}

function environment(value: unknown): unknown {
  return Array.isArray(value) ? value.map(variable) : hidden(value);
}

/** A list of texts, in which the value of a flag may follow it. */
function listOf(items: readonly unknown[], redact: Redact): readonly unknown[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const isOfFlag = typeof before === 'string' && before.startsWith('-') && isSecretName(before);
    if (typeof item === 'string' && isOfFlag && !item.startsWith('-')) return REDACTED;
    return plainOf(item, redact);
  });
}

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/** Letters of the shortest name that {@link COPIES} knows. */
const SHORTEST_COPY = 12;

/** What a field's name alone decides; `undefined`: nothing. Most names are of lists and objects, which few names decide about. */
function byName(key: string, value: unknown, of: Fields): unknown {
  const isObject = typeof value === 'object';
  if (isObject && ENVIRONMENTS.has(key)) return environment(value);
  if (IMAGES.has(key)) return value;
  if (key.length >= SHORTEST_COPY && COPIES.test(key)) return hidden(value);
  const isSecretWhole = isObject ? Array.isArray(value) && value.every(isPlain) : isPlain(value);
  if (isSecretWhole && isSecretName(key)) return hidden(value);
  // A header, or a setting, as a pair of its own.
  const name = key === 'value' ? own(of, 'name') : undefined;
  return typeof name === 'string' && isSecretName(name) ? hidden(value) : undefined;
}

/** Names of fields by their UTF-16 units. Most objects have few, or have them so already. */
function namesInOrder(fields: Fields): readonly string[] {
  const names = Object.keys(fields);
  let last = '';
  for (const name of names) {
    if (name < last) return names.sort();
    last = name;
  }
  return names;
}

/** A copy of its own, with its keys in the order in which they are hashed. Written as a loop, as it is much of what a line costs. */
function fieldsOf(fields: Fields, redact: Redact, decided = byName): Fields {
  const kept: Record<string, unknown> = {};
  for (const key of namesInOrder(fields)) {
    const value = fields[key];
    const by = value === null ? null : decided(key, value, fields);
    const said = by === undefined ? plainOf(value, COMMANDS.has(key) ? withoutSecrets : redact) : by;
    // A plain assignment to this one would set the prototype.
    if (key === '__proto__') Object.defineProperty(kept, key, { value: said, enumerable: true });
    else kept[key] = said;
  }
  return kept;
}

function plainOf(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return listOf(value, redact);
  return isFields(value) ? fieldsOf(value, redact) : value;
}

/** A text that is a field of an object's metadata, as {@link redacted} leaves it. */
export const redactedText = (key: string, text: string): unknown =>
  byName(key, text, {}) ?? plainOf(text, COMMANDS.has(key) ? withoutSecrets : withoutShapes);

/** `data` and `stringData` of a Secret (core/v1), whatever its type. */
const ofSecret = (key: string, value: unknown, of: Fields): unknown =>
  key === 'data' || key === 'stringData' ? hidden(value) : byName(key, value, of);

/**
 * An object without its secrets: values of environment variables, data of Secrets, and what is a secret by its name or by its shape wherever it
 * stands. That there was one is kept ({@link REDACTED}); `metadata.managedFields` is left out. It can miss a secret that looks like any other text.
 */
export function redacted(object: Fields): Fields {
  const decided = own(object, 'kind') === 'Secret' ? ofSecret : byName;
  const { metadata } = object;
  if (!isFields(metadata)) return fieldsOf(object, withoutShapes, decided);
  const { managedFields: _, ...kept } = metadata;
  return fieldsOf({ ...object, metadata: kept }, withoutShapes, decided);
}
