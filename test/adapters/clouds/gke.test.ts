import { describe, expect, test } from 'vitest';
import { gcpSubnet, gkeCluster, type Json, readJson } from '../../support/cloud-answers.ts';

const CLUSTER = {
  pods: ['172.20.0.0/16'],
  services: ['172.21.0.0/17'],
  nodes: ['10.10.10.0/24'],
  controlPlane: ['10.0.0.0/28'],
};

/** The allocation policy of the cluster with further fields. */
const policy = (more: Json): Json => ({
  ipAllocationPolicy: { ...Object(gkeCluster().ipAllocationPolicy), ...more },
});

test('a cluster and its subnet tell every class', () => {
  const { ranges, missing, problems, wanted } = readJson('gke', gkeCluster(), gcpSubnet());
  expect({ ranges, missing, problems, wanted }).toEqual({ ranges: CLUSTER, missing: [], problems: [], wanted: [] });
});

test('each block says which field of which object it is', () => {
  const { seen } = readJson('gke', gkeCluster(), gcpSubnet());
  expect(seen.ranges.map(({ cidr, from }) => `${cidr} ${from}`)).toEqual([
    '172.20.0.0/16 clusterIpv4Cidr of cluster prod',
    '172.21.0.0/17 servicesIpv4Cidr of cluster prod',
    '10.10.10.0/24 ipCidrRange of subnet nodes',
    '10.0.0.0/28 privateClusterConfig.masterIpv4CidrBlock of cluster prod',
  ]);
});

/** Changes to the cluster and to its subnet, and the classes that are other than without them. */
describe('further ranges', () => {
  test.each<[what: string, cluster: Json, subnet: Json, ranges: Readonly<Record<string, readonly string[]>>]>([
    [
      'named pod ranges of the subnet',
      policy({ additionalPodRangesConfig: { podRangeNames: ['pods-2'] } }),
      {},
      { pods: ['172.20.0.0/16', '172.24.0.0/16'] },
    ],
    [
      'the pod range of a node pool by its block',
      { nodePools: [{ name: 'big', networkConfig: { podRange: 'gone', podIpv4CidrBlock: '172.25.0.0/18' } }] },
      {},
      { pods: ['172.20.0.0/16', '172.25.0.0/18'] },
    ],
    [
      'the pod range of a node pool by its name',
      { nodePools: [{ name: 'big', networkConfig: { podRange: 'pods-2' } }] },
      {},
      { pods: ['172.20.0.0/16', '172.24.0.0/16'] },
    ],
    [
      'further networks of Pods',
      {
        nodePools: [
          {
            networkConfig: {
              additionalPodNetworkConfigs: [
                { subnetwork: 'projects/net-host/regions/europe-west1/subnetworks/nodes', secondaryPodRange: 'pods-2' },
              ],
            },
          },
        ],
      },
      {},
      { pods: ['172.20.0.0/16', '172.24.0.0/16'] },
    ],
    [
      'a block that lies in another one stands in it',
      { nodePools: [{ networkConfig: { podIpv4CidrBlock: '172.20.64.0/20' } }] },
      {},
      {},
    ],
    [
      'IPv6 of pods, nodes and Services',
      policy({
        stackType: 'IPV4_IPV6',
        subnetIpv6CidrBlock: '2001:db8:0:1::/64',
        servicesIpv6CidrBlock: '2001:db8:0:2::/112',
      }),
      {},
      {
        pods: ['172.20.0.0/16', '2001:db8:0:1::/64'],
        services: ['172.21.0.0/17', '2001:db8:0:2::/112'],
        nodes: ['10.10.10.0/24', '2001:db8:0:1::/64'],
      },
    ],
    [
      'IPv6 of the subnet',
      {},
      { stackType: 'IPV4_IPV6', internalIpv6Prefix: 'FD20:0:0:1::/64' },
      { pods: ['172.20.0.0/16', 'fd20:0:0:1::/64'], nodes: ['10.10.10.0/24', 'fd20:0:0:1::/64'] },
    ],
    ['blocks of TPUs', { tpuIpv4CidrBlock: '10.77.0.0/20' }, {}, { extra: ['10.77.0.0/20'] }],
    ['host bits are masked', { clusterIpv4Cidr: '172.20.3.4/16' }, {}, {}],
  ])('%s', (_, cluster, subnet, ranges) => {
    const read = readJson('gke', gkeCluster(cluster), gcpSubnet(subnet));
    expect([read.ranges, read.missing, read.problems]).toEqual([{ ...CLUSTER, ...ranges }, [], []]);
  });

  test('of other subnets, those whose nodes are being drained too', () => {
    const cluster = gkeCluster(
      policy({
        additionalIpRangesConfigs: [
          {
            subnetwork: 'projects/net-host/regions/europe-west1/subnetworks/more',
            podIpv4RangeNames: ['more-pods'],
            status: 'DRAINING',
          },
        ],
      }),
    );
    const more = gcpSubnet({
      name: 'more',
      selfLink: 'https://www.googleapis.com/compute/v1/projects/net-host/regions/europe-west1/subnetworks/more',
      ipCidrRange: '10.11.0.0/24',
      secondaryIpRanges: [{ rangeName: 'more-pods', ipCidrRange: '172.28.0.0/16' }],
    });
    expect(readJson('gke', cluster, [gcpSubnet(), more]).ranges).toEqual({
      ...CLUSTER,
      pods: ['172.20.0.0/16', '172.28.0.0/16'],
      nodes: ['10.10.10.0/24', '10.11.0.0/24'],
    });
    const { missing, wanted } = readJson('gke', cluster, gcpSubnet());
    const command =
      'gcloud compute networks subnets describe more --region europe-west1 --project net-host --format=json --quiet';
    expect(wanted).toEqual([command]);
    expect(missing).toEqual(
      ['pods', 'nodes'].map(
        name => `${name}: subnet more: the answer is not among the files: save what \`${command}\` prints`,
      ),
    );
  });
});

