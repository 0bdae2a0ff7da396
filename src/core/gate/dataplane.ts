import type { World } from '../world/world.ts';

/** Where a dataplane departs from the widest reading that the specification leaves room for. */
export interface Divergence {
  readonly id: string;
  /** What the rules let through, measured by that reading. */
  readonly effect: 'opens' | 'closes';
  /** A clause without a full stop. */
  readonly says: string;
  /** An address on the web, or how it was measured. */
  readonly source: string;
}

/** Names of the dataplanes that are known. Source: `policies/dataplanes.json`. */
export const DATAPLANES = ['antrea', 'aws', 'calico', 'cilium', 'kube-router', 'ovn'] as const;

/** What enforces the policies of a cluster. Source: `policies/dataplanes.json`. */
export interface Dataplane {
  readonly name: (typeof DATAPLANES)[number];
  /** DaemonSets that show it on a cluster, as `namespace/name`: of namespaces that are the cluster's own. */
  readonly agents: readonly string[];
  /** Whether an `ipBlock` matches pods, and nodes, by their addresses. */
  readonly blocks: { readonly pods: boolean; readonly nodes: boolean };
  readonly divergences: readonly Divergence[];
}

/** Cilium as it is by default, where its policies alone show that it is there. */
export const CILIUM: Dataplane = {
  name: 'cilium',
  agents: [],
  blocks: { pods: false, nodes: false },
  divergences: [],
};

/** What the blocks of Cilium match beside addresses outside (`policy-cidr-match-mode`); absent: nothing. Source: `policies/dataplanes.json`. */
export const CIDR_MATCH_MODES = ['nodes'] as const;

/** Cilium, whose blocks match nodes too. */
export const matchingNodes = (cilium: Dataplane): Dataplane => ({
  ...cilium,
  blocks: { ...cilium.blocks, nodes: true },
  divergences: cilium.divergences.filter(({ id }) => id !== 'ipblock-nodes'),
});

/** Cilium as the settings of a cluster have it; `undefined`: they are not known, and the wider reading holds. */
export const ciliumOf = (cilium: Dataplane, blocksHoldNodes: boolean | undefined): Dataplane =>
  blocksHoldNodes === false ? cilium : matchingNodes(cilium);

/** The dataplane whose agents the cluster runs; `undefined` where it runs none that is known, or those of several. */
export function discoverDataplane(
  { namespace }: Pick<World, 'namespace'>,
  dataplanes: readonly Dataplane[],
): Dataplane | undefined {
  const runs = (agent: string): boolean => {
    const slash = agent.indexOf('/');
    return namespace(agent.slice(0, slash)).workloads.has(`DaemonSet/${agent.slice(slash + 1)}`);
  };
  const [found, ...more] = dataplanes.filter(({ agents }) => agents.some(runs));
  return more.length === 0 ? found : undefined;
}
