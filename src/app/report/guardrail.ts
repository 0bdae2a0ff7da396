import type { GatePolicy } from '../../core/gate/types.ts';
import type { ObjectRef } from '../../core/kube/types.ts';
import { MCP_SERVER_LABEL } from '../../core/kube/well-known-labels.ts';
import type { GuardrailApi } from '../../core/remedy/guardrail-api.ts';
import { guardrailApiOf, guardrailManifests } from '../../core/remedy/guardrail-manifests.ts';
import { NAME_THE_GATEWAY } from '../../core/remedy/seen-gateways.ts';
import { objectKey } from '../../core/world/refs.ts';
import { type JudgedInput, refKey } from './check.ts';

/** The objects of a guardrail, and whom of the input it does not hold. */
export interface GeneratedGuardrail {
  readonly manifests: readonly object[];
  /** Servers whose pods do not bear the label that it selects by, each once. */
  readonly unselected: readonly ObjectRef[];
}

/** Servers whose pods do not declare it. */
function unselectedIn({ world, decisions }: JudgedInput): readonly ObjectRef[] {
  return decisions
    .map(({ subject }) => subject)
    .filter(subject => {
      const workload = world
        .namespace(subject.namespace)
        .workloads.get(objectKey({ kind: subject.kind, meta: subject }));
      return workload !== undefined && !workload.podLabels.has(MCP_SERVER_LABEL);
    });
}

/** A guardrail for the configuration; the reason where there can be none. An absent API is that of the configured dataplane. */
export function generateGuardrail(
  worlds: readonly JudgedInput[],
  policy: GatePolicy,
  api: GuardrailApi | undefined,
): GeneratedGuardrail | { readonly reason: string } {
  const { gateways } = policy;
  if (gateways.kind !== 'configured')
    return {
      reason: `no gateway is configured, and a guardrail keeps out whom the configuration does not name: ${NAME_THE_GATEWAY}`,
    };
  const manifests = guardrailManifests({ ...policy, gateways }, api ?? guardrailApiOf(policy));
  if (manifests === undefined)
    return {
      reason: 'so many gateways and clients are granted that no denial of Cilium can tell them from everybody else',
    };
  const unselected = new Map(worlds.flatMap(unselectedIn).map(subject => [refKey(subject), subject]));
  return { manifests, unselected: [...unselected.values()] };
}
