import { type Granted, grantedTo } from './backend-grants.ts';
import { matches } from './kube/selector.ts';
import { isTooLarge } from './kube/size.ts';
import type { Endpoints, KubeObject, Route, RouteBackend, Service, Workload } from './kube/types.ts';
import { hasAddress } from './net/addresses.ts';
import { parseAddress } from './net/ip.ts';
import { type Guarded, knownOf } from './netpol/guarded.ts';
import { mayMatchPairs, podLabelsOf } from './netpol/selects.ts';
import { isOwnedBy, type Owners, ownersIn } from './owner.ts';
import { HTTP_ROUTE, namesAbove, parentsAbove, routesBelow } from './route-delegation.ts';
import type { PodLabels } from './selector-index.ts';
import { mayServe } from './size-causes.ts';
import { endpointsNaming } from './world/content-indexes.ts';
import { isEndpoints, isRoute, isService } from './world/object-kinds.ts';
import type { NamespaceContent, World } from './world/world.ts';

/** What is asked about: a server, where it is, and which addresses may be Pods'. */
export interface PublicationContext {
  readonly subject: Workload;
  readonly content: NamespaceContent;
  readonly world: World;
  readonly guarded: Guarded;
}

/**
 * Whether something leads to a server, from the surest on. `unknown`: it sends to a Service whose endpoints are not known. `may-be-granted`: it refers into
 * another namespace, and that a ReferenceGrant lets it is not known. `not-granted`: none does, so that nothing passes.
 */
const LEADINGS = ['leads', 'unknown', 'may-be-granted', 'not-granted'] as const;
export type Leading = (typeof LEADINGS)[number];

/** Whether the Pod is the workload's: it is the same Pod, is made by it, or bears the labels that it selects; of one that selects by none, those that it gives. */
function isPodOf(pod: Workload, workload: Workload, owners: Owners): boolean {
  if (workload.kind === 'Pod') return pod.meta.name === workload.meta.name;
  if (isOwnedBy(pod, workload, owners)) return true;
  const labels = workload.selectorLabels.size > 0 ? workload.selectorLabels : workload.podLabels;
  return labels.size > 0 && [...labels].every(([key, value]) => pod.podLabels.get(key) === value);
}

const NO_ENDPOINTS: ReadonlySet<Endpoints> = new Set();

/** Endpoints of any namespace that name a Pod of the server. */
export function endpointsAtServer({ subject, content, world }: PublicationContext): ReadonlySet<Endpoints> {
  if (!world.hasEndpoints()) return NO_ENDPOINTS;
  if (subject.kind === 'Pod') return new Set(endpointsNaming(subject, world));
  const owners = ownersIn(content);
  const found = new Set<Endpoints>();
  for (const { pod, endpoints } of content.publishedPods(world))
    if (isPodOf(pod, subject, owners)) for (const one of endpoints) found.add(one);
  return found;
}

/** Services whose selectors may match pods with these labels. */
export const servicesSelecting = (content: NamespaceContent, labels: PodLabels): readonly Service[] =>
  [...content.servicesNear(labels)].filter(({ selector }) => selector !== undefined && mayMatchPairs(selector, labels));

/** Services that lead to the server by themselves: those of its namespace that may select its Pods, and those of any whose endpoints name one. */
export function servicesAtServer(context: PublicationContext): ReadonlySet<Service> {
  const { subject, content, world } = context;
  const labels = podLabelsOf(subject);
  const selecting = servicesSelecting(content, labels);
  const named = [...endpointsAtServer(context)].flatMap(
    ({ meta, service }) => world.namespace(meta.namespace).services.get(`Service/${service}`) ?? [],
  );
  return new Set([...selecting, ...named]);
}

/** Whether a Pod that is not known may have the address: it lies where Pods are, or where they are assumed to be. */
function mayBePod(text: string, { networks }: Guarded): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  if (hasAddress(knownOf(networks, 'pods'), address)) return true;
  return networks.classes.pods === undefined && hasAddress(networks.assumed, address);
}

/** Whether a Service without a selector may lead to the server, which none of its known endpoints names: they are not known, or may be at a Pod that is not. */
function mayLead(service: Service, { content, world, guarded }: PublicationContext): boolean {
  const known = content.byHand().endpointsOf(service.meta.name);
  const isUnknown = (address: string): boolean => world.podsAt(address).length === 0 && mayBePod(address, guarded);
  return known.length === 0 || known.some(one => isTooLarge(one) || one.addresses.some(isUnknown));
}

