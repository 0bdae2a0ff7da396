import type { AddressSet } from '../net/addresses.ts';
import type { Cidr } from '../net/cidr.ts';
import type { CidrGroupsPeer, ServicesPeer } from './tiers.ts';
import type { Direction, Meta, PolicyPort, Selector } from './types.ts';

/** What of a policy cannot be judged: it may match more or less than is written here. */
export interface Unjudged {
  /** Field path inside the policy. */
  readonly field: string;
  /** Why, as the end of a sentence about the field. */
  readonly why: string;
}

/**
 * Endpoints by their labels. Cilium gives an endpoint the labels of its pod, and virtual ones for its namespace and service account; here they are told
 * apart. Source: https://docs.cilium.io/en/stable/security/policy/kubernetes/
 */
export interface EndpointSelector {
  readonly path: string;
  /** Of the labels of the pod. */
  readonly pods: Selector;
  /** Of the labels of its namespace: `io.kubernetes.pod.namespace` is `kubernetes.io/metadata.name` there. */
  readonly namespaces: Selector;
  /** Of the name of its service account, each requirement with the key {@link SERVICE_ACCOUNT_LABEL}. */
  readonly serviceAccounts: Selector;
  /** Names no namespace: that of the policy, or every one where the policy is of the cluster. */
  readonly namesNamespace: boolean;
  /** Requirements that are not among those above. */
  readonly unjudged: readonly Unjudged[];
}

/** The virtual label that names the service account of a pod. */
export const SERVICE_ACCOUNT_LABEL = 'io.cilium.k8s.policy.serviceaccount';

/** Groups of peers that have no labels of their own (api.Entity), and `namespace`: the one of the endpoint that the policy is for. */
export const ENTITIES = [
  'all',
  'world',
  'world-ipv4',
  'world-ipv6',
  'cluster',
  'namespace',
  'host',
  'remote-node',
  'kube-apiserver',
  'health',
  'init',
  'ingress',
  'unmanaged',
  'none',
] as const;
export type Entity = (typeof ENTITIES)[number];

/** Addresses outside the cluster: on Cilium a block matches no pod, and no node unless the agent is told so. */
interface CiliumBlock {
  readonly kind: 'block';
  readonly path: string;
  readonly cidr: Cidr;
  /** The block less its own excepts. Text that cannot be read is everything, or no except. */
  readonly addresses: AddressSet;
}

/** One peer of a rule. */
export type CiliumPeer =
  | { readonly kind: 'endpoints'; readonly path: string; readonly selector: EndpointSelector }
  | { readonly kind: 'entity'; readonly path: string; readonly entity: Entity }
  | CiliumBlock
  | CidrGroupsPeer
  | ServicesPeer
  /** Addresses that DNS answers name: some outside the cluster, never pods or nodes. */
  | { readonly kind: 'names'; readonly path: string; readonly names: readonly string[] }
  /** A peer that is not judged, whatever it may be. */
  | { readonly kind: 'unjudged'; readonly path: string; readonly why: string };

/** `any`: the rule says nothing of ports. A list: these and no others, none where it is empty. */
export type CiliumPorts = { readonly kind: 'any' } | { readonly kind: 'only'; readonly ports: readonly PolicyPort[] };

/** One rule of an allow or deny list. Peers *and* ports must match. */
export interface CiliumRule {
  /** Field path inside the policy: `spec.ingress[0]`. */
  readonly path: string;
  /** `any`: no field of peers is there. A list: any of these; nobody where it is empty. */
  readonly peers: 'any' | readonly CiliumPeer[];
  readonly ports: CiliumPorts;
  /** Some messages of protocols without ports (ICMP) match too. Only where `ports` are `only`. */
  readonly others: boolean;
  /** What the rule asks besides, that is not judged. */
  readonly unjudged: readonly Unjudged[];
}

/** What one rule object of a policy says of one direction. */
export interface CiliumDirection {
  /** Endpoints that it selects get nothing but what is allowed: the direction has a rule, and `enableDefaultDeny` does not say otherwise. */
  readonly isolates: boolean;
  readonly allow: readonly CiliumRule[];
  /** Stronger than every allow, also of Kubernetes. */
  readonly deny: readonly CiliumRule[];
}

/** One rule object (api.Rule): `spec`, or one of `specs`. */
export interface CiliumSpec {
  /** `spec` or `specs[0]`. */
  readonly path: string;
  /** `undefined`: it is for nodes (`nodeSelector`), not for pods. */
  readonly subject: EndpointSelector | undefined;
  readonly directions: Readonly<Record<Direction, CiliumDirection>>;
}

/** cilium.io CiliumCIDRGroup: blocks outside the cluster that policies refer to by its name or labels. */
export interface CiliumCidrGroup {
  readonly kind: 'CiliumCIDRGroup';
  readonly meta: Meta;
  readonly blocks: readonly Cidr[];
  readonly incomplete: boolean;
}
