import type { RangeClass } from '../../app/cidrs/ranges.ts';
import type { Answer } from './answers.ts';
import type { Cloud } from './cloud.ts';
import type { AnswerReader, Gathering, Labels } from './gathering.ts';
import { type CloudRequest, type ClusterTarget, option } from './request.ts';

const LABELS: Labels = {
  nodes: 'VPC (nodes + pods, aws-vpc-cni)',
  pods: 'VPC (nodes + pods, aws-vpc-cni)',
  services: 'services',
  controlPlane: 'control plane',
  extra: 'other',
};

/** What lies in the VPC is both: the VPC CNI gives pods addresses of the nodes' own network. */
const IN_VPC: readonly RangeClass[] = ['nodes', 'pods'];

const NAME = /^[A-Za-z0-9][\w-]{0,99}$/;
const REGION = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
const VPC_ID = /^vpc-[0-9a-f]+$/;

/** States in which a block of a VPC is no longer routed (ec2 VpcCidrBlockState); in any other it is, or may be. */
const GONE: ReadonlySet<string> = new Set(['disassociated', 'failed']);

const describeVpc = (vpc: string, region: string | undefined): CloudRequest => ({
  program: 'aws',
  args: ['ec2', 'describe-vpcs', '--vpc-ids', vpc, ...option('--region', region), '--output', 'json', '--no-cli-pager'],
  right: 'ec2:DescribeVpcs on *',
  about: `VPC ${vpc}`,
  tells: IN_VPC,
});

const describeSubnets = (vpc: string, region: string | undefined): CloudRequest => ({
  program: 'aws',
  args: [
    ...['ec2', 'describe-subnets', '--filters', `Name=vpc-id,Values=${vpc}`],
    ...[...option('--region', region), '--output', 'json', '--no-cli-pager'],
  ],
  right: 'ec2:DescribeSubnets on * (asked only where ec2:DescribeVpcs is refused)',
  about: `subnets of VPC ${vpc}`,
  tells: IN_VPC,
});

function takeAssociations(reader: AnswerReader, list: string, block: string): void {
  for (const association of reader.list(list)) {
    const state = association.text(`${block}State.State`) ?? '';
    if (!GONE.has(state)) association.blocks(block, IN_VPC);
  }
}

function takeVpc(reader: AnswerReader): void {
  takeAssociations(reader, 'CidrBlockAssociationSet', 'CidrBlock');
  takeAssociations(reader, 'Ipv6CidrBlockAssociationSet', 'Ipv6CidrBlock');
  if (reader.list('CidrBlockAssociationSet').length === 0) reader.blocks('CidrBlock', IN_VPC);
}

function takeSubnet(reader: AnswerReader): void {
  reader.blocks('CidrBlock', IN_VPC, 'VPC subnet');
  takeAssociations(reader, 'Ipv6CidrBlockAssociationSet', 'Ipv6CidrBlock');
}

/** `REGION` of `arn:aws:eks:REGION:ACCOUNT:cluster/NAME`. */
const regionOf = (arn: string | undefined): string | undefined => {
  const region = arn?.split(':')[3];
  return region !== undefined && REGION.test(region) ? region : undefined;
};

/** Answers of a kind that are of the VPC, or do not say of which they are. */
const ofVpc = (answers: readonly Answer[], kind: Answer['kind'], vpc: string | undefined): readonly Answer[] =>
  answers.filter(
    ({ kind: other, fields }) =>
      other === kind && (vpc === undefined || fields.VpcId === undefined || fields.VpcId === vpc),
  );

function takeNetwork(cluster: AnswerReader, answers: readonly Answer[], gathering: Gathering): void {
  const vpc = cluster.text('resourcesVpcConfig.vpcId');
  const vpcs = ofVpc(answers, 'vpc', vpc);
  const subnets = ofVpc(answers, 'aws-subnet', vpc);
  for (const answer of vpcs) takeVpc(gathering.open(answer, vpc === undefined ? 'the VPC' : `VPC ${vpc}`, LABELS));
  for (const answer of subnets) takeSubnet(gathering.open(answer, `subnet ${String(answer.fields.SubnetId)}`, LABELS));
  if (vpcs.length > 0) return;
  if (vpc === undefined || !VPC_ID.test(vpc)) {
    gathering.miss(IN_VPC, 'the cluster names no VPC');
    return;
  }
  const region = regionOf(cluster.text('arn'));
  const request = describeVpc(vpc, region);
  gathering.want(request);
  if (subnets.length === 0 && gathering.isFailed(request)) gathering.want(describeSubnets(vpc, region));
}

function readCluster(answer: Answer, answers: readonly Answer[], gathering: Gathering): void {
  const { name } = answer.fields;
  const cluster = gathering.open(answer, typeof name === 'string' ? `cluster ${name}` : 'the cluster', LABELS);
  cluster.blocks('kubernetesNetworkConfig.serviceIpv4Cidr', ['services']);
  cluster.blocks('kubernetesNetworkConfig.serviceIpv6Cidr', ['services']);
  for (const network of cluster.list('remoteNetworkConfig.remoteNodeNetworks'))
    network.blocks('cidrs', ['nodes'], 'remote nodes');
  for (const network of cluster.list('remoteNetworkConfig.remotePodNetworks'))
    network.blocks('cidrs', ['pods'], 'remote pods');
  takeNetwork(cluster, answers, gathering);
  gathering.covered.push('controlPlane');
  gathering.miss(['controlPlane'], 'its interfaces lie in the VPC, whose blocks stand under nodes and pods');
  gathering.miss(['extra'], 'networks that are peered with the VPC, or reached by a transit gateway or VPN');
}

export const EKS: Cloud = {
  id: 'eks',
  product: 'EKS',
  provider: 'aws',
  clusterKind: 'eks-cluster',
  placeField: 'arn',
  needs: 'it needs NAME, and where aws has no default --region',
  placeholders: { region: 'REGION' },
  ask: ({ name, region }: ClusterTarget) => {
    if (!NAME.test(name) || !REGION.test(region ?? 'r')) return undefined;
    return {
      program: 'aws',
      args: [
        ...['eks', 'describe-cluster', '--name', name, ...option('--region', region)],
        ...['--output', 'json', '--no-cli-pager'],
      ],
      right: 'eks:DescribeCluster on the cluster',
      about: `cluster ${name}`,
      tells: ['services', 'nodes', 'pods'],
    };
  },
  later: ({ region }) => [describeVpc('VPC_ID', region), describeSubnets('VPC_ID', region)],
  read: readCluster,
};
