import type { ObjectRef } from '../../core/kube/types.ts';
import { causeIdentity, findingIdentity } from '../report/identity.ts';
import type { SurveyedNamespace, SurveyListener } from '../survey/keep.ts';
import type { SurveyedServer } from '../survey/servers-in.ts';
import { pause, type Time } from '../time.ts';
import { addedReviews, type PodCounts, type PodReadings, readingsAfter } from './reviews.ts';
import {
  afterReviews,
  afterSighting,
  findingKey,
  type History,
  type ModeSeen,
  type NamespaceHistory,
  type SeenDates,
  type ServerHistory,
  serverKey,
} from './state.ts';
import { merged, SHARD_NUMBERS, type StoredShard, shardsOf, shardText } from './text.ts';

/** In milliseconds. */
export interface HistoryTimes {
  /** Between two passes. */
  readonly everyMs: number;
  /** Between two writes of one part, and between two tries to read. */
  readonly restMs: number;
  /** After which a part is written although nothing in it has changed: by that is known how long something was there when nobody looked. */
  readonly refreshMs: number;
}

export const HISTORY_TIMES: HistoryTimes = { everyMs: 5_000, restMs: 60_000, refreshMs: 6 * 3_600_000 };

/** Where the parts are kept. Both reject with a GateError where there is no answer, or another than was hoped for. */
export interface HistoryStore {
  /** All parts, in order. */
  read(term: AbortSignal): Promise<readonly StoredShard[]>;
  /** `text`: of the namespaces of the part. */
  write(shard: number, text: string, looked: number, term: AbortSignal): Promise<void>;
}

/** Takes notes; must never throw and never wait. */
export interface HistoryTelemetry {
  /** A part was written. `isCut`: something had no room. */
  wrote(shard: number, bytes: number, isCut: boolean): void;
  historyFailed(error: unknown): void;
}

/** What the keeper needs from outside. */
export interface HistoryPorts {
  readonly time: Time;
  readonly times: HistoryTimes;
  /** Milliseconds since 1970. The clock may be set back and forth. */
  nowMs(): number;
  /** Whether this process leads at this very moment. */
  isLeader(): boolean;
  readonly store: HistoryStore;
  readonly telemetry: HistoryTelemetry;
  /** Asks the Pods of the webhook what they have counted. Must not reject. */
  reviews(term: AbortSignal): Promise<readonly PodCounts[]>;
  /** Stable text of at least eight characters that stands for an identity. */
  readonly idOf: (identity: string) => string;
  /** Has every namespace looked at again, and told. */
  lookAgain(): void;
}

/** Keeps since when each server and each finding is seen, while this process leads. It hears of them by the survey. */
export interface HistoryKeeper extends SurveyListener {
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
  /** When what is found of a server was seen; `undefined`: not known. */
  seen(subject: ObjectRef, rule: string, identity: string): SeenDates | undefined;
  /** From when on a server has been judged, in seconds since 1970; `undefined`: not known. */
  judgedSince(subject: ObjectRef): number | undefined;
  /** The modes that a namespace was seen in, oldest first; empty: not known. */
  modes(namespace: string): readonly ModeSeen[];
}

/** A term of the keeper, with all that changes in it. */
interface Keeping {
  readonly history: Map<string, NamespaceHistory>;
  /** When each namespace was last looked at, in seconds since 1970. */
  readonly looked: Map<string, number>;
  /** What stands in each part as far as this process wrote it, and when it did or tried. */
  readonly written: Map<number, { readonly text: string; readonly atMs: number }>;
  /** When those who kept it before last looked, in seconds since 1970. */
  lookedBefore: number;
  /** What is stored was read: until then nothing may be written over it. */
  isRead: boolean;
  readMs: number;
  /** What the Pods of the webhook had counted when they were last asked; `undefined`: they were not asked yet. */
  counted: PodReadings | undefined;
  countedMs: number;
}

const startOf = (): Keeping => ({
  history: new Map(),
  looked: new Map(),
  written: new Map(),
  lookedBefore: 0,
  isRead: false,
  readMs: Number.NEGATIVE_INFINITY,
  counted: undefined,
  countedMs: Number.NEGATIVE_INFINITY,
});

const secondsOf = ({ nowMs }: Pick<HistoryPorts, 'nowMs'>): number => Math.floor(nowMs() / 1000);

function keysOf({ decision }: SurveyedServer, idOf: HistoryPorts['idOf']): ReadonlySet<string> {
  const { findings, causes, excepted, subject } = decision;
  return new Set([
    ...[...findings, ...excepted].map(one => findingKey(one.rule, idOf(findingIdentity(one)))),
    ...causes.map(cause => findingKey(cause.code, idOf(causeIdentity(cause, subject)))),
  ]);
}

function note({ name, uid, mode, servers }: SurveyedNamespace, keeping: Keeping, ports: HistoryPorts): void {
  const { history, looked, lookedBefore } = keeping;
  const now = secondsOf(ports);
  const there = new Map(servers.map(one => [serverKey(one.decision.subject), keysOf(one, ports.idOf)]));
  const times = { now, before: looked.get(name) ?? lookedBefore };
  const after = afterSighting(history.get(name), { uid, mode, servers: there }, times);
  if (after === undefined) {
    history.delete(name);
    looked.delete(name);
    return;
  }
  history.set(name, after);
  looked.set(name, now);
}

