import { load } from 'js-yaml';
import type { NetworkClass } from '../../../core/gate/types.ts';
import { type Fields, fieldsAt, isFields, valueAt } from '../../../core/kube/reading.ts';
import { CONFIG_MAPS, NODES, PODS, SERVICES } from '../client/kinds.ts';
import type { Resource } from '../client/paths.ts';
import { API_SERVERS, ENDPOINT_SLICES, readClusterIPs, readEndpointAddresses, readNode } from './network-facts.ts';
import { isFinishedPod } from './read-object.ts';

const resource = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
});

/** A block or an address that an object tells. */
interface Told {
  readonly class: NetworkClass;
  readonly text: string;
  /** The field, for people. */
  readonly field: string;
}

/** One kind of objects that tell of ranges. */
export interface RangeTeller {
  readonly resource: Resource;
  /** The one object that is read; absent: all. */
  readonly object?: { readonly namespace: string; readonly name: string };
  readonly tells: readonly NetworkClass[];
  /** Classes that it tells the whole of: what is made later gets its address out of the same blocks. */
  readonly whole: readonly NetworkClass[];
  readonly read: (raw: Fields) => readonly Told[];
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((text): text is string => typeof text === 'string' && text !== '');

/** Blocks that a field holds, one or a list; a text may hold several, behind commas or spaces. */
const told = (raw: Fields, field: string, name: NetworkClass): readonly Told[] =>
  textsOf(valueAt(raw, field)).flatMap(text =>
    text
      .split(/[\s,]+/)
      .filter(part => part !== '')
      .map(part => ({ class: name, text: part, field })),
  );

/** `networking` of the ClusterConfiguration (kubeadm.k8s.io) that kubeadm keeps as YAML in a ConfigMap. */
function readKubeadm(raw: Fields): readonly Told[] {
  const text = valueAt(raw, 'data.ClusterConfiguration');
  const parsed: unknown = typeof text === 'string' ? loadYaml(text) : undefined;
  const configuration = isFields(parsed) ? parsed : {};
  return [
    ...told(configuration, 'networking.podSubnet', 'pods'),
    ...told(configuration, 'networking.serviceSubnet', 'services'),
  ];
}

function loadYaml(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

function readNodeRanges(raw: Fields): readonly Told[] {
  const { podCidrs, addresses } = readNode(raw);
  return [
    ...podCidrs.map((text): Told => ({ class: 'pods', text, field: 'spec.podCIDRs' })),
    ...addresses.map((text): Told => ({ class: 'nodes', text, field: 'status.addresses' })),
  ];
}

/** `status.clusterNetwork[].cidr` of OpenShift's Network (config.openshift.io/v1): what is in force, also while it changes. */
function readOpenShift(raw: Fields): readonly Told[] {
  const networks = valueAt(raw, 'status.clusterNetwork');
  const blocks = (Array.isArray(networks) ? networks : []).filter(isFields);
  return [
    ...blocks.flatMap(block => told(block, 'cidr', 'pods')).map(one => ({ ...one, field: 'status.clusterNetwork' })),
    ...told(raw, 'status.serviceNetwork', 'services'),
  ];
}

/** Where clusters keep their ranges. What is not served or not there tells nothing. */
export const TELLERS: readonly RangeTeller[] = [
  {
    resource: resource('networking.k8s.io', 'v1', 'ServiceCIDR', 'servicecidrs'),
    tells: ['services'],
    whole: ['services'],
    read: raw => told(raw, 'spec.cidrs', 'services'),
  },
  { resource: NODES, tells: ['pods', 'nodes'], whole: [], read: readNodeRanges },
  {
    resource: ENDPOINT_SLICES,
    object: API_SERVERS,
    tells: ['controlPlane'],
    whole: [],
    read: raw =>
      readEndpointAddresses(raw).map(text => ({ class: 'controlPlane', text, field: 'endpoints[].addresses' })),
  },
  {
    resource: CONFIG_MAPS,
    object: { namespace: 'kube-system', name: 'kubeadm-config' },
    tells: ['pods', 'services'],
    whole: ['pods', 'services'],
    read: readKubeadm,
  },
  {
    resource: resource('crd.projectcalico.org', 'v1', 'IPPool', 'ippools'),
    tells: ['pods'],
    whole: ['pods'],
    read: raw => told(raw, 'spec.cidr', 'pods'),
  },
  {
    resource: CONFIG_MAPS,
    object: { namespace: 'kube-system', name: 'cilium-config' },
    tells: ['pods'],
    whole: ['pods'],
    read: raw => {
      const data = fieldsAt(raw, 'data');
      return ['cluster-pool-ipv4-cidr', 'cluster-pool-ipv6-cidr'].flatMap(key => told(data, key, 'pods'));
    },
  },
  {
    resource: resource('cilium.io', 'v2alpha1', 'CiliumPodIPPool', 'ciliumpodippools'),
    tells: ['pods'],
    whole: ['pods'],
    read: raw => ['spec.ipv4.cidrs', 'spec.ipv6.cidrs'].flatMap(field => told(raw, field, 'pods')),
  },
  {
    resource: resource('cilium.io', 'v2', 'CiliumNode', 'ciliumnodes'),
    tells: ['pods'],
    whole: [],
    read: raw => told(raw, 'spec.ipam.podCIDRs', 'pods'),
  },
  {
    resource: resource('config.openshift.io', 'v1', 'Network', 'networks'),
    object: { namespace: '', name: 'cluster' },
    tells: ['pods', 'services'],
    whole: ['pods', 'services'],
    read: readOpenShift,
  },
];

/** Objects whose addresses are in use. */
export const HOLDERS: readonly RangeTeller[] = [
  {
    resource: PODS,
    tells: ['pods'],
    whole: [],
    // Pods of the host's network bear the addresses of their nodes.
    read: raw => {
      if (isFinishedPod(raw) || valueAt(raw, 'spec.hostNetwork') === true) return [];
      const addresses = valueAt(raw, 'status.podIPs');
      return (Array.isArray(addresses) ? addresses : [])
        .filter(isFields)
        .flatMap(address => told(address, 'ip', 'pods'))
        .map(one => ({ ...one, field: 'status.podIPs' }));
    },
  },
  {
    resource: SERVICES,
    tells: ['services'],
    whole: [],
    read: raw => readClusterIPs(raw).map(text => ({ class: 'services', text, field: 'spec.clusterIPs' })),
  },
];
