import type { Decision, OpenTraffic } from '../../core/decision.ts';
import type { Direction, Workload } from '../../core/kube/types.ts';
import { ALL_PORTS } from '../../core/net/ports.ts';
import { effectiveTraffic, type Opening, openingsOfPolicy, selecting } from '../../core/netpol/effective.ts';
import { openBoxes, openPods, openToAll } from '../../core/netpol/open-traffic.ts';
import { peerText } from '../../core/netpol/peer-text.ts';
import { declaredPorts } from '../../core/netpol/reach-pods.ts';
import type { NamespaceContent } from '../../core/world.ts';
import type { InventoryPeer, InventoryTraffic } from './inventory.ts';

const EVERYTHING: InventoryPeer = {
  who: peerText('any', ''),
  by: '',
  ...(openToAll(ALL_PORTS)[0] ?? { peers: [], ports: [] }),
};

/** The same traffic as a set. A port by name is one of the other end's. */
function setOf({ peer, policy, ports, names }: Opening): readonly OpenTraffic[] {
  if (peer === 'any') return openToAll(ports);
  if (peer.kind === 'pods') return openPods(peer, policy.meta.namespace, ports, names);
  return openBoxes([{ addresses: peer.specified, ports }]);
}

function peerOf(opening: Opening): readonly InventoryPeer[] {
  const { meta } = opening.policy;
  const who = peerText(opening.peer, meta.namespace);
  const by = `${meta.namespace}/${meta.name} ${opening.path}`;
  return setOf(opening)
    .filter(({ ports, peers }) => ports.length > 0 && peers.length > 0)
    .map(set => ({ who, by, ...set }));
}

/** What the NetworkPolicies let in and out of a server's pods, by the rules of each. */
export function trafficOf(
  workload: Workload,
  content: NamespaceContent,
): Readonly<Record<Direction, InventoryTraffic>> & { readonly isTooLarge: boolean } {
  const ports = declaredPorts(workload);
  const traffic = effectiveTraffic(workload, selecting(workload, content), policy => openingsOfPolicy(policy, ports));
  const direction = (name: Direction): InventoryTraffic => {
    const { isolated, openings } = traffic[name];
    if (!isolated || workload.hostNetwork) return { isolated: false, open: [EVERYTHING] };
    return { isolated: true, open: openings.flatMap(peerOf) };
  };
  return { ingress: direction('ingress'), egress: direction('egress'), isTooLarge: traffic.isTooLarge };
}

/** What may open or close more, a sentence each. */
export function notJudgedOf({ causes }: Decision, isTooLarge: boolean): readonly string[] {
  const size = isTooLarge ? ['its policies are too large to be listed'] : [];
  return [...size, ...causes.filter(({ code }) => code !== 'unknown-networks').map(({ message }) => message)];
}
