import type { GatePolicy, GatewayProduct, Grant, WritingPolicy } from '../gate/types.ts';
import { matches, selectorOf } from '../kube/selector.ts';
import type { NetworkPolicy, PodPeer, RouteParent, Selector, Workload } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { imageRepository } from '../mcp/image.ts';
import { podLabelsOf } from '../netpol/selects.ts';
import { servicesSelecting } from '../publication.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world/world.ts';
import { stableSelector } from './stable-selector.ts';

/** A gateway that a workload shows. */
interface SeenGateway {
  readonly product: GatewayProduct;
  /** One namespace by name, and its pods by labels. */
  readonly peer: PodPeer;
  readonly workload: Workload;
}

const inNamespace = (name: string): Selector => selectorOf(new Map([[NAMESPACE_NAME_LABEL, name]]));

const podsIn = (namespace: string, pods: Selector): PodPeer => ({
  kind: 'pods',
  path: '',
  namespaces: inNamespace(namespace),
  pods,
});

/** No policy tells pods in the network of their node from the node, so that none can admit them by labels. */
const canBeAdmitted = ({ hostNetwork, meta }: Workload): boolean => !hostNetwork && !meta.terminating;

/** The documented peers of a product whose labels these pods bear. */
const documentedFor = ({ peers }: GatewayProduct, { podLabels }: Workload): readonly PodPeer[] =>
  peers.filter(peer => peer.kind === 'pods').filter(({ pods }) => matches(pods, podLabels));

const standsIn = ({ namespaces }: PodPeer, content: NamespaceContent): boolean =>
  namespaces !== 'own' && matches(namespaces, namespaceLabels(content));

const endsWith = (text: string, end: string, separator: string): boolean =>
  text === end || text.endsWith(`${separator}${end}`);

/** The first product that is every program that the pods run, or whose name the workload bears. */
function productOf({ containers, meta }: Workload, products: readonly GatewayProduct[]): GatewayProduct | undefined {
  const ownName = meta.name.toLowerCase();
  const running = containers
    .filter(({ role }) => role === 'container')
    .map(({ image }) => imageRepository(image).toLowerCase());
  return products.find(
    ({ images, names }) =>
      names.some(name => endsWith(ownName, name, '-')) ||
      (running.length > 0 && running.every(image => images.some(end => endsWith(image, end, '/')))),
  );
}

/** The pods of a workload as a peer; `undefined` where no label tells them from others of their namespace. */
function ownPods(workload: Workload): PodPeer | undefined {
  const selector = stableSelector(workload);
  return selector.length === 0 ? undefined : podsIn(workload.meta.namespace, selector);
}

/** What a workload of an input shows, wherever it stands: documented labels say most, then what it runs and is called. */
function shownBy(workload: Workload, products: readonly GatewayProduct[]): SeenGateway | undefined {
  const labelled = products.flatMap(product => {
    const [documented] = documentedFor(product, workload);
    return documented === undefined
      ? []
      : [{ product, peer: podsIn(workload.meta.namespace, documented.pods), workload }];
  });
  if (labelled[0] !== undefined) return labelled[0];
  const product = productOf(workload, products);
  const peer = product && ownPods(workload);
  return product && peer && { product, peer, workload };
}

/** Gateways wherever they stand among the objects of an input: who wrote its files is who asks. */
function seenInInput(world: World, products: readonly GatewayProduct[]): readonly SeenGateway[] {
  return world
    .namespaceNames()
    .flatMap(name =>
      [...world.namespace(name).workloads.values()]
        .filter(workload => canBeAdmitted(workload) && !workload.meta.owners.some(({ controller }) => controller))
        .flatMap(workload => shownBy(workload, products) ?? []),
    );
}

