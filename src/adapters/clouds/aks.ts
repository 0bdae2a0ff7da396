import type { RangeClass } from '../../app/cidrs/ranges.ts';
import { own } from '../../core/kube/reading.ts';
import type { Answer } from './answers.ts';
import type { Cloud } from './cloud.ts';
import type { AnswerReader, Gathering, Labels } from './gathering.ts';
import { type CloudRequest, type ClusterTarget, option } from './request.ts';

const LABELS: Labels = {
  nodes: 'node subnet',
  controlPlane: 'API server subnet',
  pods: 'pods',
  services: 'services',
  extra: 'VNet',
};

const NAME = /^[A-Za-z0-9][\w-]*$/;
const GROUP = /^[\w(][\w.()-]*$/;
/** Of a resource: `/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/V/subnets/N`. */
const SUBNET_ID =
  /^(\/subscriptions\/[\w-]+\/resourceGroups\/[\w.()-]+\/providers\/Microsoft\.Network\/virtualNetworks\/[\w.-]+)\/subnets\/([\w.-]+)$/i;

/** Names of Azure's resources do not tell capital letters from small ones. */
const isSameId = (a: unknown, b: string): boolean => typeof a === 'string' && a.toLowerCase() === b.toLowerCase();

const lastName = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** Whether an answer is of the resource; one without an id, by its name. */
const isNamed = ({ fields }: Answer, id: string): boolean =>
  own(fields, 'id') === undefined ? isSameId(own(fields, 'name'), lastName(id)) : isSameId(own(fields, 'id'), id);

const sent = (args: readonly string[], request: Omit<CloudRequest, 'program' | 'args'>): CloudRequest => ({
  program: 'az',
  args: [...args, '--output', 'json'],
  ...request,
});

const showSubnet = (id: string, tells: readonly RangeClass[]): CloudRequest =>
  sent(['network', 'vnet', 'subnet', 'show', '--ids', id], {
    right: 'Microsoft.Network/virtualNetworks/subnets/read on the subnet',
    about: `subnet ${lastName(id)}`,
    tells,
  });

const showVnet = (id: string): CloudRequest =>
  sent(['network', 'vnet', 'show', '--ids', id], {
    right: 'Microsoft.Network/virtualNetworks/read on the VNet',
    about: `VNet ${lastName(id)} and the networks that are peered with it`,
    tells: ['extra'],
  });

const listVnets = (group: string, subscription: string | undefined, tells: readonly RangeClass[]): CloudRequest =>
  sent(['network', 'vnet', 'list', '--resource-group', group, ...option('--subscription', subscription)], {
    right: `Microsoft.Network/virtualNetworks/read in resource group ${group}`,
    about: `the VNet that AKS made in ${group}`,
    tells,
  });

const PREFIXES = ['addressPrefix', 'addressPrefixes'];

/** Subnets by their id, in small letters; one whose answer has no id, by its name. */
type Subnets = ReadonlyMap<string, AnswerReader>;

/** Those that have an answer of their own, and those that stand in the answer of their VNet. */
function openSubnets(answers: readonly Answer[], gathering: Gathering): Subnets {
  const inVnets = answers
    .filter(({ kind }) => kind === 'vnet')
    .flatMap(vnet =>
      gathering.open(vnet, `a subnet of VNet ${String(own(vnet.fields, 'name'))}`, LABELS).list('subnets'),
    );
  const alone = answers
    .filter(({ kind }) => kind === 'azure-subnet')
    .map(one => gathering.open(one, `subnet ${String(own(one.fields, 'name'))}`, LABELS));
  return new Map(
    [...inVnets, ...alone].flatMap(subnet => {
      const id = subnet.firstText(['id', 'name']);
      return id === undefined ? [] : [[id.toLowerCase(), subnet] as const];
    }),
  );
}

/** Azure's own interface nests the fields of a subnet in `properties`. */
function takePrefixes(subnet: AnswerReader, classes: readonly RangeClass[]): void {
  for (const path of PREFIXES) {
    subnet.blocks(path, classes);
    subnet.blocks(`properties.${path}`, classes);
  }
}

function takeSubnet(id: string, classes: readonly RangeClass[], subnets: Subnets, gathering: Gathering): void {
  const found = subnets.get(id.toLowerCase()) ?? subnets.get(lastName(id).toLowerCase());
  if (found !== undefined) takePrefixes(found, classes);
  else if (SUBNET_ID.test(id)) gathering.want(showSubnet(id, classes));
  else gathering.miss(classes, `"${id}" is no id of a subnet`);
}

/** Its command line writes `vnetSubnetId`, its interface `vnetSubnetID`. */
const idAt = (reader: AnswerReader, path: string): string | undefined =>
  reader.firstText([path, path.replace(/Id$/, 'ID')]);

/** The VNet of a cluster that brings none of its own: its nodes have it to themselves. */
function takeManagedVnet(
  cluster: AnswerReader,
  classes: readonly RangeClass[],
  answers: readonly Answer[],
  gathering: Gathering,
): void {
  const vnets = answers.filter(({ kind }) => kind === 'vnet');
  for (const answer of vnets) {
    const vnet = gathering.open(answer, `VNet ${String(answer.fields.name)}`, LABELS);
    vnet.blocks('addressSpace.addressPrefixes', classes, 'VNet of the nodes');
    for (const subnet of vnet.list('subnets'))
      if (subnet.text('name') === 'aks-apiserver-subnet') takePrefixes(subnet, ['controlPlane']);
    takePeerings(vnet);
  }
  if (vnets.length > 0) return;
  const group = cluster.text('nodeResourceGroup');
  const [, , subscription] = cluster.text('id')?.split('/') ?? [];
  if (group === undefined || !GROUP.test(group) || !NAME.test(subscription ?? 's'))
    gathering.miss(classes, 'the cluster names neither a subnet nor the resource group of its nodes');
  else gathering.want(listVnets(group, subscription, classes));
}

function takePeerings(vnet: AnswerReader): void {
  for (const peering of vnet.list('virtualNetworkPeerings')) {
    peering.blocks('remoteAddressSpace.addressPrefixes', ['extra'], 'peered VNet');
    peering.blocks('remoteVirtualNetworkAddressSpace.addressPrefixes', ['extra'], 'peered VNet');
  }
}

/** The rest of the VNet that a cluster shares with others, and what is peered with it. */
function takeSharedVnet(id: string, answers: readonly Answer[], gathering: Gathering): void {
  const found = answers.find(answer => answer.kind === 'vnet' && isNamed(answer, id));
  if (found === undefined) {
    gathering.want(showVnet(id));
    return;
  }
  const vnet = gathering.open(found, `VNet ${lastName(id)}`, LABELS);
  vnet.blocks('addressSpace.addressPrefixes', ['extra']);
  takePeerings(vnet);
}

function takeControlPlane(cluster: AnswerReader, subnets: Subnets, gathering: Gathering): void {
  const subnet = idAt(cluster, 'apiServerAccessProfile.subnetId');
  if (subnet !== undefined) takeSubnet(subnet, ['controlPlane'], subnets, gathering);
  if (subnet !== undefined || gathering.ranges.some(range => range.class === 'controlPlane')) return;
  const name = cluster.firstText(['privateFqdn', 'fqdn']) ?? 'a name';
  const where = cluster.isTrue('apiServerAccessProfile.enablePrivateCluster')
    ? 'a private endpoint in the VNet'
    : 'an address of Azure';
  gathering.miss(
    ['controlPlane'],
    `it stands behind ${name}, ${where} that the cluster does not tell: chokepoint cidrs cluster reads it inside`,
  );
}

/** Where the pods of a cluster stand. */
type PodPlace =
  /** In blocks of the cluster's own, which it tells, or its network plugin does. */
  | 'own'
  /** In subnets: of their own, or among the nodes. */
  | 'subnets';

function takePods(cluster: AnswerReader, gathering: Gathering): PodPlace {
  const told = ['networkProfile.podCidr', 'networkProfile.podCidrs'].filter(path => cluster.blocks(path, ['pods']));
  if (told.length > 0) return 'own';
  if (cluster.text('networkProfile.networkPlugin') !== 'none') return 'subnets';
  gathering.miss(['pods'], 'the cluster brings a network plugin of its own: chokepoint cidrs cluster asks that');
  return 'own';
}

/** Takes the subnets of one pool of nodes. The subnet of the nodes; `undefined`: it is AKS' own. */
function takePool(pool: AnswerReader, pods: PodPlace, subnets: Subnets, gathering: Gathering): string | undefined {
  const podSubnet = idAt(pool, 'podSubnetId');
  const subnet = idAt(pool, 'vnetSubnetId');
  const isFlat = pods === 'subnets' && podSubnet === undefined;
  if (podSubnet !== undefined) takeSubnet(podSubnet, ['pods'], subnets, gathering);
  if (subnet !== undefined) takeSubnet(subnet, isFlat ? ['nodes', 'pods'] : ['nodes'], subnets, gathering);
  return subnet;
}

function readCluster(answer: Answer, answers: readonly Answer[], gathering: Gathering): void {
  const { name } = answer.fields;
  const cluster = gathering.open(answer, typeof name === 'string' ? `cluster ${name}` : 'the cluster', LABELS);
  for (const path of ['networkProfile.serviceCidr', 'networkProfile.serviceCidrs']) cluster.blocks(path, ['services']);
  const pods = takePods(cluster, gathering);
  const subnets = openSubnets(answers, gathering);
  const ids = cluster.list('agentPoolProfiles').map(pool => takePool(pool, pods, subnets, gathering));
  if (ids.length === 0 || ids.includes(undefined))
    takeManagedVnet(cluster, pods === 'subnets' ? ['nodes', 'pods'] : ['nodes'], answers, gathering);
  const vnets = ids.flatMap(id => SUBNET_ID.exec(id ?? '')?.[1] ?? []);
  for (const vnet of new Set(vnets)) takeSharedVnet(vnet, answers, gathering);
  takeControlPlane(cluster, subnets, gathering);
}

export const AKS: Cloud = {
  id: 'aks',
  product: 'AKS',
  provider: 'azure',
  clusterKind: 'aks-cluster',
  placeField: 'id',
  needs: 'it needs NAME and --resource-group',
  placeholders: { resourceGroup: 'RESOURCE_GROUP' },
  ask: ({ name, resourceGroup, subscription }: ClusterTarget) => {
    if (!NAME.test(name) || !GROUP.test(resourceGroup ?? '') || !NAME.test(subscription ?? 's')) return undefined;
    return sent(
      [
        ...['aks', 'show', '--resource-group', resourceGroup ?? '', '--name', name],
        ...option('--subscription', subscription),
      ],
      {
        right: 'Microsoft.ContainerService/managedClusters/read on the cluster',
        about: `cluster ${name}`,
        tells: ['pods', 'services', 'nodes', 'controlPlane'],
      },
    );
  },
  later: ({ subscription }) => [
    showSubnet('SUBNET_ID', ['nodes', 'pods', 'controlPlane']),
    showVnet('VNET_ID'),
    listVnets('NODE_RESOURCE_GROUP', subscription, ['nodes', 'pods']),
  ],
  read: readCluster,
};
