import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { buildHealthServer } from '../adapters/http/health.ts';
import { listen } from '../adapters/http/listen.ts';
import type { Client } from '../adapters/kubernetes/client/client.ts';
import { untilReady } from '../adapters/kubernetes/view/cache-health.ts';
import { readPolicyEndpoints } from '../adapters/kubernetes/view/read-policy-endpoints.ts';
import { createLeaseClient } from '../adapters/kubernetes/writes/lease-client.ts';
import { createNamespaceStore } from '../adapters/kubernetes/writes/namespace-store.ts';
import { createTermWriter } from '../adapters/kubernetes/writes/term-writer.ts';
import { identityHash } from '../adapters/system/identity-hash.ts';
import { SYSTEM_TIME } from '../adapters/system/time.ts';
import { closeAll } from '../adapters/telemetry/close-all.ts';
import { type ControllerMetrics, createControllerMetrics } from '../adapters/telemetry/controller-metrics.ts';
import { createControllerTelemetry } from '../adapters/telemetry/controller-telemetry.ts';
import { createLog, type Log, logReload } from '../adapters/telemetry/log.ts';
import type { CertificateKeeper } from '../app/certificates/keep.ts';
import { ROTATION_TIMES, type RotationTimes } from '../app/certificates/validity.ts';
import { createElection, type Election } from '../app/controller/elect.ts';
import { createHeldPods } from '../app/controller/held-pods.ts';
import { LEASE_TIMES, type LeaseTimes } from '../app/controller/lease.ts';
import {
  createNamespaceMemory,
  type NamespaceMemory,
  type NamespaceMemoryPorts,
} from '../app/controller/namespace-memory.ts';
import { createNamespaceQueue, type NamespaceQueue } from '../app/controller/namespace-queue.ts';
import type { ControllerTelemetry } from '../app/controller/ports.ts';
import { createWorker, type Worker } from '../app/controller/worker.ts';
import type { HistoryTimes } from '../app/history/keep.ts';
import { REPORT_APIS, REPORT_TIMES, type ReportApi, type ReportTimes } from '../app/policy-reports/keep.ts';
import { createSurvey, SURVEY_TIMES, type Survey, type SurveyTimes } from '../app/survey/keep.ts';
import type { WorldReading } from '../app/world-reading.ts';
import type { AbsentPolicy, Mode } from '../core/gate/types.ts';
import { type ClusterChoice, type WatchedCluster, watchCluster } from './cluster.ts';
import type { keepCertificates } from './controller-certificates.ts';
import type { ControllerDashboardOptions } from './controller-dashboard.ts';
import { keepGaps } from './controller-gaps.ts';
import { keepGuardrail } from './controller-guardrail.ts';
import { keepHistory } from './controller-history.ts';
import { keepReports } from './controller-reports.ts';
import { keepRollouts, type RolloutClock, type RolloutWiring } from './controller-rollout.ts';
import { keepStatuses } from './controller-statuses.ts';
import type { Trail, TrailOptions } from './controller-trail.ts';
import { gatePoliciesIn } from './gate-policy-source.ts';
import { type PolicyOptions, type ServedPolicy, servePolicy, servePolicyOf } from './serve-policy.ts';

export interface ControllerOptions extends TrailOptions {
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
  /** Where reports are written to: `auto` to the first of {@link REPORT_APIS} that is served. Absent: nowhere. */
  readonly reports?: 'auto' | ReportApi | undefined;
  /** How often namespaces are looked at, and the history and reports written. Absent: as shipped. */
  readonly surveyTimes?: SurveyTimes;
  readonly historyTimes?: HistoryTimes;
  readonly reportTimes?: ReportTimes;
  /** Of these certificates. */
  readonly rotationTimes?: RotationTimes;
  readonly leaseTimes?: LeaseTimes;
  /** Where the dashboard is served. Absent: nowhere. */
  readonly dashboard?: ControllerDashboardOptions | undefined;
  /** The clock by which rollouts go. Absent: the machine's. */
  readonly rolloutClock?: RolloutClock;
  /** Milliseconds between looks at the configuration. */
  readonly pollMs?: number;
  /** File descriptor or path. Absent: stderr. */
  readonly log?: number | string;
}

