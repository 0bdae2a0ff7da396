import { isAbsence } from '../core/decision.ts';
import type { Judge } from '../core/evaluate.ts';
import { postureOf } from '../core/gate/effective-mode.ts';
import { own } from '../core/kube/reading.ts';
import type { Workload } from '../core/kube/types.ts';
import { type Change, isWorkload, namespaceLabels, overlay, type World } from '../core/world.ts';
import { isHeld, SCHEDULING_GATE } from './exemptions.ts';
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

/** The patch that prepares an object for its judgement. Empty where there is nothing to prepare; asked again about the result, it is empty. */
export function preparePatch(
  judge: Judge,
  world: World,
  change: Change,
  review: Review,
): readonly JsonPatchOperation[] {
  const { after } = change;
  if (after === undefined || review.operation !== 'CREATE' || review.subResource !== '') return [];
  if (!isWorkload(after) || after.kind !== 'Pod') return [];
  return needsGate(judge, world, after) ? gatePatch(review) : [];
}
