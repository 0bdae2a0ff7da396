import type { Grant, WritingPolicy } from '../gate/types.ts';
import { matches } from '../kube/selector.ts';
import { type SelectorManifest, selectorManifest } from '../kube/syntax.ts';
import type { Labels, PodPeer, PolicyPort, Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';

/** A port of a rule of Cilium as it is written: text. */
interface CiliumPortManifest {
  readonly port: string;
  readonly endPort?: number;
  readonly protocol: string;
}

interface CiliumNameManifest {
  readonly matchName?: string;
  readonly matchPattern?: string;
}

/** cilium.io/v2 CiliumNetworkPolicy, as far as it lets out to hosts by name. */
export interface NamesPolicyManifest {
  readonly apiVersion: 'cilium.io/v2';
  readonly kind: 'CiliumNetworkPolicy';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly endpointSelector: SelectorManifest;
    readonly egress: readonly {
      readonly toEndpoints?: readonly SelectorManifest[];
      readonly toFQDNs?: readonly CiliumNameManifest[];
      readonly toPorts?: readonly {
        readonly ports: readonly CiliumPortManifest[];
        readonly rules?: { readonly dns: readonly CiliumNameManifest[] };
      }[];
    }[];
  };
}

const DNS_PORT = 53;

/** Destinations that name hosts, and are for servers of this namespace. */
export const namedDestinations = ({ allowedDestinations }: WritingPolicy, namespaceLabels: Labels): readonly Grant[] =>
  allowedDestinations.filter(
    ({ domains = [], servesNamespaces }) => domains.length > 0 && matches(servesNamespaces, namespaceLabels),
  );

/** Whether the dataplane tells hosts by name, so that a policy of its own can stand in for the whole internet. */
export const tellsNames = ({ dataplane }: Pick<WritingPolicy, 'dataplane'>): boolean => dataplane?.name === 'cilium';

const nameManifest = (domain: string): CiliumNameManifest =>
  domain.startsWith('*.') ? { matchPattern: domain } : { matchName: domain };

function portManifests({ ports }: Grant): readonly CiliumPortManifest[] {
  if (ports.kind === 'any') return [];
  const written = (port: PolicyPort): CiliumPortManifest => {
    const { protocol } = port;
    if (port.kind === 'all') return { port: '0', protocol };
    // A name is the number that a pod gives it: no host outside has one.
    if (port.kind === 'named') return { port: port.name, protocol };
    return { port: String(port.first), ...(port.last !== port.first && { endPort: port.last }), protocol };
  };
  return ports.ports.map(written);
}

const serves = (port: PolicyPort): boolean =>
  port.kind === 'all' || (port.kind === 'range' && port.first <= DNS_PORT && DNS_PORT <= port.last);

/** Where names are looked up: the granted pods that are reached on the port of DNS. */
function dnsPods(grants: readonly Grant[]): readonly PodPeer[] {
  const isDns = ({ ports }: Grant): boolean => ports.kind === 'only' && ports.ports.some(serves);
  return grants.filter(isDns).flatMap(({ peers }) => peers.filter(peer => peer.kind === 'pods'));
}

/** Namespaces are labels of their pods there. */
export function endpointManifest({ namespaces, pods }: Pick<PodPeer, 'namespaces' | 'pods'>): SelectorManifest {
  const ofNamespaces: Selector =
    namespaces === 'own'
      ? []
      : namespaces.map(requirement => ({
          ...requirement,
          key:
            requirement.key === NAMESPACE_NAME_LABEL
              ? 'io.kubernetes.pod.namespace'
              : `io.cilium.k8s.namespace.labels.${requirement.key}`,
        }));
  return selectorManifest([...ofNamespaces, ...pods]);
}

/**
 * The policy that lets servers out to hosts by name, beside a NetworkPolicy that lets them out to nothing outside. Cilium learns addresses from the answers
 * of DNS that it sees, which takes a rule about DNS; what the NetworkPolicy says of DNS lets every other question through as well. `undefined`: no destination names a host, or none says which pods answer for DNS.
 */
export function namesPolicy(
  target: { readonly namespace: string; readonly name: string; readonly podSelector: Selector },
  policy: WritingPolicy,
  namespaceLabels: Labels,
): NamesPolicyManifest | undefined {
  const named = namedDestinations(policy, namespaceLabels);
  const serving = policy.allowedDestinations.filter(({ servesNamespaces }) =>
    matches(servesNamespaces, namespaceLabels),
  );
  const resolvers = dnsPods(serving);
  if (named.length === 0 || resolvers.length === 0) return undefined;
  const dns = named.flatMap(({ domains = [] }) => domains.map(nameManifest));
  const lookups = (['UDP', 'TCP'] as const).map(protocol => ({ port: String(DNS_PORT), protocol }));
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: target.name, namespace: target.namespace },
    spec: {
      endpointSelector: selectorManifest(target.podSelector),
      egress: [
        { toEndpoints: resolvers.map(endpointManifest), toPorts: [{ ports: lookups, rules: { dns } }] },
        ...named.map(grant => {
          const ports = portManifests(grant);
          return {
            toFQDNs: (grant.domains ?? []).map(nameManifest),
            ...(ports.length > 0 && { toPorts: [{ ports }] }),
          };
        }),
      ],
    },
  };
}
