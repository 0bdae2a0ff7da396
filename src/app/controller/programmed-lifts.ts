import type { Judge } from '../../core/evaluate.ts';
import { levelIn } from '../../core/findings.ts';
import type { PolicyEndpoint } from '../../core/kube/policy-endpoint.ts';
import type { Workload } from '../../core/kube/types.ts';
import { isResolved } from '../../core/netpol/programmed.ts';
import { maySelect, podLabelsOf } from '../../core/netpol/selects.ts';
import { byName } from '../../core/order.ts';
import { policiesNotEnforced } from '../../core/rules/policies-not-enforced.ts';
import type { NamespaceContent } from '../../core/world/world.ts';
import type { Time } from '../time.ts';
import { type Action, workloadRef } from './action.ts';

/**
 * The PolicyEndpoints of a namespace as they are now; `undefined` where the cluster does not serve them, or they may not be read: nothing can be proved there.
 * Rejects with a GateError where there is no answer.
 */
export type ReadPolicyEndpoints = (namespace: string) => Promise<readonly PolicyEndpoint[] | undefined>;

/** Milliseconds for which a closed Pod waits for its policies to be taken up, where `policies-not-enforced` denies nothing. */
const WAIT_MS = 30_000;
/** Milliseconds until the next look at what is awaited: the policy controller takes a second or so. */
const LOOK_MS = 500;

/** What is to be done, and when to look again; `undefined`: nothing is awaited. */
interface Proved {
  readonly actions: readonly Action[];
  readonly againMs: number | undefined;
}

/** Lets Pods go only once what enforces policies has taken up theirs, where the cluster tells of that. */
interface ProgrammedLifts {
  /** The actions that were planned in a namespace, less the gates that stay for now. Rejects with a GateError where the cluster does not answer. */
  prove(planned: readonly Action[], content: NamespaceContent, judge: Judge): Promise<Proved>;
}

/** What of a Pod's policies is not taken up, as its Event; `undefined`: all is. */
function lackOf(pod: Workload, content: NamespaceContent, all: readonly PolicyEndpoint[]): string | undefined {
  const labels = podLabelsOf(pod);
  const [first, ...others] = [...content.policies.values()]
    .filter(policy => maySelect(policy.podSelector, labels) && !isResolved(policy, all))
    .sort(byName);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `no PolicyEndpoint says what NetworkPolicy ${first.meta.name}${more} says now`;
}

/** What becomes of a lift whose Pod has policies that are not taken up, so many milliseconds after that was first seen. */
function waiting(lift: Action, pod: Workload, lack: string, sinceMs: number, isStrict: boolean): readonly Action[] {
  if (sinceMs < WAIT_MS) return [];
  const becomes = isStrict ? 'it stays held' : `it is let go after ${WAIT_MS / 1000} s all the same`;
  const about = workloadRef(pod);
  const event: Action = { kind: 'event', about, reason: 'PolicyNotProgrammed', note: `${lack}: ${becomes}` };
  return isStrict ? [event] : [lift, event];
}

/** Remembers since when each Pod waits, in this process alone: another one waits anew. */
export function createProgrammedLifts(time: Time, read: ReadPolicyEndpoints): ProgrammedLifts {
  /** By namespace and uid. What waits no more is forgotten with the next look. */
  const waitingSince = new Map<string, ReadonlyMap<string, number>>();
  return {
    prove: async (planned, content, judge) => {
      const isLifted = planned.some(({ kind }) => kind === 'lift-gate');
      const endpoints = isLifted ? await read(content.name) : undefined;
      const before = waitingSince.get(content.name);
      waitingSince.delete(content.name);
      if (endpoints === undefined) return { actions: planned, againMs: undefined };
      const isStrict = levelIn(judge.policy, policiesNotEnforced) === 'deny';
      const pods = new Map([...content.workloads.values()].map(pod => [pod.meta.uid, pod]));
      const nowMs = time.nowMs();
      const now = new Map<string, number>();
      const actions = planned.flatMap((action): readonly Action[] => {
        const pod = action.kind === 'lift-gate' ? pods.get(action.pod.uid) : undefined;
        const lack = pod && lackOf(pod, content, endpoints);
        if (pod === undefined || lack === undefined) return [action];
        const sinceMs = before?.get(pod.meta.uid) ?? nowMs;
        now.set(pod.meta.uid, sinceMs);
        return waiting(action, pod, lack, nowMs - sinceMs, isStrict);
      });
      if (now.size === 0) return { actions, againMs: undefined };
      waitingSince.set(content.name, now);
      return { actions, againMs: LOOK_MS };
    },
  };
}
