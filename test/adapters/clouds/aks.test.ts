import { describe, expect, test } from 'vitest';
import { aksCluster, azureSubnet, type Json, readJson, subnetId, vnet } from '../../support/cloud-answers.ts';

const PUBLIC =
  'controlPlane: it stands behind prod-1.hcp.westeurope.azmk8s.io, an address of Azure that the cluster does not tell: chokepoint cidrs cluster reads it inside';
const CLUSTER = {
  pods: ['10.244.0.0/16'],
  services: ['10.100.0.0/16'],
  nodes: ['10.230.0.0/20'],
  extra: ['10.224.0.0/12'],
};
const NODES = azureSubnet('nodes', '10.230.0.0/20');
const INTEGRATED: Json = { apiServerAccessProfile: { enableVnetIntegration: true, subnetId: subnetId('api') } };

/** The networks of the cluster without an overlay. */
const FLAT: Json = {
  networkProfile: { networkPlugin: 'azure', podCidr: null, podCidrs: null, serviceCidr: '10.100.0.0/16' },
};

test('a cluster with an overlay, its subnet and its VNet tell every class but the control plane', () => {
  const { ranges, missing, problems, wanted } = readJson('aks', aksCluster(), NODES, vnet());
  expect({ ranges, missing, problems, wanted }).toEqual({
    ranges: CLUSTER,
    missing: [PUBLIC],
    problems: [],
    wanted: [],
  });
});

describe('Pods', () => {
  test.each<[what: string, cluster: Json, pods: readonly string[] | undefined]>([
    [
      'of both families have blocks of both',
      { networkProfile: { podCidrs: ['10.244.0.0/16', 'fd12:3456::/64'], serviceCidr: '10.100.0.0/16' } },
      ['10.244.0.0/16', 'fd12:3456::/64'],
    ],
    ['without an overlay stand among the nodes', FLAT, ['10.230.0.0/20']],
    [
      'with subnets of their own stand there',
      { ...FLAT, agentPoolProfiles: [{ vnetSubnetId: subnetId('nodes'), podSubnetId: subnetId('pods') }] },
      ['10.231.0.0/20'],
    ],
  ])('%s', (_, cluster, pods) => {
    const { ranges } = readJson('aks', aksCluster(cluster), NODES, azureSubnet('pods', '10.231.0.0/20'), vnet());
    expect([ranges.pods, ranges.nodes]).toEqual([pods, ['10.230.0.0/20']]);
  });

  test('of a network plugin that is not of Azure are not seen', () => {
    const networkProfile = { networkPlugin: 'none', serviceCidr: '10.100.0.0/16' };
    const { ranges, missing } = readJson('aks', aksCluster({ networkProfile }), NODES, vnet());
    expect(ranges.pods).toBe(undefined);
    expect(missing[0]).toBe('pods: the cluster brings a network plugin of its own: chokepoint cidrs cluster asks that');
  });
});

describe('subnets', () => {
  test('have one prefix or several', () => {
    const { ranges } = readJson('aks', aksCluster(), azureSubnet('nodes', ['10.230.0.0/20', 'fd00:db8::/64']), vnet());
    expect(ranges.nodes).toEqual(['10.230.0.0/20', 'fd00:db8::/64']);
  });

  test('are read out of the VNet where they stand in its answer', () => {
    const answer = vnet({ subnets: [{ ...NODES, id: subnetId('nodes').toUpperCase() }] });
    expect(readJson('aks', aksCluster(), answer).ranges).toEqual(CLUSTER);
  });

  test('may be of the form of Azure’s own interface', () => {
    const { addressPrefix, addressPrefixes, ...rest } = NODES;
    const answer = { ...rest, properties: { addressPrefix, addressPrefixes } };
    const { id, name, ...properties } = aksCluster({ agentPoolProfiles: [{ vnetSubnetID: subnetId('nodes') }] });
    expect(readJson('aks', { id, name, properties }, answer, vnet()).ranges).toEqual(CLUSTER);
  });

  test('of every pool are read, each once', () => {
    const agentPoolProfiles = ['nodes', 'more', 'nodes'].map(name => ({ vnetSubnetId: subnetId(name) }));
    const { ranges, wanted } = readJson('aks', aksCluster({ agentPoolProfiles }), NODES);
    expect(ranges.nodes).toEqual(['10.230.0.0/20']);
    expect(wanted).toEqual([
      `az network vnet subnet show --ids ${subnetId('more')} --output json`,
      `az network vnet show --ids ${subnetId('').replace('/subnets/', '')} --output json`,
    ]);
  });

  test.each(['@/etc/passwd', '/subscriptions/../x', '--query'])('of the id %j are not asked for', vnetSubnetId => {
    const { wanted, missing } = readJson('aks', aksCluster({ agentPoolProfiles: [{ vnetSubnetId }] }));
    expect([wanted, missing]).toEqual([[], [`nodes: "${vnetSubnetId}" is no id of a subnet`, PUBLIC]]);
  });
});

describe('a cluster whose VNet is made by AKS', () => {
  const cluster = aksCluster({ ...FLAT, agentPoolProfiles: [{ vnetSubnetId: null }] });

  test('has all of it', () => {
    expect(readJson('aks', cluster, [vnet({ id: '/x', name: 'aks-vnet-1' })]).ranges).toEqual({
      pods: ['10.224.0.0/12'],
      services: ['10.100.0.0/16'],
      nodes: ['10.224.0.0/12'],
    });
  });

  test('is asked for by the resource group of its nodes', () => {
    expect(readJson('aks', cluster).wanted).toEqual([
      'az network vnet list --resource-group MC_shop_prod_westeurope --subscription 5ec2 --output json',
    ]);
  });

  test('has the subnet of its API server there', () => {
    const subnets = [{ name: 'aks-apiserver-subnet', addressPrefix: '10.226.0.0/28' }];
    const { ranges, missing } = readJson('aks', cluster, [vnet({ subnets })]);
    expect([ranges.controlPlane, missing]).toEqual([['10.226.0.0/28'], []]);
  });
});

describe('the API server', () => {
  test('has a subnet of its own where it is integrated into the VNet', () => {
    const { ranges, missing } = readJson(
      'aks',
      aksCluster(INTEGRATED),
      NODES,
      azureSubnet('api', '10.229.0.0/28'),
      vnet(),
    );
    expect([ranges.controlPlane, missing]).toEqual([['10.229.0.0/28'], []]);
  });

  test('has a private endpoint that is not told where it is private', () => {
    const profile = { apiServerAccessProfile: { enablePrivateCluster: true }, privateFqdn: 'prod.privatelink.example' };
    expect(readJson('aks', aksCluster(profile), NODES, vnet()).missing).toEqual([
      'controlPlane: it stands behind prod.privatelink.example, a private endpoint in the VNet that the cluster does not tell: chokepoint cidrs cluster reads it inside',
    ]);
  });
});

test('the VNet of others, and what is peered with it, is further addresses', () => {
  const answer = vnet({
    virtualNetworkPeerings: [{ remoteAddressSpace: { addressPrefixes: ['10.50.0.0/16'] }, peeringState: 'Connected' }],
  });
  expect(readJson('aks', aksCluster(), NODES, answer).ranges.extra).toEqual(['10.50.0.0/16', '10.224.0.0/12']);
});

test('a wrong type is told with its place', () => {
  const cluster = aksCluster({ agentPoolProfiles: [{ vnetSubnetId: 7 }] });
  expect(readJson('aks', cluster).problems).toEqual([
    '0.json | agentPoolProfiles[0].vnetSubnetId | expected a string, got a number: write it in quotes, "7"',
  ]);
});