/** Something that others send traffic to. */
type Target = Omit<RouteBackend, 'path' | 'isPlain'>;

/** Protocols of ports that a target by selector needs. Source: agentgateway, `TranslateMCPSelectorTargets`. */
const MCP_PROTOCOLS: ReadonlySet<string> = new Set(
  ['agentgateway.dev', 'kgateway.dev'].flatMap(domain => [`${domain}/mcp`, `${domain}/mcp-sse`]),
);

const isSelected = ({ selects }: Target, { meta, ports }: Service): boolean =>
  selects !== undefined &&
  matches(selects, meta.labels) &&
  ports.some(({ appProtocol }) => MCP_PROTOCOLS.has(appProtocol));

/** Routes that send to a Service because of its labels. */
function selectingRoutes(name: string, content: NamespaceContent): readonly Route[] {
  const service = content.services.get(`Service/${name}`);
  if (service === undefined || !isService(service)) return [];
  return content
    .senders()
    .to('Service', '')
    .filter(isRoute)
    .filter(({ backends }) => backends.some(one => one.namespace === content.name && isSelected(one, service)));
}

/** What sends to a Service or a route by its name, or by its labels. */
function sendersTo({ kind, namespace, name }: Target, world: World): readonly (Route | Service)[] {
  const content = world.namespace(namespace);
  const named = content.senders().to(kind, name);
  return kind === 'Service' ? [...named, ...selectingRoutes(name, content)] : named;
}

const serviceTarget = (namespace: string, name: string): Target => ({ kind: 'Service', namespace, name });

const targetOf = ({ kind, meta }: Service | Route): Target => ({ kind, namespace: meta.namespace, name: meta.name });

/** Services that lead to the server by themselves, then those that may. */
function leadingServices(context: PublicationContext): readonly (readonly [Target, Leading])[] {
  const { subject, content } = context;
  const labels = podLabelsOf(subject);
  const selecting = servicesSelecting(content, labels);
  const byHand = content.byHand().services;
  return [
    ...selecting.map(service => [targetOf(service), 'leads'] as const),
    ...[...endpointsAtServer(context)].map(
      ({ meta, service }) => [serviceTarget(meta.namespace, service), 'leads'] as const,
    ),
    ...byHand.filter(service => mayLead(service, context)).map(service => [targetOf(service), 'unknown'] as const),
  ];
}

const BY_GRANT: Readonly<Record<Granted, Leading>> = { yes: 'leads', unknown: 'may-be-granted', no: 'not-granted' };

/** The surest of some; where there are none, nothing hinders. */
const surest = (some: readonly Leading[]): Leading => LEADINGS.find(one => some.includes(one)) ?? 'leads';

const lessSure = (a: Leading, b: Leading): Leading => (LEADINGS.indexOf(a) > LEADINGS.indexOf(b) ? a : b);

/** Whether the reference by which something sends to a target takes effect. */
function referenceTo({ kind, namespace, name }: Target, sender: Route | Service, world: World): Leading {
  // Of a route below it, an HTTPRoute needs no grant.
  if (!isRoute(sender) || kind === HTTP_ROUTE) return 'leads';
  const named = sender.backends.filter(one => one.kind === kind && one.namespace === namespace && one.name === name);
  return surest(named.map(one => BY_GRANT[grantedTo(sender, one, world)]));
}

/** What the server is published by, over whatever stands between. */
export interface Publication {
  /** Routes that lead to the server, may, or would if they were let, with all that they pass through. */
  readonly routes: ReadonlyMap<Route, Leading>;
  /** Services of any namespace that lead to it, may, or would, by `namespace/name`. */
  readonly services: ReadonlyMap<string, Leading>;
}

