import { isNetworkPolicy } from '../../core/world/object-kinds.ts';
import { isMade } from '../controller/made-policy.ts';
import { pause, type Time } from '../time.ts';
import type { WorldReading } from '../world-reading.ts';
import { type SeenChange, type StoredChange, seenChange } from './change.ts';
import { type Asked, type Coverage, type Cursor, createCoverage } from './coverage.ts';
import { type AskedNamespaces, isAsked } from './is-asked.ts';
import { createLedger, type Ledger } from './ledger.ts';

/** In milliseconds. */
export interface WitnessTimes {
  /** Between two readings of what the Pods of the webhook have put on record. */
  readonly everyMs: number;
  /** After a change is seen, before it is said that nothing explains it. */
  readonly graceMs: number;
  /** How long before it is seen a change may have been put on record. */
  readonly lagMs: number;
  /** After which a Pod that does not tell is not waited for any more. */
  readonly giveUpMs: number;
  /** How long what is known is kept for the case that this process leads soon: the one that leads may end before it has told. */
  readonly heldMs: number;
}

export const WITNESS_TIMES: WitnessTimes = {
  everyMs: 2_000,
  graceMs: 3_000,
  lagMs: 10_000,
  giveUpMs: 60_000,
  heldMs: 120_000,
};

/**
 * What is known of a change: `recorded`: a webhook put it on record; `own`: this controller made it; `unwitnessed`: it should be on record, and is not;
 * `not-asked`: no webhook is asked about it; `not-compared`: whether it is on record is not known.
 */
export type Witnessed = 'recorded' | 'own' | 'unwitnessed' | 'not-asked' | 'not-compared';

/** How the comparison stands. `off`: there is nothing to compare with. */
export interface WitnessStatus {
  readonly isOn: boolean;
  /** Pods of the webhook that do not tell what they put on record. */
  readonly unreadPods: number;
}

