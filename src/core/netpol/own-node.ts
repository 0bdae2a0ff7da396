import type { Workload } from '../kube/types.ts';
import { lazily } from '../lazily.ts';
import { formatAddress } from '../net/ip.ts';
import type { World } from '../world.ts';
import type { Side } from './reach-pods.ts';
import { isOwnNode } from './tiers/outside.ts';

/**
 * Whether one end of a connection is the node that the pod at the other end runs on; `null`: it is a node, and on which one the pod runs is not known.
 * Packets between the two pass, whatever policies say (Kubernetes' page "Network Policies").
 */
export type OwnNodeTest = (from: Side, to: Side) => boolean | null;

/** The addresses of its node that a pod tells. */
const toldBy = ({ hostIPs, hostNetwork, podIPs }: Workload): readonly string[] =>
  hostNetwork ? [...hostIPs, ...podIPs] : hostIPs;

/** Names of nodes by their addresses, as pods and Nodes tell them; empty where nobody tells the name. */
function namesByAddress(world: World): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const namespace of world.namespaceNames())
    for (const workload of world.namespace(namespace).workloads.values())
      for (const address of toldBy(workload)) names.set(address, workload.nodeName || (names.get(address) ?? ''));
  // What a cloud calls ExternalIP is most often translated far from the node: what goes there leaves it.
  for (const { meta, internalAddresses } of world.nodes)
    for (const address of internalAddresses) names.set(address, meta.name);
  return names;
}

/** Pods in the host's network are the node: no policy stands between it and itself. */
export function ownNodeTest(world: World): OwnNodeTest {
  const names = lazily(() => namesByAddress(world));
  const facts = { nodeAt: (address: string) => names().get(address) };
  const isNodeOf = (end: Side, { pod }: Side): boolean | null => {
    if (pod === undefined || pod.workload.hostNetwork) return false;
    const isTold = end.address !== undefined && pod.workload.hostIPs.includes(formatAddress(end.address));
    return isTold || isOwnNode(end, pod, facts);
  };
  return (from, to) => {
    const isSource = isNodeOf(from, to);
    return isSource === false ? isNodeOf(to, from) : isSource;
  };
}
