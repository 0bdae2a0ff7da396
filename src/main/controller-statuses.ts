import { decodeDocument } from '../adapters/config/stored.ts';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { createStatusWriter } from '../adapters/kubernetes/writes/status-writer.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createStatusKeeper, type StatusKeeper } from '../app/custom-resources/keep-statuses.ts';
import { gapText, type RangeGap } from '../app/report/range-gaps.ts';
import type { ServedPolicy } from './serve-policy.ts';

export interface StatusOptions {
  readonly client: Client;
  readonly cache: Pick<ClusterCache, 'read' | 'resources'>;
  readonly policy: Pick<ServedPolicy, 'current' | 'isKnown' | 'file'>;
  /** What is in use outside the configured ranges. */
  readonly gaps: () => readonly RangeGap[];
  readonly onError: (error: unknown) => void;
}

/** The keeper of the statuses of our own kinds in a cluster. */
export function keepStatuses({ client, cache, policy, gaps, onError }: StatusOptions): StatusKeeper {
  return createStatusKeeper({
    time: SYSTEM_TIME,
    resources: () => (cache.read().kind === 'ready' ? cache.resources() : undefined),
    policy: () => (policy.isKnown() ? policy.current() : undefined),
    gate: () => ({ file: policy.file, lacks: gaps().map(gapText) }),
    decode: decodeDocument,
    now: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    write: createStatusWriter(client, SYSTEM_TIME),
    onError,
  });
}
