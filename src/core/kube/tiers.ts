import type { AddressSet } from '../net/addresses.ts';
import type { BlockPeer, ObjectRef, PodPeer, PolicyPort, Selector } from './types.ts';

/**
 * What every policy API comes to: tiers in order, policies in each, rules in each of those. The first rule that matches and is final decides.
 * Readers of the APIs write it; `netpol/tiers` walks it.
 */

/** `Allow` and `Deny` are final; `Pass` leaves the tier for the next one. */
export type TierAction = 'Allow' | 'Deny' | 'Pass';

/** A condition on a pod. Pods in the host's network meet none, negated or not: they are the node. */
export type PodExpression =
  /** Labels of its namespace; `kubernetes.io/metadata.name` is always among them. */
  | { readonly kind: 'namespace'; readonly selector: Selector }
  /** Its own labels. */
  | { readonly kind: 'labels'; readonly selector: Selector }
  /** Name of its service account; labels of service accounts are not among the facts. */
  | { readonly kind: 'service-account'; readonly names: ReadonlySet<string> }
  /** The value of one label: false where the label is absent. */
  | {
      readonly kind: 'text';
      readonly of: 'namespace' | 'labels';
      readonly key: string;
      readonly operator: 'contains' | 'starts-with' | 'ends-with';
      readonly value: string;
    }
  /** Of none: true. */
  | { readonly kind: 'all'; readonly of: readonly PodExpression[] }
  /** Of none: false. */
  | { readonly kind: 'any'; readonly of: readonly PodExpression[] }
  | { readonly kind: 'not'; readonly of: PodExpression }
  /** Nobody can tell. */
  | { readonly kind: 'unknown' };

/** Everybody, inside the cluster and outside. */
export interface AnyPeer {
  readonly kind: 'any';
  readonly path: string;
}

/** Pods by a condition that two selectors cannot say. */
interface ExpressionPeer {
  readonly kind: 'expression';
  readonly path: string;
  readonly where: PodExpression;
}

/** Addresses of Nodes by the labels of the Node: of those that the facts hold; where they hold none, any address may be one that is no pod's. */
interface NodesPeer {
  readonly kind: 'nodes';
  readonly path: string;
  readonly nodes: Selector;
}

/** Hosts by name: some addresses outside the cluster, nobody knows which. Never a pod or a node, and never for certain. */
interface DomainsPeer {
  readonly kind: 'domains';
  readonly path: string;
  /** As they are written. */
  readonly domains: readonly string[];
}

/** What of some addresses is of no pod. */
export interface OutsidePeer {
  readonly kind: 'outside';
  readonly path: string;
  readonly addresses: AddressSet;
  /** Whether nodes are among them: of blocks, an EgressFirewall's always hold them, Cilium's as its match mode has it (`by-mode`). */
  readonly nodes: boolean | 'by-mode';
}

/** Nodes by whether the policy's own pod runs there. */
interface ClusterNodesPeer {
  readonly kind: 'cluster-nodes';
  readonly path: string;
  readonly which: 'own' | 'others';
}

/** The API server, inside the cluster or outside: the addresses that are known of it. */
interface ApiServerPeer {
  readonly kind: 'api-server';
  readonly path: string;
  /** Where no address of it is known, any that is no pod's may be one. Otherwise none is. */
  readonly mayBeElsewhere: boolean;
}

/** Endpoints of Services: of one with a selector its pods, of one without the addresses that somebody wrote for it, as far as they are outside. */
export interface ServicesPeer {
  readonly kind: 'services';
  readonly path: string;
  /** Empty: every namespace. */
  readonly namespace: string;
  readonly services: { readonly name: string } | { readonly labels: Selector };
}

/** The addresses of CiliumCIDRGroups, by name or by label, as far as they are outside; a group that is not there has none. */
export interface CidrGroupsPeer {
  readonly kind: 'cidr-groups';
  readonly path: string;
  readonly groups: { readonly name: string } | { readonly labels: Selector };
  /** Addresses that are left out. */
  readonly except: AddressSet;
}

