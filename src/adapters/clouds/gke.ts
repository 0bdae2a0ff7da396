import type { RangeClass } from '../../app/cidrs/ranges.ts';
import type { Answer } from './answers.ts';
import type { Cloud } from './cloud.ts';
import type { AnswerReader, Gathering, Labels } from './gathering.ts';
import { type CloudRequest, type ClusterTarget, option } from './request.ts';

const LABELS: Labels = {
  nodes: 'node subnet',
  controlPlane: 'master',
  pods: 'pods',
  services: 'services',
  extra: 'other',
};

/** Fields of a cluster that hold blocks (container/v1 Cluster); older fields beside those that took their place. */
const BLOCKS: readonly (readonly [path: string, classes: readonly RangeClass[]])[] = [
  ['clusterIpv4Cidr', ['pods']],
  ['ipAllocationPolicy.clusterIpv4CidrBlock', ['pods']],
  ['ipAllocationPolicy.clusterIpv4Cidr', ['pods']],
  ['servicesIpv4Cidr', ['services']],
  ['ipAllocationPolicy.servicesIpv4CidrBlock', ['services']],
  ['ipAllocationPolicy.servicesIpv4Cidr', ['services']],
  ['ipAllocationPolicy.servicesIpv6CidrBlock', ['services']],
  ['ipAllocationPolicy.subnetIpv6CidrBlock', ['nodes', 'pods']],
  ['ipAllocationPolicy.nodeIpv4CidrBlock', ['nodes']],
  ['ipAllocationPolicy.nodeIpv4Cidr', ['nodes']],
  ['privateClusterConfig.masterIpv4CidrBlock', ['controlPlane']],
  ['ipAllocationPolicy.tpuIpv4CidrBlock', ['extra']],
  ['tpuIpv4CidrBlock', ['extra']],
];

const NAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
/** A project may stand in a domain: `example.com:shop`. */
const PROJECT = /^[A-Za-z0-9][\w.:-]*$/;
/** `projects/P/regions/R/subnetworks/S`, alone or at the end of a URL. */
const SUBNET = /(?:^|\/)projects\/([^/]+)\/regions\/([^/]+)\/subnetworks\/([^/]+)$/;
const CLUSTER = /(?:^|\/)projects\/([^/]+)\/(?:locations|zones)\/([^/]+)\/clusters\/[^/]+$/;

/** A subnet as a cluster names it. Absent parts are not told. */
interface SubnetRef {
  readonly name: string;
  readonly region: string | undefined;
  readonly project: string | undefined;
}

/** `europe-west1` of `europe-west1-b`. */
const regionOf = (location: string | undefined): string | undefined => location?.replace(/-[a-z]$/, '');

/** A short name is of the cluster's own project and region; a path names the host project of a Shared VPC. */
function subnetRef(text: string, selfLink: string): SubnetRef {
  const [, project, region, name] = SUBNET.exec(text) ?? [];
  if (name !== undefined) return { name, region, project };
  const [, own, location] = CLUSTER.exec(selfLink) ?? [];
  return { name: text, region: regionOf(location), project: own };
}

function describeSubnet({ name, region, project }: SubnetRef, tells: readonly RangeClass[]): CloudRequest {
  const place = [option('--region', region), option('--project', project)].flat();
  return {
    program: 'gcloud',
    args: ['compute', 'networks', 'subnets', 'describe', name, ...place, '--format=json', '--quiet'],
    right: `compute.subnetworks.get in ${project === undefined ? 'the project of the subnet' : `project ${project}`}`,
    about: `subnet ${name}`,
    tells,
  };
}

const isAskable = ({ name, region = 'r', project = 'p' }: SubnetRef): boolean =>
  NAME.test(name) && NAME.test(region) && PROJECT.test(project);

/** Whether an answer is of the subnet. What either of them does not tell is not compared. */
function isOf({ name, region, project }: SubnetRef, answer: SubnetRef): boolean {
  const isSame = (a: string | undefined, b: string | undefined): boolean =>
    a === undefined || b === undefined || a === b;
  return (
    isSame(name, answer.name === '' ? undefined : answer.name) &&
    isSame(region, answer.region) &&
    isSame(project, answer.project)
  );
}

/** A pod range that is known by its name alone. */
interface NamedRange {
  readonly subnet: string | undefined;
  readonly name: string;
}

