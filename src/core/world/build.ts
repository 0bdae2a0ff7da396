import type { CalicoNetworkSet, CalicoTier } from '../kube/calico.ts';
import type { CiliumCidrGroup } from '../kube/cilium.ts';
import { factKey, type GatewayFact } from '../kube/gateway-fact.ts';
import type { ForeignPolicy, KubeObject, Node } from '../kube/types.ts';
import { createAddressIndex } from './address-index.ts';
import { calicoKey, calicoObjects } from './calico-objects.ts';
import { emptyContent, keyOf, type MutableContent, namespacesOf, putObject } from './content.ts';
import { isCalicoObject, isCidrGroup, isEndpoints, isForeign, isNode, isWideFact, isWorkload } from './object-kinds.ts';
import { objectKey } from './refs.ts';
import type { World } from './world.ts';

/** What is in no namespace, by what tells one from another. */
interface ObjectsOfCluster {
  readonly clusterPolicies: Map<string, ForeignPolicy>;
  readonly nodes: Map<string, Node>;
  readonly calico: Map<string, CalicoTier | CalicoNetworkSet>;
  readonly cidrGroups: Map<string, CiliumCidrGroup>;
  readonly wideFacts: Map<string, GatewayFact>;
}

/** Unique among those of the whole cluster. */
export const wideKey = (fact: GatewayFact): string => `${fact.meta.namespace}/${factKey(fact, fact.meta.name)}`;

function putOfCluster(
  { clusterPolicies, nodes, calico, cidrGroups, wideFacts }: ObjectsOfCluster,
  object: KubeObject,
): void {
  if (isNode(object)) nodes.set(object.meta.name, object);
  if (isCalicoObject(object)) calico.set(calicoKey(object), object);
  if (isCidrGroup(object)) cidrGroups.set(object.meta.name, object);
  if (isWideFact(object)) wideFacts.set(wideKey(object), object);
  if (isForeign(object) && object.scope === 'cluster') clusterPolicies.set(keyOf(object), object);
}

/** Puts a world together. Where two objects have the same kind, namespace and name, the later one stands, as `kubectl apply` leaves it. */
export function createWorldBuilder(): { add(object: KubeObject): void; build(): World } {
  const contents = new Map<string, MutableContent>();
  const ofCluster: ObjectsOfCluster = {
    clusterPolicies: new Map(),
    nodes: new Map(),
    calico: new Map(),
    cidrGroups: new Map(),
    wideFacts: new Map(),
  };
  const known = new Map<string, KubeObject>();
  const add = (object: KubeObject): void => {
    if (isEndpoints(object) || isWorkload(object)) known.set(`${object.meta.namespace}/${objectKey(object)}`, object);
    putOfCluster(ofCluster, object);
    for (const name of namespacesOf(object)) {
      const content = contents.get(name) ?? emptyContent(name);
      contents.set(name, content);
      putObject(content, object);
    }
  };
  const build = (): World => {
    const names = [...contents.keys()].sort();
    const addresses = createAddressIndex();
    for (const object of known.values()) addresses.change(undefined, object);
    return {
      hasEndpoints: addresses.hasEndpoints,
      endpointsAt: addresses.endpointsAt,
      podsAt: addresses.podsAt,
      namespace: name => contents.get(name) ?? emptyContent(name),
      clusterPolicies: [...ofCluster.clusterPolicies.values()],
      calico: calicoObjects(ofCluster.calico.values()),
      nodes: [...ofCluster.nodes.values()],
      cidrGroups: [...ofCluster.cidrGroups.values()],
      wideFacts: [...ofCluster.wideFacts.values()],
      namespaceNames: () => names,
    };
  };
  return { add, build };
}

/** A world of the given objects. */
export function buildWorld(objects: Iterable<KubeObject>): World {
  const { add, build } = createWorldBuilder();
  for (const object of objects) add(object);
  return build();
}
