import { isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import { own } from '../../core/kube/reading.ts';
import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { isSame } from '../../core/same.ts';
import { isHeld, SCHEDULING_GATE } from '../../core/scheduling-gate.ts';
import {
  type Change,
  isNetworkPolicy,
  isWorkload,
  namespaceLabels,
  overlay,
  refOf,
  type World,
} from '../../core/world.ts';
import { completePolicyPatch, withWrittenTypes } from './complete-policy.ts';
import { judgeReview } from './judge-review.ts';
import type { JsonPatchOperation, Review } from './review.ts';

/** Whether a Pod is to be held: it is an MCP server of an enforcing namespace whose only faults are that policies are absent. */
function needsGate(judge: Judge, world: World, pod: Workload): boolean {
  // The API server refuses a gate on a Pod that has a node already, and adds none later (KEP-3521).
  if (isHeld(pod) || pod.nodeName !== '') return false;
  const { mode, absentPolicy } = postureOf(namespaceLabels(world.namespace(pod.meta.namespace)), judge.policy);
  if (mode !== 'enforce' || absentPolicy === 'reject') return false;
  const { verdict, findings } = judge.evaluate(overlay(world, { after: pod }), pod);
  return verdict === 'deny' && findings.every(finding => finding.level !== 'deny' || isAbsence(finding));
}

/** Adds our gate to those that the Pod has. The list is added first where there is none: a JSON pointer into nothing fails. */
function gatePatch({ object }: Review): readonly JsonPatchOperation[] {
  const spec = object && own(object, 'spec');
  const gates = typeof spec === 'object' && spec !== null && Object.hasOwn(spec, 'schedulingGates');
  const gate = { name: SCHEDULING_GATE };
  const isList = gates && Array.isArray((spec as { readonly schedulingGates: unknown }).schedulingGates);
  return isList
    ? [{ op: 'add', path: '/spec/schedulingGates/-', value: gate }]
    : [{ op: 'add', path: '/spec/schedulingGates', value: [gate] }];
}

/**
 * Completes a policy that bears on MCP servers, outside namespaces that are off. Not one that a controller owns: its owner would take the
 * patch back, and the two would never end.
 */
function completionPatch(
  judge: Judge,
  world: World,
  change: Change,
  policy: NetworkPolicy,
  review: Review,
): readonly JsonPatchOperation[] {
  const { object: raw } = review;
  if (!judge.policy.completePolicies || raw === undefined || policy.incomplete) return [];
  if (policy.meta.owners.some(owner => owner.controller)) return [];
  // Rules that take effect through the patch may lack excepts themselves.
  const completed = { ...change, after: withWrittenTypes(raw, policy) };
  const servers = judgeReview({ judge, world, change: completed, review }).filter(({ mode }) => mode !== 'off');
  if (servers.length === 0) return [];
  const findings = servers.flatMap(({ decision }) => decision.findings);
  const edits = findings.flatMap(({ fix, object }) => (isSame(object, refOf(policy)) && fix.edit ? [fix.edit] : []));
  return completePolicyPatch(raw, edits);
}

/** The patch that prepares an object for its judgement. Empty where there is nothing to prepare; asked again about the result, it is empty. */
export function preparePatch(
  judge: Judge,
  world: World,
  change: Change,
  review: Review,
): readonly JsonPatchOperation[] {
  const { after } = change;
  if (after === undefined || review.subResource !== '') return [];
  if (isNetworkPolicy(after)) return completionPatch(judge, world, change, after, review);
  const isNewPod = review.operation === 'CREATE' && isWorkload(after) && after.kind === 'Pod';
  return isNewPod && needsGate(judge, world, after) ? gatePatch(review) : [];
}
