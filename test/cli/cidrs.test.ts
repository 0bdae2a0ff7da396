import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  aksCluster,
  awsSubnets,
  azureSubnet,
  eksCluster,
  gcpSubnet,
  gkeCluster,
  type Json,
  subnetId,
  vnet,
  vpcs,
} from '../support/cloud-answers.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

let folder: Folder;
/** Where the stand-ins of the clouds' programs are: outside of the working folder, of which none is taken. */
let programs: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  programs = temporaryFolder();
});
afterEach(() => {
  folder.remove();
  programs.remove();
});

const write = (name: string, value: unknown): void => folder.write(name, JSON.stringify(value));
const cidrs = (...args: readonly string[]): Promise<Ran> =>
  folder.run(['cidrs', ...args], {
    env: { PATH: `${programs.path}:/usr/bin:/bin`, KUBECONFIG: join(folder.path, 'kubeconfig') },
  });
const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

/** An answer by the words that its command holds; a text is an error. */
type Answers = Readonly<Record<string, unknown>>;

/** A program of a cloud that knows these answers, and writes down how it was called. */
function program(name: string, answers: Answers): void {
  const cases = Object.entries(answers).map(([words, answer], index) => {
    programs.write(`${name}.${index}`, typeof answer === 'string' ? answer : JSON.stringify(answer));
    const file = join(programs.path, `${name}.${index}`);
    return `  *"${words}"*) /bin/cat "${file}" ${typeof answer === 'string' ? '>&2; exit 1' : ''};;`;
  });
  const text = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done > "${programs.path}/${name}.called"
echo "$*" >> "${programs.path}/${name}.log"
case "$*" in
${cases.join('\n')}
  *) echo unknown >&2; exit 2;;
esac
`;
  programs.write(name, text);
  chmodSync(join(programs.path, name), 0o755);
}

const log = (name: string): readonly string[] =>
  readFileSync(join(programs.path, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n');

const kubeconfig = (cluster: string, user = 'me'): void =>
  folder.write(
    'kubeconfig',
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster, user } }],
      clusters: [{ name: cluster, cluster: { server: 'https://192.0.2.1' } }],
      users: [{ name: user, user: {} }],
    }),
  );

const GKE_LIST = `- 10.10.10.0/24 # node subnet
- 10.0.0.0/28 # master
- 172.20.0.0/16 # pods
- 172.21.0.0/17 # services
- 169.254.169.254/32 # GCP metadata
`;
const EKS_LIST = `- 10.0.0.0/16 # VPC (nodes + pods, aws-vpc-cni)
- 172.20.0.0/16 # services
- 169.254.169.254/32 # AWS metadata
`;

describe('the lines of an except list', () => {
  test('are those of the published policy for GCP', async () => {
    write('cluster.json', gkeCluster());
    write('subnet.json', gcpSubnet());
    const { status, stdout, stderr } = await cidrs('gke', '--from-file', 'cluster.json', 'subnet.json', '-o', 'list');
    expect([status, stdout]).toEqual([0, GKE_LIST]);
    expect(stderr).toMatch(/^extra: not seen: other subnets of the VPC network/);
  });

  test('are those of the published policy for AWS', async () => {
    write('cluster.json', eksCluster());
    write('vpc.json', vpcs());
    const { status, stdout } = await cidrs('eks', '--from-file', 'vpc.json', 'cluster.json', '-o', 'list');
    expect([status, stdout]).toEqual([0, EKS_LIST]);
  });

  test('have a line for each secondary block of a VPC, and none twice', async () => {
    write('cluster.json', eksCluster({ remoteNetworkConfig: { remoteNodeNetworks: [{ cidrs: ['10.80.0.0/16'] }] } }));
    write('vpc.json', vpcs({ associating: '100.64.0.0/16', disassociated: '10.9.0.0/16' }));
    const { stdout } = await cidrs('eks', '--from-file', 'cluster.json', 'vpc.json', '-o', 'list');
    expect(stdout).toBe(`- 10.0.0.0/16 # VPC (nodes + pods, aws-vpc-cni)
