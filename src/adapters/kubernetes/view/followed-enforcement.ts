import type { MeasuredEnforcement } from '../../../core/gate/enforcement.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import type { Client } from '../client/client.ts';
import { readEnforcement } from './read-enforcement.ts';

/** A probe takes a minute and counts for days: a minute late is soon enough. */
const POLL_MS = 60_000;

/** What packets last showed of a cluster, kept up to date. */
export interface FollowedEnforcement {
  /** The policy with it: the same object until one of both changes. */
  complete(policy: GatePolicy): GatePolicy;
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
  const ending = new AbortController();
  const listeners: (() => void)[] = [];
  let enforcement: MeasuredEnforcement | undefined;
  let known:
    | { readonly from: GatePolicy; readonly by: MeasuredEnforcement | undefined; readonly policy: GatePolicy }
    | undefined;
  const read = (): void => {
    readEnforcement(client, gateNamespace, ending.signal).then(
      told => {
        if (JSON.stringify(told) === JSON.stringify(enforcement)) return;
        enforcement = told;
        for (const listener of listeners) listener();
      },
      (error: unknown) => {
        if (!ending.signal.aborted) onError(error);
      },
    );
  };
  read();
  const timer = setInterval(read, POLL_MS);
  timer.unref();
  return {
    complete: from => {
      if (known?.from !== from || known.by !== enforcement)
        known = { from, by: enforcement, policy: { ...from, enforcement } };
      return known.policy;
    },
    onChange: listener => void listeners.push(listener),
    stop: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}
