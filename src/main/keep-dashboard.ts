import { resolve } from 'node:path';
import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import type { ClusterCache } from '../adapters/kubernetes/view/cache.ts';
import { cacheHealth } from '../adapters/kubernetes/view/cache-health.ts';
import type { ReadableKinds } from '../adapters/kubernetes/view/read-cluster.ts';
import { identityHash } from '../adapters/system/identity-hash.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createDashboard, DASHBOARD_TIMES, type Dashboard } from '../app/dashboard/keep.ts';
import type { CheckRow } from '../app/dashboard/model.ts';
import { pause } from '../app/time.ts';
import type { WorldReading } from '../app/world-reading.ts';
import type { ChosenCluster } from '../cli/chosen-cluster.ts';
import { type DashboardFacts, readDashboardFacts } from '../cli/dashboard-facts.ts';
import { createModelMaker } from '../cli/dashboard-model.ts';
import { followRecord } from '../cli/dashboard-record.ts';
import { examineCluster } from '../cli/doctor.ts';
import { loadOtherConfiguration } from '../cli/gate-configuration.ts';
import type { Io } from '../cli/io.ts';
import { COUNTING_NAME } from '../core/gate/stored-gate-policy.ts';
import { GateError } from '../errors.ts';
import type { WatchedCluster } from './cluster.ts';

/** Milliseconds between two readings of what is not watched: the configuration, what the gate keeps, and records. */
const FACTS_MS = 30_000;
/** Between two times that the checklist of `doctor` is gone through, which reads the whole cluster. */
const CHECKS_MS = 600_000;

/** What a dashboard is kept of. */
export interface DashboardWiring {
  /** The cluster, to be asked for what is not watched. */
  readonly chosen: ChosenCluster;
  readonly watched: WatchedCluster;
  readonly readable: Pick<Repeated<ReadableKinds>, 'current' | 'trouble'>;
  /** The configuration that is written somewhere; `undefined`: that of the cluster holds, or of the folder. */
  readonly loadWritten: () => Promise<LoadedGatePolicy | undefined>;
  /** Files of records. */
  readonly record: readonly string[];
  /** Where a configuration is looked for that nothing else gives. */
  readonly workingFolder: string;
  /** Told of an error of ours. Must not throw. */
  readonly onBug: (error: unknown) => void;
}

/** Something that is read again and again. Where a reading fails, the last one stays: that the API server does not answer is told by what is watched. */
interface Repeated<Value> {
  /** `undefined`: nothing has been read yet. */
  current(): Value | undefined;
  /** Why the last reading failed, where nothing has been read yet; else empty. */
  trouble(): string;
  /** Reads now and after each pause, while it is needed, until the signal aborts. Never rejects. */
  run(isNeeded: () => boolean, onRead: () => void): Promise<void>;
}

/** Milliseconds between two looks whether something is due. */
const LOOK_MS = 500;

/** Milliseconds after a reading that failed. */
const FAILED_MS = 5_000;

/** Reads something again and again until a cluster is watched no more. */
export function repeat<Value>(
  read: () => Promise<Value>,
  everyMs: number,
  { watched: { ended }, onBug }: Pick<DashboardWiring, 'onBug'> & { readonly watched: Pick<WatchedCluster, 'ended'> },
): Repeated<Value> {
  let current: Value | undefined;
  let trouble = '';
  let dueMs = Number.NEGATIVE_INFINITY;
  const readOnce = async (onRead: () => void): Promise<void> => {
    try {
      current = await read();
      trouble = '';
      dueMs = SYSTEM_TIME.nowMs() + everyMs;
      onRead();
    } catch (error) {
      dueMs = SYSTEM_TIME.nowMs() + FAILED_MS;
      if (error instanceof GateError && current === undefined) trouble = error.message;
      if (!(error instanceof GateError || ended.aborted)) onBug(error);
    }
  };
  return {
    current: () => current,
    trouble: () => trouble,
    run: async (isNeeded, onRead) => {
      while (!ended.aborted) {
        if (isNeeded() && SYSTEM_TIME.nowMs() >= dueMs) await readOnce(onRead);
        await pause(SYSTEM_TIME, LOOK_MS, ended);
      }
    },
  };
}

