import { type SelectorManifest, selectorManifest } from '../kube/syntax.ts';
import type { PolicyPort, PolicyPorts } from '../kube/types.ts';
import { toCidrs } from '../net/addresses.ts';
import { exceptBlocks } from './excepts.ts';
import { chunks, type Guardrail, type GuardrailGrant, type GuardrailManifest } from './guardrail.ts';
import { GUARDRAIL_NAME } from './guardrail-api.ts';

/** Before all that people write: 0 is left to the cluster's own. */
const PRIORITY = 1;
/** Most blocks of a peer, and most peers of a rule, in the narrowest of these APIs. */
const MOST = 25;

/** How an API of tiers writes what all of them mean. */
interface TierWriting {
  readonly apiVersion: string;
  readonly kind: string;
  /** `spec.tier`, where the kind stands in several. */
  readonly tier?: 'Admin';
  readonly portsField: 'ports' | 'protocols';
  readonly port: (port: PolicyPort) => object;
}

/** `protocols` of policy.networking.k8s.io/v1alpha2. */
export function protocolManifest(port: PolicyPort): object {
  if (port.kind === 'named') return { destinationNamedPort: port.name };
  const protocol = port.protocol.toLowerCase();
  if (port.kind === 'all') return { [protocol]: { destinationPort: { range: { start: 1, end: 65535 } } } };
  const { first, last } = port;
  const destinationPort = first === last ? { number: first } : { range: { start: first, end: last } };
  return { [protocol]: { destinationPort } };
}

/** `ports` of v1alpha1. */
function portManifest(port: PolicyPort): object {
  const { protocol } = port;
  if (port.kind === 'named') return { namedPort: port.name };
  if (port.kind === 'all') return { portRange: { protocol, start: 1, end: 65535 } };
  const { first, last } = port;
  return first === last
    ? { portNumber: { protocol, port: first } }
    : { portRange: { protocol, start: first, end: last } };
}

const WRITINGS: Readonly<Record<'upstream' | 'admin' | 'aws', TierWriting>> = {
  upstream: {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    tier: 'Admin',
    portsField: 'protocols',
    port: protocolManifest,
  },
  admin: {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    portsField: 'ports',
    port: portManifest,
  },
  aws: {
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'ClusterNetworkPolicy',
    tier: 'Admin',
    portsField: 'ports',
    port: portManifest,
  },
};

/** A peer of these APIs: pods with both selectors, or blocks. */
type TierPeerManifest =
  | { readonly pods: { readonly namespaceSelector: SelectorManifest; readonly podSelector: SelectorManifest } }
  | { readonly namespaces: SelectorManifest }
  | { readonly networks: readonly string[] };

const ruleName = (name: string): string => name.slice(0, 100);

const podPeers = ({ pods }: GuardrailGrant): readonly TierPeerManifest[] =>
  pods.map(({ namespaces, pods: selector }) => ({
    pods: { namespaceSelector: selectorManifest(namespaces), podSelector: selectorManifest(selector) },
  }));

const blockPeers = (blocks: readonly string[]): readonly TierPeerManifest[] =>
  chunks(blocks, MOST).map(networks => ({ networks }));

const numbered = (ports: PolicyPorts): readonly PolicyPort[] | undefined =>
  ports.kind === 'any' ? undefined : ports.ports.filter(({ kind }) => kind !== 'named');

/** Rules of one action, of which none has more peers than may be. No ports where `ports` are any; no rule where there are none of them. */
function rules(
  writing: TierWriting,
  field: 'from' | 'to',
  name: string,
  action: 'Pass' | 'Deny',
  peers: readonly TierPeerManifest[],
  ports: readonly PolicyPort[] | undefined,
): readonly object[] {
  if (ports?.length === 0) return [];
  return chunks(peers, MOST).map(some => ({
    name: ruleName(name),
    action,
    [field]: some,
    ...(ports && { [writing.portsField]: ports.map(writing.port) }),
  }));
}

function passing(writing: TierWriting, field: 'from' | 'to', grant: GuardrailGrant): readonly object[] {
  const { name, ports, blocks } = grant;
  const all = ports.kind === 'any' ? undefined : ports.ports;
  const pods = rules(writing, field, name, 'Pass', podPeers(grant), all);
  // Who enters from outside the pods is no matter of these APIs, and no address has a port by name.
  if (field === 'from') return pods;
  return [...pods, ...rules(writing, field, name, 'Pass', blockPeers(blocks.flatMap(toCidrs)), numbered(ports))];
}

const EVERY_NAMESPACE: readonly TierPeerManifest[] = [{ namespaces: {} }];

/** The guardrail in one of the APIs that know tiers. They say nothing of who comes from outside the cluster's pods. */
export function tierGuardrail(guardrail: Guardrail, api: keyof typeof WRITINGS): readonly GuardrailManifest[] {
  const writing = WRITINGS[api];
  const { servers, enter, leave, closed } = guardrail;
  return [
    {
      apiVersion: writing.apiVersion,
      kind: writing.kind,
      metadata: { name: GUARDRAIL_NAME },
      spec: {
        ...(writing.tier && { tier: writing.tier }),
        priority: PRIORITY,
        subject: {
          pods: {
            namespaceSelector: selectorManifest(servers.namespaces),
            podSelector: selectorManifest(servers.pods),
          },
        },
        ingress: [
          ...enter.flatMap(grant => passing(writing, 'from', grant)),
          ...rules(writing, 'from', 'nobody else', 'Deny', EVERY_NAMESPACE, undefined),
        ],
        egress: [
          ...leave.flatMap(grant => passing(writing, 'to', grant)),
          ...rules(writing, 'to', 'no pod else', 'Deny', EVERY_NAMESPACE, undefined),
          ...rules(writing, 'to', 'nothing inside', 'Deny', blockPeers(exceptBlocks(closed)), undefined),
        ],
      },
    },
  ];
}
