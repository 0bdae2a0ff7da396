import type { Verdict } from '../../core/decision.ts';
import type { Judge } from '../../core/evaluate.ts';
import type { DecodedGatePolicy } from '../../core/gate/document/decode-gate-policy.ts';
import type { GatePolicy, Mode } from '../../core/gate/types.ts';
import type { Fields } from '../../core/kube/reading.ts';
import type { Namespace, NetworkPolicy, Workload } from '../../core/kube/types.ts';
import type { WorldReading } from '../world-reading.ts';
import type { AdmissionResult } from './answer.ts';
import type { InFlight } from './in-flight.ts';
import type { ReadChange } from './read-change.ts';
import type { AdmissionResponse, Review } from './review.ts';

/** What happened to one review, for the log and the metrics. Holds names and ids, never object bodies. */
export interface ReviewRecord {
  readonly endpoint: 'validate' | 'mutate' | 'record';
  readonly uid: string;
  readonly operation: string;
  readonly kind: string;
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly dryRun: boolean;
  readonly mode: Mode | 'unknown';
  /** `none`: there was nothing to judge. */
  readonly verdict: Verdict | 'none';
  readonly allowed: boolean;
  readonly code: number;
  /** Why it was not judged, or what was done besides; empty where there is nothing to say. */
  readonly note: string;
  /** Ids of the rules that found something, sorted, each once. */
  readonly rules: readonly string[];
  readonly patched: boolean;
  readonly durationMs: number;
}

/** A review and what is to be answered. */
export interface Decided {
  readonly review: Review;
  readonly read: ReadChange;
  /** Stands for all reviews that say the same, as long as they are remembered: the same object for each, and for Pods under whatever names. Absent: it is not remembered. */
  readonly known?: object | undefined;
  readonly judge: Judge;
  readonly result: AdmissionResult;
}

/** Keeps a record of what was decided. */
export interface DecisionRecorder {
  /** Resolves, by the deadline at the latest, to what is answered: what was decided, or that it cannot be put on record. Never rejects. */
  decided(decided: Decided, deadlineMs: number): Promise<AdmissionResponse>;
  /** The same of what nobody decides about. Resolves once it is on record, or cannot be by the deadline. Never rejects. */
  observed(observed: Decided, deadlineMs: number): Promise<void>;
}

/** Takes notes; must never throw and never wait. */
export interface AdmissionTelemetry {
  review(record: ReviewRecord): void;
  /** An error that is ours: counted and logged with its stack. */
  bug(uid: string, error: unknown): void;
  /** A body that could not be answered as a review. */
  badRequest(reason: string): void;
  /** A connection that was closed without an answer: its handshake failed, or there were too many. */
  refusedConnection(reason: 'handshake' | 'limit'): void;
}

/** What admission needs from outside. */
export interface AdmissionPorts {
  world(): WorldReading;
  policy(): GatePolicy;
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  readonly telemetry: AdmissionTelemetry;
  /** Of `/validate` and `/record`. Absent: no record is kept. */
  readonly recorder?: DecisionRecorder;
  /**
   * Reads a namespace's NetworkPolicies past the cache, before a refusal for an absent policy. Calls for one namespace should be collapsed.
   * Absent where the world is the source itself (files).
   */
  confirmPolicies?(namespace: string): Promise<readonly NetworkPolicy[]>;
  /** Reads the Pods of a namespace past the cache, before a policy of it is let through, and for a Binding of one that the world does not hold. Absent where the world is the source itself. */
  confirmPods?(namespace: string): Promise<readonly Workload[]>;
  /** Changes that the world may not show yet. Absent where the world is the source itself. */
  readonly inFlight?: InFlight;
  /** Reads a Namespace that the world does not hold (yet); `undefined`: there is none. Absent where the world is the source itself. */
  liveNamespace?(name: string): Promise<Namespace | undefined>;
  /** Whether a namespace of this name, which is not there now, enforced when it was last seen. Absent: nobody remembers. */
  enforcedBefore?(name: string): boolean;
  /** Decodes a GatePolicy under review. Absent: objects of our own kinds are not reviewed. */
  readDocument?(document: Fields): Promise<DecodedGatePolicy>;
  /** Whose writes of NetworkPolicies are our own controller's, exactly; absent: nobody's. */
  readonly controllerUser?: string;
}
