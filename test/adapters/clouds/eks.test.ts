import { describe, expect, test } from 'vitest';
import { awsSubnets, eksCluster, type Json, readJson, vpcs } from '../../support/cloud-answers.ts';

const IN_VPC = 'controlPlane: its interfaces lie in the VPC, whose blocks stand under nodes and pods';
const CLUSTER = { pods: ['10.0.0.0/16'], services: ['172.20.0.0/16'], nodes: ['10.0.0.0/16'] };

test('a cluster and its VPC tell every class but the control plane, which lies in the VPC', () => {
  const { seen, ranges, missing, problems, wanted } = readJson('eks', eksCluster(), vpcs());
  expect({ ranges, missing, problems, wanted }).toEqual({
    ranges: CLUSTER,
    missing: [IN_VPC],
    problems: [],
    wanted: [],
  });
  expect([seen.covered, seen.provider]).toEqual([['controlPlane'], 'aws']);
});

/** Secondary blocks by the state of their association (ec2 VpcCidrBlockState). */
describe('a block of the VPC', () => {
  test.each([
    ['associated', true],
    ['associating', true],
    ['disassociating', true],
    ['failing', true],
    ['of-another-year', true],
    ['disassociated', false],
    ['failed', false],
  ])('that is %s is there: %s', (state, isThere) => {
    const { ranges } = readJson('eks', eksCluster(), vpcs({ [state]: '100.64.0.0/16' }));
    const blocks = ['10.0.0.0/16', ...(isThere ? ['100.64.0.0/16'] : [])];
    expect([ranges.nodes, ranges.pods]).toEqual([blocks, blocks]);
  });

  test('without associations is the one that the VPC has', () => {
    const answer = vpcs({}, { CidrBlockAssociationSet: undefined, CidrBlock: '10.7.0.0/16' });
    expect(readJson('eks', eksCluster(), answer).ranges.nodes).toEqual(['10.7.0.0/16']);
  });

  test('may be of IPv6', () => {
    const set = [
      { Ipv6CidrBlock: '2001:db8:1::/56', Ipv6CidrBlockState: { State: 'associated' } },
      { Ipv6CidrBlock: '2001:db8:2::/56', Ipv6CidrBlockState: { State: 'disassociated' } },
    ];
    const cluster = eksCluster({
      kubernetesNetworkConfig: { serviceIpv6Cidr: 'fd12:3456:789a::/108', ipFamily: 'ipv6' },
    });
    expect(readJson('eks', cluster, vpcs({}, { Ipv6CidrBlockAssociationSet: set })).ranges).toEqual({
      pods: ['10.0.0.0/16', '2001:db8:1::/56'],
      services: ['fd12:3456:789a::/108'],
      nodes: ['10.0.0.0/16', '2001:db8:1::/56'],
    });
  });
});

test('hybrid nodes and their Pods have networks of their own', () => {
  const remoteNetworkConfig = {
    remoteNodeNetworks: [{ cidrs: ['10.80.0.0/16'] }],
    remotePodNetworks: [{ cidrs: ['10.85.0.0/16', '10.86.0.0/16'] }],
  };
  expect(readJson('eks', eksCluster({ remoteNetworkConfig }), vpcs()).ranges).toEqual({
    ...CLUSTER,
    nodes: ['10.0.0.0/16', '10.80.0.0/16'],
    pods: ['10.0.0.0/16', '10.85.0.0/16', '10.86.0.0/16'],
  });
});

describe('subnets of the VPC', () => {
  test('add nothing to its blocks', () => {
    const { ranges } = readJson('eks', eksCluster(), vpcs(), awsSubnets('10.0.1.0/24', '10.0.2.0/24'));
    expect(ranges).toEqual(CLUSTER);
  });

  test('stand for it where it is not told, which is said', () => {
    const { ranges, missing } = readJson('eks', eksCluster(), awsSubnets('10.0.1.0/24', '100.64.0.0/18'));
    expect(ranges).toEqual({
      ...CLUSTER,
      nodes: ['10.0.1.0/24', '100.64.0.0/18'],
      pods: ['10.0.1.0/24', '100.64.0.0/18'],
    });
    expect(missing.map(text => text.slice(0, 25))).toEqual([
      'pods: VPC vpc-0abc12: the',
      'nodes: VPC vpc-0abc12: th',
      'controlPlane: its interfa',
    ]);
  });
});

test('what is of another VPC is not of the cluster', () => {
  const { ranges, wanted } = readJson('eks', eksCluster(), vpcs({}, { VpcId: 'vpc-0ff' }));
  expect(ranges).toEqual({ services: ['172.20.0.0/16'] });
  expect(wanted).toEqual([
    'aws ec2 describe-vpcs --vpc-ids vpc-0abc12 --region eu-west-1 --output json --no-cli-pager',
  ]);
});

test.each(['--debug', 'file:///etc/passwd', 'vpc-1;id', ''])('a VPC of the name %j is not asked for', vpcId => {
  const { wanted, missing } = readJson('eks', eksCluster({ resourcesVpcConfig: { vpcId } }));
  expect([wanted, missing]).toEqual([
    [],
    ['pods: the cluster names no VPC', 'nodes: the cluster names no VPC', IN_VPC],
  ]);
});

describe('fields that hold something else', () => {
  test.each<[what: string, answer: Json, problem: string]>([
    [
      'a state',
      vpcs({}, { CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: 'on' }] }),
      '1.json | Vpcs[0].CidrBlockAssociationSet[0].CidrBlockState | expected an object, got a string',
    ],
    [
      'a block',
      vpcs({ associated: '10.0.0.0' }),
      '1.json | Vpcs[0].CidrBlockAssociationSet[1].CidrBlock | "10.0.0.0" is no CIDR block',
    ],
  ])('are told: %s', (_, answer, problem) => {
    expect(readJson('eks', eksCluster(), answer).problems).toEqual([problem]);
  });
});
