import { type AddressHolders, createAddressIndex, withHolder } from './address-index.ts';
import { type ContentIndexes, indexesOf } from './content-indexes.ts';
import { CALICO_GROUPS, type CalicoNetworkSet, type CalicoTier } from './kube/calico.ts';
import type { CiliumCidrGroup } from './kube/cilium.ts';
import { factKey, GATEWAY_API, type GatewayFact } from './kube/gateway-fact.ts';
import type {
  Endpoints,
  ForeignPolicy,
  GateException,
  KubeObject,
  Labels,
  Meta,
  Namespace,
  NetworkPolicy,
  Node,
  ObjectRef,
  Route,
  Service,
  Workload,
} from './kube/types.ts';
import { NAMESPACE_NAME_LABEL } from './kube/well-known-labels.ts';

/** Everything that stands in one namespace, and what other namespaces point at it. Each map is by object key. */
export interface NamespaceContent extends ContentIndexes {
  readonly name: string;
  /** `undefined` where the world holds no Namespace object: its labels are then its name alone. */
  readonly namespace: Namespace | undefined;
  readonly policies: ReadonlyMap<string, NetworkPolicy>;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly services: ReadonlyMap<string, Service>;
  /** ExternalName Services of any namespace that are another name of a Service of this one. */
  readonly aliases: ReadonlyMap<string, Service>;
  /** Endpoints of Services of this namespace that somebody wrote. */
  readonly endpoints: ReadonlyMap<string, Endpoints>;
  /** Routes of any namespace that send traffic to an object of this one, and those of this one that others send to. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly foreignPolicies: ReadonlyMap<string, ForeignPolicy>;
  readonly exceptions: ReadonlyMap<string, GateException>;
  /** Objects of gateways' APIs that stand here, by group, kind and name (see {@link factKey}). */
  readonly gatewayFacts: ReadonlyMap<string, GatewayFact>;
  /**
   * Stands for all that is there beside NetworkPolicies, policies of other APIs and GateExceptions: while that is the same, so is this object. What
   * follows from it alone can be remembered by it.
   */
  readonly surroundings: object;
}

/**
 * The facts that are judged: an immutable view of a cluster, a folder of manifests, or either with a change laid over it.
 * Reading one namespace costs what that namespace holds, never what the world holds.
 */
export interface World extends AddressHolders {
  /** The content of a namespace; of one that is not there, nothing. */
  namespace(name: string): NamespaceContent;
  /** Policies of other APIs that apply to the whole cluster. */
  readonly clusterPolicies: readonly ForeignPolicy[];
  /** What gives Calico's policies their meaning. */
  readonly calico: CalicoObjects;
  /** The cluster's Nodes, as far as they are known. Every cluster has some: none are known where there are none. */
  readonly nodes: readonly Node[];
  /** Groups of blocks that policies of Cilium refer to; `undefined`: they are not known. */
  readonly cidrGroups: readonly CiliumCidrGroup[] | undefined;
  /** Objects of gateways' APIs that are looked for from every namespace: classes, and policies that reach beyond their own. */
  readonly wideFacts: readonly GatewayFact[];
  /** Names of all namespaces that hold or are something, sorted. */
  namespaceNames(): readonly string[];
}

/** An object's name; of one of several pod templates of an object, followed by what that template is called. */
export function nameOf({ meta, part = '' }: { readonly meta: Pick<Meta, 'name'>; readonly part?: string }): string {
  return part === '' ? meta.name : `${meta.name}/${part}`;
}

/** Kind and name, unique within a namespace. */
export function objectKey(object: {
  readonly kind: string;
  readonly meta: Pick<Meta, 'name'>;
  readonly part?: string;
}): string {
  return `${object.kind}/${nameOf(object)}`;
}

/** Istio calls a kind of its own as Gateway API does. */
const toldKind = (object: KubeObject): string =>
  isGatewayFact(object) && object.kind === 'Gateway' && object.group !== GATEWAY_API
    ? `${object.kind}.${object.group}`
    : object.kind;

/** Other APIs' policies share names of kinds with Kubernetes' own, so their kind is told with its group, as kubectl takes it: `NetworkPolicy.projectcalico.org`. */
export function refOf(object: KubeObject): ObjectRef {
  const kind = isForeign(object) ? `${object.kind}.${object.apiVersion.split('/')[0]}` : toldKind(object);
  const { meta } = object;
  const named = meta.name === '' ? { ...object, meta: { ...meta, name: meta.generateName } } : object;
  return { kind, namespace: meta.namespace, name: nameOf(named) };
}

