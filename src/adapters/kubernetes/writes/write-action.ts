import type { Action, EventReason, WorkloadRef } from '../../../app/controller/action.ts';
import { MANAGER } from '../../../app/controller/made-policy.ts';
import { ownWorkload } from '../../../core/kube/workload-kinds.ts';
import { SCHEDULING_GATE } from '../../../core/scheduling-gate.ts';
import { NETWORK_POLICIES } from '../client/kinds.ts';
import { policyResource } from './policy-resource.ts';
import type { Writer, Written } from './writer.ts';

/** The controller that Events name. */
export const CONTROLLER_NAME = 'chokepoint.dev/controller';

function apiVersionOf(kind: string): string {
  const { group = '', versions: [version = 'v1'] = [] } = ownWorkload(kind) ?? {};
  return group === '' ? version : `${group}/${version}`;
}

/** How each Event is classed, and what the controller was doing. */
const EVENTS: Readonly<Record<EventReason, { readonly type: 'Normal' | 'Warning'; readonly action: string }>> = {
  PolicyCreated: { type: 'Normal', action: 'CreatePolicy' },
  PolicyUpdated: { type: 'Normal', action: 'UpdatePolicy' },
  PolicyTakenOver: { type: 'Normal', action: 'YieldPolicy' },
  TrafficOpen: { type: 'Warning', action: 'HoldPod' },
  PolicyAbsent: { type: 'Normal', action: 'HoldPod' },
  PolicyNotProgrammed: { type: 'Warning', action: 'HoldPod' },
  GatewayUnknown: { type: 'Warning', action: 'CreatePolicy' },
  NotInGuardrail: { type: 'Normal', action: 'KeepGuardrail' },
  NoPolicyPossible: { type: 'Warning', action: 'CreatePolicy' },
};

function applyPolicy(writer: Writer, { manifest, heals }: Extract<Action, { kind: 'apply-policy' }>): Promise<Written> {
  const { name, namespace, labels, annotations } = manifest.metadata;
  const metadata = { labels, annotations, ...(heals !== undefined && { uid: heals }) };
  // Never by force: where somebody else has written a field meanwhile, there is a conflict, and the next plan leaves the policy to him.
  const target = { resource: NETWORK_POLICIES, namespace, name };
  return writer.apply(target, { metadata, spec: manifest.spec }, MANAGER);
}

function applyDialectPolicy(
  writer: Writer,
  { manifest, heals }: Extract<Action, { kind: 'apply-dialect-policy' }>,
): Promise<Written> {
  const { name, namespace, ...marks } = manifest.metadata;
  const target = { resource: policyResource(manifest), namespace, name };
  const metadata = { ...marks, ...(heals !== undefined && { uid: heals }) };
  return writer.apply(target, { metadata, spec: manifest.spec }, MANAGER);
}

function writeEvent(writer: Writer, about: WorkloadRef, reason: EventReason, note: string): Promise<Written> {
  const { kind, namespace, name, uid } = about;
  const regarding = { apiVersion: apiVersionOf(kind), kind, namespace, name, uid };
  return writer.createEvent({ regarding, reason, note, ...EVENTS[reason] });
}

/** Writes an action to the cluster: one request each. Rejects with a GateError where there is no answer. */
export function writeAction(writer: Writer, action: Action): Promise<Written> {
  switch (action.kind) {
    case 'apply-policy':
      return applyPolicy(writer, action);
    case 'delete-policy': {
      const { namespace, name, uid } = action;
      return writer.remove({ resource: NETWORK_POLICIES, namespace, name }, { uid });
    }
    case 'apply-dialect-policy':
      return applyDialectPolicy(writer, action);
    case 'delete-dialect-policy': {
      const { namespace, name, uid } = action.object;
      return writer.remove({ resource: policyResource(action.object), namespace, name }, { uid });
    }
    case 'lift-gate':
      return writer.removeSchedulingGate(action.pod, SCHEDULING_GATE);
    case 'event':
      return writeEvent(writer, action.about, action.reason, action.note);
  }
}
