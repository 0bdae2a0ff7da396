import { expect, test } from 'vitest';
import { createWorldIndex } from '../../../src/adapters/kubernetes/view/world-index.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded } from '../../support/workload.ts';

const policy = (namespace: string, name: string) =>
  decoded({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace, name }, spec: {} });
const route = (...targets: readonly string[]) =>
  decoded({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 'edge', name: 'web' },
    spec: { rules: [{ backendRefs: targets.map(namespace => ({ name: 'server', namespace })) }] },
  });
const clusterPolicy = (apiVersion: string) =>
  decoded({ apiVersion, kind: 'ClusterNetworkPolicy', metadata: { name: 'all' }, spec: {} });

test('a world that was read does not change, and the next one has the change', () => {
  const index = createWorldIndex();
  index.change(undefined, policy('shop', 'a'));
  const before = index.world();
  const content = before.namespace('shop');
  index.change(undefined, policy('shop', 'b'));
  expect([...content.policies.keys()]).toEqual(['NetworkPolicy/a']);
  expect(before.namespace('shop')).toBe(content);
  expect([...index.world().namespace('shop').policies.keys()]).toEqual(['NetworkPolicy/a', 'NetworkPolicy/b']);
});

test('without a change the world is the same, and so is a namespace that nothing happened to', () => {
  const index = createWorldIndex();
  index.change(undefined, policy('shop', 'a'));
  const world = index.world();
  expect(index.world()).toBe(world);
  const content = world.namespace('shop');
  index.change(undefined, policy('other', 'a'));
  expect(index.world().namespace('shop')).toBe(content);
});

test('the surroundings of a namespace stay the same while only policies come and go', () => {
  const index = createWorldIndex();
  const surroundings = () => index.world().namespace('shop').surroundings;
  const allow = policy('shop', 'allow');
  const pod = decoded({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'a' }, spec: {} });
  index.change(undefined, pod);
  const before = surroundings();
  index.change(undefined, allow);
  index.change(allow, undefined);
  expect(surroundings()).toBe(before);
  index.change(pod, undefined);
  index.change(undefined, pod);
  expect(surroundings()).not.toBe(before);
});

test('a route stands in its own namespace and in every one that it sends to, and leaves those that it sends to no more', () => {
  const index = createWorldIndex();
  const [before, after] = [route('a', 'b'), route('b', 'c')];
  index.change(undefined, before);
  index.change(before, after);
  const world = index.world();
  expect(['a', 'b', 'c', 'edge'].map(name => world.namespace(name).routes.size)).toEqual([0, 1, 1, 1]);
  expect(world.namespaceNames()).toEqual(['b', 'c', 'edge']);
});

test('policies of the cluster are told apart by their API, though they share kind and name', () => {
  const index = createWorldIndex();
  const [one, two] = [clusterPolicy('policy.networking.k8s.io/v1alpha2'), clusterPolicy('crd.antrea.io/v1beta1')];
  index.change(undefined, one);
  index.change(undefined, two);
  expect(index.world().clusterPolicies).toEqual([two, one]);
  index.change(one, undefined);
  expect(index.world().clusterPolicies).toEqual([two]);
});

test('an index that was emptied is an empty world', () => {
  const index = createWorldIndex();
  const objects = [policy('shop', 'a'), route('a', 'b'), clusterPolicy('crd.antrea.io/v1beta1')];
  for (const object of objects) index.change(undefined, object);
  expect(index.world().namespaceNames()).toEqual(buildWorld(objects).namespaceNames());
  for (const object of objects) index.change(object, undefined);
  expect([index.world().namespaceNames(), index.world().clusterPolicies]).toEqual([[], []]);
});

test('Nodes, groups of blocks, tiers and sets of networks are known as long as they are there, sorted by name', () => {
  const index = createWorldIndex();
  const node = (name: string) => decoded({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const group = decoded({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumCIDRGroup',
    metadata: { name: 'office' },
    spec: {},
  });
  const tier = decoded({ apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'security' }, spec: {} });
  expect([index.world().nodes, index.world().cidrGroups, index.world().calico.tiers]).toEqual([[], [], []]);
  const [one, two] = [node('a'), node('b')];
  for (const object of [two, one, group, tier]) index.change(undefined, object);
  expect([index.world().nodes, index.world().cidrGroups, index.world().calico.tiers]).toEqual([
    [one, two],
    [group],
    [tier],
  ]);
  for (const object of [two, group, tier]) index.change(object, undefined);
  expect([index.world().nodes, index.world().cidrGroups, index.world().calico.tiers]).toEqual([[one], [], []]);
});
