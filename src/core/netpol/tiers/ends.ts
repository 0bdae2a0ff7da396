import type { Labels, Workload } from '../../kube/types.ts';
import type { Address } from '../../net/ip.ts';
import type { Protocol } from '../../net/ports.ts';

/** A pod with the labels of its namespace. */
export interface ConcretePod {
  readonly workload: Workload;
  readonly namespaceLabels: Labels;
  /** All of them are known. */
  readonly isNamespaceKnown: boolean;
}

/** One end of a connection: a pod in one of its families, or an address outside. */
export interface End {
  readonly pod: ConcretePod | undefined;
  /** Absent for a pod without an address. */
  readonly address: Address | undefined;
}

export interface ConcretePort {
  readonly port: number;
  readonly protocol: Protocol;
}