/** All of these, or none of them. */
interface CombinedPeer {
  readonly kind: 'all' | 'none';
  readonly path: string;
  readonly of: readonly TierPeer[];
}

/** A block as `ipBlock` and `networks` mean it: whoever has the address, pods and nodes too. */
export type TierPeer =
  | PodPeer
  | BlockPeer
  | AnyPeer
  | ExpressionPeer
  | NodesPeer
  | DomainsPeer
  | OutsidePeer
  | ClusterNodesPeer
  | ApiServerPeer
  | ServicesPeer
  | CidrGroupsPeer
  | CombinedPeer;

/** `only`: those of `ports` (none: no numbered port), less `except`, and with `other` the protocols without ports too. */
export type TierPorts =
  | { readonly kind: 'any' }
  | {
      readonly kind: 'only';
      readonly ports: readonly PolicyPort[];
      readonly except?: readonly PolicyPort[];
      readonly other?: boolean;
    };

/** What of a rule or a policy cannot be judged. */
export interface UnknownPart {
  /** Field path inside the policy. */
  readonly path: string;
  /** A clause without a full stop. */
  readonly why: string;
}

export interface TierRule {
  /** Field path inside the policy: `spec.ingress[0]`. */
  readonly path: string;
  readonly action: TierAction;
  /** Any of them; empty: nobody. A pod peer of the namespace `own` is in that of the policy. */
  readonly peers: readonly TierPeer[];
  /** Of the destination. */
  readonly ports: TierPorts;
  /** The policy's own pod must meet one of these as well; absent: it need not. */
  readonly own?: readonly TierPeer[];
  /** What cannot be judged: where the rest of the rule matches, it may match. */
  readonly unknown?: UnknownPart;
}

/**
 * The order of Kubernetes' NetworkPolicies, and of what is united with them. Among policies of Calico it tells where they stand.
 * Source: `K8sNetworkPolicyToCalico` in libcalico-go.
 */
export const NETWORK_POLICY_ORDER = 1_000;

/** One direction of a policy. */
export interface TierRules {
  /** In order: the first that matches counts. */
  readonly rules: readonly TierRule[];
  /** What becomes of traffic that no rule of the whole *tier* decides, if this policy selects the pod. `Deny` wins where policies differ. */
  readonly otherwise: 'Deny' | 'Pass';
}

/** A policy of one tier, as far as it decides anything. A direction that is absent says nothing. */
export interface TierPolicy {
  /** Which object: `NetworkPolicy.projectcalico.org` where a kind of Kubernetes is called so too. */
  readonly source: ObjectRef;
  /** The lowest is evaluated first; Infinity where the object gives none. */
  readonly order: number;
  /** Which pods it is for. */
  readonly subject: PodExpression;
  /** Why it may not be asked where it stands; absent: it is. */
  readonly doubt?: UnknownPart;
  readonly ingress?: TierRules;
  readonly egress?: TierRules;
}

/** A policy where it stands: objects of one kind may stand in several tiers. */
export interface PlacedPolicy {
  readonly tier:
    | 'EgressFirewall'
    | 'Antrea'
    | 'Admin'
    | 'Cilium deny'
    | 'NetworkPolicy'
    | 'Antrea baseline'
    | 'Baseline';
  readonly policy: TierPolicy;
}

/** Policies that are evaluated together. */
export interface Tier {
  /** As people know it: `Admin`, `NetworkPolicy`, `Baseline`; a name of Calico. */
  readonly name: string;
  /** Equal orders are evaluated in an order that nobody knows (the upstream APIs: any policy that matches may be the one), or by name (Calico). */
  readonly ties: 'unknown' | 'by-name';
  /** In any order. */
  readonly policies: readonly TierPolicy[];
}
