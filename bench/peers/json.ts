export type JsonRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws where it is no JSON object. */
export function record(value: unknown): JsonRecord {
  if (!isRecord(value)) throw new Error('an object is expected');
  return value;
}

/** Throws where it is no array of JSON objects. */
export function records(value: unknown): readonly JsonRecord[] {
  if (!Array.isArray(value)) throw new Error('an array is expected');
  return value.map(record);
}