describe('the control plane', () => {
  const psc = (more: Json): Json => ({
    privateClusterConfig: {},
    controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: true, ...more } },
  });
  const publicEndpoint = '203.0.113.7';
  const privateEndpointSubnetwork = 'projects/net-host/regions/europe-west1/subnetworks/nodes';
  test.each<[what: string, cluster: Json, blocks: readonly string[]]>([
    ['its block, which holds its private endpoint', {}, ['10.0.0.0/28']],
    [
      'the endpoint of Private Service Connect',
      psc({ privateEndpoint: '10.10.10.5', publicEndpoint, privateEndpointSubnetwork }),
      ['10.10.10.5/32'],
    ],
    [
      'the subnet of that endpoint, where the address is not told',
      psc({ publicEndpoint, privateEndpointSubnetwork }),
      ['10.10.10.0/24'],
    ],
    ['the public endpoint where there is no other', psc({ publicEndpoint }), ['203.0.113.7/32']],
    [
      'the endpoint of the cluster at the last',
      { privateClusterConfig: null, endpoint: '203.0.113.9' },
      ['203.0.113.9/32'],
    ],
  ])('is %s', (_, cluster, blocks) => {
    const { ranges, missing } = readJson('gke', gkeCluster(cluster), gcpSubnet());
    expect([ranges.controlPlane, missing]).toEqual([blocks, []]);
  });

  test('is not seen where it has a name alone', () => {
    const cluster = gkeCluster({ privateClusterConfig: null, endpoint: 'gke-1.europe-west1.gke.goog' });
    expect(readJson('gke', cluster, gcpSubnet()).missing).toEqual([
      'controlPlane: the cluster tells no block and no address of its control plane, only a name',
    ]);
  });
});

describe('subnets', () => {
  test('of a Shared VPC are asked for in the host project', () => {
    const { wanted, missing, ranges } = readJson('gke', gkeCluster());
    expect(wanted).toEqual([
      'gcloud compute networks subnets describe nodes --region europe-west1 --project net-host --format=json --quiet',
    ]);
    expect([ranges.nodes, missing.map(text => text.slice(0, 25))]).toEqual([undefined, ['nodes: subnet nodes: the ']]);
  });

  test('with a short name are of the project and region of the cluster, which may be of a zone', () => {
    const cluster = gkeCluster({
      networkConfig: {},
      selfLink: 'https://container.googleapis.com/v1/projects/shop/zones/europe-west1-b/clusters/prod',
    });
    expect(readJson('gke', cluster).wanted).toEqual([
      'gcloud compute networks subnets describe nodes --region europe-west1 --project shop --format=json --quiet',
    ]);
  });

  test('of the same name in another project are other subnets', () => {
    const other = gcpSubnet({
      selfLink: 'https://www.googleapis.com/compute/v1/projects/shop/regions/europe-west1/subnetworks/nodes',
    });
    expect(readJson('gke', gkeCluster(), other).ranges.nodes).toBe(undefined);
  });

  test('are taken as they are given where the cluster names none', () => {
    const cluster = gkeCluster({ subnetwork: undefined, networkConfig: undefined });
    expect(readJson('gke', cluster, { ipCidrRange: '10.10.10.0/24' }).ranges).toEqual(CLUSTER);
  });

  test('without the range that the cluster names leave it unseen', () => {
    const cluster = gkeCluster(policy({ additionalPodRangesConfig: { podRangeNames: ['pods-9'] } }));
    expect(readJson('gke', cluster, gcpSubnet()).missing).toEqual(['pods: subnet nodes has no secondary range pods-9']);
  });

  test.each(['--account=evil', '@file', 'projects/-p/regions/r/subnetworks/s', 'a b', '$(id)'])(
    'whose name is %j are not asked for',
    name => {
      const { wanted, missing } = readJson('gke', gkeCluster({ networkConfig: { subnetwork: name } }));
      expect([wanted, missing]).toEqual([[], [`nodes: "${name}" is no name of a subnet`]]);
    },
  );
});

describe('fields that hold something else', () => {
  test.each<[what: string, cluster: Json, problem: string]>([
    [
      'a number',
      { clusterIpv4Cidr: 5 },
      '0.json | clusterIpv4Cidr | expected a string, got a number: write it in quotes, "5"',
    ],
    ['no block', { servicesIpv4Cidr: '/20' }, '0.json | servicesIpv4Cidr | "/20" is no CIDR block: '],
    [
      'a block that is read differently',
      { clusterIpv4Cidr: '010.0.0.0/8' },
      '0.json | clusterIpv4Cidr | "010.0.0.0/8" is read differently',
    ],
    ['a list', { privateClusterConfig: [] }, '0.json | privateClusterConfig | expected an object, got a list'],
    ['a text for a list', { nodePools: 'none' }, '0.json | nodePools | expected a list, got a string'],
  ])('are told: %s', (_, cluster, problem) => {
    const { problems } = readJson('gke', gkeCluster(cluster), gcpSubnet());
    expect(problems.map(text => text.slice(0, problem.length))).toEqual([problem]);
  });
});
