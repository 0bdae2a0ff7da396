import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAddress } from '../../../src/adapters/addresses/read-address.ts';
import { type Client, createClient } from '../../../src/adapters/kubernetes/client/client.ts';
import { TELLERS } from '../../../src/adapters/kubernetes/view/range-tellers.ts';
import { readRanges } from '../../../src/adapters/kubernetes/view/read-ranges.ts';
import { SYSTEM_TIME } from '../../../src/adapters/system/time.ts';
import { byClass } from '../../support/cloud-answers.ts';
import { podObject } from '../../support/cluster-view.ts';
import type { FakeApiServer } from '../../support/fake-api-server.ts';
import type { RawObject } from '../../support/fake-api-store.ts';
import { SERVED, startFakeCluster } from '../../support/fake-cluster.ts';

let server: FakeApiServer;
let client: Client;
beforeEach(async () => {
  server = await startFakeCluster();
  client = createClient(server.connection, SYSTEM_TIME);
});
afterEach(async () => {
  client.close();
  await server.close();
});

/** Puts an object, of a kind that is installed for it unless every cluster has it. */
const put = (plural: string, object: RawObject): void => {
  const found = TELLERS.find(({ resource }) => resource.plural === plural)?.resource;
  if (found === undefined) throw new Error(`nothing is read of ${plural}`);
  if (!SERVED.some(resource => resource.plural === plural)) server.install(found);
  server.put(plural, object);
};
const read = () => readRanges({ client, time: SYSTEM_TIME, host: 'cluster.example', readAddress });
const ranges = async () => byClass(await read()).ranges;
const reasons = async (name: string): Promise<readonly string[]> =>
  (await read()).notSeen.filter(one => one.class === name).map(({ reason }) => reason);

const CLUSTER = {
  pods: ['10.244.0.0/24'],
  services: ['10.96.0.0/12'],
  nodes: ['192.0.2.10/32'],
  controlPlane: ['192.0.2.1/32'],
};
const ONLY_NODES = 'the cluster tells the blocks of the Nodes that are there now: further ones get others';

test('every cluster tells its Services, its Nodes and its API servers', async () => {
  const seen = await read();
  expect([byClass(seen).ranges, seen.problems, seen.provider]).toEqual([CLUSTER, [], undefined]);
  expect(seen.ranges.map(({ from }) => from)).toEqual([
    'spec.podCIDRs of Node node-1',
    'spec.cidrs of ServiceCIDR kubernetes',
    'status.addresses of Node node-1',
    'endpoints[].addresses of EndpointSlice default/kubernetes',
  ]);
  expect(await reasons('pods')).toEqual([ONLY_NODES]);
  expect(await reasons('services')).toEqual([]);
});

test('by get and list alone', async () => {
  await read();
  expect(new Set(server.log.map(line => line.split(' ')[0]))).toEqual(new Set(['list']));
});

/** Objects by their plural, the classes that are other than without them, and whether all Pods are known then. */
describe('a cluster may tell more', () => {
  test.each<
    [
      what: string,
      plural: string,
      object: RawObject,
      told: Readonly<Record<string, readonly string[]>>,
      isWhole: boolean,
    ]
  >([
    [
      'a second range of Services',
      'servicecidrs',
      { metadata: { name: 'more' }, spec: { cidrs: ['10.200.0.0/16', 'fd00:10:96::/112'] } },
      { services: ['10.96.0.0/12', '10.200.0.0/16', 'fd00:10:96::/112'] },
      false,
    ],
    [
      'what kubeadm was given',
      'configmaps',
      {
        metadata: { namespace: 'kube-system', name: 'kubeadm-config' },
        data: {
          ClusterConfiguration:
            'kind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16,fd00:10:244::/56\n  serviceSubnet: 10.96.0.0/12\n',
        },
      },
      { pods: ['10.244.0.0/16', 'fd00:10:244::/56'] },
      true,
    ],
    [
      'pools of Calico, those that are switched off too',
      'ippools',
      { metadata: { name: 'default' }, spec: { cidr: '192.168.0.0/16', disabled: true } },
      { pods: ['10.244.0.0/24', '192.168.0.0/16'] },
      true,
    ],
    [
      'the pool of Cilium',
      'configmaps',
      {
        metadata: { namespace: 'kube-system', name: 'cilium-config' },
        data: { 'cluster-pool-ipv4-cidr': '10.0.0.0/8', 'cluster-pool-ipv6-cidr': 'fd00::/104' },
      },
      { pods: ['10.0.0.0/8', 'fd00::/104'] },
      true,
    ],
    [
      'pools of Cilium',
      'ciliumpodippools',
      { metadata: { name: 'default' }, spec: { ipv4: { cidrs: ['10.20.0.0/16'], maskSize: 24 } } },
      { pods: ['10.20.0.0/16', '10.244.0.0/24'] },
      true,
    ],
    [
      'blocks that Cilium gave to a node',
      'ciliumnodes',
      { metadata: { name: 'node-1' }, spec: { ipam: { podCIDRs: ['10.0.3.0/24'] } } },
      { pods: ['10.0.3.0/24', '10.244.0.0/24'] },
      false,
    ],
    [
      'the network of OpenShift',
      'networks',
      {
        metadata: { name: 'cluster' },
        status: { clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }], serviceNetwork: ['172.30.0.0/16'] },
      },
      { pods: ['10.128.0.0/14', '10.244.0.0/24'], services: ['10.96.0.0/12', '172.30.0.0/16'] },
      true,
    ],
  ])('%s', async (_, plural, object, told, isWhole) => {
    put(plural, object);
    expect(await ranges()).toEqual({ ...CLUSTER, ...told });
    expect(await reasons('pods')).toEqual(isWhole ? [] : [ONLY_NODES]);
  });

  test('the cloud of its Nodes', async () => {
    server.put('nodes', { metadata: { name: 'node-2' }, spec: { providerID: 'gce://shop/europe-west1-b/node-2' } });
    expect((await read()).provider).toBe('gcp');
  });
});