- 10.80.0.0/16 # remote nodes
- 100.64.0.0/16 # VPC (nodes + pods, aws-vpc-cni)
- 172.20.0.0/16 # services
- 169.254.169.254/32 # AWS metadata
`);
  });

  test('of IPv6 are for another except', async () => {
    write('cluster.json', gkeCluster());
    write('subnet.json', gcpSubnet({ internalIpv6Prefix: 'fd20:0:0:1::/64' }));
    const { stdout } = await cidrs('gke', '--from-file', 'cluster.json', 'subnet.json', '-o', 'list');
    expect(stdout).toBe(`${GKE_LIST}# for the except of ::/0:
- fd20:0:0:1::/64 # node subnet
- fd20:ce::254/128 # GCP metadata
`);
  });

  test('of Azure have its second address', async () => {
    write('all.json', [aksCluster(), azureSubnet('nodes', '10.230.0.0/20'), vnet()]);
    const { stdout } = await cidrs('aks', '--from-file', 'all.json', '-o', 'list');
    expect(stdout).toBe(`- 10.230.0.0/20 # node subnet
- 10.244.0.0/16 # pods
- 10.100.0.0/16 # services
- 10.224.0.0/12 # VNet
- 169.254.169.254/32 # Azure metadata
- 168.63.129.16/32 # Azure metadata
`);
  });
});

test('JSON has each class, its sources, and what was not seen', async () => {
  write('cluster.json', eksCluster());
  write('vpc.json', vpcs());
  const { status, stdout, stderr } = await cidrs('eks', '--from-file', 'cluster.json', 'vpc.json', '-o', 'json');
  expect([status, stderr]).toEqual([0, '']);
  const block = 'CidrBlockAssociationSet[0].CidrBlock of VPC vpc-0abc12';
  expect(JSON.parse(stdout)).toEqual({
    protectedNetworks: {
      pods: ['10.0.0.0/16'],
      services: ['172.20.0.0/16'],
      nodes: ['10.0.0.0/16'],
      controlPlane: [],
      extra: [],
    },
    sources: [
      { cidr: '10.0.0.0/16', class: 'pods', from: block },
      { cidr: '172.20.0.0/16', class: 'services', from: 'kubernetesNetworkConfig.serviceIpv4Cidr of cluster prod' },
      { cidr: '10.0.0.0/16', class: 'nodes', from: block },
    ],
    notSeen: [
      { class: 'controlPlane', reason: 'its interfaces lie in the VPC, whose blocks stand under nodes and pods' },
      { class: 'extra', reason: 'networks that are peered with the VPC, or reached by a transit gateway or VPN' },
    ],
  });
});

describe('saved answers', () => {
  test('of several clusters are read by the name of one', async () => {
    write('clusters.json', [gkeCluster({ name: 'staging', clusterIpv4Cidr: '10.9.0.0/16' }), gkeCluster()]);
    write('subnet.json', gcpSubnet());
    const { stdout } = await cidrs('gke', 'prod', '--from-file', 'clusters.json', 'subnet.json', '-o', 'list');
    expect(stdout).toBe(GKE_LIST);
    const { status, stderr } = await cidrs('gke', 'qa', '--from-file', 'clusters.json');
    expect([status, stderr]).toEqual([2, 'error: no cluster qa is there, only staging, prod (no-cluster)\n']);
  });

  test('may come from standard input', async () => {
    const { stdout } = await folder.run(['cidrs', 'eks', '--from-file', '-', '-o', 'list'], {
      stdin: JSON.stringify([eksCluster(), vpcs()]),
    });
    expect(stdout).toBe(EKS_LIST);
  });

  test.each<[what: string, text: string, stderr: RegExp]>([
    ['that are no JSON', 'a: b', /^a\.json: error: this is no JSON: have it printed with --format=json/],
    ['that are of nothing known', '{"kind": "List"}', /this is no answer of a cloud that is known/],
    [
      'that hold no block',
      JSON.stringify(gkeCluster({ clusterIpv4Cidr: 'all' })),
      /clusterIpv4Cidr: "all" is no CIDR block/,
    ],
    ['that are too large', `"${'x'.repeat(33 * 1024 * 1024)}"`, /a\.json is larger than 33554432 bytes/],
  ])('%s end with 2', async (_, text, expected) => {
    folder.write('a.json', text);
    const { status, stdout, stderr } = await cidrs('gke', '--from-file', 'a.json');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });

  test('that are not there end with 2', async () => {
    expect(await cidrs('gke', '--from-file', 'gone.json')).toMatchObject({ status: 2, stdout: '' });
  });

  test('that tell nothing of a class, and not why, end with 2', async () => {
    write('cluster.json', gkeCluster({ servicesIpv4Cidr: '', ipAllocationPolicy: null }));
    write('subnet.json', gcpSubnet());
    expect(await cidrs('gke', '--from-file', 'cluster.json', 'subnet.json')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'chokepoint: GKE cluster prod tells nothing of: services\n',
    });
  });

  test('cannot break out of a comment', async () => {
    write('cluster.json', gkeCluster({ name: 'prod\n  mode: off\n#' }));
    write('subnet.json', gcpSubnet());
    const { stdout } = await cidrs('gke', '--from-file', 'cluster.json', 'subnet.json');
    expect(stdout).not.toMatch(/^ *mode/m);
  });
});

describe('a cloud is asked through its own program', () => {
  const clusters = 'container clusters describe prod';

  test('for the cluster of the context, and for its subnet in the host project', async () => {
    kubeconfig('gke_shop_europe-west1_prod');
    program('gcloud', { [clusters]: gkeCluster(), 'subnets describe nodes': gcpSubnet() });
    const { status, stdout } = await cidrs('gke', '-o', 'list');
    expect([status, stdout]).toEqual([0, GKE_LIST]);
    expect(log('gcloud')).toEqual([
      'container clusters describe prod --location europe-west1 --project shop --format=json --quiet',
      'compute networks subnets describe nodes --region europe-west1 --project net-host --format=json --quiet',
    ]);
  });

  test('with what is given before what the context tells', async () => {
    kubeconfig('gke_shop_europe-west1_prod');
    program('gcloud', { [clusters]: gkeCluster(), 'subnets describe nodes': gcpSubnet() });
    await cidrs('gke', 'prod', '--region', 'us-east1-b', '--project', 'example.com:shop');
    expect(log('gcloud')[0]).toBe(
      'container clusters describe prod --location us-east1-b --project example.com:shop --format=json --quiet',
    );
  });

  test('of EKS, for its VPC, and for the subnets where that is refused', async () => {
    kubeconfig('arn:aws:eks:eu-west-1:111122223333:cluster/prod');
    program('aws', { 'eks describe-cluster': eksCluster(), 'describe-vpcs': vpcs() });
    expect((await cidrs('eks', '-o', 'list')).stdout).toBe(EKS_LIST);
    expect(log('aws')).toEqual([
      'eks describe-cluster --name prod --region eu-west-1 --output json --no-cli-pager',
      'ec2 describe-vpcs --vpc-ids vpc-0abc12 --region eu-west-1 --output json --no-cli-pager',
    ]);
    program('aws', {
      'eks describe-cluster': eksCluster(),
      'describe-vpcs': 'An error occurred (UnauthorizedOperation)',
      'describe-subnets': awsSubnets('10.0.1.0/24'),
    });
    const { status, stdout } = await cidrs('eks', '-o', 'json');
    const { protectedNetworks, notSeen } = JSON.parse(stdout);
    expect([status, protectedNetworks.nodes]).toEqual([0, ['10.0.1.0/24']]);
    expect(notSeen[0].reason).toBe(
      'VPC vpc-0abc12: `aws ec2 describe-vpcs --vpc-ids vpc-0abc12 --region eu-west-1 --output json --no-cli-pager`: it ended with status 1: An error occurred (UnauthorizedOperation) (it needs ec2:DescribeVpcs on *)',
    );
  });

  test('of AKS, for its subnets and its VNet, each once', async () => {
    kubeconfig('prod', 'clusterUser_shop_prod');
    program('az', {
      'aks show': aksCluster(),
      'subnet show': azureSubnet('nodes', '10.230.0.0/20'),
      'vnet show': vnet(),
    });
    const { status, stdout } = await cidrs('aks', '-o', 'json');
    expect([status, JSON.parse(stdout).protectedNetworks]).toEqual([
      0,
      {
        pods: ['10.244.0.0/16'],
        services: ['10.100.0.0/16'],
        nodes: ['10.230.0.0/20'],
        controlPlane: [],
        extra: ['10.224.0.0/12'],
      },
    ]);
    expect(log('az')).toEqual([
      'aks show --resource-group shop --name prod --output json',
      `network vnet subnet show --ids ${subnetId('nodes')} --output json`,
      `network vnet show --ids ${subnetId('').replace('/subnets/', '')} --output json`,
    ]);
  });

  test('and says what could not be seen because a right is missing', async () => {
    program('gcloud', { [clusters]: gkeCluster(), 'subnets describe': 'ERROR: PERMISSION_DENIED' });
    const { status, stdout } = await cidrs('gke', 'prod', '-o', 'json');
    const { protectedNetworks, notSeen } = JSON.parse(stdout);
    expect([status, protectedNetworks.nodes]).toEqual([0, []]);
    expect(notSeen[0]).toEqual({
      class: 'nodes',
      reason:
        'subnet nodes: `gcloud compute networks subnets describe nodes --region europe-west1 --project net-host --format=json --quiet`: it ended with status 1: ERROR: PERMISSION_DENIED (it needs compute.subnetworks.get in project net-host)',
    });
  });

  const IN_VPC = /^controlPlane: its interfaces lie in the VPC/;
  const OF_AZURE = /^controlPlane: it stands behind prod-1\./;

  /** Blocks of each class that has some, and why a class is not seen, but for what is told of peered networks in any case. */
  test.each<[what: string, args: readonly string[], answers: Answers, networks: Json, notSeen: readonly RegExp[]]>([
    [
      'gcloud, of both families',
      ['gke', 'prod'],
      {
        [clusters]: gkeCluster({
          ipAllocationPolicy: { stackType: 'IPV4_IPV6', servicesIpv6CidrBlock: '2001:db8:0:2::/112' },
        }),
        'subnets describe nodes': gcpSubnet({ stackType: 'IPV4_IPV6', internalIpv6Prefix: 'fd20:0:0:1::/64' }),
      },
      {
        pods: ['172.20.0.0/16', 'fd20:0:0:1::/64'],
        services: ['172.21.0.0/17', '2001:db8:0:2::/112'],
        nodes: ['10.10.10.0/24', 'fd20:0:0:1::/64'],
        controlPlane: ['10.0.0.0/28'],
      },
      [],
    ],
    [
      'aws, of IPv6',
      ['eks', 'prod'],
      {
        'eks describe-cluster': eksCluster({
          kubernetesNetworkConfig: { serviceIpv6Cidr: 'fd12:3456:789a::/108', ipFamily: 'ipv6' },
        }),
        'describe-vpcs': vpcs(
          {},
          {
            Ipv6CidrBlockAssociationSet: [
              { Ipv6CidrBlock: '2001:db8:1::/56', Ipv6CidrBlockState: { State: 'associated' } },
            ],
          },
        ),
      },
      {
        pods: ['10.0.0.0/16', '2001:db8:1::/56'],
        services: ['fd12:3456:789a::/108'],
        nodes: ['10.0.0.0/16', '2001:db8:1::/56'],
      },
      [IN_VPC],
    ],
    [
      'aws, without a right on the network',
      ['eks', 'prod'],
      {
        'eks describe-cluster': eksCluster(),
        'describe-vpcs': 'An error occurred (UnauthorizedOperation)',
        'describe-subnets': 'An error occurred (UnauthorizedOperation)',
      },
      { services: ['172.20.0.0/16'] },
      [
        /^pods: VPC .*ec2:DescribeVpcs/,
        /^pods: subnets of VPC .*ec2:DescribeSubnets/,
        /^nodes: VPC /,
        /^nodes: subnets of VPC /,
        IN_VPC,
      ],
    ],
    [
      'aws, without most fields',
      ['eks', 'prod'],
      {
        'eks describe-cluster': {
          cluster: { name: 'prod', kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' } },
        },
      },
      { services: ['172.20.0.0/16'] },
      [/^pods: the cluster names no VPC$/, /^nodes: the cluster names no VPC$/, IN_VPC],
    ],
    [
      'az, of both families',
      ['aks', 'prod', '--resource-group', 'shop'],
      {
        'aks show': aksCluster({
          networkProfile: {
            networkPlugin: 'azure',
            networkPluginMode: 'overlay',
            podCidrs: ['10.244.0.0/16', 'fd12:3456::/64'],
            serviceCidrs: ['10.100.0.0/16', 'fd12:3456:1::/108'],
          },
        }),
        'subnet show': azureSubnet('nodes', ['10.230.0.0/20', 'fd20:1::/64']),
        'vnet show': vnet(),
      },
      {
        pods: ['10.244.0.0/16', 'fd12:3456::/64'],
        services: ['10.100.0.0/16', 'fd12:3456:1::/108'],
        nodes: ['10.230.0.0/20', 'fd20:1::/64'],
        extra: ['10.224.0.0/12'],
      },
      [OF_AZURE],
    ],
    [
      'az, without a right on the network',
      ['aks', 'prod', '--resource-group', 'shop'],
      { 'aks show': aksCluster(), 'subnet show': '(AuthorizationFailed)', 'vnet show': '(AuthorizationFailed)' },
      { pods: ['10.244.0.0/16'], services: ['10.100.0.0/16'] },
      [/^nodes: subnet nodes: .*AuthorizationFailed.*subnets\/read/, OF_AZURE],
    ],
  ])('and reads what it tells: %s', async (what, args, answers, networks, notSeen) => {
    program(what.slice(0, what.indexOf(',')), answers);
    const { status, stdout } = await cidrs(...args, '-o', 'json');
    const told = JSON.parse(stdout);
    const blocks = Object.entries<readonly string[]>(told.protectedNetworks).filter(([, list]) => list.length > 0);
    expect([status, Object.fromEntries(blocks)]).toEqual([0, networks]);
    const reasons: readonly string[] = told.notSeen.map((one: Json) => `${one.class}: ${one.reason}`);
    expect(reasons.filter(reason => !reason.startsWith('extra: '))).toEqual(
      notSeen.map(pattern => expect.stringMatching(pattern)),
    );
  });

  test('and never more often than its answers can mean', async () => {
    const subnets = Array.from({ length: 80 }, (_, index) => ({
      networkConfig: { subnetwork: `projects/p/regions/r/subnetworks/s${index}` },
    }));
    program('gcloud', { [clusters]: gkeCluster({ nodePools: subnets }), 'subnets describe': gcpSubnet() });
    const { status, stdout } = await cidrs('gke', 'prod', '-o', 'json');
    expect([status, log('gcloud').length]).toEqual([0, 50]);
    expect(stdout).toContain('more than 50 questions');
  });

  test.each<[what: string, args: readonly string[], answers: Json | undefined, stderr: RegExp]>([
    [
      'the cluster is refused',
      ['gke', 'prod'],
      { [clusters]: 'ERROR: 403' },
      /status 1: ERROR: 403 \(it needs container\.clusters\.get/,
    ],
    [
      'it prints something else',
      ['gke', 'prod'],
      { [clusters]: { a: 1 } },
      /this is no answer of a cloud that is known/,
    ],
    ['it is not there', ['gke', 'prod'], undefined, /gcloud is not on PATH: install it, or save its answers/],
    ['no cluster is named', ['gke'], {}, /name the cluster: the context of the kubeconfig is of no GKE cluster/],
    ['a name is none', ['gke', 'prod;id'], {}, /GKE has no cluster of these names; it needs NAME/],
    ['a name is a file of the program', ['eks', 'file:///etc/passwd'], {}, /EKS has no cluster of these names/],
    ['the resource group is not told', ['aks', 'prod'], {}, /it needs NAME and --resource-group/],
  ])('%s: it ends with 2', async (_, args, answers, expected) => {
    if (answers !== undefined) program('gcloud', answers);
    kubeconfig('kind-kind');
    const { status, stdout, stderr } = await folder.run(['cidrs', ...args], {
      env: { PATH: programs.path, KUBECONFIG: join(folder.path, 'kubeconfig') },
    });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });

  test('which is never taken out of the working folder', async () => {
    folder.write('bin/gcloud', '#!/bin/sh\ntouch here\n');
    chmodSync(join(folder.path, 'bin/gcloud'), 0o755);
    const { status, stderr } = await folder.run(['cidrs', 'gke', 'prod'], {
      env: { PATH: join(folder.path, 'bin'), KUBECONFIG: join(folder.path, 'kubeconfig') },
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/gcloud is on PATH only as .*, in the working folder, of which no program is taken/);
    expect(existsSync(join(folder.path, 'here'))).toBe(false);
  });
});

describe('--print-commands', () => {
  test('prints what would be run with what is known, each below its right, and runs nothing', async () => {
    kubeconfig('arn:aws:eks:eu-west-1:111122223333:cluster/prod');
    program('aws', {});
    const { status, stdout } = await cidrs('eks', '--print-commands');
    expect([status, existsSync(join(programs.path, 'aws.log'))]).toEqual([0, false]);
    expect(stdout).toBe(`# eks:DescribeCluster on the cluster
