import type { LoadedGatePolicy } from '../adapters/config/load.ts';
import { buildDashboardServer } from '../adapters/dashboard/server.ts';
import { listen } from '../adapters/http/listen.ts';
import { cacheHealth } from '../adapters/kubernetes/view/cache-health.ts';
import { findReadableKinds, type ReadableKinds } from '../adapters/kubernetes/view/read-cluster.ts';
import { loadDashboardAssets } from '../adapters/page/dashboard-assets.ts';
import { renderDashboard } from '../adapters/page/document.ts';
import { identityHash } from '../adapters/system/identity-hash.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { createDashboard, DASHBOARD_TIMES, type Dashboard } from '../app/dashboard/keep.ts';
import { pause } from '../app/time.ts';
import { type ChosenCluster, connectToChosen } from '../cli/chosen-cluster.ts';
import type { CommandSpecific } from '../cli/commands.ts';
import { type DashboardFacts, readDashboardFacts } from '../cli/dashboard-facts.ts';
import { dashboardModel } from '../cli/dashboard-model.ts';
import { loadOtherConfiguration } from '../cli/gate-configuration.ts';
import type { Io } from '../cli/io.ts';
import { COUNTING_NAME } from '../core/gate/stored-gate-policy.ts';
import { GateError } from '../errors.ts';
import { type WatchedCluster, watchCluster } from './cluster.ts';

type Options = CommandSpecific['dashboard'];

/** A dashboard that runs. */
export interface RunningDashboard {
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds between two readings of what is not watched: the configuration, and what the gate keeps. */
const FACTS_MS = 30_000;

const HOST = '127.0.0.1';

/** What is not watched, read again and again. */
interface FollowedFacts {
  current(): DashboardFacts;
  /** Reads until the signal aborts. Never rejects. */
  run(onRead: () => void): Promise<void>;
}

/** Where a later reading fails, the last one stays: that the API server does not answer is told by what is watched. */
async function followFacts(
  chosen: ChosenCluster,
  watched: WatchedCluster,
  { config }: Options,
  io: Io,
  onBug: (error: unknown) => void,
): Promise<FollowedFacts> {
  const read = (): Promise<DashboardFacts> => readDashboardFacts(chosen, config, io);
  let current = await read();
  return {
    current: () => current,
    run: async onRead => {
      while (!watched.ended.aborted) {
        await pause(SYSTEM_TIME, FACTS_MS, watched.ended);
        try {
          current = await read();
          onRead();
        } catch (error) {
          if (!(error instanceof GateError)) onBug(error);
        }
      }
    },
  };
}

/** What keeps the cluster from being read: what was asked last of each kind that has not been read once. */
function unreadKinds({ cache }: WatchedCluster): readonly string[] {
  if (cacheHealth(cache).ok) return [];
  return cache
    .status()
    .filter(({ lastContactMs, lastError }) => lastContactMs === undefined && lastError !== '')
    .map(({ id, lastError }) => `${id} cannot be read: ${lastError}`);
}

/** The dashboard over a cluster that is watched. */
function dashboardOver(
  watched: WatchedCluster,
  readable: ReadableKinds,
  facts: FollowedFacts,
  io: Io,
  onBug: (error: unknown) => void,
): Dashboard {
  const { cache, networks, connection } = watched;
  const loaded = (): Promise<LoadedGatePolicy> => {
    const gatePolicy = cache.resources().gatePolicies.find(({ name }) => name === COUNTING_NAME);
    return loadOtherConfiguration({ gatePolicy }, io);
  };
  return createDashboard({
    time: SYSTEM_TIME,
    times: DASHBOARD_TIMES,
    nowMs: Date.now,
    world: cache.read,
    model: async world =>
      dashboardModel({
        world,
        loaded: facts.current().written ?? (await loaded()),
        facts: facts.current(),
        watched: {
          ...readable,
          enforcement: watched.enforcement(),
          networks: networks.facts(),
          server: connection.server.origin,
        },
        day: new Date().toISOString().slice(0, 10),
      }),
    troubles: () => [...facts.current().troubles, ...unreadKinds(watched)],
    idOf: identityHash,
    onBug,
  });
}

/** Begins to watch the cluster that the options choose, and serves the dashboard of it. Rejects with a GateError where there is none, it does not answer, or the port is taken. */
export async function startDashboard(
  options: Options,
  io: Io,
  onBug: (error: unknown) => void,
): Promise<RunningDashboard> {
  const { kubeconfig, context, port } = options;
  const chosen = await connectToChosen(options, io);
  const readable = await findReadableKinds(chosen.client, SYSTEM_TIME);
  const watched = await watchCluster({ kubeconfig, context, env: io.env, home: io.home }, onBug, readable);
  const facts = await followFacts(chosen, watched, options, io, onBug);
  const dashboard = dashboardOver(watched, readable, facts, io, onBug);
  let served = port;
  const server = buildDashboardServer({
    page: renderDashboard(await loadDashboardAssets()),
    dashboard,
    place: () => ({ kind: 'loopback', port: served }),
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await watched.stop();
    chosen.client.close();
  };
  try {
    served = await listen(server, HOST, port);
  } catch (error) {
    await stop();
    throw error;
  }
  watched.cache.onChange(dashboard.touch);
  watched.onToldChange(dashboard.touch);
  const running = [facts.run(dashboard.touch), dashboard.run(watched.ended)];
  return {
    url: `http://${HOST}:${served}/`,
    close: async () => {
      await stop();
      await Promise.all(running);
    },
  };
}