/** The namespaces that the documented pods of the products stand in. */
function usualNamespaces(products: readonly GatewayProduct[]): ReadonlySet<string> {
  const namespaces = products
    .flatMap(({ peers }) => peers)
    .flatMap(peer => (peer.kind === 'pods' ? [peer.namespaces] : []));
  return new Set(
    namespaces
      .flatMap(selector => (selector === 'own' ? [] : selector))
      .filter(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In')
      .flatMap(({ values }) => [...values]),
  );
}

/**
 * Documented gateways in their usual namespaces, where pods of theirs are: whoever may create a Pod or a route anywhere else must not open servers by it.
 * Costs what those namespaces hold, never what the world holds.
 */
function seenInCluster(world: World, products: readonly GatewayProduct[]): readonly SeenGateway[] {
  return [...usualNamespaces(products)].flatMap(name => {
    const content = world.namespace(name);
    return [...content.workloads.values()].filter(canBeAdmitted).flatMap(workload =>
      products.flatMap(product => {
        const documented = documentedFor(product, workload).filter(peer => standsIn(peer, content));
        return documented.map(({ pods }) => ({ product, peer: podsIn(name, pods), workload }));
      }),
    );
  });
}

/** Entrances through which the routes of a namespace lead to a workload. */
function entrancesOf(subject: Workload, content: NamespaceContent): readonly RouteParent[] {
  const labels = podLabelsOf(subject);
  const selecting = new Set(servicesSelecting(content, labels).map(({ meta }) => meta.name));
  const { namespace } = subject.meta;
  return [...content.routes.values()]
    .filter(({ backends }) =>
      backends.some(one => one.kind === 'Service' && one.namespace === namespace && selecting.has(one.name)),
    )
    .flatMap(({ through }) => through);
}

/** GEP-1762: pods that are made for a Gateway bear its name, in its namespace. */
const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';

function leadsThrough({ kind, namespace, name }: RouteParent, { product, peer, workload }: SeenGateway): boolean {
  if (kind === 'IngressClass') return product.ingressClasses.includes(name);
  if (kind !== 'Gateway') return false;
  const { podLabels, meta } = workload;
  if (meta.namespace === namespace && podLabels.get(GATEWAY_NAME_LABEL) === name) return true;
  const { ofGateway } = product;
  if (ofGateway === undefined || peer.namespaces === 'own') return false;
  const filled = (text: string): string => text.replace('$NAMESPACE', namespace).replace('$NAME', name);
  return (
    meta.namespace === filled(ofGateway.namespace) &&
    [...ofGateway.labels].every(([key, value]) => podLabels.get(key) === filled(value))
  );
}

/** Who goes first: gateways made for MCP, then those that routes lead through. */
function rankOf(seen: SeenGateway, entrances: readonly RouteParent[]): number {
  const isOnRoute = entrances.some(entrance => leadsThrough(entrance, seen));
  return (seen.product.speaksMcp ? 2 : 0) + (isOnRoute ? 1 : 0);
}

function grantOf({ product, peer, workload }: SeenGateway): Grant {
  const { kind, meta } = workload;
  const reason = `${kind} ${meta.namespace}/${meta.name}`;
  return { name: product.name, reason, servesNamespaces: [], peers: [peer], ports: { kind: 'any' } };
}

const peerKey = ({ peers }: Grant): string =>
  JSON.stringify(
    peers.map(peer => peer.kind === 'pods' && [peer.namespaces, peer.pods]),
    (_key, value: unknown) => (value instanceof Set ? [...value] : value),
  );

/** Those of the highest rank, each pods' once. Never from the server's own namespace: who may create a Pod beside it must not open it. */
function chosenFor(subject: Workload, content: NamespaceContent, seen: readonly SeenGateway[]): readonly Grant[] {
  const others = seen.filter(({ workload }) => workload.meta.namespace !== content.name);
  const entrances = others.length > 1 ? entrancesOf(subject, content) : [];
  const ranked = others.map(one => [rankOf(one, entrances), one] as const);
  const highest = Math.max(...ranked.map(([rank]) => rank));
  const grants = ranked.filter(([rank]) => rank === highest).map(([, one]) => grantOf(one));
  return [...new Map(grants.map(grant => [peerKey(grant), grant])).values()];
}

/**
 * The gateways that a world shows, for a person to choose of: those made for MCP where there are some, each pods' once. `isServer`: workloads that are
 * no gateways, whatever they look like.
 */
export function shownGateways(
  world: World,
  kind: 'input' | 'cluster',
  products: readonly GatewayProduct[],
  isServer: (workload: Workload) => boolean,
): readonly Grant[] {
  const find = kind === 'input' ? seenInInput : seenInCluster;
  const seen = find(world, products).filter(({ workload }) => !isServer(workload));
  const forMcp = seen.filter(({ product }) => product.speaksMcp);
  const grants = (forMcp.length > 0 ? forMcp : seen).map(grantOf);
  return [...new Map(grants.map(grant => [peerKey(grant), grant])).values()];
}

/** Namespaces of this prefix are the platform's own: users of OpenShift cannot make them. */
const OPENSHIFT = 'openshift-';
const OPENSHIFT_DNS = 'openshift';

const namesOpenShift = ({ egress }: NetworkPolicy): boolean =>
  egress.isolates &&
  egress.rules.some(
    ({ peers }) =>
      peers.kind === 'only' &&
      peers.peers.some(
        peer =>
          peer.kind === 'pods' &&
          peer.namespaces !== 'own' &&
          peer.namespaces.some(({ values }) => [...values].some(value => value.startsWith(OPENSHIFT))),
      ),
  );

/** Whether the world is OpenShift's: it has a namespace of the platform, or a policy of the input names one. */
function isOpenShift(world: World, kind: 'input' | 'cluster'): boolean {
  const names = world.namespaceNames();
  if (kind === 'cluster') return names.includes('openshift-dns');
  return names.some(
    name => name.startsWith(OPENSHIFT) || [...world.namespace(name).policies.values()].some(namesOpenShift),
  );
}

/** The configuration with the DNS that the world shows in place of the usual one, where none is configured. */
function withSeenDns(world: World, kind: 'input' | 'cluster', policy: GatePolicy): GatePolicy {
  const seen = policy.assumedDestinations.filter(({ name }) => name === OPENSHIFT_DNS);
  return seen.length > 0 && isOpenShift(world, kind) ? { ...policy, allowedDestinations: seen } : policy;
}

/** Settles who the gateways of one server are, for the policy that is written for it. */
export type SettleGateways = (subject: Workload) => WritingPolicy;

/**
 * The configured gateways; where none are, those that the world shows, perhaps none. `input`: files, whose author asks. `cluster`: what anybody may
 * have put there. `isServer`: workloads that are no gateways, whatever they look like.
 */
export function gatewaysSeenIn(
  world: World,
  kind: 'input' | 'cluster',
  configured: GatePolicy,
  isServer: (workload: Workload) => boolean = () => false,
): SettleGateways {
  const policy = withSeenDns(world, kind, configured);
  const { gateways } = policy;
  if (gateways.kind === 'configured') return () => ({ ...policy, gateways });
  const find = kind === 'input' ? seenInInput : seenInCluster;
  const seen = find(world, gateways.products).filter(({ workload }) => !isServer(workload));
  return subject => ({
    ...policy,
    gateways: { kind: 'seen', grants: chosenFor(subject, world.namespace(subject.meta.namespace), seen) },
  });
}

/** What is to be given where nobody is known to be the gateway. */
export const NAME_THE_GATEWAY =
  'name it by its namespace and the labels of its pods, as --gateway NAMESPACE/KEY=VALUE or under gateways of the GatePolicy';

/** Whether a policy that is written for servers of these namespace labels admits no gateway, because none is known. */
export function isGatewayUnknown({ gateways }: WritingPolicy): boolean {
  return gateways.kind === 'seen' && gateways.grants.length === 0;
}
