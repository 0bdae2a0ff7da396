import { factKey } from '../kube/gateway-fact.ts';
import type { KubeObject, Namespace, Route } from '../kube/types.ts';
import { calicoKey } from './calico-objects.ts';
import { type ContentIndexes, indexesOf } from './content-indexes.ts';
import {
  isCalicoObject,
  isCidrGroup,
  isEndpoints,
  isForeign,
  isGateException,
  isGatewayFact,
  isNetworkPolicy,
  isNode,
  isOfCluster,
  isRoute,
  isService,
  isWorkload,
} from './object-kinds.ts';
import { nameOf, objectKey } from './refs.ts';
import type { NamespaceContent, World } from './world.ts';

/** The content of a namespace while it is put together. Once anybody has seen it as a {@link NamespaceContent}, it must not change any more. */
export interface MutableContent extends NamespaceContent {
  namespace: NamespaceContent['namespace'];
  surroundings: NamespaceContent['surroundings'];
}

/** Nothing changes any more once what is worked out has been asked for. `before`: as in {@link indexesOf}. */
const withIndexes = (
  content: Omit<MutableContent, keyof ContentIndexes>,
  before?: NamespaceContent,
): MutableContent => ({ ...content, ...indexesOf(content, before) });

/** The content of a namespace that holds nothing. */
export const emptyContent = (name: string): MutableContent =>
  withIndexes({
    name,
    namespace: undefined,
    policies: new Map(),
    workloads: new Map(),
    services: new Map(),
    aliases: new Map(),
    endpoints: new Map(),
    routes: new Map(),
    foreignPolicies: new Map(),
    exceptions: new Map(),
    gatewayFacts: new Map(),
    surroundings: {},
  });

/** The content with other maps: what was worked out of the old ones is worked out anew. */
export const contentWith = (
  content: NamespaceContent,
  other: Partial<Omit<NamespaceContent, keyof ContentIndexes>>,
): NamespaceContent => withIndexes({ ...content, ...other }, content);

/** The maps of a namespace's content, by name. */
type Place = {
  [Key in keyof NamespaceContent]: NamespaceContent[Key] extends ReadonlyMap<string, unknown> ? Key : never;
}[keyof NamespaceContent];

/** A copy in which objects may be put into the maps that are `changed`, and out of them; absent: into all. Costs what those hold. */
export function copyContent(
  content: NamespaceContent,
  changed: Pick<ReadonlySet<Place>, 'has'> = { has: () => true },
): MutableContent {
  const copied = <Item>(place: Place, map: ReadonlyMap<string, Item>) => (changed.has(place) ? new Map(map) : map);
  const { name, namespace, surroundings } = content;
  const copy = {
    ...{ name, namespace, surroundings },
    policies: copied('policies', content.policies),
    workloads: copied('workloads', content.workloads),
    services: copied('services', content.services),
    aliases: copied('aliases', content.aliases),
    endpoints: copied('endpoints', content.endpoints),
    routes: copied('routes', content.routes),
    foreignPolicies: copied('foreignPolicies', content.foreignPolicies),
    exceptions: copied('exceptions', content.exceptions),
    gatewayFacts: copied('gatewayFacts', content.gatewayFacts),
  };
  return withIndexes(copy, content);
}

/** Those that it sends to, and its own where others look for it there. */
function namespacesOfRoute(route: Route): readonly string[] {
  const isHere = route.isBackend || isGatewayFact(route);
  return [...new Set([...route.backends.map(({ namespace }) => namespace), ...(isHere ? [route.meta.namespace] : [])])];
}

/** Namespaces whose content an object is part of. None for a policy of the whole cluster, for a Node and for what gives policies of Calico their meaning. */
export function namespacesOf(object: KubeObject): readonly string[] {
  if (object.kind === 'Namespace') return [object.meta.name];
  if (isNode(object) || isCidrGroup(object) || isCalicoObject(object)) return [];
  if (isGatewayFact(object) && !isRoute(object)) return object.meta.namespace === '' ? [] : [object.meta.namespace];
  if (isForeign(object)) return object.scope === 'cluster' ? [] : [object.meta.namespace];
  const { namespace } = object.meta;
  if (isRoute(object)) return namespacesOfRoute(object);
  return isService(object) && object.aliasOf ? [...new Set([namespace, object.aliasOf.namespace])] : [namespace];
}

type ObjectMap = Map<string, KubeObject>;

