import { matches } from '../core/kube/selector.ts';
import type { Direction } from '../core/kube/types.ts';
import { formatAddress } from '../core/net/ip.ts';
import type { ReachAnswer, ReachEndpoint, ReachQuery, ReachSide } from '../core/netpol/reach.ts';
import { visibleText } from '../core/visible-text.ts';
import type { World } from '../core/world.ts';

const endpointText = (endpoint: ReachEndpoint): string =>
  endpoint.kind === 'pod' ? `pod ${endpoint.namespace}/${endpoint.name}` : formatAddress(endpoint.address);

/** Names of the policies that isolate a pod in one direction, sorted. */
function isolating(endpoint: ReachEndpoint, direction: Direction, world: World): readonly string[] {
  if (endpoint.kind === 'ip') return [];
  const content = world.namespace(endpoint.namespace);
  const pods = [...content.workloads.values()].filter(({ meta }) => meta.name === endpoint.name);
  const pod = pods.find(({ kind }) => kind === 'Pod') ?? pods[0];
  if (pod === undefined || pod.hostNetwork) return [];
  return [...content.policies.values()]
    .filter(policy => policy[direction].isolates && matches(policy.podSelector, pod.podLabels))
    .map(({ meta }) => `${meta.namespace}/${meta.name}`)
    .sort();
}

function sideText(side: ReachSide, endpoint: ReachEndpoint, direction: Direction, world: World): string {
  const [first, ...others] = side.by;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, and by ${others.length} more`;
    return `allowed by NetworkPolicy ${first.policy}, ${first.path}${more}`;
  }
  const policies = isolating(endpoint, direction, world);
  if (side.allowed)
    return policies.length > 0 ? 'allowed: it is the same pod' : `allowed: no NetworkPolicy isolates its ${direction}`;
  const names = policies.length === 0 ? '' : ` (${policies.join(', ')})`;
  return `refused: NetworkPolicies isolate its ${direction}${names}, and no rule of theirs allows this`;
}

/** An answer for a person: whether, and by which policy and rule on each side. Without a line end. */
export function describeReach(query: ReachQuery, answer: ReachAnswer, world: World): string {
  const { from, to, port, protocol } = query;
  const can = answer.allowed ? 'can' : 'cannot';
  return [
    `${answer.allowed ? 'Yes' : 'No'}: ${endpointText(from)} ${can} open ${protocol} ${port} of ${endpointText(to)}.`,
    `  egress of ${endpointText(from)}: ${sideText(answer.egress, from, 'egress', world)}`,
    `  ingress of ${endpointText(to)}: ${sideText(answer.ingress, to, 'ingress', world)}`,
  ]
    .map(visibleText)
    .join('\n');
}
