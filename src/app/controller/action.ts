import type { NetworkPolicyManifest } from '../../core/kube/syntax.ts';
import type { Workload } from '../../core/kube/types.ts';
import type { DialectManifest } from '../../core/remedy/dialect-policy.ts';

/** A workload that an action is for or about. */
export interface WorkloadRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const workloadRef = ({ kind, meta }: Workload): WorkloadRef => ({
  kind,
  namespace: meta.namespace,
  name: meta.name,
  uid: meta.uid,
});

/** A NetworkPolicy as the controller applies it. */
export interface MadePolicyManifest extends Pick<NetworkPolicyManifest, 'apiVersion' | 'kind' | 'spec'> {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/** A policy of another API that is there. */
export interface DialectPolicyRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The reason of an Event, by which `kubectl events` and alerts tell them apart. */
export type EventReason =
  /** The controller made its policy. */
  | 'PolicyCreated'
  /** The controller brought its policy up to date. */
  | 'PolicyUpdated'
  /** Somebody else wrote a policy that the controller had made: it is his now. */
  | 'PolicyTakenOver'
  /** A held Pod is open for another reason than an absent policy, or cannot be judged. */
  | 'TrafficOpen'
  /** A held Pod lacks a policy, and somebody else is to write it. */
  | 'PolicyAbsent'
  /** A held Pod is closed by policies that what enforces them has not taken up. */
  | 'PolicyNotProgrammed'
  /** The policy that the controller made for a server admits no gateway: none is configured, and none is there. */
  | 'GatewayUnknown'
  /** Pods of a server run without the label that the guardrail selects by. */
  | 'NotInGuardrail'
  /** A server lacks a policy, and none can be written for it. */
  | 'NoPolicyPossible';

/** One thing to be done to bring a namespace closer to what it should be. Each is safe alone, and safe to do twice. */
export type Action =
  | {
      readonly kind: 'apply-policy';
      readonly manifest: MadePolicyManifest;
      readonly server: WorkloadRef;
      /** uid of the policy that is put right; `undefined`: a new one, and nothing that is there may be replaced. */
      readonly heals: string | undefined;
    }
  | { readonly kind: 'delete-policy'; readonly namespace: string; readonly name: string; readonly uid: string }
  /** A policy of another API, which adds to a NetworkPolicy of its name what that cannot say. */
  | {
      readonly kind: 'apply-dialect-policy';
      readonly manifest: DialectManifest & { readonly metadata: { readonly namespace: string } };
      readonly server: WorkloadRef;
      readonly heals: string | undefined;
    }
  | { readonly kind: 'delete-dialect-policy'; readonly object: DialectPolicyRef }
  | { readonly kind: 'lift-gate'; readonly pod: WorkloadRef }
  | { readonly kind: 'event'; readonly about: WorkloadRef; readonly reason: EventReason; readonly note: string };

export type ActionKind = Action['kind'];
