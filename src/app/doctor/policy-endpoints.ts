import { readPolicyEndpoint } from '../../core/kube/policy-endpoint.ts';
import type { NetworkPolicy, Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import { isListed, isResolved } from '../../core/netpol/programmed.ts';
import { podLabelsOf, surelySelects } from '../../core/netpol/selects.ts';
import { byName } from '../../core/order.ts';
import type { World } from '../../core/world/world.ts';
import { type Answer, fail, pass, type Seen, warn } from './check.ts';
import { nameOf, namespaceOf } from './fields.ts';

const placeText = ({ meta }: NetworkPolicy | Workload): string => `${meta.namespace}/${meta.name}`;

/** Pods that have an address, which a NetworkPolicy governs. */
const governed = ({ kind, podIPs, hostNetwork, meta }: Workload): boolean =>
  kind === 'Pod' && podIPs.length > 0 && !hostNetwork && !meta.terminating;

/** What of the policies of the cluster has not reached what enforces them. */
function lacks(world: World, seen: Seen) {
  const byNamespace = Map.groupBy(seen.objects('policyEndpoints'), namespaceOf);
  const all = world.namespaceNames().flatMap(name => {
    const content = world.namespace(name);
    const endpoints = (byNamespace.get(name) ?? []).map(readPolicyEndpoint);
    const pods = [...content.workloads.values()].filter(governed);
    return [...content.policies.values()].sort(byName).map(policy => ({
      policy,
      isTakenUp: isResolved(policy, endpoints),
      unlisted: pods.filter(
        pod => surelySelects(policy.podSelector, podLabelsOf(pod)) && !isListed(policy, pod.meta.name, endpoints),
      ),
    }));
  });
  const taken = all.filter(({ isTakenUp }) => isTakenUp);
  return {
    count: all.length,
    policies: all.filter(({ isTakenUp }) => !isTakenUp).map(({ policy }) => policy),
    pods: [...new Set(taken.flatMap(({ unlisted }) => unlisted))],
  };
}

const MOST = 3;

/** Whether Amazon EKS has made of each NetworkPolicy what agents of nodes program. No answer where it is none of its clusters. */
export function policyEndpoints(seen: Seen): readonly Answer[] {
  const isAmazon =
    seen.objects('policyEndpoints').length > 0 || seen.objects('daemonSets').some(one => nameOf(one) === 'aws-node');
  const { count, policies, pods } = lacks(seen.world, seen);
  if (!isAmazon || count === 0) return [];
  return [
    ...(policies.length > 0
      ? [
          fail(
            `no PolicyEndpoint says what these NetworkPolicies say now, so that no node enforces them: ${listed(policies.map(placeText), MOST)}`,
            'ask again in a moment; then see that enableNetworkPolicy is "true" for the add-on vpc-cni, and look at the Events of the policy',
          ),
        ]
      : []),
    ...(pods.length > 0
      ? [
          warn(
            `no PolicyEndpoint lists these Pods, which policies select: ${listed(pods.map(placeText), MOST)}`,
            'ask again in a moment: they are open where the enforcing mode is standard; then create them anew',
          ),
        ]
      : []),
    ...(policies.length + pods.length === 0
      ? [
          pass(
            `what the ${count} NetworkPolicies say now, their PolicyEndpoints say, and list all Pods that they select`,
          ),
        ]
      : []),
  ];
}