/**
 * The object of a namespace's content that is named so, the Namespace itself and routes of other namespaces among them; `undefined` where none is, and
 * for policies of other APIs.
 */
export function objectIn(content: NamespaceContent, { kind, namespace, name }: ObjectRef): KubeObject | undefined {
  const key = `${kind}/${name}`;
  if (kind === 'Namespace') return name === content.name ? content.namespace : undefined;
  const route = content.routes.get(`${namespace}/${key}`);
  if (route !== undefined || namespace !== content.name) return route;
  return content.workloads.get(key) ?? content.policies.get(key) ?? content.services.get(key);
}

/** Labels of a namespace: always with its name, whether or not the world holds its object. */
export function namespaceLabels(content: NamespaceContent): Labels {
  return content.namespace?.meta.labels ?? new Map([[NAMESPACE_NAME_LABEL, content.name]]);
}

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

export const isWorkload = (object: KubeObject): object is Workload => 'podLabels' in object;
export const isRoute = (object: KubeObject): object is Route => 'backends' in object;
export const isEndpoints = (object: KubeObject): object is Endpoints => 'addresses' in object;
export const isService = (object: KubeObject): object is Service => object.kind === 'Service' && 'aliasOf' in object;
export const isForeign = (object: KubeObject): object is ForeignPolicy => 'scope' in object;
/** Tiers and sets of networks of Calico, in any order. */
export interface CalicoObjects {
  readonly tiers: readonly CalicoTier[];
  readonly sets: readonly CalicoNetworkSet[];
}

const isCalicoTier = (object: KubeObject): object is CalicoTier => 'defaultAction' in object;
const isCalicoSet = (object: KubeObject): object is CalicoNetworkSet => 'nets' in object;
/** A tier or a set of networks of Calico. */
export const isCalicoObject = (object: KubeObject): object is CalicoTier | CalicoNetworkSet =>
  isCalicoTier(object) || isCalicoSet(object);

/** Those of some objects, each by what it is. */
export function calicoObjects(objects: Iterable<CalicoTier | CalicoNetworkSet>): CalicoObjects {
  const all = [...objects];
  return { tiers: all.filter(isCalicoTier), sets: all.filter(isCalicoSet) };
}

/** Unique among them: of both groups by which Calico is served. */
export const calicoKey = (object: CalicoTier | CalicoNetworkSet): string =>
  `${object.apiVersion}/${object.meta.namespace}/${objectKey(object)}`;

export const isCidrGroup = (object: KubeObject): object is CiliumCidrGroup => 'blocks' in object;
export const isNode = (object: KubeObject): object is Node => 'nodeAddresses' in object;
export const isGatewayFact = (object: KubeObject): object is GatewayFact => 'controls' in object;
const isWideFact = (object: KubeObject): object is GatewayFact => isGatewayFact(object) && object.isWide;
export const isGateException = (object: KubeObject): object is GateException => 'expires' in object;
/** Kubernetes' own NetworkPolicy: Calico and Antrea call one of their kinds so too. */
export const isNetworkPolicy = (object: KubeObject): object is NetworkPolicy =>
  object.kind === 'NetworkPolicy' && !isForeign(object);

