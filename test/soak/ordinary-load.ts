import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ClusterAddress } from '../control-plane/address.ts';
import type { Place, Purpose } from './places.ts';

/** What the thread of the ordinary load is told. */
export interface OrdinaryWork {
  readonly address: ClusterAddress;
  /** One user each. */
  readonly places: readonly Place[];
  /** Between the calls of one user. */
  readonly everyMs: number;
  /** Unique within the cluster: of the users' names. */
  readonly run: string;
}

/** One call, as it went. `status` 0: there was no answer. `message`: of what did not pass. */
export interface OrdinaryRecord {
  readonly what: string;
  readonly purpose: Purpose;
  readonly ms: number;
  readonly status: number;
  readonly message: string;
}

/** Starts the users; `stop` lets each end what it is at. */
export function startOrdinaryLoad(work: OrdinaryWork): { readonly stop: () => Promise<readonly OrdinaryRecord[]> } {
  const worker = new Worker(new URL('./ordinary-worker.ts', import.meta.url), { workerData: work });
  const result = once(worker, 'message').then(([records]): readonly OrdinaryRecord[] => records);
  // Taken up by whoever stops it; a failure before that must not end the process.
  result.catch(() => undefined);
  return {
    stop: () => {
      worker.postMessage('stop');
      return result;
    },
  };
}
