import type { NetworkFacts } from '../../core/gate/discover-networks.ts';
import type { KubeObject } from '../../core/kube/types.ts';
import { refOf, type World } from '../../core/world.ts';
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

/** Addresses in use, by what the cluster tells of itself and by its Pods; those in the host's network bear the addresses of their Nodes. */
export function observedIn(world: World, facts: NetworkFacts): readonly ObservedAddress[] {
  const told = [
    ['pods', facts.podCidrs, 'spec.podCIDRs of a Node'],
    ['services', facts.serviceCidrs, 'a ServiceCIDR'],
    ['nodes', facts.nodeAddresses, 'a Node'],
    ['controlPlane', facts.apiServerAddresses, 'EndpointSlice default/kubernetes'],
  ] as const;
  const pods = world.namespaceNames().flatMap(name => [...world.namespace(name).workloads.values()]);
  return [
    ...told.flatMap(([of, texts, holder]) => texts.map((text): ObservedAddress => ({ class: of, text, holder }))),
    ...pods.flatMap(({ meta, podIPs, hostNetwork }) =>
      podIPs.map(
        (text): ObservedAddress => ({
          class: hostNetwork ? 'nodes' : 'pods',
          text,
          holder: `Pod ${meta.namespace}/${meta.name}`,
        }),
      ),
    ),
  ];
}