function namedRanges(cluster: AnswerReader): readonly NamedRange[] {
  const own = cluster
    .texts('ipAllocationPolicy.additionalPodRangesConfig.podRangeNames')
    .map((name): NamedRange => ({ subnet: undefined, name }));
  const ofSubnets = cluster
    .list('ipAllocationPolicy.additionalIpRangesConfigs')
    .flatMap(config =>
      config.texts('podIpv4RangeNames').map((name): NamedRange => ({ subnet: config.text('subnetwork'), name })),
    );
  const ofPools = cluster.list('nodePools').flatMap(pool => {
    // A pool tells the block of its range, too.
    const isTold = pool.blocks('networkConfig.podIpv4CidrBlock', ['pods']);
    const name = isTold ? undefined : pool.text('networkConfig.podRange');
    const more = pool.list('networkConfig.additionalPodNetworkConfigs').flatMap((config): readonly NamedRange[] => {
      const range = config.text('secondaryPodRange');
      return range === undefined ? [] : [{ subnet: config.text('subnetwork'), name: range }];
    });
    return [...(name === undefined ? [] : [{ subnet: pool.text('networkConfig.subnetwork'), name }]), ...more];
  });
  return [...own, ...ofSubnets, ...ofPools];
}

/** Every subnet that nodes stand in, as the cluster names it. */
function nodeSubnets(cluster: AnswerReader): readonly string[] {
  const pools = cluster.list('nodePools');
  const names = [
    cluster.firstText(['networkConfig.subnetwork', 'subnetwork']),
    ...cluster.list('ipAllocationPolicy.additionalIpRangesConfigs').map(config => config.text('subnetwork')),
    ...pools.map(pool => pool.text('networkConfig.subnetwork')),
    ...pools.flatMap(pool =>
      pool.list('networkConfig.additionalNodeNetworkConfigs').map(config => config.text('subnetwork')),
    ),
  ];
  return [...new Set(names.filter(name => name !== undefined))];
}

/** An answer of a subnet, opened. */
interface SubnetAnswer {
  readonly ref: SubnetRef;
  readonly reader: AnswerReader;
  readonly ranges: readonly AnswerReader[];
}

function openSubnet(answer: Answer, gathering: Gathering): SubnetAnswer {
  const { fields } = answer;
  const name = typeof fields.name === 'string' ? fields.name : '';
  const reader = gathering.open(answer, name === '' ? 'the subnet' : `subnet ${name}`, LABELS);
  const ref = subnetRef(reader.text('selfLink') ?? name, '');
  return { ref: { ...ref, name }, reader, ranges: reader.list('secondaryIpRanges') };
}

/** Fields of a subnet that hold its own blocks (compute/v1 Subnetwork). */
function takeSubnet({ reader }: SubnetAnswer, name: 'nodes' | 'controlPlane'): void {
  reader.blocks('ipCidrRange', [name]);
  // Pods get their IPv6 addresses from the same block.
  const classes: readonly RangeClass[] = name === 'nodes' ? ['nodes', 'pods'] : [name];
  for (const path of ['ipv6CidrRange', 'internalIpv6Prefix', 'externalIpv6Prefix']) reader.blocks(path, classes);
}

const PRIVATE_ENDPOINTS = [
  'controlPlaneEndpointsConfig.ipEndpointsConfig.privateEndpoint',
  'privateClusterConfig.privateEndpoint',
];
const PUBLIC_ENDPOINTS = [
  'controlPlaneEndpointsConfig.ipEndpointsConfig.publicEndpoint',
  'privateClusterConfig.publicEndpoint',
  'endpoint',
];
const ENDPOINT_SUBNETS = [
  'controlPlaneEndpointsConfig.ipEndpointsConfig.privateEndpointSubnetwork',
  'privateClusterConfig.privateEndpointSubnetwork',
];

/** Looks subnets up among the answers; one that is not there is wanted. */
type FindSubnet = (text: string, tells: readonly RangeClass[]) => SubnetAnswer | undefined;

