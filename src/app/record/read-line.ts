import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { Hashing } from './chain.ts';
import type { ChainedLine } from './line.ts';

/** A line as it stands in a file. `other`: it is no line of a record. */
export type ReadLine =
  | {
      readonly kind: 'line';
      readonly line: ChainedLine & Fields;
      /** Its text is its RFC 8785 form. */
      readonly isCanonical: boolean;
      /** Its hash is that of what it says. */
      readonly isIntact: boolean;
    }
  | { readonly kind: 'other' };

const OTHER: ReadLine = { kind: 'other' };

const HASH = /^[0-9a-f]{64}$/;
const isHash = (value: unknown): value is string => typeof value === 'string' && HASH.test(value);

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether what places a line in its chain is there; of all else nothing is asked. */
function isChained(fields: Fields): fields is ChainedLine & Fields {
  const seq = own(fields, 'seq');
  const texts = ['time', 'writer', 'type'].map(key => own(fields, key));
  return (
    typeof seq === 'number' &&
    Number.isSafeInteger(seq) &&
    seq >= 1 &&
    texts.every(text => typeof text === 'string') &&
    isHash(own(fields, 'prev')) &&
    isHash(own(fields, 'hash'))
  );
}

/** Reads one line, without its line feed. */
export function readLine(text: string, hashing: Hashing): ReadLine {
  const fields = parse(text);
  if (fields === undefined || !isChained(fields)) return OTHER;
  const { hash, ...said } = fields;
  return {
    kind: 'line',
    line: fields,
    isCanonical: hashing.canonical(fields) === text,
    isIntact: hashing.hash(hashing.canonical(said)) === hash,
  };
}
