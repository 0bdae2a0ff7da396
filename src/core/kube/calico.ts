import type { AddressSet } from '../net/addresses.ts';
import type { Expression } from './calico-expression.ts';
import type { TierAction, TierPorts, UnknownPart } from './tiers.ts';
import type { BlockPeer, Meta } from './types.ts';

/** The groups by which Calico's objects are served: by its own API server, or as they are stored. */
export const CALICO_GROUPS: readonly string[] = ['projectcalico.org', 'crd.projectcalico.org'];

/** Who a rule is about, at one end of the connection: all of what is given must hold. */
export interface CalicoEntity {
  /** Field path: `spec.ingress[0].source`. */
  readonly path: string;
  /** `nets` less `notNets`; where there are no `nets`, every address of the families of `notNets`, less those. */
  readonly nets?: BlockPeer;
  /** `namespaceSelector`, `selector` and `serviceAccounts` as one, of pods and of sets of networks. */
  readonly selector?: Expression;
  /** Pods and sets of networks that it is not about; of any namespace. */
  readonly notSelector?: Expression;
  /** `domains`, which Calico Enterprise alone has. */
  readonly domains?: readonly string[];
}

export interface CalicoRule {
  /** Field path inside the policy: `spec.ingress[0]`. */
  readonly path: string;
  readonly action: TierAction;
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  /** Of the destination. */
  readonly ports: TierPorts;
  readonly unknown?: UnknownPart;
}

/** projectcalico.org NetworkPolicy or GlobalNetworkPolicy, with Calico's defaults. Rules that only log are left out. */
export interface CalicoPolicy {
  readonly kind: 'NetworkPolicy' | 'GlobalNetworkPolicy';
  readonly apiVersion: string;
  readonly meta: Meta;
  readonly tier: string;
  /** Infinity where the object gives none. */
  readonly order: number;
  /** Which endpoints it is for. */
  readonly subject: Expression;
  /** Absent: it says nothing of the direction. */
  readonly ingress?: readonly CalicoRule[];
  readonly egress?: readonly CalicoRule[];
  /** What of the policy as a whole cannot be judged: it may do more to the pods that it selects than its rules say. */
  readonly unknown?: UnknownPart;
  /** Parts could not be read. */
  readonly incomplete: boolean;
}

/** projectcalico.org Tier. */
export interface CalicoTier {
  readonly kind: 'Tier';
  readonly apiVersion: string;
  readonly meta: Meta;
  /** Infinity where the object gives none. */
  readonly order: number;
  readonly defaultAction: 'Deny' | 'Pass';
}

/** projectcalico.org NetworkSet or GlobalNetworkSet: addresses that selectors find by labels. */
export interface CalicoNetworkSet {
  readonly kind: 'NetworkSet' | 'GlobalNetworkSet';
  readonly apiVersion: string;
  readonly meta: Meta;
  readonly nets: AddressSet;
  /** Parts could not be read, or are names of hosts: it may hold more. */
  readonly incomplete: boolean;
}
