import { cutText } from '../visible-text.ts';
import { addDays, isDate } from '../calendar.ts';
import { suggestion } from './nearest.ts';
import type { GatePolicy } from './types.ts';

/** Annotation of an object that asks for findings to be set aside: `RULE reason until 2027-01-31`, several with a `;` or a line break between them. */
export const IGNORE_ANNOTATION = 'chokepoint.dev/ignore';

/** The longest annotation that is read, in UTF-16 units, inclusive. */
const LONGEST = 4096;

/** The most of an entry that is quoted. */
const QUOTED = 120;

/** Rules that no annotation sets aside, whatever the GatePolicy says, and why: a clause without a full stop. */
export type NeverIgnored = ReadonlyMap<string, string>;

/** By what an annotation is read. */
export interface IgnoreBasis {
  readonly policy: GatePolicy;
  readonly never: NeverIgnored;
}

/** An entry that counts. */
export interface CountedIgnore {
  readonly rule: string;
  readonly reason: string;
  /** Last day on which it holds, inclusive, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** An entry that does not count. */
interface RefusedIgnore {
  /** The entry as it was written; of a long one, the beginning. */
  readonly text: string;
  /** Why not: a clause without a full stop. */
  readonly why: string;
  /** It would have counted, and has ended. */
  readonly isEnded: boolean;
}

/** What becomes of an annotation. Each list is in the order in which the entries are written. */
export interface ReadIgnores {
  readonly counted: readonly CountedIgnore[];
  readonly refused: readonly RefusedIgnore[];
}

/** The parts of an entry; `undefined` where it is not written like one. */
function partsOf(entry: string): CountedIgnore | undefined {
  const words = entry.trim().split(/\s+/);
  const [rule = '', ...rest] = words;
  const [until, expires = ''] = rest.slice(-2);
  const reason = rest.slice(0, -2).join(' ');
  return until === 'until' && reason !== '' ? { rule, reason, expires } : undefined;
}

/** Why the GatePolicy does not let the rule be set aside; `undefined` where it does. */
function whyNotRule(rule: string, { policy, never }: IgnoreBasis): string | undefined {
  const { levels, exceptionsFromAnnotations } = policy;
  if (!levels.has(rule)) return `there is no rule "${cutText(rule, QUOTED)}"${suggestion(rule, levels.keys())}`;
  const why = never.get(rule);
  if (why !== undefined) return why;
  if (exceptionsFromAnnotations === undefined)
    return 'the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations)';
  return exceptionsFromAnnotations.rules.has(rule)
    ? undefined
    : 'the GatePolicy lets no annotation set this rule aside (exceptionsFromAnnotations)';
}

/** Why an entry does not hold on the policy's day; `undefined` where it does. */
function whyNotDay(expires: string, { exceptionsFromAnnotations, day }: GatePolicy): string | undefined {
  if (day === undefined) return 'it is not known which day it is';
  if (expires < day) return `it ended on ${expires}`;
  const days = exceptionsFromAnnotations?.longestDays ?? 0;
  const last = addDays(day, days);
  if (last === undefined || expires <= last) return undefined;
  return `the GatePolicy allows ${days} days at most: until ${last}, as of today`;
}

/** Why an entry does not count, and whether it did until its last day; `undefined` where it counts. */
function whyNot({ rule, expires }: CountedIgnore, basis: IgnoreBasis): Omit<RefusedIgnore, 'text'> | undefined {
  const { policy } = basis;
  const always =
    whyNotRule(rule, basis) ??
    (isDate(expires) ? undefined : `"${cutText(expires, QUOTED)}" is no date: write a day that exists as YYYY-MM-DD`);
  if (always !== undefined) return { why: always, isEnded: false };
  const today = whyNotDay(expires, policy);
  return today === undefined ? undefined : { why: today, isEnded: policy.day !== undefined && expires < policy.day };
}

const refusedEntry = (entry: string, why: string, isEnded = false): RefusedIgnore => ({
  text: cutText(entry.trim(), QUOTED),
  why,
  isEnded,
});

function readEntry(entry: string, basis: IgnoreBasis): CountedIgnore | RefusedIgnore {
  const parts = partsOf(entry);
  if (parts === undefined) return refusedEntry(entry, 'write it as RULE reason until YYYY-MM-DD');
  const not = whyNot(parts, basis);
  return not === undefined ? parts : refusedEntry(entry, not.why, not.isEnded);
}

/**
 * What an annotation sets aside, and what it asks for in vain. One that is longer than 4096 characters is not read at all.
 * An expiry counts by the policy's own day; where that is not known, nothing does.
 */
export function readIgnores(annotation: string, basis: IgnoreBasis): ReadIgnores {
  if (annotation.length > LONGEST)
    return { counted: [], refused: [refusedEntry(annotation, `it is longer than ${LONGEST} characters`)] };
  const written = annotation.split(/[;\n]/).filter(entry => entry.trim() !== '');
  const entries = (written.length === 0 ? [annotation] : written).map(entry => readEntry(entry, basis));
  return {
    counted: entries.filter(entry => 'rule' in entry),
    refused: entries.filter(entry => 'why' in entry),
  };
}
