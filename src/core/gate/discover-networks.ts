import { type AddressSet, addressRange, isNoAddress, NO_ADDRESSES, unionAddresses } from '../net/addresses.ts';
import { parseCidr } from '../net/cidr.ts';
import { parseAddress, unmap } from '../net/ip.ts';
import { NETWORK_CLASSES, type NetworkClass, type ProtectedNetworks } from './types.ts';

/** What a live cluster says of its own addresses, as text: what is no address, or no block, says nothing. */
export interface NetworkFacts {
  /** `spec.cidrs` of all ServiceCIDRs (networking.k8s.io, KEP-1880), those that are being deleted too: Services still hold their addresses. */
  readonly serviceCidrs: readonly string[];
  /** `spec.podCIDRs` of all Nodes. Some network plugins leave them unset, or do not keep to them. */
  readonly podCidrs: readonly string[];
  /** `InternalIP` in `status.addresses` of all Nodes. Not `ExternalIP`: that is the internet's way to a node, not the cluster's. */
  readonly nodeAddresses: readonly string[];
  /** Addresses in the EndpointSlice `default/kubernetes`: of the API servers. */
  readonly apiServerAddresses: readonly string[];
}

/** What the facts tell of one class. */
export interface DiscoveredNetwork {
  readonly class: NetworkClass;
  readonly addresses: AddressSet;
  /** Where they were read, for people. */
  readonly from: string;
  /** No other address can become one of the class as long as the facts stay as they are. `false`: these are some, and there may be more. */
  readonly isWhole: boolean;
}

const blocksOf = (texts: readonly string[]): AddressSet =>
  unionAddresses(texts.map(text => parseCidr(text).range ?? NO_ADDRESSES));

/** The one address that a text names; no address where it names none. A mapped IPv4 address is the IPv4 address. */
export function addressSetOf(text: string): AddressSet {
  const address = parseAddress(text);
  if (address === undefined) return NO_ADDRESSES;
  const { family, value } = unmap(address);
  return addressRange(family, value, value);
}

const addressesOf = (texts: readonly string[]): AddressSet => unionAddresses(texts.map(addressSetOf));

/**
 * The classes of protected networks that a cluster tells of by itself; one of which it tells nothing is left out.
 * Only ServiceCIDRs tell the whole of a class: the API server gives out no other address. Nodes and API servers come and go.
 */
export function discoverNetworks(facts: NetworkFacts): readonly DiscoveredNetwork[] {
  const all: readonly DiscoveredNetwork[] = [
    { class: 'pods', addresses: blocksOf(facts.podCidrs), from: 'spec.podCIDRs of the Nodes', isWhole: false },
    {
      class: 'services',
      addresses: blocksOf(facts.serviceCidrs),
      from: 'spec.cidrs of the ServiceCIDRs',
      isWhole: true,
    },
    {
      class: 'nodes',
      addresses: addressesOf(facts.nodeAddresses),
      from: 'InternalIP in status.addresses of the Nodes',
      isWhole: false,
    },
    {
      class: 'controlPlane',
      addresses: addressesOf(facts.apiServerAddresses),
      from: 'EndpointSlice default/kubernetes',
      isWhole: false,
    },
  ];
  return all.filter(({ addresses }) => !isNoAddress(addresses));
}

/**
 * The networks of a configuration, and what was discovered of the classes that it does not give; a class that it gives stays as it is, an empty one too.
 * A class of which some addresses are known stays unknown as a class: those are protected, and where the others may lie is still assumed.
 */
export function withDiscovered(
  networks: ProtectedNetworks,
  discovered: readonly DiscoveredNetwork[],
): ProtectedNetworks {
  const used = usedOf(networks, discovered);
  const find = (name: NetworkClass, isWhole: boolean): AddressSet | undefined =>
    used.find(network => network.class === name && network.isWhole === isWhole)?.addresses;
  const [pods, services, nodes, controlPlane] = NETWORK_CLASSES.map(name => networks.classes[name] ?? find(name, true));
  const seen = (name: NetworkClass): AddressSet => find(name, false) ?? networks.seen[name];
  return {
    ...networks,
    classes: { pods, services, nodes, controlPlane },
    seen: { pods: seen('pods'), services: seen('services'), nodes: seen('nodes'), controlPlane: seen('controlPlane') },
  };
}

/** Those of the discovered networks that the configuration leaves to discovery. */
export function usedOf(
  { classes }: ProtectedNetworks,
  discovered: readonly DiscoveredNetwork[],
): readonly DiscoveredNetwork[] {
  return discovered.filter(network => classes[network.class] === undefined);
}
