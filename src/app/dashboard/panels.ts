import { daysFrom } from '../../core/calendar.ts';
import { ignoresOf } from '../../core/exceptions.ts';
import { refText } from '../../core/explain.ts';
import type { AskedException } from '../../core/gate/asked-exception.ts';
import type { Exception, GatePolicy } from '../../core/gate/types.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { compare } from '../../core/order.ts';
import { isGateException } from '../../core/world/object-kinds.ts';
import { refOf } from '../../core/world/refs.ts';
import type { ExceptionRow, StageRow } from './model.ts';

/** How a namespace of a rollout stands, as `rollout status` tells it. */
export interface RolloutStanding {
  readonly namespace: string;
  readonly stage: string;
  /** RFC 3339. */
  readonly since: string;
  readonly status: string;
  readonly next: { readonly stage: string; readonly from: string } | null;
  readonly open: number;
  readonly blockers: readonly string[];
}

/** Namespaces with the days that are left of their stages. `day`: `YYYY-MM-DD`. */
export const stageRows = (namespaces: readonly RolloutStanding[], day: string): readonly StageRow[] =>
  namespaces.map(({ namespace, stage, since, status, next, open, blockers }) => ({
    ...{ namespace, stage, since: since.slice(0, 10), status, open, blockers },
    ...(next && { next: { ...next, daysLeft: Math.max(0, daysFrom(day, next.from)) } }),
  }));

/** What an object asks for and gets, rules of one reason and one day together. */
function askedRows(object: KubeObject, counted: readonly AskedException[], day: string): readonly ExceptionRow[] {
  const ref = refText(refOf(object));
  const [about, from] = isGateException(object)
    ? [refText({ ...object.target, namespace: object.meta.namespace }), ref]
    : [ref, `annotation of ${ref}`];
  const together = Map.groupBy(counted, ({ reason, expires }) => JSON.stringify([reason, expires]));
  return [...together.values()].flatMap(([first, ...others]): readonly ExceptionRow[] => {
    if (first === undefined) return [];
    const { reason, expires } = first;
    const rules = [first, ...others].map(({ rule }) => rule);
    return [{ object: about, rules, reason, expires, daysLeft: daysFrom(day, expires), from }];
  });
}

const writtenRow = (exception: Exception, day: string): ExceptionRow => {
  const { rules, reason, expires } = exception;
  return {
    object: refText(exception),
    rules,
    reason,
    expires,
    daysLeft: daysFrom(day, expires),
    from: 'the configuration',
  };
};

/**
 * Exceptions of the configuration, those that have ended among them, and those that count of what objects ask for: what ends first comes first.
 * `policy`: as it holds on the day. `written`: of the document.
 */
export function exceptionRows(
  objects: readonly KubeObject[],
  written: readonly Exception[],
  policy: GatePolicy,
  day: string,
): readonly ExceptionRow[] {
  const asked = objects.flatMap(object =>
    ignoresOf(object, policy).flatMap(({ counted }) => askedRows(object, counted, day)),
  );
  const rows = [...written.map(one => writtenRow(one, day)), ...asked];
  return rows.sort((a, b) => compare(a.expires, b.expires) || compare(a.object, b.object));
}
