import type { WritingPolicy } from '../gate/types.ts';
import type { Selector } from '../kube/types.ts';
import { type GuardrailManifest, guardrailFor } from './guardrail.ts';
import type { GuardrailApi } from './guardrail-api.ts';
import { calicoGuardrail } from './guardrail-calico.ts';
import { ciliumGuardrail } from './guardrail-cilium.ts';
import { tierGuardrail } from './guardrail-tiers.ts';

/** The API that each dataplane enforces; the upstream one where it is not known, and for those that have none of their own. */
const API_OF: ReadonlyMap<string, GuardrailApi> = new Map([
  ['aws', 'aws'],
  ['calico', 'calico'],
  ['cilium', 'cilium'],
  ['ovn', 'admin'],
]);

export const guardrailApiOf = ({ dataplane }: Pick<WritingPolicy, 'dataplane'>): GuardrailApi =>
  API_OF.get(dataplane?.name ?? '') ?? 'upstream';

/**
 * Objects that hold MCP servers behind their gateways whatever policies are added to them: they only ever refuse, and leave what is granted to the policies
 * after them. `namespaces`: of the servers; absent: all. `undefined`: the API cannot tell so many grants from everybody else.
 */
export function guardrailManifests(
  policy: WritingPolicy,
  api: GuardrailApi,
  namespaces: Selector = [],
): readonly GuardrailManifest[] | undefined {
  const guardrail = guardrailFor(policy, namespaces);
  switch (api) {
    case 'calico':
      return calicoGuardrail(guardrail);
    case 'cilium':
      return ciliumGuardrail(guardrail);
    default:
      return tierGuardrail(guardrail, api);
  }
}
