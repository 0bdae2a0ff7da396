import type { StoredResources } from '../../../app/custom-resources/keep-statuses.ts';
import { hasStandIn, unlistedObject } from '../../../app/report/unlisted.ts';
import type { Time } from '../../../app/time.ts';
import type { WorldReading } from '../../../app/world-reading.ts';
import { readStoredGatePolicy, type StoredGatePolicy } from '../../../core/gate/stored-gate-policy.ts';
import { createDecoder } from '../../../core/kube/decode.ts';
import type { GatewayFact } from '../../../core/kube/gateway-fact.ts';
import type { Fields } from '../../../core/kube/reading.ts';
import { ALL_GRANTS } from '../../../core/kube/reference-grant.ts';
import { UNREAD_SETTINGS } from '../../../core/kube/settings-maps.ts';
import type { GateException, KubeObject, Node } from '../../../core/kube/types.ts';
import { lazily } from '../../../core/lazily.ts';
import { isSame } from '../../../core/same.ts';
import { isGateException, isNode } from '../../../core/world/object-kinds.ts';
import { SYSTEM_TIME } from '../../system/time.ts';
import type { Client } from '../client/client.ts';
import { createDiscovery } from '../client/discovery.ts';
import { GATE_POLICY, kindId, SERVICE_CIDR, WATCHED_KINDS, type WatchedKind } from '../client/kinds.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { askedFor, findKind } from './find-kind.ts';
import { createInterner } from './interning.ts';
import {
  createListWatch,
  type ListWatch,
  type ListWatchOptions,
  type ListWatchStatus,
  type ListWatchTimes,
} from './list-watch.ts';
import { createObjectStore, type Delta, type Follower, type ObjectStore, type Read } from './object-store.ts';
import { readKubeObject, readServiceCidr } from './read-object.ts';
import { createWorldIndex } from './world-index.ts';

/** Which object may have changed. What it is now must be read from the world: several changes may have become one. */
interface ChangedObject {
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Whether it says what it said, but for its resourceVersion: somebody wrote a status, or a field that nothing is judged by. Compared when it is first asked. */
  readonly isVersionAlone: () => boolean;
}

/** How the view of one kind stands. */
interface KindStatus extends ListWatchStatus {
  /** `group/Kind`. */
  readonly id: string;
  /** Objects that are there, finished Pods included. */
  readonly objects: number;
  /** Objects that are there and could not be read: while there are any, the view is not trusted. */
  readonly unreadable: number;
}

/** A live view of one cluster. */
export interface ClusterCache {
  start(): void;
  /** What is known now. Costs nothing. */
  read(): WorldReading;
  /** Milliseconds since the view was known to be right, of its oldest part; infinite where a part has not been read once. */
  ageMs(): number;
  /** Puts what controllers of gateways are told into the world; before, it is not known. */
  setSettings(facts: readonly GatewayFact[]): void;
  /** The cluster's service ranges, sorted; empty where it serves no ServiceCIDRs or they are not read yet. */
  serviceCidrs(): readonly string[];
  /** The objects of our own kinds; none where they are not served or not read yet. */
  resources(): StoredResources;
  status(): readonly KindStatus[];
  /** Calls the listener once for each change, after the world shows it. Returns what ends that. */
  onChange(listener: (changed: ChangedObject) => void): () => void;
  /** Ends every request and timer. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface ClusterCacheOptions {
  readonly client: Client;
  readonly time?: Time;
  /** Milliseconds without proof after which the view is stale. */
  readonly staleMs?: number;
  /** Absent: all that are judged. */
  readonly kinds?: readonly WatchedKind[];
  readonly times?: Partial<ListWatchTimes>;
  /** Is told of every version of the objects that are judged; `changed` after the world shows it. Absent: nobody is. */
  readonly follower?: Follower<KubeObject> | undefined;
  /** Told of an error that a listener threw, or our own code on an object: each is a bug. Must not throw. */
  readonly onBug?: (error: unknown) => void;
}

const DEFAULT_STALE_MS = 30_000;
/** Two, so that one list that hangs does not hold up all others. */
const LISTS_AT_ONCE = 2;

