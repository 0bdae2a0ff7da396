import { describe, expect, test } from 'vitest';
import { readAnswers } from '../../../src/adapters/clouds/answers.ts';
import {
  aksCluster,
  awsSubnets,
  azureSubnet,
  eksCluster,
  gcpSubnet,
  gkeCluster,
  readJson,
  vnet,
  vpcs,
} from '../../support/cloud-answers.ts';

describe('an answer is known by its content', () => {
  test.each<[kinds: readonly string[], answer: unknown]>([
    [['gke-cluster'], gkeCluster()],
    [
      ['gke-cluster', 'gke-cluster'],
      [gkeCluster(), gkeCluster()],
    ],
    [['gke-cluster'], { clusters: [gkeCluster()] }],
    [['gcp-subnet'], gcpSubnet()],
    [['gcp-subnet'], { kind: 'compute#subnetworkList', items: [gcpSubnet()] }],
    [['eks-cluster'], eksCluster()],
    [['eks-cluster'], eksCluster().cluster],
    [
      ['eks-cluster', 'eks-cluster'],
      [eksCluster(), eksCluster()],
    ],
    [['vpc'], vpcs()],
    [['aws-subnet', 'aws-subnet'], awsSubnets('10.0.0.0/24', '10.0.1.0/24')],
    [['aks-cluster'], aksCluster()],
    [['aks-cluster'], { value: [{ name: 'a', properties: { networkProfile: {} } }] }],
    [['azure-subnet'], azureSubnet('a', '10.0.0.0/24')],
    [['vnet'], vnet()],
    [['vnet'], [vnet()]],
    [[], []],
    [[], { Vpcs: [] }],
  ])('%j', (kinds, answer) => {
    const { answers, problems } = readAnswers(JSON.stringify(answer), 'a.json');
    expect([answers.map(({ kind }) => kind), problems]).toEqual([kinds, []]);
  });
});

describe('what is no answer is told', () => {
  test.each([
    ['', 'this is no JSON'],
    ['name: prod\nclusterIpv4Cidr: 10.0.0.0/8\n', 'this is no JSON'],
    ['{"name": "prod"', 'this is no JSON'],
    ['null', 'this is no object'],
    ['"10.0.0.0/16"', 'this is no object'],
    ['{}', 'this is no answer of a cloud that is known'],
    ['{"__proto__": {"clusterIpv4Cidr": "10.0.0.0/8"}}', 'this is no answer of a cloud that is known'],
    ['{"clusters": ["prod"]}', 'clusters[0] this is no object'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, '[0][0][0][0][0] lists in lists'],
    [`${'{"value":'.repeat(100)}1${'}'.repeat(100)}`, 'value.value.value.value.value lists in lists'],
  ])('%#: %.40s', (text, message) => {
    const { answers, problems } = readAnswers(text, 'a.json');
    const told = problems.map(one => `${one.field} ${one.message}`.trimStart().slice(0, message.length));
    expect([answers, told]).toEqual([[], [message]]);
  });
});

test('a byte order mark is no part of an answer', () => {
  expect(readAnswers(`\uFEFF${JSON.stringify(gkeCluster())}`, 'a.json').answers).toHaveLength(1);
});

test('an answer of many subnets is read in time', () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `s${index}`);
  const path = 'projects/net-host/regions/europe-west1/subnetworks';
  const nodePools = names.map(name => ({ networkConfig: { subnetwork: `${path}/${name}` } }));
  const subnets = names.map((name, index) => ({ name, ipCidrRange: `10.${index >> 8}.${index & 255}.0/24` }));
  const { ranges } = readJson('gke', gkeCluster({ nodePools }), [gcpSubnet(), ...subnets]);
  expect(ranges.nodes).toHaveLength(names.length);
});

describe('which cluster is meant', () => {
  test('is clear where there is one', () => {
    expect(readJson('gke', gkeCluster(), gcpSubnet()).problems).toEqual([]);
  });

  test('is not where there are several', () => {
    expect(readJson('gke', [gkeCluster(), gkeCluster({ name: 'staging', location: 'us-east1' })]).problems).toEqual([
      ' |  | several clusters are there: prod (europe-west1), staging (us-east1): name one, or give one alone',
    ]);
  });

  test('is not where there is none', () => {
    expect(readJson('gke', gcpSubnet()).problems).toEqual([' |  | no answer holds a cluster: one of GKE is needed']);
  });

  test('is not clear where an answer is of another cloud', () => {
    expect(readJson('gke', gkeCluster(), vpcs()).problems).toEqual([
      '1.json |  | this is an answer of EKS, not of GKE',
    ]);
  });
});
