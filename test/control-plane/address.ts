import type { Pair } from './pki.ts';

/** Names a file with the {@link ClusterAddress} of a cluster that runs, for the suite to use as its shared one. */
export const CLUSTER_VARIABLE = 'CHOKEPOINT_TEST_CLUSTER';

/** Everything that reaches a running cluster with every right. Plain data: another process can be told it. */
export interface ClusterAddress {
  readonly port: number;
  /** An IPv4 address of this machine at which the API server reaches what listens here: a webhook listens there and has it in its url. */
  readonly host: string;
  /** It signs every certificate of the cluster; with it a test makes users and serving certificates. */
  readonly authority: Pair;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Where kubectl keeps its caches, and where logs and pids lie; gone when the cluster stops. */
  readonly folder: string;
  readonly kubectl: string;
  /** Path; absent where no audit log was asked for. */
  readonly auditLog?: string;
}
