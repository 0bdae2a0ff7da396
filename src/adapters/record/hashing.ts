import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Hashing } from '../../app/record/chain.ts';
import { isFields } from '../../core/kube/reading.ts';
import { byKey } from '../../core/order.ts';

/** A backslash, or half of a surrogate pair: JSON.stringify writes a whole pair as it is. */
const ESCAPED = /\\(?:\\|ud[89a-f][0-9a-f]{2})/g;

/** The same value with each half of a surrogate pair replaced, in keys too. */
const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(ESCAPED, escaped => (escaped === '\\\\' ? escaped : '\\ufffd')));

/** Whether JSON.stringify writes the keys in the order of RFC 8785: their UTF-16 units. It writes those that are numbers first, so of such it is false. */
function isInOrder(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isInOrder);
  if (!isFields(value)) return true;
  let last = '';
  for (const key of Object.keys(value)) {
    if (key < last || !isInOrder(value[key])) return false;
    last = key;
  }
  return true;
}

/** The same value with its keys in order, as far as JavaScript lets them be. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isFields(value)) return value;
  const fields = Object.entries(value).map(([key, one]) => [key, inOrder(one)] as const);
  return Object.fromEntries(fields.sort(byKey));
}

/** The canonical form, where JSON.stringify writes it: a third of what the package takes. `undefined`: it does not, or nothing is to be written. */
function quickly(value: unknown): string | undefined {
  const ordered = isInOrder(value) ? value : inOrder(value);
  const text: string | undefined = ordered === value || isInOrder(ordered) ? JSON.stringify(ordered) : undefined;
  // It writes half of a surrogate pair as an escape.
  return text?.includes('\\ud') ? undefined : text;
}

function byPackage(value: unknown): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // Of what JSON can say there is nothing else that it refuses.
    return canonicalize(wellFormed(value)) ?? '';
  }
}

function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (Array.isArray(value) && value.length === 0) return '[]';
  try {
    return quickly(value) ?? byPackage(value);
  } catch {
    // It is nested deeper than a function can call itself.
    return byPackage(value);
  }
}

/** RFC 8785 by JSON.stringify where the keys are in order, else by the `canonicalize` package; SHA-256 by Node.js. */
export const HASHING: Hashing = { canonical, hash: text => hash('sha256', text, 'hex') };