/** Times that keep every kind's proof younger than half of what counts as stale, and than ten seconds where that is long; gentle where events come anyway. */
const timesFor = (staleMs: number): ListWatchTimes => ({
  watchMs: 240_000,
  absentMs: 20_000,
  tickMs: Math.min(staleMs, DEFAULT_STALE_MS) / 6,
  quietMs: Math.min(staleMs, DEFAULT_STALE_MS) / 3,
  silenceMs: 90_000,
  compareMs: 600_000,
  graceMs: 5_000,
  outageMs: (2 * Math.min(staleMs, DEFAULT_STALE_MS)) / 3,
});

/** Whether it can be used is told where it is decoded: to the view, every one is readable. */
const readGatePolicyObject = (raw: Fields): Read<StoredGatePolicy> => ({
  kind: 'value',
  value: readStoredGatePolicy(raw),
});

interface Watched {
  readonly id: string;
  readonly isBuiltin: boolean;
  readonly store: ObjectStore;
  readonly listWatch: ListWatch;
}

/** Calls that must not end the loop which makes them. */
function createListeners(onBug: (error: unknown) => void) {
  const listeners = new Set<(changed: ChangedObject) => void>();
  return {
    add: (listener: (changed: ChangedObject) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (changed: ChangedObject) => {
      for (const listener of listeners) {
        try {
          listener(changed);
        } catch (error) {
          onBug(error);
        }
      }
    },
  };
}

/** A Node whose status says that it lives, as it does all the time: nothing is judged by that. */
function isHeartbeat({ before, after }: Delta<KubeObject>): boolean {
  if (before === undefined || after === undefined || !isNode(before) || !isNode(after)) return false;
  const judged = ({ meta, nodeAddresses, internalAddresses }: Node): unknown => [
    meta.labels,
    nodeAddresses,
    internalAddresses,
  ];
  return isSame(judged(before), judged(after));
}

const NEVER = (): boolean => false;

/** Whether both states are the same but for their resourceVersion. */
function isVersionAlone({ before, after }: Delta<KubeObject>): boolean {
  if (before === undefined || after === undefined) return false;
  const { resourceVersion } = after.meta;
  return isSame({ ...before, meta: { ...before.meta, resourceVersion } }, after);
}

/** The age of the oldest kind's proof; infinite where some kind has not been read once. */
function ageOf(statuses: readonly ListWatchStatus[], nowMs: number): number {
  let age = 0;
  for (const { installed, lastContactMs } of statuses) {
    if (lastContactMs === undefined) return Number.POSITIVE_INFINITY;
    // A kind that is not served is looked for now and then; nothing of it can be out of date in between.
    if (installed !== false) age = Math.max(age, nowMs - lastContactMs);
  }
  return age;
}

/** A cache that is not started. One for each process and cluster. */
export function createClusterCache(options: ClusterCacheOptions): ClusterCache {
  const { client, time = SYSTEM_TIME, staleMs = DEFAULT_STALE_MS, kinds = WATCHED_KINDS } = options;
  const onBug = options.onBug ?? (() => undefined);
  const times = { ...timesFor(staleMs), ...options.times };
  const ending = new AbortController();
  const discovery = createDiscovery(client, time, ending.signal);
  const listeners = createListeners(onBug);
  const index = createWorldIndex();
  let settings: readonly GatewayFact[] = [UNREAD_SETTINGS];
  for (const standIn of [UNREAD_SETTINGS, ALL_GRANTS]) index.change(undefined, standIn);
  const decode = createDecoder();
  const interner = createInterner();
  const listLimit = createConcurrencyLimit(LISTS_AT_ONCE);
  const cidrs = new Map<string, readonly string[]>();
  const gatePolicies = new Map<string, StoredGatePolicy>();
  const gateExceptions = new Map<string, GateException>();
  let running: Promise<unknown> | undefined;

  /** A reader that gives an error of ours the meaning of an unreadable object, rather than of an absent one. */
  const safely =
    <Value>(read: (raw: Fields) => Read<Value>) =>
    (raw: Fields): Read<Value> => {
      try {
        return read(raw);
      } catch (error) {
        onBug(error);
        return { kind: 'unreadable', reason: String(error) };
      }
    };
  const onObject = (delta: Delta<KubeObject>): void => {
    if (isHeartbeat(delta)) return;
    const { key, before, after } = delta;
    index.change(before, after);
    if (after !== undefined && isGateException(after)) gateExceptions.set(key, after);
    else if (before !== undefined && isGateException(before)) gateExceptions.delete(key);
    const meta = (after ?? before)?.meta;
    const kind = (after ?? before)?.kind;
    if (meta && kind) {
      const { namespace, name } = meta;
      listeners.tell({ kind, namespace, name, isVersionAlone: lazily(() => isVersionAlone(delta)) });
    }
  };
  const onCidr = ({ key, after }: Delta<readonly string[]>): void => {
    if (after === undefined) cidrs.delete(key);
    else cidrs.set(key, after);
    listeners.tell({ kind: SERVICE_CIDR, namespace: '', name: key.slice(1), isVersionAlone: NEVER });
  };
  const onGatePolicy = ({ key, before, after }: Delta<StoredGatePolicy>): void => {
    if (after === undefined) gatePolicies.delete(key);
    else gatePolicies.set(key, after);
    // Our own controller writes its status: nothing is judged by that.
    const isStatusAlone = JSON.stringify(before?.document) === JSON.stringify(after?.document);
    if (!isStatusAlone) listeners.tell({ kind: GATE_POLICY, namespace: '', name: key.slice(1), isVersionAlone: NEVER });
  };
  /** Keeps what stands for the objects of a kind while they cannot be listed. */
  const standInFor = (kind: WatchedKind): ListWatchOptions['unlisted'] => {
    let standIn: KubeObject | undefined;
    return {
      asked: askedFor(kind),
      onChange: refusal => {
        const before = standIn;
        // Whatever policies of the kind may select is not known then; of Calico, also what its sets and tiers give a meaning to.
        standIn = refusal && unlistedObject(refusal, true);
        onObject({ key: kindId(kind), before, after: standIn });
      },
      isServerThere,
    };
  };
  /** A kind that every API server serves has been proven not long ago. */
  const isServerThere = (): boolean =>
    watched.some(({ isBuiltin, listWatch }) => {
      const { lastContactMs } = listWatch.status();
      return isBuiltin && lastContactMs !== undefined && time.nowMs() - lastContactMs <= times.quietMs;
    });
  const storeFor = (id: string): ObjectStore => {
    if (id.endsWith(`/${SERVICE_CIDR}`)) return createObjectStore({ read: safely(readServiceCidr), onDelta: onCidr });
    if (id.endsWith(`/${GATE_POLICY}`))
      return createObjectStore({ read: safely(readGatePolicyObject), onDelta: onGatePolicy });
    const read = safely(raw => readKubeObject(raw, decode, interner));
    return createObjectStore({ read, onDelta: onObject, follower: options.follower });
  };
  const watched: readonly Watched[] = kinds.map(kind => {
    const id = kindId(kind);
    const store = storeFor(id);
    const resolve = () => findKind(discovery, kind);
    const isBuiltin = kind.kind === 'builtin';
    // Every API server serves what is built in: without it nothing can be judged.
    const unlisted = isBuiltin || !hasStandIn(id) ? undefined : standInFor(kind);
    const listWatch = createListWatch({ client, time, store, times, listLimit, resolve, unlisted });
    return { id, isBuiltin, store, listWatch };
  });

  const ageMs = (): number =>
    ageOf(
      watched.map(({ listWatch }) => listWatch.status()),
      time.nowMs(),
    );

  return {
    start: () => {
      running ??= Promise.all(watched.map(({ listWatch }) => listWatch.run(ending.signal)));
    },
    read: () => {
      const age = ageMs();
      if (age === Number.POSITIVE_INFINITY) return { kind: 'not-synced' };
      return age > staleMs
        ? { kind: 'stale', world: index.world(), ageMs: age }
        : { kind: 'ready', world: index.world() };
    },
    ageMs,
    serviceCidrs: () => [...new Set([...cidrs.values()].flat())].sort(),
    resources: () => ({ gatePolicies: [...gatePolicies.values()], gateExceptions: [...gateExceptions.values()] }),
    status: () =>
      watched.map(({ id, store, listWatch }) => ({
        id,
        objects: store.size,
        unreadable: store.unreadable.size,
        ...listWatch.status(),
      })),
    setSettings: facts => {
      for (const fact of settings) index.change(fact, undefined);
      for (const fact of facts) index.change(undefined, fact);
      settings = facts;
    },
    onChange: listeners.add,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
