import { type Fields, fieldsAt, own } from '../../../core/kube/reading.ts';
import type { Resource } from '../client/paths.ts';

export const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
};

/** An EndpointSlice (discovery.k8s.io/v1) that the API servers keep of themselves. */
export const API_SERVERS = { namespace: 'default', name: 'kubernetes' } as const;

const list = (parent: Fields, key: string): readonly unknown[] => {
  const value = own(parent, key);
  return Array.isArray(value) ? value : [];
};
const objects = (parent: Fields, key: string): readonly Fields[] =>
  list(parent, key).filter((item): item is Fields => typeof item === 'object' && item !== null);
const texts = (parent: Fields, key: string): readonly string[] =>
  list(parent, key).filter(item => typeof item === 'string');

/** `spec.podCIDRs`, and `status.addresses` of type InternalIP, of a v1 Node. What has another type than the API promises is not there. */
export function readNode(raw: Fields): { readonly podCidrs: readonly string[]; readonly addresses: readonly string[] } {
  const addresses = objects(fieldsAt(raw, 'status'), 'addresses')
    .filter(address => own(address, 'type') === 'InternalIP')
    .map(address => own(address, 'address'));
  return {
    podCidrs: texts(fieldsAt(raw, 'spec'), 'podCIDRs'),
    addresses: addresses.filter(address => typeof address === 'string'),
  };
}

/** `endpoints[].addresses` of an EndpointSlice. */
export function readEndpointAddresses(raw: Fields): readonly string[] {
  return objects(raw, 'endpoints').flatMap(endpoint => texts(endpoint, 'addresses'));
}

/** `spec.clusterIPs` of a v1 Service; without those of headless ones, which are the text `None`. */
export function readClusterIPs(raw: Fields): readonly string[] {
  return texts(fieldsAt(raw, 'spec'), 'clusterIPs').filter(text => text !== 'None');
}