describe('addresses in use', () => {
  const running = (name: string, ip: string, spec: object = {}): void => {
    const pod = podObject('shop', name);
    server.put('pods', { ...pod, spec: { ...Object(pod.spec), ...spec }, status: { podIPs: [{ ip }] } });
  };

  test('that lie in a range add nothing', async () => {
    running('web', '10.244.0.7');
    running('agent', '192.0.2.10', { hostNetwork: true });
    expect(await ranges()).toEqual(CLUSTER);
  });

  test('that lie in none are listed, and their range is missed', async () => {
    running('web', '10.50.0.7');
    server.put('services', { metadata: { namespace: 'shop', name: 'old' }, spec: { clusterIPs: ['172.30.0.9'] } });
    server.put('services', { metadata: { namespace: 'shop', name: 'headless' }, spec: { clusterIPs: ['None'] } });
    expect(await ranges()).toEqual({
      ...CLUSTER,
      pods: ['10.50.0.7/32', '10.244.0.0/24'],
      services: ['10.96.0.0/12', '172.30.0.9/32'],
    });
    const gap = 'that no range holds, as 10.50.0.7/32 (status.podIPs of Pod shop/web): add their range';
    expect(await reasons('pods')).toEqual([ONLY_NODES, `addresses in use: 1 ${gap}`]);
  });

  test('are counted where there are many', async () => {
    for (let index = 0; index < 150; index += 1) running(`web-${index}`, `10.50.0.${index}`);
    expect((await ranges()).pods).toHaveLength(101);
    expect((await reasons('pods'))[1]).toMatch(/^addresses in use: 150 /);
  });
});

describe('what may not be read', () => {
  test.each([
    ['servicecidrs', 'services', 'the API server refuses to list servicecidrs.networking.k8s.io (403)'],
    ['nodes', 'pods', 'the API server refuses to list nodes (403)'],
    ['nodes', 'nodes', 'the API server refuses to list nodes (403)'],
    [
      'endpointslices',
      'controlPlane',
      'the API server refuses to get endpointslices.discovery.k8s.io/kubernetes in default (403)',
    ],
    ['pods', 'pods', 'the API server refuses to list pods (403)'],
  ])('%s: is said of %s', async (plural, name, reason) => {
    server.order({ status: 403 }, { plural, times: 1 });
    expect((await reasons(name)).filter(text => text.startsWith(reason))).toHaveLength(1);
  });

  test('is nothing where the class is known from elsewhere', async () => {
    put('ippools', { metadata: { name: 'default' }, spec: { cidr: '192.168.0.0/16' } });
    server.order({ status: 403 }, { plural: 'nodes', times: 1 });
    expect(await reasons('pods')).toEqual([]);
  });

  test('is an error where nobody knows the user', async () => {
    server.order({ status: 401 }, { times: 100 });
    await expect(read()).rejects.toMatchObject({ code: 'no-credentials' });
  });
});

test('a range that is none is a problem', async () => {
  put('ippools', { metadata: { name: 'default' }, spec: { cidr: 'all' } });
  expect((await read()).problems).toMatchObject([
    { file: 'IPPool default', field: 'spec.cidr', message: '"all" is no address and no CIDR block' },
  ]);
});
