/** spec of a Lease (coordination.k8s.io/v1), the parts that leader election uses. */
export interface LeaseSpec {
  /** Empty: nobody holds it. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  /** RFC 3339 with microseconds; empty where absent. */
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

/** A Lease as it is stored. */
export interface StoredLease {
  readonly spec: LeaseSpec;
  /** An update with it fails where somebody else was faster. */
  readonly resourceVersion: string;
}

/** The times of an election, in milliseconds. They must fall: others wait for `durationMs`, the leader gives up after `renewMs`, so no two lead at once. */
export interface LeaseTimes {
  /** Without a renewal for this long, others may take the lease. */
  readonly durationMs: number;
  /** Without a renewal for this long, the leader is none any more. */
  readonly renewMs: number;
  /** Between two tries. */
  readonly retryMs: number;
}

/** As Kubernetes' own controllers have them. */
export const LEASE_TIMES: LeaseTimes = { durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/** What is known of a lease: its state, and since when this very state has been seen, by our own clock. Nobody else's clock is trusted. */
export interface LeaseView {
  /** `undefined`: there is none. */
  readonly lease: StoredLease | undefined;
  readonly sinceMs: number;
}

/** The view after the lease was read. A state that was seen before keeps its age. */
export function observeLease(view: LeaseView | undefined, lease: StoredLease | undefined, nowMs: number): LeaseView {
  const isKnown = view !== undefined && view.lease?.resourceVersion === lease?.resourceVersion;
  return isKnown ? view : { lease, sinceMs: nowMs };
}

/** `renew`: it is ours. `take`: nobody holds it, or its holder has been silent for too long. `wait`: it is somebody else's. */
export type LeaseMove = 'create' | 'take' | 'renew' | 'wait';

/** What to do about a lease. */
export function nextLeaseMove({ lease, sinceMs }: LeaseView, identity: string, nowMs: number): LeaseMove {
  if (lease === undefined) return 'create';
  const { holderIdentity, leaseDurationSeconds } = lease.spec;
  if (holderIdentity === identity) return 'renew';
  const isOver = nowMs - sinceMs > leaseDurationSeconds * 1000;
  return holderIdentity === '' || isOver ? 'take' : 'wait';
}

/** The lease as it is to be written for a holder; `now` as RFC 3339 with microseconds, for people to read. */
export function heldLease(
  old: LeaseSpec | undefined,
  identity: string,
  now: string,
  { durationMs }: LeaseTimes,
): LeaseSpec {
  const isOurs = old?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: durationMs / 1000,
    acquireTime: isOurs ? old.acquireTime : now,
    renewTime: now,
    leaseTransitions: (old?.leaseTransitions ?? 0) + (old === undefined || isOurs ? 0 : 1),
  };
}

/** The lease as its holder leaves it: anybody may take it at once. */
export function releasedLease(old: LeaseSpec, now: string): LeaseSpec {
  return { ...old, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now };
}
