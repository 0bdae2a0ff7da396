import type { Grant } from '../gate/types.ts';
import type { Family } from '../kube/gateway-fact.ts';
import { matches } from '../kube/selector.ts';
import type { Labels, PodPeer, RouteParent, Selector } from '../kube/types.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world/world.ts';
import { entranceOf } from './entrance.ts';

/** Where pods of a Gateway may be, and labels that they surely bear there. */
interface GatewayPods {
  readonly namespace: string;
  readonly labels: Labels;
}

/** Whether a gateway of the configuration is the one behind an entrance: its selector asks for labels that are not known of those pods where it only may be. */
type Likeness = 'is' | 'may-be' | 'is-not';

/** Gateways of the configuration behind an entrance that serve other namespaces than the server's, where none that serves it is. */
export interface ForeignGateways {
  /** At least one; in the order of the configuration. */
  readonly names: readonly string[];
  readonly isSure: boolean;
}

/** GEP-1762: pods that are made for a Gateway stand in its namespace, and bear its name. */
const byItsName = (name: string): Labels => new Map([['gateway.networking.k8s.io/gateway-name', name]]);

const ENVOY_GATEWAY_SYSTEM = 'envoy-gateway-system';
/** Envoy Gateway runs them in its own namespace, or (GatewayNamespaceMode) in that of the Gateway. */
function ofEnvoyGateway({ namespace, name }: RouteParent): readonly GatewayPods[] {
  const labels: Labels = new Map([
    ['gateway.envoyproxy.io/owning-gateway-namespace', namespace],
    ['gateway.envoyproxy.io/owning-gateway-name', name],
  ]);
  return [ENVOY_GATEWAY_SYSTEM, namespace].map(home => ({ namespace: home, labels }));
}

/** Pods behind a Gateway, as its product makes them; of a product that is not known, as most make them. */
function podsBehind(
  parent: RouteParent,
  family: Family | undefined,
  selects: Selector | undefined,
): readonly GatewayPods[] {
  const { namespace, name } = parent;
  if (family === 'envoy-gateway') return ofEnvoyGateway(parent);
  if (selects === undefined) return [{ namespace, labels: byItsName(name) }];
  const pairs = selects.flatMap(({ key, values }) => [...values].map(value => [key, value] as const));
  return [{ namespace, labels: new Map(pairs) }];
}

function likenessTo(
  { namespaces, pods }: PodPeer,
  { namespace, labels }: GatewayPods,
  own: string,
  world: World,
): Likeness {
  const isThere =
    namespaces === 'own' ? namespace === own : matches(namespaces, namespaceLabels(world.namespace(namespace)));
  if (!isThere) return 'is-not';
  const known = pods.filter(({ key }) => labels.has(key));
  if (!matches(known, labels)) return 'is-not';
  return known.length === pods.length ? 'is' : 'may-be';
}

const ORDER: readonly Likeness[] = ['is', 'may-be', 'is-not'];

function likenessOf(grant: Grant, behind: readonly GatewayPods[], own: string, world: World): Likeness {
  const peers = grant.peers.filter(peer => peer.kind === 'pods');
  const all = peers.flatMap(peer => behind.map(pods => likenessTo(peer, pods, own, world)));
  return ORDER.find(likeness => all.includes(likeness)) ?? 'is-not';
}

/** Whether a Gateway is one of another environment: that of gateways whose `servesNamespaces` leave the server's namespace out. `undefined`: it is not, or nothing tells. */
export function foreignGateways(
  parent: RouteParent,
  grants: readonly Grant[],
  server: NamespaceContent,
  world: World,
): ForeignGateways | undefined {
  if (parent.kind !== 'Gateway' || parent.name === '') return undefined;
  const { family, gateway } = entranceOf(parent, world);
  const behind = podsBehind(parent, family, gateway?.selects);
  const alike = grants
    .map(grant => ({ grant, likeness: likenessOf(grant, behind, server.name, world) }))
    .filter(({ likeness }) => likeness !== 'is-not');
  const labels = namespaceLabels(server);
  if (alike.length === 0 || alike.some(({ grant }) => matches(grant.servesNamespaces, labels))) return undefined;
  return { names: alike.map(({ grant }) => grant.name), isSure: alike.some(({ likeness }) => likeness === 'is') };
}
