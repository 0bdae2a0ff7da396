import { discoverNetworks, type NetworkFacts, withDiscovered } from '../../../core/gate/discover-networks.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import type { Client } from '../client/client.ts';
import { type NodeNetworks, readNodeNetworks } from './node-networks.ts';

/** Nodes come and go; a minute late is soon enough for what only adds to what is protected. */
const POLL_MS = 60_000;

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
  const ending = new AbortController();
  const listeners: (() => void)[] = [];
  let nodes = NOTHING;
  let known:
    | {
        readonly from: GatePolicy;
        readonly nodes: NodeNetworks;
        readonly services: string;
        readonly policy: GatePolicy;
      }
    | undefined;
  const read = (): void => {
    readNodeNetworks(client, ending.signal).then(
      told => {
        // The same object as long as they tell the same: it is compared at every admission.
        if (JSON.stringify(told) === JSON.stringify(nodes)) return;
        nodes = told;
        for (const listener of listeners) listener();
      },
      (error: unknown) => {
        if (!ending.signal.aborted) onError(error);
      },
    );
  };
  read();
  const timer = setInterval(read, POLL_MS);
  timer.unref();

  return {
    complete: from => {
      const cidrs = serviceCidrs();
      const services = cidrs.join();
      if (known?.from !== from || known.nodes !== nodes || known.services !== services) {
        const discovered = discoverNetworks({ ...nodes, serviceCidrs: cidrs });
        const protectedNetworks = withDiscovered(from.protectedNetworks, discovered);
        known = { from, nodes, services, policy: { ...from, protectedNetworks } };
      }
      return known.policy;
    },
    facts: () => ({ ...nodes, serviceCidrs: serviceCidrs() }),
    onChange: listener => void listeners.push(listener),
    stop: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}
