import { pause, type Time } from '../time.ts';
import {
  heldLease,
  type LeaseSpec,
  type LeaseTimes,
  type LeaseView,
  nextLeaseMove,
  observeLease,
  releasedLease,
  type StoredLease,
} from './lease.ts';

/** The one lease of an election. Each call has its own deadline and may reject. */
export interface Leases {
  /** `undefined`: there is none. */
  read(deadlineMs: number): Promise<StoredLease | undefined>;
  create(spec: LeaseSpec, deadlineMs: number): Promise<LeaseWritten>;
  update(spec: LeaseSpec, resourceVersion: string, deadlineMs: number): Promise<LeaseWritten>;
}

/** Every other kind is a failure: somebody else was faster, or it is not allowed. */
export type LeaseWritten =
  | { readonly kind: 'done'; readonly resourceVersion: string }
  | { readonly kind: 'absent' | 'conflict' | 'refused' };

export interface ElectionOptions {
  readonly leases: Leases;
  /** Of this process alone: another run of it is somebody else. */
  readonly identity: string;
  readonly time: Time;
  readonly times: LeaseTimes;
  /** The time for people to read: RFC 3339 with microseconds. */
  readonly now: () => string;
  /** Called when this process becomes the leader. The signal aborts when it is none any more: nothing may be written after. */
  readonly onLead: (term: AbortSignal) => void;
  /** Told of every try that failed. Must not throw. */
  readonly onError: (error: unknown) => void;
}

/** One candidate. */
export interface Election {
  /** Whether this process leads at this very moment. To be asked before each write: a process that stood still has lost without having noticed. */
  isLeader(): boolean;
  /** Takes part until the signal aborts, then gives the lease back. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

interface Term {
  readonly ending: AbortController;
  readonly untilMs: number;
  readonly cancel: () => void;
}

/** A candidate that does not take part yet. */
export function createElection(options: ElectionOptions): Election {
  const { leases, identity, time, times, now, onLead, onError } = options;
  let view: LeaseView | undefined;
  /** What was written last is what is stored, as far as we know: no need to read it again. */
  let isCurrent = false;
  let term: Term | undefined;

  const isLeader = (): boolean => term !== undefined && time.nowMs() < term.untilMs;
  const endTerm = (): void => {
    term?.cancel();
    term?.ending.abort();
    term = undefined;
  };
  /** Leads, or goes on leading, for `renewMs` from the moment that the renewal was asked for. */
  const lead = (askedMs: number): void => {
    const untilMs = askedMs + times.renewMs;
    const isNew = !isLeader();
    if (isNew) endTerm();
    if (untilMs <= time.nowMs()) return;
    term?.cancel();
    const ending = term?.ending ?? new AbortController();
    term = { ending, untilMs, cancel: time.after(untilMs - time.nowMs(), endTerm) };
    if (isNew) onLead(ending.signal);
  };

  const deadlineMs = times.renewMs / 2;
  const write = async ({ lease }: LeaseView, spec: LeaseSpec): Promise<boolean> => {
    isCurrent = false;
    const written =
      lease === undefined
        ? await leases.create(spec, deadlineMs)
        : await leases.update(spec, lease.resourceVersion, deadlineMs);
    if (written.kind !== 'done') return false;
    view = { lease: { spec, resourceVersion: written.resourceVersion }, sinceMs: time.nowMs() };
    isCurrent = true;
    return true;
  };
  const step = async (): Promise<void> => {
    if (!isCurrent || view === undefined) view = observeLease(view, await leases.read(deadlineMs), time.nowMs());
    const move = nextLeaseMove(view, identity, time.nowMs());
    if (move === 'wait') return endTerm();
    const askedMs = time.nowMs();
    if (await write(view, heldLease(view.lease?.spec, identity, now(), times))) lead(askedMs);
  };
  const release = async (): Promise<void> => {
    const wasLeader = isLeader();
    endTerm();
    if (wasLeader && isCurrent && view?.lease) await write(view, releasedLease(view.lease.spec, now()));
  };
  const safely = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      isCurrent = false;
      onError(error);
    }
  };

  return {
    isLeader,
    run: async signal => {
      while (!signal.aborted) {
        await safely(step);
        // A quarter by chance, so that candidates do not meet again and again.
        await pause(time, times.retryMs * (1 - time.random() / 4), signal);
      }
      await safely(release);
    },
  };
}
