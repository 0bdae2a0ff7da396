import { discoverNetworks, type NetworkFacts, withDiscovered } from '../../../core/gate/discover-networks.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import type { Client } from '../client/client.ts';
import { followReading } from './follow-reading.ts';
import { type NodeNetworks, readNodeNetworks } from './node-networks.ts';

const NOTHING: NodeNetworks = { podCidrs: [], nodeAddresses: [], apiServerAddresses: [] };

/** What a cluster tells of its own addresses, kept up to date. */
export interface ClusterNetworks {
  /** The policy with what is discovered of the classes that it does not give: the same object until one of both changes. */
  complete(policy: GatePolicy): GatePolicy;
  /** What was told last; empty lists before anything was. */
  facts(): NetworkFacts;
  /** Calls the listener when Nodes tell something else; the cache tells of ServiceCIDRs. */
  onChange(listener: () => void): void;
  stop(): void;
}

/** Reads what Nodes tell now and every minute; ServiceCIDRs are watched by the cache. Where a reading fails, the last one stays. */
export function followNetworks(
  client: Client,
  serviceCidrs: () => readonly string[],
  onError: (error: unknown) => void,
): ClusterNetworks {
  // Nodes come and go; a minute late is soon enough for what only adds to what is protected.
  const reading = followReading(signal => readNodeNetworks(client, signal), NOTHING, onError);
  let known:
    | {
        readonly from: GatePolicy;
        readonly nodes: NodeNetworks;
        readonly services: string;
        readonly policy: GatePolicy;
      }
    | undefined;
  return {
    complete: from => {
      const nodes = reading.current();
      const cidrs = serviceCidrs();
      const services = cidrs.join();
      if (known?.from !== from || known.nodes !== nodes || known.services !== services) {
        const discovered = discoverNetworks({ ...nodes, serviceCidrs: cidrs });
        const protectedNetworks = withDiscovered(from.protectedNetworks, discovered);
        known = { from, nodes, services, policy: { ...from, protectedNetworks } };
      }
      return known.policy;
    },
    facts: () => ({ ...reading.current(), serviceCidrs: serviceCidrs() }),
    onChange: reading.onChange,
    stop: reading.stop,
  };
}