/** A controller that runs. */
export interface RunningController {
  readonly healthPort: number;
  /** `undefined`: there is none. */
  readonly dashboardPort: number | undefined;
  isLeader(): boolean;
  /** Finishes what has begun, gives the lease back, ends everything. Asked again, it is the same end. Rejects where a part could not be closed, once all the others are. */
  close(): Promise<void>;
}

const LEASE_NAME = 'chokepoint-controller';
const DEFAULT_POLL_MS = 10_000;
/** Milliseconds between two looks at every namespace, for what no change tells of: an exception that expires, a route into another namespace. */
const RESYNC_MS = 300_000;

/** What a controller is put together of. */
interface Parts {
  readonly options: ControllerOptions;
  readonly policy: ServedPolicy;
  readonly cluster: WatchedCluster;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
  readonly queue: NamespaceQueue;
  readonly worker: Worker;
  readonly election: Election;
  readonly certificates: CertificateKeeper | undefined;
  readonly survey: Survey;
  readonly trail: Trail | undefined;
  /** By their names. */
  readonly keepers: ReadonlyMap<string, Keeper>;
}

/** What is looked after while this process leads, beside the queue. */
interface Keeper {
  /** Until the term ends. */
  lead(term: AbortSignal): void;
  /** Resolves when nothing is under way; the term must have ended. */
  stopped(): Promise<void>;
}

/** Absent: nobody asks for it. */
type NamedKeepers = Readonly<Record<string, Keeper | undefined>>;

const keepersOf = (named: NamedKeepers): ReadonlyMap<string, Keeper> =>
  new Map(Object.entries(named).flatMap(([name, keeper]) => (keeper === undefined ? [] : [[name, keeper] as const])));

/** Starts the controller and resolves once its health port answers. Rejects with a GateError where the configuration or the cluster cannot be used. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const parts = await build(options);
  const { logger } = parts.log;
  for (const problem of parts.policy.warnings) logger.warn({ problem }, 'input');
  if (!options.webhook) logger.info('nothing is compared with the record of the webhook: no --webhook-token');
  try {
    return await run(parts);
  } catch (error) {
    await parts.cluster.stop();
    throw error;
  }
}

/** Nothing of it is loaded where nobody asks for it. */
async function loadKeeper({ manageCertificates }: ControllerOptions): Promise<typeof keepCertificates | undefined> {
  return manageCertificates ? (await import('./controller-certificates.ts')).keepCertificates : undefined;
}

/** What a record of its own, and the comparison with that of the webhook, need. Nothing of it is loaded where nobody asks for it. */
async function loadTrail({
  record,
  webhook,
}: ControllerOptions): Promise<typeof import('./controller-trail.ts') | undefined> {
  return record || webhook ? import('./controller-trail.ts') : undefined;
}

/** Nothing of it is loaded where nobody asks for it. */
async function startDashboard({ options, cluster, log }: Parts) {
  if (options.dashboard === undefined) return undefined;
  const { startControllerDashboard } = await import('./controller-dashboard.ts');
  const namespace = options.namespace ?? cluster.connection.namespace;
  return startControllerDashboard(options.dashboard, { cluster, namespace, log, options });
}

/** Takes no part in it yet. */
function joinElection(
  { leaseTimes }: ControllerOptions,
  client: Client,
  namespace: string,
  telemetry: ControllerTelemetry,
  onLead: (term: AbortSignal) => void,
): Election {
  const identity = `${hostname()}_${randomUUID()}`;
  return createElection({
    leases: createLeaseClient(client, namespace, LEASE_NAME),
    identity,
    time: SYSTEM_TIME,
    times: leaseTimes ?? LEASE_TIMES,
    now: () => new Date().toISOString().replace('Z', '000Z'),
    onLead: term => {
      telemetry.led(identity);
      term.addEventListener('abort', () => telemetry.lost(identity));
      onLead(term);
    },
    onError: telemetry.electionFailed,
  });
}

