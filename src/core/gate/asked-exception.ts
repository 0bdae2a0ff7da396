import { addDays, isDate } from '../calendar.ts';
import { cutText } from '../visible-text.ts';
import { suggestion } from './nearest.ts';
import type { ExceptionAllowance, GatePolicy } from './types.ts';

/** The most of a text that is quoted. */
const QUOTED = 120;

/** Rules that nobody of a namespace sets aside, whatever the GatePolicy says, and why: a clause without a full stop. */
export type NeverIgnored = ReadonlyMap<string, string>;

/** By what is read what is asked for. */
export interface ExceptionBasis {
  readonly policy: GatePolicy;
  readonly never: NeverIgnored;
}

/** An exception from one rule that somebody of a namespace asks for. */
export interface AskedException {
  readonly rule: string;
  readonly reason: string;
  /** Last day on which it holds, inclusive, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
}

/** One that does not count. */
export interface RefusedAsking {
  /** As it was written; of a long one, the beginning. */
  readonly text: string;
  /** Why not: a clause without a full stop. */
  readonly why: string;
  /** It would have counted, and has ended. */
  readonly isEnded: boolean;
}

/** What becomes of what is asked for. Each list is in the order in which it is written. */
export interface ReadExceptions {
  readonly counted: readonly AskedException[];
  readonly refused: readonly RefusedAsking[];
}

/** A way to ask for exceptions. */
interface Way {
  /** What asks: `annotation`. */
  readonly what: string;
  /** The field of the GatePolicy that allows it. */
  readonly field: 'exceptionsFromAnnotations' | 'exceptionsFromNamespaces';
}

/** By the annotation `chokepoint.dev/ignore`. */
export const BY_ANNOTATION: Way = { what: 'annotation', field: 'exceptionsFromAnnotations' };
/** By an object of the kind GateException. */
export const BY_RESOURCE: Way = { what: 'GateException', field: 'exceptionsFromNamespaces' };

/** Why the GatePolicy does not let the rule be set aside; `undefined` where it does. */
function whyNotRule(rule: string, { what, field }: Way, { policy, never }: ExceptionBasis): string | undefined {
  const { levels, [field]: allowance } = policy;
  if (!levels.has(rule)) return `there is no rule "${cutText(rule, QUOTED)}"${suggestion(rule, levels.keys())}`;
  const why = never.get(rule);
  if (why !== undefined) return `${why}, which no ${what} sets aside`;
  if (allowance === undefined) return `the GatePolicy lets no ${what} set anything aside (${field})`;
  return allowance.rules.has(rule) ? undefined : `the GatePolicy lets no ${what} set this rule aside (${field})`;
}

/** Why an exception does not hold on the policy's day; `undefined` where it does. */
function whyNotDay(
  expires: string,
  allowance: ExceptionAllowance | undefined,
  day: string | undefined,
): string | undefined {
  if (day === undefined) return 'it is not known which day it is';
  if (expires < day) return `it ended on ${expires}`;
  const days = allowance?.longestDays ?? 0;
  const last = addDays(day, days);
  if (last === undefined || expires <= last) return undefined;
  return `the GatePolicy allows ${days} days at most: until ${last}, as of today`;
}

/** Why it does not count, and whether it did until its last day; `undefined` where it counts. An expiry counts by the policy's own day. */
export function whyNot(
  { rule, expires }: AskedException,
  way: Way,
  basis: ExceptionBasis,
): Omit<RefusedAsking, 'text'> | undefined {
  const { day, [way.field]: allowance } = basis.policy;
  const always =
    whyNotRule(rule, way, basis) ??
    (isDate(expires) ? undefined : `"${cutText(expires, QUOTED)}" is no date: write a day that exists as YYYY-MM-DD`);
  if (always !== undefined) return { why: always, isEnded: false };
  const today = whyNotDay(expires, allowance, day);
  return today === undefined ? undefined : { why: today, isEnded: day !== undefined && expires < day };
}

/** As an annotation writes it. */
export const exceptionText = ({ rule, reason, expires }: AskedException): string =>
  `${rule} ${reason} until ${expires}`;

export const refusedAsking = (text: string, why: string, isEnded = false): RefusedAsking => ({
  text: cutText(text.trim(), QUOTED),
  why,
  isEnded,
});
