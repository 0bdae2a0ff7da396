import type { NetworkFacts } from '../../core/gate/discover-networks.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import { podAddresses, toldAddresses } from '../report/addresses-in-use.ts';
import type { ObservedAddress, ReadObject } from '../report/cluster-reading.ts';

/** Every object that a world was made of, each once: a route or another name of a Service stands in several namespaces. */
export function objectsIn(world: World): readonly KubeObject[] {
  const ofNamespaces = world.namespaceNames().flatMap((name): readonly KubeObject[] => {
    const content = world.namespace(name);
    return [
      ...(content.namespace === undefined ? [] : [content.namespace]),
      ...content.policies.values(),
      ...content.workloads.values(),
      ...content.services.values(),
      ...content.endpoints.values(),
      ...content.foreignPolicies.values(),
      ...content.exceptions.values(),
      ...content.gatewayFacts.values(),
      ...content.routes.values(),
      ...content.aliases.values(),
    ];
  });
  const { calico } = world;
  const ofCluster = [
    world.nodes,
    world.clusterPolicies,
    calico.tiers,
    calico.sets,
    world.cidrGroups ?? [],
    world.wideFacts,
  ];
  return [...new Set([...ofNamespaces, ...ofCluster.flat()])];
}

/** The objects of a world as a reading of its cluster tells them. */
export const readObjectsOf = (world: World): readonly ReadObject[] =>
  objectsIn(world).map(object => ({ ref: refOf(object), decoded: { kind: 'object', object, issues: [] } }));

/** Addresses in use, by what the cluster tells of itself and by its Pods. */
export const observedIn = (world: World, facts: NetworkFacts): readonly ObservedAddress[] => [
  ...toldAddresses(facts),
  ...podAddresses(world),
];