aws eks describe-cluster --name prod --region eu-west-1 --output json --no-cli-pager
# ec2:DescribeVpcs on *
aws ec2 describe-vpcs --vpc-ids VPC_ID --region eu-west-1 --output json --no-cli-pager
# ec2:DescribeSubnets on * (asked only where ec2:DescribeVpcs is refused)
aws ec2 describe-subnets --filters Name=vpc-id,Values=VPC_ID --region eu-west-1 --output json --no-cli-pager
`);
  });

  test.each(['gke', 'aks', 'cluster'])('of %s needs no cluster', async source => {
    const { status, stdout } = await cidrs(source, '--print-commands');
    expect([status, stdout.split('\n').length % 2]).toEqual([0, 1]);
  });
});

describe('a configuration', () => {
  const FROM = ['--from-file', 'cluster.json', 'subnet.json'];
  beforeEach(() => {
    write('cluster.json', gkeCluster());
    write('subnet.json', gcpSubnet());
  });

  test('is written where there is none, and is then up to date', async () => {
    expect(await cidrs('gke', ...FROM, '--write', 'chokepoint.yaml')).toMatchObject({
      status: 0,
      stdout: 'chokepoint.yaml is written\n',
    });
    expect(read('chokepoint.yaml')).toBe((await cidrs('gke', ...FROM)).stdout);
    expect(await cidrs('gke', ...FROM, '--check')).toMatchObject({
      status: 0,
      stdout: 'chokepoint.yaml holds the ranges of GKE cluster prod\n',
    });
    expect((await cidrs('gke', ...FROM, '--write', 'chokepoint.yaml')).stdout).toBe('chokepoint.yaml is up to date\n');
  });

  test('that has drifted ends with 1, however it is named, and is not changed', async () => {
    const text =
      'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nspec:\n  protectedNetworks:\n    pods: [172.16.0.0/12]\n';
    folder.write('chokepoint.yaml', text);
    for (const named of [
      ['--check'],
      ['--check', 'chokepoint.yaml'],
      ['--check', '--config', 'chokepoint.yaml'],
      ['--write', 'chokepoint.yaml', '--check'],
    ])
      expect(await cidrs('gke', ...FROM, ...named)).toMatchObject({
        status: 1,
        stdout: `chokepoint.yaml has drifted from GKE cluster prod:
