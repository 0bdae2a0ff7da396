import type { NetworkPolicy, Peer, PolicyPort, PolicyPorts, PolicyRule, Selector } from './types.ts';

/** meta/v1 LabelSelector as it is written. */
export interface SelectorManifest {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** networking.k8s.io/v1 NetworkPolicyPeer as it is written. */
export interface PeerManifest {
  readonly namespaceSelector?: SelectorManifest;
  readonly podSelector?: SelectorManifest;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** networking.k8s.io/v1 NetworkPolicyPort as it is written. */
export interface PortManifest {
  readonly protocol: string;
  /** Absent: every port of the protocol. */
  readonly port?: number | string;
  readonly endPort?: number;
}

/** One rule as it is written. Absent `ports`: every port. */
export interface RuleManifest {
  readonly from?: readonly PeerManifest[];
  readonly to?: readonly PeerManifest[];
  readonly ports?: readonly PortManifest[];
}

/** networking.k8s.io/v1 NetworkPolicy as people write it, its keys in their order. */
export interface NetworkPolicyManifest {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  /** Absent namespace: the one that the manifest is applied to. */
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly podSelector: SelectorManifest;
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    /** Absent where `policyTypes` leave the direction alone. */
    readonly ingress?: readonly RuleManifest[];
    readonly egress?: readonly RuleManifest[];
  };
}

/** The selector as it is written. One value of one key becomes a `matchLabels` pair; the empty selector stays empty. */
export function selectorManifest(selector: Selector): SelectorManifest {
  const pairs = new Map<string, string>();
  const others: Selector[number][] = [];
  for (const requirement of selector) {
    const [value] = requirement.values;
    const isPair = requirement.operator === 'In' && requirement.values.size === 1 && !pairs.has(requirement.key);
    if (isPair && value !== undefined) pairs.set(requirement.key, value);
    else others.push(requirement);
  }
  const matchExpressions = others.map(({ key, operator, values }) => ({
    key,
    operator,
    ...(values.size > 0 && { values: [...values] }),
  }));
  return {
    ...(pairs.size > 0 && { matchLabels: Object.fromEntries(pairs) }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
}

/** The peer as it is written: the inverse of decoding. All pods of some namespaces are a `namespaceSelector` alone. */
export function peerManifest(peer: Peer): PeerManifest {
  if (peer.kind === 'block') {
    const except = peer.except.map(({ text }) => text);
    return { ipBlock: { cidr: peer.cidr.text, ...(except.length > 0 && { except }) } };
  }
  const podSelector = selectorManifest(peer.pods);
  if (peer.namespaces === 'own') return { podSelector };
  const namespaceSelector = selectorManifest(peer.namespaces);
  return peer.pods.length === 0 ? { namespaceSelector } : { namespaceSelector, podSelector };
}

/** One port as it is written. */
export function portManifest(port: PolicyPort): PortManifest {
  const { protocol } = port;
  if (port.kind === 'all') return { protocol };
  if (port.kind === 'named') return { protocol, port: port.name };
  return { protocol, port: port.first, ...(port.last !== port.first && { endPort: port.last }) };
}

/** The ports of a rule as they are written; `undefined` for any, which is written by leaving them out. */
export function portManifests(ports: PolicyPorts): readonly PortManifest[] | undefined {
  return ports.kind === 'any' ? undefined : ports.ports.map(portManifest);
}

/** Any of these as YAML in flow style: to be pasted, on one line or broken at its spaces. */
export const flow = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/"([A-Za-z][\w-]*)":/g, '$1:')
    .replace(/([[{]) /g, '$1')
    .replace(/ ([\]}])/g, '$1');

function ruleManifest({ peers, ports }: PolicyRule, direction: 'from' | 'to'): RuleManifest {
  const written = portManifests(ports);
  return {
    ...(peers.kind === 'only' && { [direction]: peers.peers.map(peerManifest) }),
    ...(written && { ports: written }),
  };
}

/** A policy as it is written, without what decides nothing (labels, annotations): decoded again, it says the same. */
export function policyManifest({ meta, podSelector, ingress, egress }: NetworkPolicy): NetworkPolicyManifest {
  const { namespace, name } = meta;
  const policyTypes = [
    ...(ingress.isolates ? (['Ingress'] as const) : []),
    ...(egress.isolates ? (['Egress'] as const) : []),
  ];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
    spec: {
      podSelector: selectorManifest(podSelector),
      policyTypes,
      ...(ingress.isolates && { ingress: ingress.rules.map(rule => ruleManifest(rule, 'from')) }),
      ...(egress.isolates && { egress: egress.rules.map(rule => ruleManifest(rule, 'to')) }),
    },
  };
}
