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
type LeaseWritten =
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

/** A time in which this process leads. */
interface Term {
  readonly ending: AbortController;
  /** It leads until then at most, whatever else happens. */
  readonly untilMs: number;
  /** Cancels the timer that ends it then. */
  readonly cancel: () => void;
}

/** A candidate, with all that changes of it. */
interface Candidate extends ElectionOptions {
  /** What was seen of the lease last; `undefined`: nothing yet. */
  view: LeaseView | undefined;
  /** What was written last is what is stored, as far as we know: no need to read it again. */
  isCurrent: boolean;
  term: Term | undefined;
}

const isLeading = ({ term, time }: Candidate): boolean => term !== undefined && time.nowMs() < term.untilMs;

const deadlineOf = ({ times }: Candidate): number => times.renewMs / 2;

function endTerm(candidate: Candidate): void {
  const { term } = candidate;
  term?.cancel();
  term?.ending.abort();
  candidate.term = undefined;
}

/** Leads, or goes on leading, for `renewMs` from the moment that the renewal was asked for. */
function lead(candidate: Candidate, askedMs: number): void {
  const { time, times, onLead } = candidate;
  const untilMs = askedMs + times.renewMs;
  const isNew = !isLeading(candidate);
  if (isNew) endTerm(candidate);
  if (untilMs <= time.nowMs()) return;
  candidate.term?.cancel();
  const ending = candidate.term?.ending ?? new AbortController();
  const cancel = time.after(untilMs - time.nowMs(), () => endTerm(candidate));
  candidate.term = { ending, untilMs, cancel };
  if (isNew) onLead(ending.signal);
}

/** Whether the lease was written so. */
async function write(candidate: Candidate, { lease }: LeaseView, spec: LeaseSpec): Promise<boolean> {
  const { leases, time } = candidate;
  candidate.isCurrent = false;
  const written =
    lease === undefined
      ? await leases.create(spec, deadlineOf(candidate))
      : await leases.update(spec, lease.resourceVersion, deadlineOf(candidate));
  if (written.kind !== 'done') return false;
  candidate.view = { lease: { spec, resourceVersion: written.resourceVersion }, sinceMs: time.nowMs() };
  candidate.isCurrent = true;
  return true;
}

/** The lease as it is stored, as far as we know. */
async function look(candidate: Candidate): Promise<LeaseView> {
  const { view, isCurrent, leases, time } = candidate;
  if (isCurrent && view !== undefined) return view;
  const seen = observeLease(view, await leases.read(deadlineOf(candidate)), time.nowMs());
  candidate.view = seen;
  return seen;
}

/** One try to get the lease, or to keep it. */
async function step(candidate: Candidate): Promise<void> {
  const { identity, time, times, now } = candidate;
  const view = await look(candidate);
  if (nextLeaseMove(view, identity, time.nowMs()) === 'wait') return endTerm(candidate);
  const askedMs = time.nowMs();
  if (await write(candidate, view, heldLease(view.lease?.spec, identity, now(), times))) lead(candidate, askedMs);
}

/** Leaves the lease to whoever comes first. */
async function release(candidate: Candidate): Promise<void> {
  const wasLeader = isLeading(candidate);
  endTerm(candidate);
  const { view, isCurrent, now } = candidate;
  if (wasLeader && isCurrent && view?.lease) await write(candidate, view, releasedLease(view.lease.spec, now()));
}

/** Where it fails, what is stored is not known. */
async function safely(candidate: Candidate, work: (candidate: Candidate) => Promise<void>): Promise<void> {
  try {
    await work(candidate);
  } catch (error) {
    candidate.isCurrent = false;
    candidate.onError(error);
  }
}

async function run(candidate: Candidate, signal: AbortSignal): Promise<void> {
  const { time, times } = candidate;
  while (!signal.aborted) {
    await safely(candidate, step);
    // A quarter by chance, so that candidates do not meet again and again.
    await pause(time, times.retryMs * (1 - time.random() / 4), signal);
  }
  await safely(candidate, release);
}

/** A candidate that does not take part yet. */
export function createElection(options: ElectionOptions): Election {
  const candidate: Candidate = { ...options, view: undefined, isCurrent: false, term: undefined };
  return { isLeader: () => isLeading(candidate), run: signal => run(candidate, signal) };
}