+ services: 172.21.0.0/17 (servicesIpv4Cidr of cluster prod)
+ nodes: 10.10.10.0/24 (ipCidrRange of subnet nodes)
+ controlPlane: 10.0.0.0/28 (privateClusterConfig.masterIpv4CidrBlock of cluster prod)
`,
      });
    expect(read('chokepoint.yaml')).toBe(text);
  });

  test('that cannot be used ends with 2, and is not changed', async () => {
    folder.write('chokepoint.yaml', 'kind: GatePolicy\nspec: 5\n');
    for (const way of ['--check', '--write=chokepoint.yaml'])
      expect(await cidrs('gke', ...FROM, way)).toMatchObject({ status: 2, stdout: '' });
    expect(read('chokepoint.yaml')).toBe('kind: GatePolicy\nspec: 5\n');
    expect((await cidrs('gke', ...FROM, '--check', 'gone.yaml')).status).toBe(2);
  });

  test('is not written over with answers that cannot be read', async () => {
    write('subnet.json', gcpSubnet({ ipCidrRange: 'all' }));
    expect((await cidrs('gke', ...FROM, '--write', 'chokepoint.yaml')).status).toBe(2);
    expect(existsSync(join(folder.path, 'chokepoint.yaml'))).toBe(false);
  });
});

test.each<[args: readonly string[], stderr: string]>([
  [['cluster', 'prod'], 'chokepoint: cidrs cluster takes no name: --context chooses the cluster\n'],
  [['cluster', '--from-file', 'a.json'], 'chokepoint: --from-file reads answers of a cloud: gke, eks or aks\n'],
  [['cluster'], 'chokepoint: KUBECONFIG names no file that is there: '],
])('%j ends with 2', async (args, stderr) => {
  const ran = await cidrs(...args);
  expect({ ...ran, stderr: ran.stderr.slice(0, stderr.length) }).toEqual({ status: 2, stdout: '', stderr });
});
