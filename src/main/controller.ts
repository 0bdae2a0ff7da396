import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { buildHealthServer, type HealthCheck } from '../adapters/http/health.ts';
import { listen } from '../adapters/http/listen.ts';
import type { ChangedObject } from '../adapters/kubernetes/view/cache.ts';
import { createLeaseClient } from '../adapters/kubernetes/writes/lease-client.ts';
import { CONTROLLER_NAME } from '../adapters/kubernetes/writes/write-action.ts';
import { createWriter, type Writer } from '../adapters/kubernetes/writes/writer.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { type ControllerMetrics, createControllerMetrics } from '../adapters/telemetry/controller-metrics.ts';
import { createLog, type Log } from '../adapters/telemetry/log.ts';
import { ROTATION_TIMES, type RotationTimes } from '../app/certificates/validity.ts';
import { createElection, type Election } from '../app/controller/elect.ts';
import { createHeldPods, type HeldPods } from '../app/controller/held-pods.ts';
import { LEASE_TIMES, type LeaseTimes } from '../app/controller/lease.ts';
import { createWorkQueue, type WorkQueue } from '../app/controller/work-queue.ts';
import type { AbsentPolicy, Mode } from '../core/gate/types.ts';
import { GateError } from '../errors.ts';
import { type ClusterChoice, type WatchedCluster, watchCluster } from './cluster.ts';
import { cacheHealth, untilReady } from './cluster-world.ts';
import type { CertificateKeeper } from './controller-certificates.ts';
import { createWorker } from './controller-worker.ts';
import { reloadText, type ServedPolicy, servePolicy } from './serve-policy.ts';

export interface ControllerOptions {
  readonly cluster: ClusterChoice;
  /** Of the lease; absent: the namespace of the context, or of the pod. */
  readonly namespace?: string | undefined;
  readonly config?: string | undefined;
  readonly workingFolder: string;
  readonly host: string;
  /** 0: a free one. */
  readonly healthPort: number;
  readonly absentPolicy?: AbsentPolicy | undefined;
  readonly mode?: Mode | undefined;
  /** The strictest mode that any namespace has; absent: enforce. */
  readonly modeLimit?: Mode | undefined;
  /** Whether it makes the webhook's certificates, and tells the API server to trust them. */
  readonly manageCertificates?: boolean | undefined;
  /** Of these certificates. */
  readonly rotationTimes?: RotationTimes;
  readonly leaseTimes?: LeaseTimes;
  /** Milliseconds between looks at the configuration. */
  readonly pollMs?: number;
  /** File descriptor or path. Absent: stderr. */
  readonly log?: number | string;
}

/** A controller that runs. */
export interface RunningController {
  readonly healthPort: number;
  isLeader(): boolean;
  /** Finishes what has begun, gives the lease back, ends everything. Asked again, it is the same end. */
  close(): Promise<void>;
}

const LEASE_NAME = 'chokepoint-controller';
const DEFAULT_POLL_MS = 10_000;
/** Milliseconds between two looks at every namespace, for what no change tells of: an exception that expires, a route into another namespace. */
const RESYNC_MS = 300_000;
const WORKERS = 4;
const MAX_NAMESPACES = 100_000;

/** What a controller is put together of. */
interface Parts {
  readonly options: ControllerOptions;
  readonly policy: ServedPolicy;
  readonly cluster: WatchedCluster;
  readonly log: Log;
  readonly held: HeldPods;
}

/** Namespaces whose servers a changed object may bear on. A policy of another API may be for all; of a route it is not known to which it leads. */
function namespacesTouched(
  { kind, namespace, name }: ChangedObject,
  held: HeldPods,
  all: () => readonly string[],
): readonly string[] {
  if (kind === 'Namespace') return [name];
  if (namespace === '') return all();
  return kind.endsWith('Route') || kind === 'Ingress' ? [namespace, ...held.namespaces()] : [namespace];
}

function healthOf({ cluster, policy }: Parts, queue: WorkQueue, isLeader: boolean): Record<string, HealthCheck> {
  const failing = [...queue.failing()].sort(([, a], [, b]) => a - b);
  const oldest = failing[0];
  return {
    world: cacheHealth(cluster.cache),
    policy: { ok: true, detail: policy.detail() },
    lease: { ok: true, detail: { isLeader: String(isLeader) } },
    queue: {
      ok: true,
      detail: {
        depth: queue.depth(),
        failing: failing.length,
        ...(oldest && { namespace: oldest[0], failingForMs: Math.round(performance.now() - oldest[1]) }),
      },
    },
  };
}

/** Starts the controller and resolves once its health port answers. Rejects with a GateError where the configuration or the cluster cannot be used. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const written = await servePolicy({ ...options, hasController: true });
  const log = createLog(options.log ?? 2);
  const cluster = watchCluster(options.cluster, error => log.logger.error({ err: error }, 'bug'));
  const policy: ServedPolicy = { ...written, current: () => cluster.networks.complete(written.current()) };
  const parts: Parts = { options, policy, cluster, log, held: createHeldPods(SYSTEM_TIME) };
  for (const problem of policy.warnings) log.logger.warn({ problem }, 'input');
  try {
    return await run(parts);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Nothing of it is loaded where nobody asks for it. */