/** Namespaces that went while nobody looked. */
function noteGone(withServers: ReadonlySet<string>, keeping: Keeping, ports: HistoryPorts): void {
  for (const [name, { servers }] of keeping.history) {
    const isOpen = [...servers.values()].some(({ last }) => last === undefined);
    if (isOpen && !withServers.has(name)) note({ name, uid: '', mode: 'off', servers: [] }, keeping, ports);
  }
}

async function read(keeping: Keeping, { store, time }: HistoryPorts, term: AbortSignal): Promise<void> {
  keeping.readMs = time.nowMs();
  const shards = await store.read(term);
  const stored: History = merged(shards.map(({ namespaces }) => namespaces));
  keeping.history.clear();
  keeping.looked.clear();
  for (const [name, namespace] of stored) keeping.history.set(name, namespace);
  keeping.lookedBefore = Math.max(0, ...shards.map(({ looked }) => looked));
  keeping.isRead = true;
}

/** Writes a part, where something in it has changed, or it has stood there for long. */
async function writePart(
  [shard, part]: readonly [number, History],
  { written }: Keeping,
  ports: HistoryPorts,
  term: AbortSignal,
): Promise<void> {
  const { time, times, store, telemetry } = ports;
  const known = written.get(shard);
  const { text, isCut } = shardText(part);
  if (known?.text === text && time.nowMs() - known.atMs < times.refreshMs) return;
  // Before it is tried: after a write that fails, the next one waits as long as after any other.
  written.set(shard, { text: '', atMs: time.nowMs() });
  await store.write(shard, text, secondsOf(ports), term);
  written.set(shard, { text, atMs: time.nowMs() });
  telemetry.wrote(shard, Buffer.byteLength(text), isCut);
}

async function write(keeping: Keeping, ports: HistoryPorts, term: AbortSignal): Promise<void> {
  const { time, times, isLeader } = ports;
  const isRested = (shard: number): boolean =>
    time.nowMs() - (keeping.written.get(shard)?.atMs ?? Number.NEGATIVE_INFINITY) >= times.restMs;
  const due = SHARD_NUMBERS.filter(isRested);
  if (due.length === 0) return;
  const shards = shardsOf(keeping.history);
  for (const shard of due) {
    if (term.aborted || !isLeader()) return;
    await writePart([shard, shards[shard] ?? new Map()], keeping, ports, term);
  }
}

/** Adds what the Pods of the webhook have counted since they were last asked. */
async function count(keeping: Keeping, ports: HistoryPorts, term: AbortSignal): Promise<void> {
  const { time, times } = ports;
  if (time.nowMs() - keeping.countedMs < times.restMs) return;
  keeping.countedMs = time.nowMs();
  const pods = await ports.reviews(term);
  for (const [name, added] of addedReviews(keeping.counted, pods))
    keeping.history.set(name, afterReviews(keeping.history.get(name), added, secondsOf(ports)));
  keeping.counted = readingsAfter(keeping.counted ?? new Map(), pods);
}

async function pass(keeping: Keeping, ports: HistoryPorts, term: AbortSignal): Promise<void> {
  const { time, times, lookAgain } = ports;
  if (keeping.isRead) {
    await count(keeping, ports, term);
    return write(keeping, ports, term);
  }
  if (time.nowMs() - keeping.readMs < times.restMs) return;
  await read(keeping, ports, term);
  lookAgain();
}

/** A history that is kept nowhere yet. */
export function createHistoryKeeper(ports: HistoryPorts): HistoryKeeper {
  const { time, times, telemetry, idOf } = ports;
  let running: Promise<void> = Promise.resolve();
  let keeping = startOf();

  const tell = (error: unknown, term: AbortSignal): void => {
    if (!term.aborted) telemetry.historyFailed(error);
  };

  const keep = async (term: AbortSignal): Promise<void> => {
    while (!term.aborted) {
      await pause(time, times.everyMs, term);
      if (!term.aborted) await pass(keeping, ports, term).catch(error => tell(error, term));
    }
  };

  const serverOf = (subject: ObjectRef): ServerHistory | undefined =>
    keeping.isRead ? keeping.history.get(subject.namespace)?.servers.get(serverKey(subject)) : undefined;

  return {
    begins: async term => {
      keeping = startOf();
      await read(keeping, ports, term).catch(error => tell(error, term));
    },
    looked: seen => note(seen, keeping, ports),
    completed: withServers => noteGone(withServers, keeping, ports),
    seen: (subject, rule, identity) => serverOf(subject)?.findings.get(findingKey(rule, idOf(identity))),
    judgedSince: subject => serverOf(subject)?.since,
    modes: namespace => (keeping.isRead ? (keeping.history.get(namespace)?.modes ?? []) : []),
    lead: term => {
      running = running.then(() => keep(term));
    },
    stopped: () => running,
  };
}