/** What remembers which namespaces enforced, in a ConfigMap of this namespace. */
const rememberNamespaces = (
  client: Client,
  namespace: string,
  {
    time,
    world,
    policy,
    telemetry,
  }: Pick<NamespaceMemoryPorts, 'time' | 'world' | 'policy'> & {
    readonly telemetry: ControllerTelemetry;
  },
): NamespaceMemory =>
  createNamespaceMemory({
    ...{ time, world, policy },
    today: () => new Date().toISOString().slice(0, 10),
    store: createNamespaceStore(client, time, namespace),
    onError: telemetry.memoryFailed,
  });

/** The policy of the file or of the cluster, with what the cluster tells of its networks. Ends with the view. */
function policyIn(cluster: WatchedCluster, written: ServedPolicy, options: PolicyOptions): ServedPolicy {
  const source = gatePoliciesIn(cluster.cache, untilReady(cluster.cache, cluster.ended));
  const policy = servePolicyOf(written, options, source);
  return { ...policy, current: () => cluster.complete(policy.current()) };
}

interface SurveyWiring extends RolloutWiring {
  readonly telemetry: Pick<ControllerTelemetry, 'bug'>;
}

/** The survey of all servers, and what goes by it. */
function surveyFor(
  { reports: asked, historyTimes, reportTimes = REPORT_TIMES, surveyTimes = SURVEY_TIMES }: ControllerOptions,
  { telemetry, ...wiring }: SurveyWiring,
): Pick<Parts, 'survey'> & { readonly keepers: NamedKeepers } {
  const { world, policy } = wiring;
  const lookAgain = (): void => survey.touchAll();
  const history = keepHistory({ ...wiring, times: historyTimes, idOf: identityHash, lookAgain });
  const apis = asked === 'auto' ? REPORT_APIS : asked === undefined ? [] : [asked];
  const { seen, judgedSince, modes } = history;
  const tools = { idOf: identityHash, seen, judgedSince, modes };
  const reports = apis.length === 0 ? [] : [keepReports({ ...wiring, apis, times: reportTimes, tools, lookAgain })];
  const survey = createSurvey({
    ...{ time: SYSTEM_TIME, times: surveyTimes, world, policy },
    // The dates come first: they stand in the reports.
    listeners: [history, ...reports],
    onBug: error => telemetry.bug('', error),
  });
  return { survey, keepers: { survey, history, reports: reports[0] } };
}

/** Puts together what works on the cluster while this process leads. The cluster is watched from now on; nothing else begins. */
async function build(options: ControllerOptions): Promise<Parts> {
  const written = await servePolicy({ ...options, hasController: true });
  const keep = await loadKeeper(options);
  const load = await loadTrail(options);
  const log = createLog(options.log ?? 2);
  const follower = load?.followerOf(change => trail?.seen(change));
  const cluster = await watchCluster(options.cluster, error => telemetry.bug('', error), { follower });
  const { cache, client, connection, isServed } = cluster;
  const policy = policyIn(cluster, written, { ...options, hasController: true });
  const world = (): WorldReading => (policy.isKnown() ? cache.read() : { kind: 'not-synced' });
  const held = createHeldPods(SYSTEM_TIME);
  const isLeader = (): boolean => election.isLeader();
  const metrics = createControllerMetrics(
    {
      queueDepth: () => queue.depth(),
      failingNamespaces: () => queue.failing().size,
      heldPods: held.count,
      isLeader,
      viewAgeSeconds: () => cache.ageMs() / 1000,
    },
    Date.now,
  );
  const telemetry = createControllerTelemetry(log, metrics);
  const shared = { time: SYSTEM_TIME, world, isLeader, held, telemetry };
  const source = { instance: hostname(), nowMs: Date.now };
  const writer = createTermWriter(client, SYSTEM_TIME, source, written => trail?.wrote(written));
  const policyEndpoints = (namespace: string) => readPolicyEndpoints(client, namespace);
  const reads = { policy: policy.current, isServed, policyEndpoints };
  const worker = createWorker({ ...shared, ...reads, writer: writer.current });
  const queue = createNamespaceQueue({ ...shared, turn: worker.turn });
  const namespace = options.namespace ?? connection.namespace;
  const times = options.rotationTimes ?? ROTATION_TIMES;
  const certificates = keep?.({ client, namespace, log, registry: metrics.registry, isLeader, times });
  const memory = rememberNamespaces(client, namespace, { ...shared, policy: policy.current });
  const wiring = { ...shared, client, namespace, log, registry: metrics.registry, policy: policy.current };
  const trail = load?.keepTrail(options, { ...wiring, configured: policy });
  const rollouts = keepRollouts({ ...wiring, onTold: trail?.rollout }, options.rolloutClock);
  const gaps = keepGaps({ ...wiring, cluster });
  const statuses = keepStatuses({ client, cache, policy, gaps: gaps.gaps, onError: telemetry.statusFailed });
  const { survey, keepers: surveyed } = surveyFor(options, wiring);
  const guardrail = keepGuardrail({ ...wiring, isServed });
  const own = { certificates, namespaces: memory, rollouts, statuses, ranges: gaps, guardrail };
  const keepers = keepersOf({ ...own, ...surveyed, trail });
  const election = joinElection(options, client, namespace, telemetry, term => {
    writer.begin(term);
    for (const keeper of keepers.values()) keeper.lead(term);
    queue.addAll();
  });
  return { options, policy, cluster, log, metrics, queue, worker, election, certificates, survey, keepers, trail };
}

