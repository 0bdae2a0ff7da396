import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import schema from '../../../policies/gate-policy.schema.json' with { type: 'json' };
import { formatPath, type PathSegment } from '../../core/field-path.ts';
import type { SchemaCheck } from '../../core/gate/document/decode-gate-policy.ts';
import { suggestion } from '../../core/gate/nearest.ts';
import type { Issue } from '../../core/kube/reading.ts';

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

interface Departure {
  readonly code: string;
  /** The field below the value that is at fault, where it is not the value itself. */
  readonly field?: string;
  readonly message: string;
}

const listed = (values: unknown): readonly unknown[] => (Array.isArray(values) ? values : [values]);

function typeMessage(error: ErrorObject): string {
  const types = listed(error.params.type).map(type => TYPE_NAMES.get(String(type)) ?? String(type));
  const hint = error.data === null ? '; leave the field out if it is not meant' : '';
  return `must be ${types.join(' or ')}${hint}`;
}

function enumMessage(error: ErrorObject): string {
  const allowed = listed(error.params.allowedValues);
  return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}`;
}

/** By keyword of JSON Schema, what is said of a departure from it. */
const DEPARTURES: ReadonlyMap<string, (error: ErrorObject) => Departure> = new Map<
  string,
  (error: ErrorObject) => Departure
>([
  ['type', error => ({ code: 'wrong-type', message: typeMessage(error) })],
  ['required', error => ({ code: 'required', field: String(error.params.missingProperty), message: 'is required' })],
  ['minItems', () => ({ code: 'required', message: 'must not be empty' })],
  ['minLength', () => ({ code: 'required', message: 'must not be empty' })],
  ['enum', error => ({ code: 'invalid-value', message: enumMessage(error) })],
  [
    'additionalProperties',
    error => {
      const name = String(error.params.additionalProperty);
      const known = Object.keys(error.parentSchema?.properties ?? {});
      return { code: 'unknown-field', field: name, message: `unknown field "${name}"${suggestion(name, known)}` };
    },
  ],
]);

function issueOf(error: ErrorObject, document: unknown): Issue {
  const { code, field, message } = DEPARTURES.get(error.keyword)?.(error) ?? {
    code: 'invalid-value',
    message: error.message ?? `breaks ${error.keyword}`,
  };
  const segments = segmentsOf(error.instancePath, document);
  return { severity: 'error', code, path: formatPath(field === undefined ? segments : [...segments, field]), message };
}

/** Compiles the schema of the GatePolicy document. Dates are checked by whoever reads them, so formats are not. */
export function createSchemaCheck(): SchemaCheck {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    validateFormats: false,
  });
  const validate = ajv.compile(schema);
  return document => {
    validate(document);
    return (validate.errors ?? []).map(error => issueOf(error, document));
  };
}
