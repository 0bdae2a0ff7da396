import type { Fields } from '../../core/kube/reading.ts';
import type { ProbeObject } from './objects.ts';

/** A Pod of the probe as it stands. */
export interface ProbePod {
  readonly name: string;
  /** IPv4 or IPv6, none while it has none. */
  readonly addresses: readonly string[];
  readonly state: 'pending' | 'running' | 'ended';
  /** What keeps it from running, or why it ended; a clause without a full stop, empty where nothing is said. */
  readonly trouble: string;
  /** Waiting does not help: its image cannot be had, no node takes it. */
  readonly isStuck: boolean;
  /** The termination message of its container; `undefined` while there is none. */
  readonly message: string | undefined;
}

/** A namespace of a probe that is there. */
interface FoundNamespace {
  readonly name: string;
  /** When it is to go (milliseconds since 1970); NaN where it does not say. */
  readonly endsMs: number;
}

/** What was made. */
export interface Made {
  readonly uid: string;
  /** Of a Service, those of its own (`spec.clusterIPs`); none of anything else. */
  readonly addresses: readonly string[];
}

/** What came of a write. */
export type Created =
  | ({ readonly kind: 'done' } & Made)
  /** `status`: HTTP. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string };

/** What a probe does in a cluster. All reject with a GateError where there is no answer; reads also where they are refused, with the right that is missing. */
export interface ProbeCluster {
  nodes(): Promise<readonly Fields[]>;
  /** Namespaces that probes made, of whichever run. */
  namespaces(): Promise<readonly FoundNamespace[]>;
  /** In this namespace; the namespace itself in none. */
  create(namespace: string, object: ProbeObject): Promise<Created>;
  pods(namespace: string): Promise<readonly ProbePod[]>;
  /** Whether it is gone, or going. */
  removeNamespace(name: string): Promise<boolean>;
}