/** Adds namespaces to the queue, and to the survey, whenever something may bear on them. Returns what ends that. */
function followChanges({ options, policy, cluster, log, queue, survey, trail }: Parts): () => void {
  const touchAll = (): void => {
    queue.addAll();
    survey.touchAll();
  };
  const stopListening = cluster.cache.onChange(changed => {
    if (changed.isVersionAlone()) return;
    queue.addTouched(changed);
    survey.touch(changed);
  });
  const stopPolicy = policy.watch(options.pollMs ?? DEFAULT_POLL_MS, isGood => {
    logReload(log, 'policy', isGood, policy.detail());
    trail?.configuration(isGood);
    if (isGood) touchAll();
  });
  cluster.onToldChange(touchAll);
  const resync = setInterval(touchAll, RESYNC_MS);
  return () => {
    clearInterval(resync);
    stopListening();
    stopPolicy();
  };
}

function healthServer({
  policy,
  cluster,
  queue,
  election,
  certificates,
  metrics,
}: Parts): ReturnType<typeof buildHealthServer> {
  return buildHealthServer({
    checks: () => ({
      world: cluster.health(),
      policy: { ok: policy.isKnown(), detail: policy.detail() },
      lease: { ok: true, detail: { isLeader: String(election.isLeader()) } },
      queue: queue.health(),
      ...(certificates && { certificates: certificates.health() }),
    }),
    metrics: metrics.expose,
  });
}

async function run(parts: Parts): Promise<RunningController> {
  const { options, cluster, log, queue, worker, election, keepers } = parts;
  const health = healthServer(parts);
  const healthPort = await listen(health, options.host, options.healthPort);
  const dashboard = await startDashboard(parts).catch(async error => {
    await health.close();
    throw error;
  });
  const stopFollowing = followChanges(parts);
  const ending = new AbortController();
  // Who does not see leads nobody.
  const electing = untilReady(cluster.cache, ending.signal).then(() => election.run(ending.signal));
  const leave = (): Promise<void> => {
    ending.abort();
    return electing;
  };
  const close = (): Promise<void> =>
    closeAll(
      [
        ['changes', stopFollowing],
        ['queue', queue.stop],
        ['events', worker.stop],
        ['election', leave],
        ...[...keepers].map(([name, { stopped }]) => [name, stopped] as const),
        ['record', () => parts.trail?.close()],
        ['cluster', cluster.stop],
        ['dashboard', () => dashboard?.close()],
        ['health', () => health.close()],
      ],
      log,
    );
  let closing: Promise<void> | undefined;
  return {
    healthPort,
    dashboardPort: dashboard?.port,
    isLeader: election.isLeader,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