/** Follows what leads to a server back to where it begins. Costs as much as there is of that, and nothing for the rest of the cluster. */
export function publicationOf(context: PublicationContext): Publication {
  const routes = new Map<Route, Leading>();
  const services = new Map<string, Leading>();
  const seen = new Set<string>();
  const ahead = new Map(LEADINGS.map(leading => [leading, [] as (Target | Route | Service)[]]));
  const note = (step: Target | Route | Service, leading: Leading): void => void ahead.get(leading)?.push(step);
  const arrive = (target: Target, leading: Leading): void => {
    const { kind, namespace, name } = target;
    const key = `${kind} ${namespace}/${name}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (kind === 'Service') services.set(`${namespace}/${name}`, leading);
    for (const sender of sendersTo(target, context.world))
      note(sender, lessSure(leading, referenceTo(target, sender, context.world)));
  };
  const climb = (route: Route, leading: Leading): void => {
    for (const name of namesAbove(route)) arrive(name, leading);
    for (const above of parentsAbove(route, context.world)) note(above, leading);
  };
  const send = (sender: Route | Service, leading: Leading): void => {
    if (!isRoute(sender)) arrive(targetOf(sender), leading);
    else if (!routes.has(sender)) {
      routes.set(sender, leading);
      if (sender.isBackend) climb(sender, leading);
    }
  };
  for (const [target, leading] of leadingServices(context)) note(target, leading);
  // What surely leads there is followed first: once something is seen, it stays what it was.
  for (const [leading, steps] of ahead)
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      if ('meta' in step) send(step, leading);
      else arrive(step, leading);
    }
  return { routes, services };
}

/** Whether a change to an object bears on a workload. */
export type Affects = (workload: Workload) => boolean;

/** Workloads that traffic comes to, by namespace. */
type Destinations = Map<string, Affects[]>;

function addEndpoints(endpoints: Endpoints, world: World, found: Destinations): void {
  const named = endpoints.pods.flatMap(
    ({ namespace, name }) => world.namespace(namespace).workloads.get(`Pod/${name}`) ?? [],
  );
  const pods = new Set([...endpoints.addresses.flatMap(address => world.podsAt(address)), ...named]);
  for (const [namespace, group] of Map.groupBy(pods, ({ meta }) => meta.namespace)) {
    const owners = ownersIn(world.namespace(namespace));
    const names = new Set(group.map(({ meta }) => meta.name));
    const test: Affects = workload =>
      workload.kind === 'Pod' ? names.has(workload.meta.name) : group.some(pod => isPodOf(pod, workload, owners));
    found.set(namespace, [...(found.get(namespace) ?? []), test]);
  }
}

function addService(service: Service, found: Destinations): void {
  const { namespace } = service.meta;
  found.set(namespace, [...(found.get(namespace) ?? []), workload => mayServe(service, podLabelsOf(workload))]);
}

/** What the object itself sends to. */
function targetsOf(object: KubeObject): readonly Target[] {
  if (isRoute(object)) return object.backends;
  return isService(object) && object.aliasOf ? [serviceTarget(object.aliasOf.namespace, object.aliasOf.name)] : [];
}

const endpointsOf = ({ namespace, name }: Target, world: World): readonly Endpoints[] => [
  ...world
    .namespace(namespace)
    .endpoints.values()
    .filter(({ service }) => service === name),
];

/** The objects that a target is: the Service with its endpoints, or the route. */
function objectsAt(target: Target, world: World): readonly KubeObject[] {
  const { kind, namespace, name, selects } = target;
  const { services, routes } = world.namespace(namespace);
  if (selects !== undefined) {
    const selected = [...services.values()].filter(service => isSelected(target, service));
    return selected.flatMap(service => [service, ...endpointsOf(targetOf(service), world)]);
  }
  if (kind === HTTP_ROUTE) return routesBelow(name, world.namespace(namespace));
  const one = kind === 'Service' ? services.get(`Service/${name}`) : routes.get(`${namespace}/${kind}/${name}`);
  return [...(one ? [one] : []), ...(kind === 'Service' ? endpointsOf(target, world) : [])];
}

/**
 * The workloads that traffic comes to by a route, a Service or endpoints, by namespace, over whatever stands between; of a route and endpoints that are
 * too large, all of its namespace. `world`: with the object, or without.
 */
export function destinationsOf(
  object: Route | Service | Endpoints,
  world: World,
): ReadonlyMap<string, readonly Affects[]> {
  const found: Destinations = new Map();
  if (isTooLarge(object) && !isService(object)) found.set(object.meta.namespace, [() => true]);
  const seen = new Set<string>();
  const queue: KubeObject[] = isService(object) ? [object, ...endpointsOf(targetOf(object), world)] : [object];
  const visit = (target: Target): void => {
    const key = `${target.kind} ${target.namespace}/${target.name}`;
    if (!seen.has(key) || target.selects !== undefined) queue.push(...objectsAt(target, world));
    seen.add(key);
  };
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (isEndpoints(next)) addEndpoints(next, world, found);
    if (isService(next)) addService(next, found);
    targetsOf(next).forEach(visit);
  }
  return found;
}
