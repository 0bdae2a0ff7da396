import {
  type AskedException,
  BY_ANNOTATION,
  type ExceptionBasis,
  type ReadExceptions,
  type RefusedAsking,
  refusedAsking,
  whyNot,
} from './asked-exception.ts';

/** Annotation of an object that asks for findings to be set aside: `RULE reason until 2027-01-31`, several with a `;` or a line break between them. */
export const IGNORE_ANNOTATION = 'chokepoint.dev/ignore';

/** The longest annotation that is read, in UTF-16 units, inclusive. */
const LONGEST = 4096;

/** The parts of an entry; `undefined` where it is not written like one. */
function partsOf(entry: string): AskedException | undefined {
  const words = entry.trim().split(/\s+/);
  const [rule = '', ...rest] = words;
  const [until, expires = ''] = rest.slice(-2);
  const reason = rest.slice(0, -2).join(' ');
  return until === 'until' && reason !== '' ? { rule, reason, expires } : undefined;
}

function readEntry(entry: string, basis: ExceptionBasis): AskedException | RefusedAsking {
  const parts = partsOf(entry);
  if (parts === undefined) return refusedAsking(entry, 'write it as RULE reason until YYYY-MM-DD');
  const not = whyNot(parts, BY_ANNOTATION, basis);
  return not === undefined ? parts : refusedAsking(entry, not.why, not.isEnded);
}

/**
 * What an annotation sets aside, and what it asks for in vain. One that is longer than 4096 characters is not read at all.
 * An expiry counts by the policy's own day; where that is not known, nothing does.
 */
export function readIgnores(annotation: string, basis: ExceptionBasis): ReadExceptions {
  if (annotation.length > LONGEST)
    return { counted: [], refused: [refusedAsking(annotation, `it is longer than ${LONGEST} characters`)] };
  const written = annotation.split(/[;\n]/).filter(entry => entry.trim() !== '');
  const entries = (written.length === 0 ? [annotation] : written).map(entry => readEntry(entry, basis));
  return {
    counted: entries.filter(entry => 'rule' in entry),
    refused: entries.filter(entry => 'why' in entry),
  };
}
