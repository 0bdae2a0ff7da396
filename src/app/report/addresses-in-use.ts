import type { NetworkFacts } from '../../core/gate/discover-networks.ts';
import type { World } from '../../core/world/world.ts';
import type { ObservedAddress } from './cluster-reading.ts';

/** Addresses that a cluster tells of itself. */
export function* toldAddresses({
  nodeAddresses,
  podCidrs,
  serviceCidrs,
  apiServerAddresses,
}: NetworkFacts): Iterable<ObservedAddress> {
  for (const text of podCidrs) yield { class: 'pods', text, holder: 'spec.podCIDRs of a Node' };
  for (const text of serviceCidrs) yield { class: 'services', text, holder: 'a ServiceCIDR' };
  for (const text of nodeAddresses) yield { class: 'nodes', text, holder: 'a Node' };
  for (const text of apiServerAddresses)
    yield { class: 'controlPlane', text, holder: 'EndpointSlice default/kubernetes' };
}

/** Addresses of the Pods of a world; those in the host's network bear the addresses of their Nodes. */
export function* podAddresses(world: World): Iterable<ObservedAddress> {
  for (const name of world.namespaceNames()) {
    for (const { meta, podIPs, hostNetwork } of world.namespace(name).workloads.values())
      for (const text of podIPs)
        yield { class: hostNetwork ? 'nodes' : 'pods', text, holder: `Pod ${name}/${meta.name}` };
  }
}
