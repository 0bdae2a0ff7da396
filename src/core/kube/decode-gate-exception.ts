import { isDate } from '../calendar.ts';
import { decodeMeta } from './decode-meta.ts';
import { decodeStatus } from './own-kinds.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import type { GateException } from './types.ts';

const SPEC: At = at(undefined, 'spec');
const OBJECT: At = at(SPEC, 'object');

/** A text that must be there and hold something. */
function required(fields: Fields, key: string, up: At, reading: Reading): string {
  const text = reading.string(fields, key, up);
  if (text === undefined && own(fields, key) === undefined) reading.error('required', at(up, key), 'is required');
  else if (text?.trim() === '') reading.error('required', at(up, key), 'must not be empty');
  return text ?? '';
}

/** Rules of one object, as the schema has it. */
const MOST_RULES = 64;

function readRules(spec: Fields, reading: Reading): readonly string[] {
  const rules = reading.strings(spec, 'rules', SPEC);
  if (rules.length > MOST_RULES)
    reading.error('too-many', at(SPEC, 'rules'), `must not have more than ${MOST_RULES} items`);
  const value = own(spec, 'rules');
  if (value === undefined) reading.error('required', at(SPEC, 'rules'), 'is required');
  else if (Array.isArray(value) && value.length === 0)
    reading.error('required', at(SPEC, 'rules'), 'must not be empty');
  return rules;
}

function readExpires(spec: Fields, reading: Reading): string {
  const text = required(spec, 'expires', SPEC, reading);
  if (text.trim() !== '' && !isDate(text)) {
    const message = `"${text}" is no date: write a day that exists as YYYY-MM-DD`;
    reading.error('invalid-date', at(SPEC, 'expires'), message);
  }
  return text;
}

/** A misspelt field is an error: what was meant by it would not hold. */
function noUnknown(fields: Fields, known: readonly string[], place: At | undefined, reading: Reading): void {
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) reading.error('unknown-field', at(place, name), `unknown field "${name}"`);
  }
}

/**
 * chokepoint.dev/v1alpha1 GateException (policies/gate-exception.schema.json). Every field of its spec must be there; one with an error sets
 * nothing aside. Whether its rules exist, and may be set aside, is told where it is judged by.
 */
export function decodeGateException(fields: Fields, reading: Reading): GateException {
  const meta = decodeMeta(fields, reading, 'namespaced');
  const spec = reading.object(fields, 'spec', undefined);
  if (spec === undefined && own(fields, 'spec') === undefined) reading.error('required', SPEC, 'is required');
  const object = spec && reading.object(spec, 'object', SPEC);
  if (spec !== undefined && own(spec, 'object') === undefined) reading.error('required', OBJECT, 'is required');
  noUnknown(fields, ['apiVersion', 'kind', 'metadata', 'spec', 'status'], undefined, reading);
  noUnknown(spec ?? {}, ['object', 'rules', 'reason', 'expires'], SPEC, reading);
  noUnknown(object ?? {}, ['kind', 'name'], OBJECT, reading);
  const readSpec = <Value>(read: (fields: Fields) => Value, absent: Value): Value =>
    spec === undefined ? absent : read(spec);
  const target = {
    kind: object === undefined ? '' : required(object, 'kind', OBJECT, reading),
    name: object === undefined ? '' : required(object, 'name', OBJECT, reading),
  };
  return {
    kind: 'GateException',
    meta,
    target,
    rules: readSpec(one => readRules(one, reading), []),
    reason: readSpec(one => required(one, 'reason', SPEC, reading), ''),
    expires: readSpec(one => readExpires(one, reading), ''),
    incomplete: reading.failed,
    status: decodeStatus(fields),
  };
}
