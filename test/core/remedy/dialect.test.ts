import { describe, expect, it } from 'vitest';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { type Dialect, servedDialect } from '../../../src/core/remedy/dialect.ts';

const [CILIUM, GKE, AWS] = [
  'cilium.io/v2/CiliumNetworkPolicy',
  'networking.gke.io/v1alpha1/FQDNNetworkPolicy',
  'networking.k8s.aws/v1alpha1/ApplicationNetworkPolicy',
];
/** Of a controller that anybody can install, which takes names in another form. */
const OTHER_FQDN = 'networking.gke.io/v1alpha3/FQDNNetworkPolicy';

describe('What is written beside NetworkPolicies, by what the cluster serves:', () => {
  // biome-ignore format: one line a case
  it.each<[string, string | undefined, string | undefined, readonly string[], Dialect | undefined]>([
    ['Cilium', 'cilium', undefined, [CILIUM], 'cilium'],
    ['Cilium, of which nothing is served', 'cilium', undefined, [], undefined],
    ['Cilium of an older version', 'cilium', undefined, ['cilium.io/v2alpha1/CiliumNetworkPolicy'], undefined],
    ["GKE, told by Google's own kind", 'cilium', undefined, [CILIUM, GKE], 'gke'],
    ['GKE, as it is configured', 'cilium', 'gcp', [CILIUM, GKE], 'gke'],
    ['GKE without names of hosts', 'cilium', 'gcp', [CILIUM], undefined],
    ['Cilium beside a controller of the same kind', 'cilium', undefined, [CILIUM, OTHER_FQDN], 'cilium'],
    ['GKE with that controller alone', 'cilium', 'gcp', [CILIUM, OTHER_FQDN], undefined],
    ['EKS', 'aws', undefined, [AWS], 'aws'],
    ['EKS, of which nothing is served', 'aws', undefined, [], undefined],
    ['another dataplane', 'calico', undefined, [CILIUM, GKE, AWS], undefined],
    ['no dataplane that is known', undefined, undefined, [CILIUM, GKE, AWS], undefined],
  ])('%s', (_title, name, provider, served, expected) => {
    const dataplane = BUILTIN_DATA.dataplanes.find(one => one.name === name);
    expect(servedDialect({ dataplane, provider }, id => served.includes(id))).toBe(expected);
  });
});
