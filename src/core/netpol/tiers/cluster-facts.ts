import type { Dataplane } from '../../gate/dataplane.ts';
import type { CiliumCidrGroup } from '../../kube/cilium.ts';
import { matches, matchesPairs } from '../../kube/selector.ts';
import type { CidrGroupsPeer, OutsidePeer, ServicesPeer } from '../../kube/tiers.ts';
import type { Service } from '../../kube/types.ts';
import { lazily, remembered } from '../../lazily.ts';
import { type AddressSet, addressRange, NO_ADDRESSES, subtractAddresses, unionAddresses } from '../../net/addresses.ts';
import { specifiedBy } from '../../net/cidr.ts';
import { parseAddress } from '../../net/ip.ts';
import type { World } from '../../world/world.ts';
import { type NodeAddresses, nodeAddresses } from './node-addresses.ts';

/** What policies refer to beside pods: Nodes, the API server, Services, groups of blocks. */
export interface ClusterFacts extends NodeAddresses {
  /** Blocks of Cilium hold nodes. */
  readonly blocksHoldNodes: boolean;
  /** The name of the node that has this address, which is empty where it is not known; `undefined`: no node has it. */
  nodeAt(address: string): string | undefined;
  /** `undefined`: nothing says where the API server is. */
  readonly apiServer: ReadonlySet<string> | undefined;
  servicesOf(peer: ServicesPeer): readonly ServiceEndpoints[];
  /** `undefined`: the groups are not known. */
  groupAddresses(peer: CidrGroupsPeer): AddressSet | undefined;
}

/** Where a Service leads: to pods of its namespace, or to what somebody wrote for it. */
type ServiceEndpoints =
  | { readonly kind: 'pods'; readonly service: Service }
  | { readonly kind: 'addresses'; readonly addresses: AddressSet };

function addressOf(text: string): AddressSet {
  const address = parseAddress(text);
  return address === undefined ? NO_ADDRESSES : addressRange(address.family, address.value, address.value);
}

/** Addresses of what somebody wrote for one Service. */
const writtenFor = (world: World, namespace: string, name: string): readonly string[] =>
  [...world.namespace(namespace).endpoints.values()]
    .filter(({ service }) => service === name)
    .flatMap(({ addresses }) => addresses);

function endpointsOf(world: World, service: Service): ServiceEndpoints {
  if (service.selector !== undefined) return { kind: 'pods', service };
  const { namespace, name } = service.meta;
  const addresses = writtenFor(world, namespace, name).map(addressOf);
  return { kind: 'addresses', addresses: unionAddresses([NO_ADDRESSES, ...addresses]) };
}

function findServices(world: World, { namespace, services }: ServicesPeer): readonly Service[] {
  const names = namespace === '' ? world.namespaceNames() : [namespace];
  return names
    .flatMap(name => [...world.namespace(name).services.values()].filter(({ meta }) => meta.namespace === name))
    .filter(({ meta }) => ('name' in services ? meta.name === services.name : matches(services.labels, meta.labels)));
}

/** Whether a pod is an endpoint of a Service with a selector. */
export const isEndpointOf = (
  { selector, meta }: Service,
  pod: { readonly namespace: string; readonly labels: ReadonlyMap<string, string> },
): boolean => selector !== undefined && meta.namespace === pod.namespace && matchesPairs(selector, pod.labels);

function addressesOfGroups(groups: readonly CiliumCidrGroup[], { groups: wanted, except }: CidrGroupsPeer): AddressSet {
  const named = groups.filter(({ meta }) =>
    'name' in wanted ? meta.name === wanted.name : matches(wanted.labels, meta.labels),
  );
  const blocks = named.flatMap(group => group.blocks.filter(({ range }) => range !== undefined));
  return subtractAddresses(unionAddresses([NO_ADDRESSES, ...blocks.map(specifiedBy)]), except);
}

/** Addresses of nodes with their names: of the Nodes, and of pods in their network, of which not each is known to be on one. */
function addressesOfNodes(world: World): ReadonlyMap<string, string> {
  const workloads = world.namespaceNames().flatMap(name => [...world.namespace(name).workloads.values()]);
  const ofPods = workloads
    .filter(({ hostNetwork }) => hostNetwork)
    .flatMap(({ podIPs, nodeName }) => podIPs.map(address => [address, nodeName] as const));
  const ofNodes = world.nodes.flatMap(({ meta, nodeAddresses }) =>
    nodeAddresses.map(address => [address, meta.name] as const),
  );
  return new Map([
    ...ofPods.filter(([, name]) => name === ''),
    ...ofPods.filter(([, name]) => name !== ''),
    ...ofNodes,
  ]);
}

/** Whether nodes are among addresses outside. */
export const holdsNodes = (
  nodes: OutsidePeer['nodes'],
  { blocksHoldNodes }: Pick<ClusterFacts, 'blocksHoldNodes'>,
): boolean => (nodes === 'by-mode' ? blocksHoldNodes : nodes);

/** The facts of a world on a dataplane; what is not asked for costs nothing. */
export function clusterFacts(world: World, dataplane: Dataplane | undefined): ClusterFacts {
  const nodes = lazily(() => addressesOfNodes(world));
  const servers = lazily(() => writtenFor(world, 'default', 'kubernetes'));
  return {
    ...nodeAddresses(world.nodes),
    blocksHoldNodes: dataplane?.name === 'cilium' && dataplane.blocks.nodes,
    nodeAt: address => nodes().get(address),
    get apiServer() {
      const known = servers();
      return known.length === 0 ? undefined : new Set(known);
    },
    servicesOf: remembered((peer: ServicesPeer) => findServices(world, peer).map(one => endpointsOf(world, one))),
    groupAddresses: remembered((peer: CidrGroupsPeer) => world.cidrGroups && addressesOfGroups(world.cidrGroups, peer)),
  };
}
