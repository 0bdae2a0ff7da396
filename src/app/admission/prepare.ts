import { type Edit, isAbsence } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import { postureOf } from '../../core/gate/effective-mode.ts';
import { type Fields, own } from '../../core/kube/reading.ts';
import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { MCP_SERVER_LABEL } from '../../core/kube/well-known-labels.ts';
import { isSame } from '../../core/same.ts';
import { isHeld, SCHEDULING_GATE } from '../../core/scheduling-gate.ts';
import { isNetworkPolicy, isWorkload } from '../../core/world/object-kinds.ts';
import { overlay } from '../../core/world/overlay.ts';
import { refOf } from '../../core/world/refs.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import { completePolicyPatch, withWrittenTypes } from './complete-policy.ts';
import { type Pace, type ReviewContext, takeInTurns } from './judge-review.ts';
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

/** Whether a Pod lacks the label that the guardrail selects by: it is a server of an enforcing namespace that shows it otherwise. */
function needsLabel(judge: Judge, world: World, pod: Workload): boolean {
  if (!judge.policy.guardrail || pod.podLabels.has(MCP_SERVER_LABEL)) return false;
  const content = world.namespace(pod.meta.namespace);
  const { mode } = postureOf(namespaceLabels(content), judge.policy);
  return mode === 'enforce' && judge.detect(pod, content).standing !== 'no';
}

function labelPatch({ object }: Review): readonly JsonPatchOperation[] {
  const metadata = object && own(object, 'metadata');
  const labels = typeof metadata === 'object' && metadata !== null && own(metadata as Fields, 'labels');
  if (typeof labels !== 'object' || labels === null)
    return [{ op: 'add', path: '/metadata/labels', value: { [MCP_SERVER_LABEL]: 'true' } }];
  return [{ op: 'add', path: `/metadata/labels/${MCP_SERVER_LABEL.replaceAll('/', '~1')}`, value: 'true' }];
}

/** What a machine can add to this policy, by the findings of the servers that it bears on. `undefined`: there are none, or they cannot all be judged. */
async function editsOf(
  policy: NetworkPolicy,
  context: ReviewContext,
  pace: Pace,
): Promise<readonly Edit[] | undefined> {
  const edits = new Set<Edit>();
  const ref = refOf(policy);
  let isOfServer = false;
  const end = await takeInTurns(context, pace, server => {
    isOfServer ||= server !== undefined;
    for (const { fix, object } of server?.after.findings ?? []) {
      if (fix.edit !== undefined && isSame(object, ref)) edits.add(fix.edit);
    }
  });
  return isOfServer && end === 'all' ? [...edits] : undefined;
}

/**
 * Completes a policy that bears on MCP servers, outside namespaces that are off. Not one that a controller owns: its owner would take the
 * patch back, and the two would never end.
 */
async function completionPatch(
  policy: NetworkPolicy,
  { judge, world, change, review }: ReviewContext,
  pace: Pace,
): Promise<readonly JsonPatchOperation[]> {
  const { object: raw } = review;
  if (!judge.policy.completePolicies || raw === undefined || policy.incomplete) return [];
  if (policy.meta.owners.some(owner => owner.controller)) return [];
  if (postureOf(namespaceLabels(world.namespace(policy.meta.namespace)), judge.policy).mode === 'off') return [];
  // Rules that take effect through the patch may lack excepts themselves.
  const completed = { ...change, after: withWrittenTypes(raw, policy) };
  const edits = await editsOf(policy, { judge, world, change: completed, review }, pace);
  return edits === undefined ? [] : completePolicyPatch(raw, edits);
}

/** The patch that prepares an object for its judgement. Empty where there is nothing to prepare; asked again about the result, it is empty. */
export async function preparePatch(context: ReviewContext, pace: Pace): Promise<readonly JsonPatchOperation[]> {
  const { judge, world, change, review } = context;
  const { after } = change;
  if (after === undefined || review.subResource !== '') return [];
  if (isNetworkPolicy(after)) return completionPatch(after, context, pace);
  const isNewPod = review.operation === 'CREATE' && isWorkload(after) && after.kind === 'Pod';
  if (!isNewPod) return [];
  const label = needsLabel(judge, world, after) ? labelPatch(review) : [];
  return needsGate(judge, world, after) ? [...label, ...gatePatch(review)] : label;
}