/** A policy of another API, or an object that gives such policies a part of their meaning. */
export const isOfOtherApi = (
  object: KubeObject,
): object is ForeignPolicy | CalicoTier | CalicoNetworkSet | CiliumCidrGroup =>
  isForeign(object) || isCalicoObject(object) || isCidrGroup(object);

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
function placesOf(object: KubeObject): readonly Place[] {
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
function mapFor(content: NamespaceContent, object: KubeObject): ObjectMap | undefined {
  const [place] = placesOf(object);
  const isElsewhere = OWN_PLACES.has(place) && object.meta.namespace !== content.name;
  return place === undefined || isElsewhere ? undefined : (content[place] as ObjectMap);
}

/**
 * Routes are kept beside the Services they send to, so their own namespace belongs to the key.
 * Other APIs' policies share names of kinds (`ClusterNetworkPolicy` is one of three), so their apiVersion does.
 */
function keyOf(object: KubeObject): string {
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

/** Calico shows in its API what it stores under another group, where the name may begin with that of the default tier. */
const storedName = ({ meta }: KubeObject): string => meta.name.replace(/^default\./, '');

type CalicoObject = CalicoTier | CalicoNetworkSet | ForeignPolicy;

const isOfCalico = (object: KubeObject): object is CalicoObject =>
  isCalicoObject(object) || (isForeign(object) && CALICO_GROUPS.includes(object.apiVersion.split('/')[0] ?? ''));

/** Whether both are one object of Calico, by both of the groups that it is served under. */
function isTwin(one: KubeObject, other: KubeObject): boolean {
  if (!isOfCalico(one) || !isOfCalico(other) || one.apiVersion === other.apiVersion) return false;
  const isNamedAlike = storedName(one) === storedName(other) && one.meta.namespace === other.meta.namespace;
  return one.kind === other.kind && isNamedAlike;
}

/** Takes out what the change shows in another state, under another group. */
function removeTwins(content: MutableContent, { before, after }: Change): void {
  for (const state of [before, after])
    if (state !== undefined && isOfCalico(state))
      for (const policy of content.foreignPolicies.values())
        if (isTwin(policy, state)) mapFor(content, policy)?.delete(keyOf(policy));
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

/** A change to one object: created (no `before`), updated, or deleted (no `after`). */
export interface Change {
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** A policy of another API that applies to the whole cluster. */
export const isOfCluster = (object: KubeObject | undefined): object is ForeignPolicy =>
  object !== undefined && isForeign(object) && object.scope === 'cluster';

/** The policies of the whole cluster with one in its new state, or without it. */
function changedPolicies(policies: readonly ForeignPolicy[], { before, after }: Change): readonly ForeignPolicy[] {
  const states = [before, after].filter(isOfCluster);
  if (states.length === 0) return policies;
  const keys = new Set(states.map(keyOf));
  const isChanged = (policy: ForeignPolicy): boolean =>
    keys.has(keyOf(policy)) || states.some(state => isTwin(state, policy));
  return [...policies.filter(policy => !isChanged(policy)), ...states.slice(-1).filter(state => state === after)];
}

/** The tiers and sets of Calico with one in its new state, or without it. */
function changedCalico(calico: CalicoObjects, { before, after }: Change): CalicoObjects {
  const states = [before, after].flatMap(object => (object && isCalicoObject(object) ? object : []));
  if (states.length === 0) return calico;
  const keys = new Set(states.map(calicoKey));
  const isChanged = (object: CalicoTier | CalicoNetworkSet): boolean =>
    keys.has(calicoKey(object)) || states.some(state => isTwin(state, object));
  const others = [...calico.tiers, ...calico.sets].filter(object => !isChanged(object));
  return calicoObjects([...others, ...states.filter(state => state === after)]);
}

function changedGroups(groups: World['cidrGroups'], { before, after }: Change): World['cidrGroups'] {
  const states = [before, after].filter(object => object !== undefined && isCidrGroup(object));
  if (groups === undefined || states.length === 0) return groups;
  const names = new Set(states.map(({ meta }) => meta.name));
  return [...groups.filter(({ meta }) => !names.has(meta.name)), ...states.filter(state => state === after)];
}

/** The wide facts with one in its new state, or without it. */
function changedWide(facts: readonly GatewayFact[], { before, after }: Change): readonly GatewayFact[] {
  const states = [before, after].flatMap(object => (object && isGatewayFact(object) ? object : []));
  if (states.length === 0) return facts;
  const keys = new Set(states.map(wideKey));
  const now = states.filter(state => state === after && state.isWide);
  return [...facts.filter(fact => !keys.has(wideKey(fact))), ...now];
}

/** The world as it will be once the change is made. Costs what the touched namespaces hold of the kind. */
export function overlay(world: World, change: Change): World {
  const states = [change.before, change.after].flatMap(object => object ?? []);
  const touched = new Set(states.flatMap(namespacesOf));
  const changed = new Set(states.flatMap(placesOf));
  const contents = new Map<string, MutableContent>();
  for (const name of touched) {
    const content = copyContent(world.namespace(name), changed);
    contents.set(name, content);
    removeTwins(content, change);
    if (change.before && namespacesOf(change.before).includes(name)) removeObject(content, change.before);
    if (change.after && namespacesOf(change.after).includes(name)) putObject(content, change.after);
  }
  return {
    ...withHolder(world, change.before, change.after),
    namespace: name => contents.get(name) ?? world.namespace(name),
    clusterPolicies: changedPolicies(world.clusterPolicies, change),
    calico: changedCalico(world.calico, change),
    nodes: world.nodes,
    cidrGroups: changedGroups(world.cidrGroups, change),
    wideFacts: changedWide(world.wideFacts, change),
    namespaceNames: () => [...new Set([...world.namespaceNames(), ...touched])].sort(),
  };
}
