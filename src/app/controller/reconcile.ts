import { type Decision, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { explainCause, explainFinding } from '../../core/explain.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import type { Workload } from '../../core/kube/types.ts';
import { MCP_SERVER_LABEL } from '../../core/kube/well-known-labels.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import type { Dialect } from '../../core/remedy/dialect.ts';
import { isHeld } from '../../core/scheduling-gate.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../../core/world/world.ts';
import { type Action, workloadRef } from './action.ts';
import { type PermittedActions, permittedActions } from './permitted-actions.ts';
import { createPlanMemory, type PlanMemory, type PlanMemoryFor } from './plan-memory.ts';
import { planPolicies } from './plan-policies.ts';

/** Why a held Pod is not let go, as its Event; none where a policy is on its way. */
function whyHeld(pod: Workload, { findings, causes }: Decision, permitted: PermittedActions): readonly Action[] {
  const denials = findings.filter(({ level }) => level === 'deny');
  const others = denials.filter(finding => !isAbsence(finding));
  const about = workloadRef(pod);
  if (others.length > 0 || causes.length > 0) {
    const note = [...others.map(explainFinding), ...causes.map(explainCause)].join(' | ');
    return [{ kind: 'event', about, reason: 'TrafficOpen', note }];
  }
  if (permitted.create) return [];
  return [{ kind: 'event', about, reason: 'PolicyAbsent', note: denials.map(explainFinding).join(' | ') }];
}

/** Gates come off the Pods whose traffic is closed in the world as it was read: a policy that is only about to be written closes nothing. */
function planLifts(
  world: World,
  content: NamespaceContent,
  permitted: PermittedActions,
  memory: PlanMemory,
): readonly Action[] {
  const now = memory.now(world);
  const held = [...content.workloads.values()].filter(workload => isHeld(workload) && !workload.meta.terminating);
  return held.flatMap((pod): readonly Action[] => {
    const decision = memory.decide(pod, now);
    if (decision.verdict === 'allow') return [{ kind: 'lift-gate', pod: workloadRef(pod) }];
    return whyHeld(pod, decision, permitted);
  });
}

const NOT_IN_GUARDRAIL = `Pods of it run without the label ${MCP_SERVER_LABEL}, by which the guardrail selects: they get it when they are created anew`;

/** Nobody relabels Pods that run: who makes them anew has them held. Each server is told once. */
function noticesOfGuardrail(content: NamespaceContent, judge: Judge): readonly Action[] {
  const owners = ownersIn(content);
  const missed = [...content.workloads.values()].filter(
    pod =>
      pod.kind === 'Pod' &&
      !pod.meta.terminating &&
      !pod.podLabels.has(MCP_SERVER_LABEL) &&
      judge.mayBeServer(pod, content),
  );
  const servers = new Set(missed.map(pod => lineage(pod, owners).at(-1) ?? pod));
  return [...servers].map(server => ({
    kind: 'event',
    about: workloadRef(server),
    reason: 'NotInGuardrail',
    note: NOT_IN_GUARDRAIL,
  }));
}

/**
 * What is to be done in a namespace, by what the world holds now: nothing that was done or seen before bears on it, so that a controller that starts anew in
 * any state comes to the same end. Empty where all is as it should be. No action opens a server, in whatever order and however many of them are done.
 * `dialect`: of what stands beside NetworkPolicies; absent: nothing does. `memoryFor`: what it gives saves work, and changes nothing.
 */
export function reconcile(
  world: World,
  namespace: string,
  judge: Judge,
  dialect?: Dialect,
  memoryFor: PlanMemoryFor = createPlanMemory,
): readonly Action[] {
  const content = world.namespace(namespace);
  const permitted = permittedActions(content, judge);
  const { policy } = judge;
  const { mode } = postureOf(namespaceLabels(content), policy);
  const notices = policy.guardrail && mode === 'enforce' ? noticesOfGuardrail(content, judge) : [];
  const isWriting = permitted.create || permitted.heal || permitted.collect;
  if (!isWriting && !permitted.lift) return notices;
  const memory = memoryFor(content, judge);
  const policies = isWriting ? planPolicies(world, namespace, judge, permitted, dialect, memory) : [];
  // Who has waited longest goes first.
  return [...(permitted.lift ? planLifts(world, content, permitted, memory) : []), ...policies, ...notices];
}
