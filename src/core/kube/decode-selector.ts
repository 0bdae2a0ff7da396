import { type At, at, type Fields, fitted, type Reading } from './reading.ts';
import { onlyValue } from './selector.ts';
import type { Requirement, Selector } from './types.ts';

const OPERATORS: ReadonlyMap<string, Requirement['operator']> = new Map([
  ['In', 'In'],
  ['NotIn', 'NotIn'],
  ['Exists', 'Exists'],
  ['DoesNotExist', 'DoesNotExist'],
]);

const SELECTOR_FIELDS = new Set(['matchLabels', 'matchExpressions']);
const EXPRESSION_FIELDS = new Set(['key', 'operator', 'values']);
const NAME = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const LABEL_KEY = new RegExp(`^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${NAME}$`);
const LABEL_VALUE = new RegExp(`^(?:${NAME})?$`);

function checkKey(key: string, place: At, reading: Reading): void {
  if (!LABEL_KEY.test(key))
    reading.error('invalid-selector', place, `"${key}" is no label key: the API server refuses it`);
}

function checkValue(value: string, place: At, reading: Reading): void {
  if (!LABEL_VALUE.test(value))
    reading.error('invalid-selector', place, `"${value}" is no label value: the API server refuses it`);
}

/** The label key in what is written as one: they are the same but for Cilium's. */
export type KeyReader = (written: string) => string;

const asWritten: KeyReader = written => written;

function decodeExpression(item: unknown, place: At, reading: Reading, keyOf: KeyReader): Requirement | undefined {
  if (item === null)
    return reading.error('invalid-selector', place, 'an empty requirement is refused by the API server');
  const fields = reading.fields(item, place);
  if (fields === undefined) return undefined;
  reading.knownFields(fields, EXPRESSION_FIELDS, place);
  const key = reading.string(fields, 'key', place) ?? '';
  checkKey(keyOf(key), at(place, 'key'), reading);
  const written = reading.string(fields, 'operator', place) ?? '';
  const operator = OPERATORS.get(written);
  const values = reading.strings(fields, 'values', place);
  for (const [index, value] of values.entries()) checkValue(value, at(at(place, 'values'), index), reading);
  if (operator === undefined) {
    return reading.error(
      'invalid-selector',
      at(place, 'operator'),
      `"${written}" is none of In, NotIn, Exists, DoesNotExist`,
    );
  }
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues !== values.length > 0) {
    const rule = needsValues ? 'needs at least one value' : 'takes no values';
    return reading.error('invalid-selector', at(place, 'values'), `${operator} ${rule}: the API server refuses it`);
  }
  return { key, operator, values: new Set(values) };
}

/**
 * A label selector (meta/v1 LabelSelector): matchLabels and matchExpressions, all of which must hold. Empty matches everything.
 * A requirement that cannot be read is left out after an issue, so what remains matches too much: callers mark the object incomplete.
 * `keyOf`: what of a written key must be a label key; the requirements keep what is written.
 */
export function decodeSelector(fields: Fields, place: At, reading: Reading, keyOf: KeyReader = asWritten): Selector {
  reading.knownFields(fields, SELECTOR_FIELDS, place);
  const requirements: Requirement[] = [];
  const labelsPlace = at(place, 'matchLabels');
  for (const [key, value] of reading.labels(fields, 'matchLabels', place)) {
    checkKey(keyOf(key), at(labelsPlace, key), reading);
    checkValue(value, at(labelsPlace, key), reading);
    requirements.push({ key, operator: 'In', values: onlyValue(value) });
  }
  const expressionsPlace = at(place, 'matchExpressions');
  reading.list(fields, 'matchExpressions', place).forEach((item, index) => {
    const requirement = decodeExpression(item, at(expressionsPlace, index), reading, keyOf);
    if (requirement !== undefined) requirements.push(requirement);
  });
  return fitted(requirements);
}