/** What keeps the cluster from being read: what was asked last of each kind that has not been read once. */
function unreadKinds(cache: Pick<ClusterCache, 'read' | 'status'>): readonly string[] {
  if (cacheHealth(cache).ok) return [];
  return cache
    .status()
    .filter(({ lastContactMs, lastError }) => lastContactMs === undefined && lastError !== '')
    .map(({ id, lastError }) => `${id} cannot be read: ${lastError}`);
}

/** The configuration that holds at this moment. */
function createConfiguration({ watched: { cache }, workingFolder }: DashboardWiring, facts: Repeated<DashboardFacts>) {
  return async (): Promise<LoadedGatePolicy> => {
    const gatePolicy = cache.resources().gatePolicies.find(({ name }) => name === COUNTING_NAME);
    return facts.current()?.written ?? loadOtherConfiguration({ gatePolicy }, { workingFolder });
  };
}

/** What is told of the kinds before it is known; no model is made by it. */
const NOTHING_KNOWN = { refusals: [], notServed: [], blocksHoldNodes: undefined } as const;

/** Nothing is told of how far the reading is: nobody looks there. */
const QUIET: Pick<Io, 'stderr'> = {
  stderr: { isTerminal: () => false, isClosed: () => false, write: async () => undefined },
};

/** Goes through the checklist of `doctor`. */
function readChecks({ chosen }: DashboardWiring, configured: () => Promise<LoadedGatePolicy>) {
  return async (): Promise<readonly CheckRow[]> => {
    const configure = async () => {
      const { policy, source } = await configured();
      if (policy === undefined) throw new GateError('bad-configuration', `${source} cannot be used`);
      return { policy, source, needsGatePolicy: false };
    };
    return (await examineCluster(chosen, configure, QUIET)).checks;
  };
}

/** A dashboard over a cluster that is watched. `run` works until that ends, and never rejects. */
export function keepDashboard(wiring: DashboardWiring): Pick<
  Dashboard,
  'current' | 'standing' | 'follow' | 'isFollowed'
> & {
  run(): Promise<unknown>;
} {
  const { chosen, watched, readable, record, loadWritten, workingFolder, onBug } = wiring;
  const { cache, networks, connection, ended } = watched;
  const followed = followRecord(record.map(file => resolve(workingFolder, file)));
  const facts = repeat(() => readDashboardFacts(chosen, followed, loadWritten), FACTS_MS, wiring);
  const configured = createConfiguration(wiring, facts);
  const checks = repeat(readChecks(wiring, configured), CHECKS_MS, wiring);
  const makeModel = createModelMaker();
  const isKnown = (): boolean => facts.current() !== undefined && readable.current() !== undefined;
  const dashboard = createDashboard({
    time: SYSTEM_TIME,
    times: DASHBOARD_TIMES,
    nowMs: Date.now,
    world: (): WorldReading => (isKnown() ? cache.read() : { kind: 'not-synced' }),
    model: async (world, run) => {
      const moment = {
        world,
        loaded: await configured(),
        facts: facts.current(),
        watched: {
          ...(readable.current() ?? NOTHING_KNOWN),
          enforcement: watched.enforcement(),
          networks: networks.facts(),
          server: connection.server.origin,
        },
        checks: checks.current() ?? null,
        hasRecord: record.length > 0,
        gateNamespace: chosen.gateNamespace,
        nowMs: Date.now(),
      };
      return makeModel(moment, run);
    },
    troubles: () => [
      ...[readable.trouble(), facts.trouble()].filter(text => text !== ''),
      ...(facts.current()?.troubles ?? []),
      ...unreadKinds(cache),
    ],
    idOf: identityHash,
    onBug,
  });
  return {
    ...dashboard,
    run: () => {
      const { touch, isFollowed } = dashboard;
      cache.onChange(changed => {
        if (!changed.isVersionAlone()) touch();
      });
      watched.onToldChange(touch);
      return Promise.all([facts.run(isFollowed, touch), checks.run(isFollowed, touch), dashboard.run(ended)]);
    },
  };
}
