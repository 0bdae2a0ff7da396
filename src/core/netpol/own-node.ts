import type { Workload } from '../kube/types.ts';
import { lazily } from '../lazily.ts';
import { type Address, formatAddress, parseAddress, unmap } from '../net/ip.ts';
import type { World } from '../world/world.ts';
import type { Side } from './reach-pods.ts';

/**
 * Whether one end of a connection is the node that the pod at the other end runs on; `null`: it is a node, and on which one the pod runs is not known.
 * Packets between the two pass, whatever policies say (Kubernetes' page "Network Policies").
 */
export type OwnNodeTest = (from: Side, to: Side) => boolean | null;

/** The addresses of its node that a pod tells. */
const toldBy = ({ hostIPs, hostNetwork, podIPs }: Workload): readonly string[] =>
  hostNetwork ? [...hostIPs, ...podIPs] : hostIPs;

/** Every address of a node that somebody tells, with the node's name; empty where nobody tells that. */
function* toldIn(world: World): Generator<readonly [address: string, name: string]> {
  for (const namespace of world.namespaceNames())
    for (const workload of world.namespace(namespace).workloads.values())
      for (const address of toldBy(workload)) yield [address, workload.nodeName];
  // What a cloud calls ExternalIP is most often translated far from the node: what goes there leaves it.
  for (const { meta, internalAddresses } of world.nodes)
    for (const address of internalAddresses) yield [address, meta.name];
}

/** Finds the name of the node that has an address; `undefined`: none has it. Asked a million times: by number, not by text. */
function nodeNames(world: World): (address: Address) => string | undefined {
  const names = { 4: new Map<bigint, string>(), 6: new Map<bigint, string>() };
  for (const [text, name] of toldIn(world)) {
    const parsed = parseAddress(text);
    if (parsed === undefined) continue;
    const { family, value } = unmap(parsed);
    names[family].set(value, name || (names[family].get(value) ?? ''));
  }
  return ({ family, value }) => names[family].get(value);
}

/** Pods in the host's network are the node: no policy stands between it and itself. */
export function ownNodeTest(world: World): OwnNodeTest {
  const names = lazily(() => nodeNames(world));
  const nameOf = ({ pod, address }: Side): string | undefined => {
    if (pod !== undefined) return pod.workload.hostNetwork ? pod.workload.nodeName : undefined;
    return address && names()(address);
  };
  const isNodeOf = (end: Side, { pod }: Side): boolean | null => {
    if (pod === undefined || pod.workload.hostNetwork) return false;
    const name = nameOf(end);
    if (name === undefined) return false;
    const { nodeName, hostIPs } = pod.workload;
    if (end.address !== undefined && hostIPs.includes(formatAddress(end.address))) return true;
    return name === '' || nodeName === '' ? null : name === nodeName;
  };
  return (from, to) => {
    const isSource = isNodeOf(from, to);
    return isSource === false ? isNodeOf(to, from) : isSource;
  };
}
