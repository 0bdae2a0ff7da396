import type { Fields } from '../../kube/reading.ts';

/** One departure of a document from the schema, as Ajv tells it. */
export interface Departure {
  /** Of JSON Schema: what was not kept. */
  readonly keyword: string;
  /** Of the value at fault, or of the object that lacks a field or has one too many (RFC 6901). */
  readonly instancePath: string;
  /** What the keyword asks for, by names that differ from keyword to keyword. */
  readonly params: Fields;
  /** The schema of the value. */
  readonly parentSchema: { readonly properties?: Fields };
  readonly data: unknown;
}

/** Whether the document keeps to the schema; of the last call, `errors` has the departures, null for none. */
declare const validate: { (document: unknown): boolean; readonly errors?: readonly Departure[] | null };

export default validate;
