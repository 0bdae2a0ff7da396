import type { MeasuredEnforcement } from '../../../core/gate/enforcement.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import type { Client } from '../client/client.ts';
import { followReading } from './follow-reading.ts';
import { readEnforcement } from './read-enforcement.ts';

/** What packets last showed of a cluster, kept up to date. */
export interface FollowedEnforcement {
  /** The policy with it: the same object until one of both changes. */
  complete(policy: GatePolicy): GatePolicy;
  /** What was read last; `undefined`: nothing is kept, or it was not read yet. */
  current(): MeasuredEnforcement | undefined;
  /** Calls the listener when a probe showed something else. */
  onChange(listener: () => void): void;
  stop(): void;
}

/** Reads what the gate of this namespace keeps, now and every minute. Where a reading fails, the last one stays. */
export function followEnforcement(
  client: Client,
  gateNamespace: string,
  onError: (error: unknown) => void,
): FollowedEnforcement {
  const read = (signal: AbortSignal): Promise<MeasuredEnforcement | undefined> =>
    readEnforcement(client, gateNamespace, signal);
  // A probe takes a minute and counts for days: a minute late is soon enough.
  const reading = followReading(read, undefined, onError);
  let known:
    | { readonly from: GatePolicy; readonly by: MeasuredEnforcement | undefined; readonly policy: GatePolicy }
    | undefined;
  return {
    current: reading.current,
    complete: from => {
      const enforcement = reading.current();
      if (known?.from !== from || known.by !== enforcement)
        known = { from, by: enforcement, policy: { ...from, enforcement } };
      return known.policy;
    },
    onChange: reading.onChange,
    stop: reading.stop,
  };
}
