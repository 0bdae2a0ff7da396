import { readAddress } from '../../src/adapters/addresses/read-address.ts';
import type { CloudId } from '../../src/adapters/clouds/answers.ts';
import { readAnswers } from '../../src/adapters/clouds/answers.ts';
import { CLOUDS, readCloud } from '../../src/adapters/clouds/read-cloud.ts';
import { commandText } from '../../src/adapters/clouds/request.ts';
import { RANGE_CLASSES, type SeenRanges } from '../../src/app/cidrs/ranges.ts';

/** Answers of clouds in the shapes of their published API models, with invented values. */

/** JSON of a cloud. */
export type Json = Readonly<Record<string, unknown>>;

/** container/v1 Cluster of a private cluster of the older kind. */
export const gkeCluster = (changes: Json = {}): Json => ({
  name: 'prod',
  location: 'europe-west1',
  selfLink: 'https://container.googleapis.com/v1/projects/shop/locations/europe-west1/clusters/prod',
  endpoint: '203.0.113.7',
  clusterIpv4Cidr: '172.20.0.0/16',
  servicesIpv4Cidr: '172.21.0.0/17',
  subnetwork: 'nodes',
  networkConfig: {
    network: 'projects/net-host/global/networks/shared',
    subnetwork: 'projects/net-host/regions/europe-west1/subnetworks/nodes',
    datapathProvider: 'ADVANCED_DATAPATH',
  },
  ipAllocationPolicy: {
    useIpAliases: true,
    clusterIpv4CidrBlock: '172.20.0.0/16',
    servicesIpv4CidrBlock: '172.21.0.0/17',
    clusterSecondaryRangeName: 'pods',
    servicesSecondaryRangeName: 'services',
    stackType: 'IPV4',
  },
  privateClusterConfig: {
    masterIpv4CidrBlock: '10.0.0.0/28',
    privateEndpoint: '10.0.0.2',
    publicEndpoint: '203.0.113.7',
  },
  ...changes,
});

/** compute/v1 Subnetwork. */
export const gcpSubnet = (changes: Json = {}): Json => ({
  kind: 'compute#subnetwork',
  name: 'nodes',
  region: 'https://www.googleapis.com/compute/v1/projects/net-host/regions/europe-west1',
  selfLink: 'https://www.googleapis.com/compute/v1/projects/net-host/regions/europe-west1/subnetworks/nodes',
  ipCidrRange: '10.10.10.0/24',
  secondaryIpRanges: [
    { rangeName: 'pods', ipCidrRange: '172.20.0.0/16' },
    { rangeName: 'services', ipCidrRange: '172.21.0.0/17' },
    { rangeName: 'pods-2', ipCidrRange: '172.24.0.0/16' },
    { rangeName: 'of-another-cluster', ipCidrRange: '172.30.0.0/16' },
  ],
  stackType: 'IPV4_ONLY',
  ...changes,
});

/** `aws eks describe-cluster`. */
export const eksCluster = (changes: Json = {}): Json => ({
  cluster: {
    name: 'prod',
    arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
    endpoint: 'https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
    resourcesVpcConfig: {
      subnetIds: ['subnet-0a1', 'subnet-0b2'],
      vpcId: 'vpc-0abc12',
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ['0.0.0.0/0'],
    },
    kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
    ...changes,
  },
});

const association = (block: string, state: string): Json => ({
  AssociationId: `vpc-cidr-assoc-${state}`,
  CidrBlock: block,
  CidrBlockState: { State: state },
});

/** `aws ec2 describe-vpcs`; `blocks`: secondary ones by their state. */
export const vpcs = (blocks: Readonly<Record<string, string>> = {}, changes: Json = {}): Json => ({
  Vpcs: [
    {
      VpcId: 'vpc-0abc12',
      CidrBlock: '10.0.0.0/16',
      CidrBlockAssociationSet: [
        association('10.0.0.0/16', 'associated'),
        ...Object.entries(blocks).map(([state, block]) => association(block, state)),
      ],
      ...changes,
    },
  ],
});

/** `aws ec2 describe-subnets`. */
export const awsSubnets = (...blocks: readonly string[]): Json => ({
  Subnets: blocks.map((CidrBlock, index) => ({
    SubnetId: `subnet-0a${index}`,
    VpcId: 'vpc-0abc12',
    CidrBlock,
    State: 'available',
    Ipv6CidrBlockAssociationSet: [],
  })),
});

const VNET = '/subscriptions/5ec2/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/shared';
export const subnetId = (name: string): string => `${VNET}/subnets/${name}`;

/** `az aks show` of a cluster with an overlay in a VNet of one's own. */
export const aksCluster = (changes: Json = {}): Json => ({
  name: 'prod',
  id: '/subscriptions/5ec2/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/prod',
  fqdn: 'prod-1.hcp.westeurope.azmk8s.io',
  privateFqdn: null,
  nodeResourceGroup: 'MC_shop_prod_westeurope',
  networkProfile: {
    networkPlugin: 'azure',
    networkPluginMode: 'overlay',
    networkPolicy: 'cilium',
    podCidr: '10.244.0.0/16',
    podCidrs: ['10.244.0.0/16'],
    serviceCidr: '10.100.0.0/16',
    serviceCidrs: ['10.100.0.0/16'],
  },
  agentPoolProfiles: [{ name: 'system', vnetSubnetId: subnetId('nodes'), podSubnetId: null }],
  apiServerAccessProfile: null,
  ...changes,
});

/** `az network vnet subnet show`. */
export const azureSubnet = (name: string, prefix: string | readonly string[]): Json => ({
  id: subnetId(name),
  name,
  type: 'Microsoft.Network/virtualNetworks/subnets',
  ...(typeof prefix === 'string'
    ? { addressPrefix: prefix, addressPrefixes: null }
    : { addressPrefix: null, addressPrefixes: prefix }),
});

/** `az network vnet show`. */
export const vnet = (changes: Json = {}): Json => ({
  id: VNET,
  name: 'shared',
  type: 'Microsoft.Network/virtualNetworks',
  addressSpace: { addressPrefixes: ['10.224.0.0/12'] },
  subnets: [],
  virtualNetworkPeerings: [],
  ...changes,
});

/** What is read of answers, as it stands in files of these numbers; without those that are told of peers in any case. */
export function readJson(cloud: CloudId, ...values: readonly unknown[]) {
  const read = values.map((value, index) => readAnswers(JSON.stringify(value), `${index}.json`));
  const answers = { answers: read.flatMap(one => one.answers), problems: read.flatMap(one => one.problems) };
  const { seen, wanted } = readCloud(CLOUDS[cloud], answers, { readAddress });
  return {
    seen,
    ...byClass(seen),
    missing: seen.notSeen.filter(one => one.class !== 'extra').map(one => `${one.class}: ${one.reason}`),
    problems: seen.problems.map(({ file, field, message }) => [file, field, message].join(' | ')),
    wanted: wanted.map(commandText),
  };
}

/** The blocks of each class that has some. */
export function byClass({ ranges }: SeenRanges): { readonly ranges: Readonly<Record<string, readonly string[]>> } {
  const classes = RANGE_CLASSES.map(
    name => [name, ranges.filter(range => range.class === name).map(({ cidr }) => cidr)] as const,
  );
  return { ranges: Object.fromEntries(classes.filter(([, blocks]) => blocks.length > 0)) };
}
