import type { Cause, Finding } from '../../core/decision.ts';
import { refText } from '../../core/explain.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { isSame } from '../../core/same.ts';
import type { JudgedServer } from './judge-review.ts';

/** Two findings of the workloads of one server say the same where all but the workload agrees: what is at fault in itself has its own path in each. */
function findingText({ rule, messageId, level, object, path, subject }: Finding): string {
  const place = isSame(object, subject) ? [] : [refText(object), path];
  return JSON.stringify([rule, messageId, level, ...place]);
}

const causeText = ({ code, object, message }: Cause): string => JSON.stringify([code, refText(object), message]);

/** Everything that is said of one workload, with how much it weighs. */
const textsOf = ({ faults, causes, remarks }: JudgedServer): ReadonlySet<string> =>
  new Set([
    ...faults.map(fault => `fault ${findingText(fault)}`),
    ...causes.map(cause => `cause ${causeText(cause)}`),
    ...remarks.map(remark => `remark ${findingText(remark)}`),
  ]);

/**
 * A Deployment, its ReplicaSets and its Pods are one server: it is told by the outermost that is judged, which is the one that a person knows.
 * One of which anything else is said than of its controller is told by itself.
 */
export function toldOnce(servers: readonly JudgedServer[]): readonly JudgedServer[] {
  const texts = new Map(servers.map(server => [refText(server.decision.subject), textsOf(server)]));
  const saysAll = (maker: ObjectRef, { decision }: JudgedServer): boolean =>
    texts.get(refText(decision.subject))?.isSubsetOf(texts.get(refText(maker)) ?? new Set()) ?? false;
  return servers.filter(server => !server.makers.some(maker => texts.has(refText(maker)) && saysAll(maker, server)));
}
