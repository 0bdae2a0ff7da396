import type { Validity } from './types.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Clocks of others may be behind ours by this much: certificates hold from so long before they are made. */
export const CLOCK_SKEW_MS: number = 5 * MINUTE_MS;

/**
 * A year: an authority is renewed without anybody's doing, so that a long life would only keep a stolen key of use for longer, and the renewal
 * unproven. At two thirds of it there is more left than a serving certificate lives.
 */
const AUTHORITY_LIFE_MS = 365 * DAY_MS;

/** 90 days: renewed after 60, so that the controller may be away for 30. */
export const SERVING_LIFE_MS: number = 90 * DAY_MS;

/** Of an authority that is made now. */
export function authorityValidity(nowMs: number): Validity {
  return { notBeforeMs: nowMs - CLOCK_SKEW_MS, notAfterMs: nowMs + AUTHORITY_LIFE_MS };
}

/** Of a serving certificate that is made now: it never outlives its authority. */
export function servingValidity(nowMs: number, authority: Validity): Validity {
  return {
    notBeforeMs: nowMs - CLOCK_SKEW_MS,
    notAfterMs: Math.min(nowMs + SERVING_LIFE_MS, authority.notAfterMs),
  };
}

/** When a certificate was made, by the clock of its maker, to the second. */
export function madeMs({ notBeforeMs }: Validity): number {
  return notBeforeMs + CLOCK_SKEW_MS;
}

/** `ended`, or not begun, by our clock; `due`: two thirds of its life are over; `good` otherwise. */
export function ageOf({ notBeforeMs, notAfterMs }: Validity, nowMs: number): 'good' | 'due' | 'ended' {
  if (nowMs < notBeforeMs || nowMs > notAfterMs) return 'ended';
  return nowMs - notBeforeMs >= ((notAfterMs - notBeforeMs) * 2) / 3 ? 'due' : 'good';
}

/** The times of a rotation, in milliseconds. */
export interface RotationTimes {
  /** Between two looks at everything. */
  readonly lookMs: number;
  /**
   * From a bundle that is stored to a certificate that needs it: API servers read configurations by a watch, so that each has it within a
   * second; one that just starts again needs longer.
   */
  readonly settleMs: number;
  /**
   * From a new serving certificate to the end of trust in the earlier authorities. Kubelets bring it to the Pods within two minutes, and Pods
   * look every ten seconds; what takes longer is a broken node.
   */
  readonly overlapMs: number;
}

export const ROTATION_TIMES: RotationTimes = {
  lookMs: 15_000,
  settleMs: 30_000,
  overlapMs: 60 * MINUTE_MS,
};
