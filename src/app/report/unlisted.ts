import { CALICO_GROUPS } from '../../core/kube/calico.ts';
import { CALICO_OBJECTS, FOREIGN_POLICY_KINDS } from '../../core/kube/decode-foreign.ts';
import { unlistedFact } from '../../core/kube/decode-gateway-fact.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { unlistedPolicies } from '../../core/kube/unlisted-policies.ts';
import type { Refusal } from './cluster-reading.ts';

/** What gives other policies their meaning, where there are any. */
const CALICO_KINDS: ReadonlySet<string> = new Set(
  CALICO_GROUPS.flatMap(group => CALICO_OBJECTS.map(kind => `${group}/${kind}`)),
);
const POLICY_KINDS: ReadonlySet<string> = new Set([
  'networking.k8s.io/NetworkPolicy',
  ...FOREIGN_POLICY_KINDS.map(({ group, kind }) => `${group}/${kind}`),
]);

/** What the API server does not give, in a sentence that names the right. */
export function refusalText({ verb, resource, namespace, status, message }: Omit<Refusal, 'kind' | 'tells'>): string {
  const where = namespace === '' ? '' : ` in namespace ${namespace}`;
  const said = message === '' ? `status ${status}` : message;
  return status === 403
    ? `may not ${verb} ${resource}${where}: the user needs the verb ${verb} on it (${said})`
    : `cannot ${verb} ${resource}${where}: ${said}`;
}

/** Whether something stands for the objects of a kind (`group/Kind`) that could not be listed: {@link unlistedObject}. */
export function hasStandIn(id: string): boolean {
  const [group = '', kind = ''] = id.split('/');
  return POLICY_KINDS.has(id) || CALICO_KINDS.has(id) || unlistedFact(group, kind, '', true) !== undefined;
}

/**
 * What stands for the objects of a kind that could not be listed, by which whatever they could select is `undetermined`; `undefined` for kinds that decide
 * nothing by themselves. `hasCalico`: there are objects that give policies of Calico their meaning, so that one that is missing may be another.
 */
export function unlistedObject(refusal: Omit<Refusal, 'tells'>, hasCalico: boolean): KubeObject | undefined {
  const [group = '', kind = ''] = refusal.kind.split('/');
  if (POLICY_KINDS.has(refusal.kind) || (hasCalico && CALICO_KINDS.has(refusal.kind)))
    return unlistedPolicies(group, kind, refusalText(refusal));
  return unlistedFact(group, kind, refusal.resource, refusal.status === 403);
}
