import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Hashing } from '../../app/record/chain.ts';

/** A backslash, or half of a surrogate pair: JSON.stringify writes a whole pair as it is. */
const ESCAPED = /\\(?:\\|ud[89a-f][0-9a-f]{2})/g;

/** The same value with each half of a surrogate pair replaced, in keys too. */
const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(ESCAPED, escaped => (escaped === '\\\\' ? escaped : '\\ufffd')));

function canonical(value: unknown): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // Of what JSON can say there is nothing else that it refuses.
    return canonicalize(wellFormed(value)) ?? '';
  }
}

/** RFC 8785 by the `canonicalize` package, SHA-256 by Node.js. */
export const HASHING: Hashing = { canonical, hash: text => hash('sha256', text, 'hex') };
