import { formatPath, type PathSegment } from '../../field-path.ts';
import type { Issue } from '../../kube/reading.ts';
import { suggestion } from '../nearest.ts';
import validateGatePolicy, { type Departure } from './validate-gate-policy.js';

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['integer', 'a whole number'],
  ['object', 'an object'],
  ['string', 'a text'],
]);

/** The value's segments; a number where the pointer goes through a list (RFC 6901). */
function segmentsOf(pointer: string, document: unknown): readonly PathSegment[] {
  let value = document;
  return pointer
    .split('/')
    .slice(1)
    .map(token => {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(value);
      value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
      return isIndex ? Number(key) : key;
    });
}

/** What is said of a departure. */
interface Said {
  readonly code: string;
  /** The field below the value that is at fault, where it is not the value itself. */
  readonly field?: string;
  readonly message: string;
}

const listed = (values: unknown): readonly unknown[] => (Array.isArray(values) ? values : [values]);

function typeMessage(departure: Departure): string {
  const types = listed(departure.params.type).map(type => TYPE_NAMES.get(String(type)) ?? String(type));
  const hint = departure.data === null ? '; leave the field out if it is not meant' : '';
  return `must be ${types.join(' or ')}${hint}`;
}

function enumMessage(departure: Departure): string {
  const allowed = listed(departure.params.allowedValues);
  return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}`;
}

const missing = ({ params }: Departure): Said => ({
  code: 'required',
  field: String(params.missingProperty),
  message: 'is required',
});

const empty = (): Said => ({ code: 'required', message: 'must not be empty' });

function unknownField({ params, parentSchema }: Departure): Said {
  const name = String(params.additionalProperty);
  const known = Object.keys(parentSchema.properties ?? {});
  return { code: 'unknown-field', field: name, message: `unknown field "${name}"${suggestion(name, known)}` };
}

/** By keyword of JSON Schema, what is said of a departure from it. A text is only ever held to a pattern that asks for something in it. */
const WORDING: ReadonlyMap<string, (departure: Departure) => Said> = new Map([
  ['type', departure => ({ code: 'wrong-type', message: typeMessage(departure) })],
  ['required', missing],
  ['dependentRequired', missing],
  ['minItems', empty],
  ['pattern', empty],
  ['minProperties', empty],
  ['enum', departure => ({ code: 'invalid-value', message: enumMessage(departure) })],
  ['minimum', ({ params }) => ({ code: 'invalid-value', message: `must be at least ${params.limit}` })],
  ['maximum', ({ params }) => ({ code: 'invalid-value', message: `must be at most ${params.limit}` })],
  ['additionalProperties', unknownField],
] satisfies readonly (readonly [string, (departure: Departure) => Said])[]);

function issueOf(departure: Departure, document: unknown): Issue {
  const { keyword, instancePath } = departure;
  const { code, field, message } = WORDING.get(keyword)?.(departure) ?? {
    code: 'invalid-value',
    message: `breaks ${keyword}`,
  };
  const segments = segmentsOf(instancePath, document);
  return { severity: 'error', code, path: formatPath(field === undefined ? segments : [...segments, field]), message };
}

/** What Ajv makes of a schema: whether a document keeps to it; of the last call, `errors` has the departures, null for none. */
export interface Validator {
  (document: unknown): boolean;
  readonly errors?: readonly Departure[] | null;
}

/** Every departure of a document from a schema; nothing is coerced, and no default is written into it. */
export const departuresOf = (validate: Validator, document: unknown): readonly Issue[] =>
  validate(document) ? [] : (validate.errors ?? []).map(departure => issueOf(departure, document));

/** Every departure of a document from `policies/gate-policy.schema.json`. */
export const checkSchema = (document: unknown): readonly Issue[] => departuresOf(validateGatePolicy, document);

/**
 * One issue for one place. The schema speaks of fields that nobody knows, that are missing or empty, and of closed lists; the reader of a field of what
 * its value means. Both see a wrong type, and an empty list of peers: the reader knows more. A warning gives way to an error.
 */
export function mergeIssues(read: readonly Issue[], schema: readonly Issue[]): readonly Issue[] {
  const readErrors = read.filter(issue => issue.severity === 'error');
  const readPaths = new Set(readErrors.map(issue => issue.path));
  const errors = [...readErrors, ...schema.filter(issue => !readPaths.has(issue.path))];
  const errorPaths = new Set(errors.map(issue => issue.path));
  return [...errors, ...read.filter(issue => issue.severity === 'warning' && !errorPaths.has(issue.path))];
}