async function certificateKeeper(
  { options, cluster: { client, connection }, log }: Parts,
  { registry }: ControllerMetrics,
  isLeader: () => boolean,
): Promise<CertificateKeeper | undefined> {
  if (!options.manageCertificates) return undefined;
  const { createCertificateKeeper } = await import('./controller-certificates.ts');
  const namespace = options.namespace ?? connection.namespace;
  const times = options.rotationTimes ?? ROTATION_TIMES;
  return createCertificateKeeper({ client, namespace, log, registry, isLeader, times });
}

async function run(parts: Parts): Promise<RunningController> {
  const { options, policy, cluster, log, held } = parts;
  const { cache, client, connection } = cluster;
  const identity = `${hostname()}_${randomUUID()}`;
  let writer: Writer | undefined;
  const metrics = createControllerMetrics(
    {
      queueDepth: () => queue.depth(),
      failingNamespaces: () => queue.failing().size,
      heldPods: held.count,
      isLeader: () => election.isLeader(),
      viewAgeSeconds: () => cache.ageMs() / 1000,
    },
    Date.now,
  );
  const election: Election = createElection({
    leases: createLeaseClient(client, options.namespace ?? connection.namespace, LEASE_NAME),
    identity,
    time: SYSTEM_TIME,
    times: options.leaseTimes ?? LEASE_TIMES,
    now: () => new Date().toISOString().replace('Z', '000Z'),
    onLead: term => {
      metrics.election('led');
      log.logger.info({ identity }, 'leads');
      writer = createWriter(
        client,
        SYSTEM_TIME,
        { controller: CONTROLLER_NAME, instance: hostname(), nowMs: Date.now },
        term,
      );
      term.addEventListener('abort', () => {
        writer = undefined;
        metrics.election('lost');
        log.logger.warn({ identity }, 'leads no more');
      });
      certificates?.lead(term);
      addAll();
    },
    onError: error => {
      metrics.election('failed');
      // What the API server answers is no fault of ours: a stack tells nothing, every two seconds.
      const trouble = error instanceof GateError ? { code: error.code, trouble: error.message } : { err: error };
      log.logger.warn(trouble, 'lease');
    },
  });
  const certificates = await certificateKeeper(parts, metrics, election.isLeader);
  const worker = createWorker({ ...parts, cache }, metrics, () => writer, election.isLeader);
  const queue: WorkQueue = createWorkQueue({
    time: SYSTEM_TIME,
    workers: WORKERS,
    maxKeys: MAX_NAMESPACES,
    backoff: { firstMs: 50, mostMs: 30_000 },
    work: async (namespace, isAwaited) => {
      const againMs = await worker.turn(namespace, isAwaited);
      if (againMs !== undefined) queue.addAfter(namespace, againMs);
    },
  });
  const all = (): readonly string[] => {
    const reading = cache.read();
    return reading.kind === 'not-synced' ? [] : reading.world.namespaceNames();
  };
  const addAll = (): void => {
    for (const name of all()) queue.add(name);
  };
  const health = buildHealthServer({
    checks: () => ({
      ...healthOf(parts, queue, election.isLeader()),
      ...(certificates && { certificates: certificates.health() }),
    }),
    metrics: metrics.expose,
  });
  const healthPort = await listen(health, options.host, options.healthPort);
  const ending = new AbortController();
  const stopListening = cache.onChange(changed => {
    if (!election.isLeader()) return;
    for (const name of namespacesTouched(changed, held, all)) queue.add(name);
  });
  const stopPolicy = policy.watch(options.pollMs ?? DEFAULT_POLL_MS, isGood => {
    log.logger[isGood ? 'info' : 'error'](policy.detail(), reloadText('policy', isGood));
    if (isGood && election.isLeader()) addAll();
  });
  cluster.networks.onChange(() => election.isLeader() && addAll());
  const resync = setInterval(() => election.isLeader() && addAll(), RESYNC_MS);
  // Who does not see leads nobody.
  const electing = untilReady(cache, ending.signal).then(() => election.run(ending.signal));
  // Where it leads before its view is complete, nothing else tells of what was there before.
  void untilReady(cache, ending.signal).then(() => election.isLeader() && addAll());

  const close = async (): Promise<void> => {
    clearInterval(resync);
    stopListening();
    stopPolicy();
    await queue.stop();
    await worker.stop();
    ending.abort();
    await electing;
    await certificates?.stopped();
    await cluster.stop();
    await health.close();
    log.logger.info('closed');
    log.close();
  };
  let closing: Promise<void> | undefined;
  return {
    healthPort,
    isLeader: election.isLeader,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
