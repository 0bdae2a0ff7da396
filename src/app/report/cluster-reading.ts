import type { NetworkFacts } from '../../core/gate/discover-networks.ts';
import type { MeasuredEnforcement } from '../../core/gate/enforcement.ts';
import type { StoredGatePolicy } from '../../core/gate/stored-gate-policy.ts';
import type { NetworkClass } from '../../core/gate/types.ts';
import type { Decoded } from '../../core/kube/decode.ts';
import type { GatewayFact } from '../../core/kube/gateway-fact.ts';
import type { ObjectRef } from '../../core/kube/types.ts';

/** What stands for a file where a problem is the cluster's as a whole. */
export const CLUSTER = 'cluster';

/** An address, or a block, that is in use in a cluster. */
export interface ObservedAddress {
  readonly class: NetworkClass;
  /** An address or a CIDR block as the API gives it. */
  readonly text: string;
  /** Whose it is: `Pod shop/web`. */
  readonly holder: string;
}

/** One object of a cluster, decoded. */
export interface ReadObject {
  readonly ref: ObjectRef;
  readonly decoded: Exclude<Decoded, { readonly kind: 'other' }>;
}

export type Tells = readonly NetworkClass[] | 'configuration' | 'match-mode' | undefined;

/** Something that was asked of the API server and not given. */
export interface Refusal {
  readonly verb: 'list' | 'get';
  /** `group/Kind`; the core group is empty. */
  readonly kind: string;
  /** As RBAC names it: `networkpolicies.networking.k8s.io`. */
  readonly resource: string;
  /** Empty: in all namespaces, or cluster-scoped. */
  readonly namespace: string;
  /** HTTP status; 403: the user may not. */
  readonly status: number;
  /** What the API server says; may be empty. */
  readonly message: string;
  /** Classes of networks that it would tell of, what is to be judged by, or how Cilium reads blocks, and nothing else; `undefined`: it is needed to judge. */
  readonly tells: Tells;
}

/** A cluster as it was read once. */
export interface ClusterReading {
  readonly objects: readonly ReadObject[];
  readonly facts: NetworkFacts;
  /** Addresses in use, in the order of reading. */
  readonly observed: readonly ObservedAddress[];
  /** `group/Kind` of judged kinds that the API server does not serve, sorted. */
  readonly notServed: readonly string[];
  readonly refusals: readonly Refusal[];
  /** What controllers of gateways are told for all of them, which stands in ConfigMaps; empty where it is among the objects. */
  readonly settings: readonly GatewayFact[];
  /** Whether blocks of Cilium hold nodes; `undefined`: it may not be read. Of a cluster that serves none of its kinds: no. */
  readonly blocksHoldNodes: boolean | undefined;
  /** What packets last showed, as the gate of the cluster keeps it; `undefined`: nothing is kept, or it may not be read. */
  readonly enforcement: MeasuredEnforcement | undefined;
  /** The GatePolicy of the cluster that counts where no file configures; `undefined`: there is none, or it cannot be read. */
  readonly gatePolicy: StoredGatePolicy | undefined;
}