/** The maps that an object of this type is in; none of the Namespace itself. */
export function placesOf(object: KubeObject): readonly Place[] {
  if (isForeign(object)) return ['foreignPolicies'];
  if (isGatewayFact(object)) return isRoute(object) ? ['gatewayFacts', 'routes'] : ['gatewayFacts'];
  if (isRoute(object)) return ['routes'];
  if (isWorkload(object)) return ['workloads'];
  if (isNetworkPolicy(object)) return ['policies'];
  if (isEndpoints(object)) return ['endpoints'];
  if (isGateException(object)) return ['exceptions'];
  return isService(object) ? ['services', 'aliases'] : [];
}

/** Places that hold nothing of other namespaces, whatever of these is kept beside it. */
const OWN_PLACES: ReadonlySet<Place | undefined> = new Set(['services', 'gatewayFacts']);

/** The map that holds objects of this type; `undefined` for the Namespace itself, and for a Service or what a gateway is told of another one. */
export function mapFor(content: NamespaceContent, object: KubeObject): ObjectMap | undefined {
  const [place] = placesOf(object);
  const isElsewhere = OWN_PLACES.has(place) && object.meta.namespace !== content.name;
  return place === undefined || isElsewhere ? undefined : (content[place] as ObjectMap);
}

/**
 * Routes are kept beside the Services they send to, so their own namespace belongs to the key.
 * Other APIs' policies share names of kinds (`ClusterNetworkPolicy` is one of three), so their apiVersion does.
 */
export function keyOf(object: KubeObject): string {
  if (isGatewayFact(object)) return factKey(object, object.meta.name);
  if (isRoute(object)) return routeKey(object);
  // Kept for as long as the object: flat text takes half of what a template literal does.
  const names = [object.kind, nameOf(object)];
  return (isForeign(object) ? [object.apiVersion, ...names] : names).join('/');
}

const routeKey = (route: KubeObject): string => `${route.meta.namespace}/${objectKey(route)}`;

/** Where an object is kept a second time: another name of a Service of this namespace, by its own namespace too, and a policy that sends requests as a route does. */
function besideFor(content: NamespaceContent, object: KubeObject): { map: ObjectMap; key: string } | undefined {
  if (isGatewayFact(object) && isRoute(object)) return { map: content.routes as ObjectMap, key: routeKey(object) };
  const isAlias = isService(object) && object.aliasOf?.namespace === content.name;
  return isAlias
    ? { map: content.aliases as ObjectMap, key: `${object.meta.namespace}/${object.meta.name}` }
    : undefined;
}

/** What is said of the surroundings may be another thing with this object, or without it. */
export const isOfSurroundings = (object: KubeObject): boolean =>
  !isNetworkPolicy(object) && !isForeign(object) && !isGateException(object);

function noteSurroundings(content: MutableContent, object: KubeObject): void {
  if (isOfSurroundings(object)) content.surroundings = {};
}

/** Puts an object into the content of a namespace that it is part of, in place of one of the same kind and name. */
export function putObject(content: MutableContent, object: KubeObject): void {
  noteSurroundings(content, object);
  if (object.kind === 'Namespace') content.namespace = object as Namespace;
  else {
    mapFor(content, object)?.set(keyOf(object), object);
    const beside = besideFor(content, object);
    beside?.map.set(beside.key, object);
  }
}

/** Puts several states of one object, no Namespace, side by side, in place of what stands under its name. */
export function putStates(content: MutableContent, states: readonly KubeObject[]): void {
  for (const [index, state] of states.entries()) {
    noteSurroundings(content, state);
    const key = keyOf(state);
    mapFor(content, state)?.set(index === 0 ? key : `${key} (${index})`, state);
  }
}

/** The object that stands under the kind and name of this one, which is no Namespace and no Node. */
export function standingFor(world: World, object: KubeObject): KubeObject | undefined {
  if (isCalicoObject(object)) {
    const { tiers, sets } = world.calico;
    return [...tiers, ...sets].find(one => calicoKey(one) === calicoKey(object));
  }
  if (isCidrGroup(object)) return world.cidrGroups?.find(({ meta }) => meta.name === object.meta.name);
  if (isOfCluster(object)) return world.clusterPolicies.find(policy => keyOf(policy) === keyOf(object));
  for (const name of namespacesOf(object)) {
    const content = world.namespace(name);
    const shown = mapFor(content, object)?.get(keyOf(object));
    if (shown !== undefined) return shown;
  }
  return undefined;
}

/** Takes an object out of the content of a namespace; does nothing where it is not there. */
export function removeObject(content: MutableContent, object: KubeObject): void {
  noteSurroundings(content, object);
  if (object.kind === 'Namespace') content.namespace = undefined;
  else {
    mapFor(content, object)?.delete(keyOf(object));
    const beside = besideFor(content, object);
    beside?.map.delete(beside.key);
  }
}