function createFindSubnet(selfLink: string, answers: readonly SubnetAnswer[], gathering: Gathering): FindSubnet {
  const byName = Map.groupBy(answers, ({ ref }) => ref.name);
  return (text, tells) => {
    const ref = subnetRef(text, selfLink);
    // An answer that does not say what it is of may be of any.
    const found = [ref.name, ''].flatMap(name => byName.get(name) ?? []).find(answer => isOf(ref, answer.ref));
    if (found === undefined && isAskable(ref)) gathering.want(describeSubnet(ref, tells));
    else if (found === undefined) gathering.miss(tells, `"${text}" is no name of a subnet`);
    return found;
  };
}

/** A block of an older private cluster; else the address of the endpoint that Private Service Connect makes; else where that lies; else the public one. */
function takeControlPlane(cluster: AnswerReader, hasBlock: boolean, find: FindSubnet, gathering: Gathering): void {
  const isPrivate = PRIVATE_ENDPOINTS.some(path => cluster.address(path, 'controlPlane'));
  if (hasBlock || isPrivate) return;
  const subnet = cluster.firstText(ENDPOINT_SUBNETS);
  if (subnet !== undefined) {
    const found = find(subnet, ['controlPlane']);
    if (found !== undefined) takeSubnet(found, 'controlPlane');
  } else if (!PUBLIC_ENDPOINTS.some(path => cluster.address(path, 'controlPlane')))
    gathering.miss(['controlPlane'], 'the cluster tells no block and no address of its control plane, only a name');
}

function takeNamedRange({ subnet, name }: NamedRange, own: string | undefined, find: FindSubnet, gathering: Gathering) {
  const holder = subnet ?? own;
  const found = holder === undefined ? undefined : find(holder, ['pods']);
  const range = found?.ranges.find(one => one.text('rangeName') === name);
  if (holder === undefined) gathering.miss(['pods'], `no subnet is named for the range ${name}`);
  if (range !== undefined) range.blocks('ipCidrRange', ['pods']);
  else if (found !== undefined) gathering.miss(['pods'], `subnet ${found.ref.name} has no secondary range ${name}`);
}

function readCluster(answer: Answer, answers: readonly Answer[], gathering: Gathering): void {
  const { name } = answer.fields;
  const cluster = gathering.open(answer, typeof name === 'string' ? `cluster ${name}` : 'the cluster', LABELS);
  const taken = BLOCKS.filter(([path, classes]) => cluster.blocks(path, classes));
  const subnets = answers.filter(({ kind }) => kind === 'gcp-subnet').map(one => openSubnet(one, gathering));
  const find = createFindSubnet(cluster.text('selfLink') ?? '', subnets, gathering);
  const [own, ...others] = nodeSubnets(cluster);
  for (const range of namedRanges(cluster)) takeNamedRange(range, own, find, gathering);
  for (const subnet of [own, ...others].filter(one => one !== undefined)) {
    const found = find(subnet, ['nodes']);
    if (found !== undefined) takeSubnet(found, 'nodes');
  }
  // Whoever saves a subnet beside a cluster that names none means that it is the cluster's.
  if (own === undefined) for (const subnet of subnets) takeSubnet(subnet, 'nodes');
  const hasBlock = taken.some(([, classes]) => classes.includes('controlPlane'));
  takeControlPlane(cluster, hasBlock, find, gathering);
  gathering.miss(['extra'], 'other subnets of the VPC network, and networks that are peered with it or reached by VPN');
}

export const GKE: Cloud = {
  id: 'gke',
  product: 'GKE',
  provider: 'gcp',
  clusterKind: 'gke-cluster',
  placeField: 'location',
  needs: 'it needs NAME, and where gcloud has no default --region and --project',
  placeholders: { region: 'LOCATION', project: 'PROJECT' },
  ask: ({ name, region, project }: ClusterTarget) => {
    if (!NAME.test(name) || !NAME.test(region ?? 'r') || !PROJECT.test(project ?? 'p')) return undefined;
    const place = [option('--location', region), option('--project', project)].flat();
    return {
      program: 'gcloud',
      args: ['container', 'clusters', 'describe', name, ...place, '--format=json', '--quiet'],
      right: 'container.clusters.get in the project of the cluster',
      about: `cluster ${name}`,
      tells: ['pods', 'services', 'nodes', 'controlPlane'],
    };
  },
  later: () => [describeSubnet({ name: 'SUBNET', region: 'REGION', project: 'HOST_PROJECT' }, ['nodes', 'pods'])],
  read: readCluster,
};
