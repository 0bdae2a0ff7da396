import type { Cause, Decision, Finding, Verdict } from '../../core/decision.ts';
import { compare } from '../../core/order.ts';
import { isSame } from '../../core/same.ts';

/** In the order of the exit statuses: what could not be judged weighs more than a denial. */
const WEIGHTS: Readonly<Record<Verdict, number>> = { allow: 0, deny: 1, undetermined: 2 };

/** Where things stand that are said of another document than the last of their object. */
type Places = ReadonlyMap<Finding | Cause | Decision, unknown>;

const sortKey = ({ rule, object, path, messageId }: Finding): string =>
  [rule, object.namespace, object.kind, object.name, path, messageId].join('\u0000');

/** Both lists, what both say once. */
function union<Said extends Finding | Cause>(a: readonly Said[], b: readonly Said[], places: Places): readonly Said[] {
  const isKnown = (said: Said): boolean =>
    a.some(known => places.get(known) === places.get(said) && isSame(known, said));
  return [...a, ...b.filter(said => !isKnown(said))];
}

const findingsOf = <Said extends Finding>(a: readonly Said[], b: readonly Said[], places: Places): readonly Said[] =>
  [...union(a, b, places)].sort((one, other) => compare(sortKey(one), sortKey(other)));

const weight = ({ mcp, verdict }: Decision): number => (mcp.standing === 'no' ? -1 : WEIGHTS[verdict]);

/** Whether one decision weighs more than another. A server weighs more than none. */
export const isWorse = (one: Decision, than: Decision): boolean => weight(one) > weight(than);

/** Two decisions on one server as one: the worse verdict, of equal ones the first, and everything that is found wrong. */
export function worstOf(a: Decision, b: Decision, places: Places): Decision {
  const [worse, other] = isWorse(b, a) ? [b, a] : [a, b];
  if (other.mcp.standing === 'no') return worse;
  return {
    ...worse,
    findings: findingsOf(worse.findings, other.findings, places),
    causes: union(worse.causes, other.causes, places),
    excepted: findingsOf(worse.excepted, other.excepted, places),
    refusedExceptions: [...worse.refusedExceptions, ...other.refusedExceptions],
  };
}
