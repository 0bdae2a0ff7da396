import type { Grant, NetworkClass, ProtectedNetworks } from '../gate/types.ts';
import { type SelectorManifest, selectorManifest } from '../kube/syntax.ts';
import type { PodPeer, PolicyPort, Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { type AddressSet, containsAddresses, isNoAddress, unionAddresses } from '../net/addresses.ts';
import { knownOf } from '../netpol/guarded.ts';
import { dnsPods, type ServedGrants } from './served-grants.ts';

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

const nameManifest = (domain: string): CiliumNameManifest =>
  domain.startsWith('*.') ? { matchPattern: domain } : { matchName: domain };

function portManifests({ ports }: Grant): readonly CiliumPortManifest[] {
  if (ports.kind === 'any') return [];
  const written = (port: PolicyPort): CiliumPortManifest => {
    const { protocol } = port;
    if (port.kind === 'all') return { port: '0', protocol };
    if (port.kind === 'named') return { port: port.name, protocol };
    return { port: String(port.first), ...(port.last !== port.first && { endPort: port.last }), protocol };
  };
  return ports.ports.map(written);
}

const onPorts = (grant: Grant): object => {
  const ports = portManifests(grant);
  return ports.length > 0 ? { toPorts: [{ ports }] } : {};
};

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

/** Cilium learns addresses from the answers of DNS that it sees, which takes a rule about DNS; what the NetworkPolicy says of DNS lets every other question through as well. */
function lookupRule({ leave, named }: ServedGrants): object {
  const dns = named.flatMap(({ domains = [] }) => domains.map(nameManifest));
  const ports = (['UDP', 'TCP'] as const).map(protocol => ({ port: '53', protocol }));
  return { toEndpoints: dnsPods(leave).map(endpointManifest), toPorts: [{ ports, rules: { dns } }] };
}

/** What no block matches there, by what it is called instead. */
const ENTITIES: readonly (readonly [NetworkClass, readonly string[]])[] = [
  ['nodes', ['host', 'remote-node']],
  ['controlPlane', ['kube-apiserver']],
];

/** What stands for the classes of addresses that are granted as a whole: less of one is no entity. */
export function grantedEntities(blocks: readonly AddressSet[], networks: ProtectedNetworks): readonly string[] {
  const granted = unionAddresses(blocks);
  return ENTITIES.flatMap(([name, entities]) => {
    const known = knownOf(networks, name);
    return !isNoAddress(known) && containsAddresses(granted, known) ? entities : [];
  });
}

const entityRules = (
  grants: readonly Grant[],
  field: 'fromEntities' | 'toEntities',
  networks: ProtectedNetworks,
): readonly object[] =>
  grants.flatMap(grant => {
    const blocks = grant.peers.flatMap(peer => (peer.kind === 'block' ? [peer.specified] : []));
    const entities = grantedEntities(blocks, networks);
    return entities.length === 0 ? [] : [{ [field]: entities, ...onPorts(grant) }];
  });

/** What a CiliumNetworkPolicy adds; `undefined`: nothing. */
export function ciliumRules(
  grants: ServedGrants,
): { readonly ingress?: readonly object[]; readonly egress?: readonly object[] } | undefined {
  const { protectedNetworks } = grants.policy;
  const named = grants.named.map(grant => ({ toFQDNs: (grant.domains ?? []).map(nameManifest), ...onPorts(grant) }));
  const ingress = entityRules(grants.enter, 'fromEntities', protectedNetworks);
  const egress = [
    ...(named.length > 0 ? [lookupRule(grants), ...named] : []),
    ...entityRules(grants.leave, 'toEntities', protectedNetworks),
  ];
  if (ingress.length + egress.length === 0) return undefined;
  return { ...(ingress.length > 0 && { ingress }), ...(egress.length > 0 && { egress }) };
}