/** A Pod of the webhook, and where it answers. */
export interface WitnessPod {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

/** The Pods of the webhook, and how to ask one. */
export interface WitnessedWebhook {
  pods(): readonly WitnessPod[];
  /** Must not reject. */
  ask(pod: WitnessPod, cursor: Cursor, term: AbortSignal): Promise<Asked>;
}

/** What the keeper needs from outside. */
export interface WitnessPorts extends AskedNamespaces {
  readonly time: Time;
  readonly times: WitnessTimes;
  world(): WorldReading;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  /** `undefined`: nothing is compared. */
  readonly webhook: WitnessedWebhook | undefined;
  /** Told of each change once, in the order in which that is known. Must not throw. */
  onWitnessed(change: SeenChange, witnessed: Witnessed): void;
  /** Told after each reading. Must not throw. */
  onLook(status: WitnessStatus): void;
  /** A Pod did not tell what it records. Must not throw. */
  onUnread(pod: WitnessPod, reason: string): void;
}

/** Compares what the watch sees with what the webhook has put on record. Every process does; the one that leads tells. */
export interface WitnessKeeper {
  /** Compares until the signal aborts. Never rejects. */
  run(ending: AbortSignal): Promise<void>;
  /** The watch told of a change. */
  seen(change: StoredChange): void;
  /** This process wrote an object, and the API server said what it became. */
  wrote(uid: string, resourceVersion: string): void;
}

interface Pending {
  readonly change: SeenChange;
  readonly seenMs: number;
  readonly isAsked: boolean;
  /** A policy that another process made while it led, by its marks. */
  readonly isOfLeader: boolean;
}

/** What is known of a change, until this process leads. */
interface Held {
  readonly change: SeenChange;
  readonly witnessed: Witnessed;
  readonly atMs: number;
}

/** All that changes. */
interface Comparing {
  readonly coverage: Coverage;
  readonly ledger: Ledger;
  readonly pending: Pending[];
  readonly held: Held[];
  /** Objects that this process wrote, by uid and version; and when. */
  readonly own: Map<string, number>;
}

/** Changes that wait to be explained. Beyond, they are told as not compared. */
const MOST_PENDING = 10_000;

const ownKey = (uid: string, resourceVersion: string): string => `${uid} ${resourceVersion}`;

async function readPods(
  { coverage, ledger }: Comparing,
  { pods: podsNow, ask }: WitnessedWebhook,
  { time, onUnread }: WitnessPorts,
  term: AbortSignal,
): Promise<void> {
  const pods = podsNow();
  coverage.present(new Set(pods.map(({ pod }) => pod)), time.nowMs());
  const startMs = time.nowMs();
  await Promise.all(
    pods.map(async pod => {
      const answer = await ask(pod, coverage.cursor(pod.pod), term);
      if (term.aborted) return;
      if (answer.kind === 'failed') onUnread(pod, answer.reason);
      if (answer.kind === 'told') ledger.add(answer.recorded.entries, time.nowMs());
      coverage.asked(pod.pod, answer, startMs);
    }),
  );
}

/** What is known of a change that nothing has explained yet; `undefined`: it has to wait. */
function unexplained(
  { seenMs, isAsked: wasAsked, change }: Pending,
  { coverage }: Comparing,
  { time, times, world, ...ports }: WitnessPorts,
): Witnessed | undefined {
  const nowMs = time.nowMs();
  if (!coverage.hasRecord()) return nowMs - seenMs < times.graceMs ? undefined : 'not-compared';
  const isRead = coverage.unreadSince(seenMs + times.graceMs) === 0 && nowMs - seenMs >= times.graceMs;
  if (!isRead && nowMs - seenMs < times.giveUpMs) return undefined;
  const reading = world();
  // A namespace that is labelled otherwise meanwhile may have been left out at the time.
  if (!wasAsked || reading.kind === 'not-synced' || !isAsked(change, reading.world, ports)) return 'not-asked';
  return isRead && !coverage.isBlind(seenMs - times.lagMs, seenMs) ? 'unwitnessed' : 'not-compared';
}

function witnessedOf(pending: Pending, comparing: Comparing, ports: WitnessPorts): Witnessed | undefined {
  const { uid, marks, resourceVersion } = pending.change;
  if (comparing.ledger.take(uid, marks)) return 'recorded';
  const isOwn = pending.isOfLeader || comparing.own.delete(ownKey(uid, resourceVersion));
  return isOwn ? 'own' : unexplained(pending, comparing, ports);
}

/** Tells what is known, where this process leads, and what it has held until then. */
function tellHeld({ held }: Comparing, { time, times, isLeader, onWitnessed }: WitnessPorts): void {
  const fresh = held.splice(0).filter(({ atMs }) => time.nowMs() - atMs < times.heldMs);
  if (isLeader()) for (const { change, witnessed } of fresh) onWitnessed(change, witnessed);
  else held.push(...fresh.slice(-MOST_PENDING));
}

function settle(comparing: Comparing, ports: WitnessPorts): void {
  const { time, times, onLook } = ports;
  const { coverage, ledger, own, held } = comparing;
  const nowMs = time.nowMs();
  for (const pending of comparing.pending.splice(0)) {
    const witnessed = witnessedOf(pending, comparing, ports);
    if (witnessed === undefined) comparing.pending.push(pending);
    else held.push({ change: pending.change, witnessed, atMs: nowMs });
  }
  tellHeld(comparing, ports);
  ledger.forget(nowMs);
  coverage.forget(nowMs - times.giveUpMs - times.lagMs);
  for (const [key, atMs] of own) if (nowMs - atMs > times.giveUpMs) own.delete(key);
  onLook({ isOn: coverage.hasRecord(), unreadPods: coverage.unreadSince(nowMs - times.giveUpMs) });
}

/** A keeper that has compared nothing yet. */
export function createWitnessKeeper(ports: WitnessPorts): WitnessKeeper {
  const { time, times, world, isLeader, webhook } = ports;
  const comparing: Comparing = {
    coverage: createCoverage(),
    ledger: createLedger(),
    pending: [],
    held: [],
    own: new Map(),
  };
  return {
    run: async ending => {
      while (!ending.aborted) {
        if (webhook !== undefined) await readPods(comparing, webhook, ports, ending);
        if (!ending.aborted) settle(comparing, ports);
        await pause(time, times.everyMs, ending);
      }
    },
    seen: stored => {
      const reading = world();
      const change = seenChange(stored);
      if (change === undefined || reading.kind === 'not-synced') return;
      const nowMs = time.nowMs();
      const { pending, held } = comparing;
      if (pending.length >= MOST_PENDING) return void held.push({ change, witnessed: 'not-compared', atMs: nowMs });
      const { after } = change.change;
      const isOfLeader = !isLeader() && after !== undefined && isNetworkPolicy(after) && isMade(after);
      pending.push({ change, seenMs: nowMs, isAsked: isAsked(change, reading.world, ports), isOfLeader });
    },
    wrote: (uid, resourceVersion) => {
      comparing.own.set(ownKey(uid, resourceVersion), time.nowMs());
    },
  };
}
