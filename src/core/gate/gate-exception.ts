import type { GateException } from '../kube/types.ts';
import {
  type AskedException,
  BY_RESOURCE,
  type ExceptionBasis,
  exceptionText,
  type ReadExceptions,
  type RefusedAsking,
  refusedAsking,
  whyNot,
} from './asked-exception.ts';

/** The exceptions that it asks for, one for each rule; none where it could not be read as a whole. */
function askedBy({ incomplete, rules, reason, expires }: GateException): readonly AskedException[] {
  return incomplete ? [] : rules.map(rule => ({ rule, reason, expires }));
}

/** What a GateException sets aside, and what it asks for in vain. */
export function readGateException(exception: GateException, basis: ExceptionBasis): ReadExceptions {
  const counted: AskedException[] = [];
  const refused: RefusedAsking[] = [];
  for (const asked of askedBy(exception)) {
    const not = whyNot(asked, BY_RESOURCE, basis);
    if (not === undefined) counted.push(asked);
    else refused.push(refusedAsking(exceptionText(asked), not.why, not.isEnded));
  }
  return { counted, refused };
}
