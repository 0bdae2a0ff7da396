import type { DocumentLimits } from '../yaml/parse.ts';

/** Bounds on the input; all inclusive. */
export interface Limits extends DocumentLimits {
  /** Of one file, or of standard input. */
  readonly maxFileBytes: number;
  /** YAML documents in one file; what stands behind them is not read. */
  readonly maxDocuments: number;
}

/** Far above what a cluster takes (etcd refuses objects over 1.5 MiB), far below what exhausts a machine. */
export const DEFAULT_LIMITS: Limits = {
  maxFileBytes: 32 * 1024 * 1024,
  maxDocuments: 100_000,
  maxDepth: 200,
  maxAliases: 10_000,
  maxNodes: 1_000_000,
};
