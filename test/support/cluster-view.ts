import { type Client, createClient } from '../../src/adapters/kubernetes/client/client.ts';
import type { Credentials } from '../../src/adapters/kubernetes/client/credentials.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS, type WatchedKind } from '../../src/adapters/kubernetes/client/kinds.ts';
import type { Resource } from '../../src/adapters/kubernetes/client/paths.ts';
import {
  type ClusterCache,
  type ClusterCacheOptions,
  createClusterCache,
} from '../../src/adapters/kubernetes/view/cache.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import { isSame } from '../../src/core/same.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { World } from '../../src/core/world/world.ts';
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts';
import type { RawObject } from './fake-api-store.ts';
import { createFakeTime, type FakeTime } from './fake-time.ts';

/** A cache over a fake API server, in fake time. */
export interface ClusterView {
  readonly time: FakeTime;
  readonly server: FakeApiServer;
  readonly client: Client;
  readonly cache: ClusterCache;
  /** The cache holds exactly what the server holds. */
  isEqual(): boolean;
  /** Objects that a view which says it is ready has otherwise than the server, as `namespace Kind/name`. */
  differences(): readonly string[];
  /** `ready`, `stale`, `not-synced`. */
  reading(): string;
  /** Moves the clock by whole seconds until it holds, at most this many. Says whether it does. */
  until(holds: () => boolean, seconds: number): Promise<boolean>;
  /** Stops the cache. What is left of it after that: timers, and connections to the server. */
  end(): Promise<{ readonly timers: number; readonly sockets: number }>;
}

export const ROUTES: Resource = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
};

/** Few kinds, so that tests are quick: two of every cluster, one of namespaces, one that may not be installed. */
const FEW_KINDS: readonly WatchedKind[] = [
  { kind: 'builtin', resource: NAMESPACES },
  { kind: 'builtin', resource: NETWORK_POLICIES },
  { kind: 'builtin', resource: PODS },
  { kind: 'optional', group: ROUTES.group, objectKind: ROUTES.kind, versions: ['v1'] },
];

const PLURALS = ['namespaces', 'networkpolicies', 'pods'];

export const namespaceObject = (name: string, labels = {}): RawObject => ({ metadata: { name, labels } });

export const policyObject = (namespace: string, name: string, app = 'mcp'): RawObject => ({
  metadata: { namespace, name },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] },
});

export const podObject = (namespace: string, name: string, app = 'mcp', phase = 'Running'): RawObject => ({
  metadata: { namespace, name, labels: { app } },
  spec: { containers: [{ name: 'main', image: 'registry.example.com/mcp:1' }] },
  status: { phase },
});

function worldOf(server: FakeApiServer): World {
  const decode = createDecoder();
  const raw = PLURALS.flatMap(plural => server.objects(plural));
  const alive = raw.filter(({ status }) => !['Succeeded', 'Failed'].includes(Object(status).phase));
  return buildWorld(
    alive.flatMap(object => {
      const decoded = decode(object);
      return decoded.kind === 'object' ? decoded.object : [];
    }),
  );
}

/** `namespace Kind/name` of every object that the two worlds hold otherwise; Namespaces count as objects of themselves. */
function differences(a: World, b: World): readonly string[] {
  const objects = (world: World): ReadonlyMap<string, unknown> =>
    new Map(
      world.namespaceNames().flatMap(name => {
        const { namespace, policies, workloads } = world.namespace(name);
        const all = [...policies, ...workloads, ...(namespace ? [[`Namespace/${name}`, namespace] as const] : [])];
        return all.map(([key, object]) => [`${name} ${key}`, object] as const);
      }),
    );
  const [left, right] = [objects(a), objects(b)];
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter(key => !isSame(left.get(key), right.get(key))).sort();
}

/** Starts the server with a small cluster, and the cache over it. The clock stands at the first request. */
export async function startView(
  options: Partial<ClusterCacheOptions> & {
    readonly credentials?: Credentials;
    readonly prepare?: (server: FakeApiServer) => void;
  } = {},
): Promise<ClusterView> {
  const { credentials, prepare, ...rest } = options;
  const time = createFakeTime();
  const server = await startFakeApiServer(time, [NAMESPACES, NETWORK_POLICIES, PODS], credentials);
  for (const name of ['agents', 'shop']) {
    server.put('namespaces', namespaceObject(name));
    server.put('networkpolicies', policyObject(name, 'gateway-only'));
    server.put('pods', podObject(name, 'server'));
  }
  prepare?.(server);
  const client = createClient(server.connection, time);
  const cache = createClusterCache({ client, time, kinds: FEW_KINDS, ...rest });
  cache.start();
  const view: ClusterView = {
    time,
    server,
    client,
    cache,
    isEqual: () => {
      const reading = cache.read();
      return reading.kind !== 'not-synced' && differences(reading.world, worldOf(server)).length === 0;
    },
    differences: () => {
      const reading = cache.read();
      return reading.kind === 'ready' ? differences(reading.world, worldOf(server)) : [];
    },
    reading: () => cache.read().kind,
    until: async (holds, seconds) => {
      for (let second = 0; second < seconds && !holds(); second += 1) await time.advance(1_000);
      return holds();
    },
    end: async () => {
      await cache.stop();
      client.close();
      await time.settle();
      const left = { timers: time.pending(), sockets: server.sockets() };
      await server.close();
      return left;
    },
  };
  return view;
}
