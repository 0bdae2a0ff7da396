import { type EnforcedNamespacesFile, openEnforcedNamespaces } from '../adapters/config/enforced-namespaces-file.ts';
import { decodeDocument } from '../adapters/config/stored.ts';
import { DEFAULT_DRAIN, type DrainTimes, drain } from '../adapters/http/drain.ts';
import { buildHealthServer } from '../adapters/http/health.ts';
import { listen } from '../adapters/http/listen.ts';
import { type TlsWatch, watchTls } from '../adapters/http/self-probe.ts';
import {
  type AdmissionServer,
  buildAdmissionServer,
  type RecordedEndpoint,
  type ServerLimits,
} from '../adapters/http/server.ts';
import { createAdmissionTelemetry } from '../adapters/telemetry/admission-telemetry.ts';
import { closeAll } from '../adapters/telemetry/close-all.ts';
import { createLog, type Log, logReload } from '../adapters/telemetry/log.ts';
import { type LoopDelay, watchLoopDelay } from '../adapters/telemetry/loop-delay.ts';
import { createMetrics, type Metrics } from '../adapters/telemetry/metrics.ts';
import { createAdmission } from '../app/admission/admit.ts';
import type { AbsentPolicy, Mode } from '../core/gate/types.ts';
import type { ClusterChoice } from './cluster.ts';
import { readClusterWorld } from './cluster-world.ts';
import { type ServedCertificate, serveCertificate } from './serve-certificate.ts';
import { type ServedPolicy, servePolicy, servePolicyOf, untilKnown } from './serve-policy.ts';
import type { RecordOptions, ServedRecord, serveRecord } from './serve-record.ts';
import { readFileWorld, type ServedWorld } from './serve-world.ts';

export interface ServeOptions {
  /** Folder (or files) of manifests that stand for the cluster, or which cluster it is. */
  readonly world: readonly string[] | ClusterChoice;
  /** Whose writes of NetworkPolicies are our own controller's: `system:serviceaccount:NAMESPACE:NAME`, exactly. */
  readonly controllerUser?: string | undefined;
  /** File of the namespaces that enforced, as the controller keeps them. Absent: nobody remembers. */
  readonly enforcedNamespaces?: string | undefined;
  /** GatePolicy document; absent: `chokepoint.yaml` of the working folder, else the preset. */
  readonly config?: string | undefined;
  readonly workingFolder: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** 0: a free one. */
  readonly healthPort: number;
  /** Both or neither, PEM. Neither: a certificate for development is made. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** PEM: who calls must show a certificate of one of these authorities. Needs both of the above. Absent: anyone may call. */
  readonly clientCa?: string | undefined;
  /** Further names of the development certificate, such as `chokepoint.chokepoint-system.svc`. */
  readonly tlsNames?: readonly string[];
  /** Override the document. */
  readonly absentPolicy?: AbsentPolicy | undefined;
  readonly mode?: Mode | undefined;
  /** The strictest mode that any namespace has; absent: enforce. */
  readonly modeLimit?: Mode | undefined;
  /** How the record of decisions is kept; absent: none is. */
  readonly record?: RecordOptions | undefined;
  readonly drain?: DrainTimes;
  readonly limits?: Partial<ServerLimits>;
  /** Milliseconds between looks at the configuration and the certificate files. */
  readonly pollMs?: number;
  /** File descriptor or path. Absent: stderr. */
  readonly log?: number | string;
}

/** A gate that runs. */
export interface RunningGate {
  readonly port: number;
  readonly healthPort: number;
  /** The development certificate, which clients must be told to trust; `undefined` where files were given. */
  readonly developmentCertificate: string | undefined;
  /** Resolves once the gate can judge: its view of the cluster is complete. Before, it asks to be asked again. */
  readonly ready: Promise<void>;
  /**
   * Takes the gate out of service: unready, drained, closed. Resolves when all is done; asked again, it is the same end.
   * Once `hurry` aborts, only what is being answered is waited for, for a second at most. Rejects where a part could not be closed, once all the
   * others are.
   */
  close(hurry?: AbortSignal): Promise<void>;
}

const DEFAULT_POLL_MS = 10_000;

interface Parts {
  readonly options: ServeOptions;
  readonly world: ServedWorld;
  readonly policy: ServedPolicy;
  readonly certificate: ServedCertificate;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly server: AdmissionServer;
  readonly loopDelay: LoopDelay;
  readonly remembered: EnforcedNamespacesFile | undefined;
  readonly record: ServedRecord | undefined;
}

function healthServer(
  { world, policy, certificate, loopDelay, metrics }: Parts,
  tls: TlsWatch,
  isDraining: () => boolean,
): ReturnType<typeof buildHealthServer> {
  return buildHealthServer({
    checks: () => ({
      world: world.health(),
      tls: tls.health(),
      policy: { ok: policy.isKnown(), detail: policy.detail() },
      certificate: { ok: true, detail: { ...certificate.status() } },
      loop: loopDelay.health(),
      drain: { ok: !isDraining(), detail: {} },
    }),
    metrics: metrics.expose,
  });
}

/** Takes over what the files of the configuration and of the certificate become. Returns what ends that. */
function followFiles({ log, metrics, server, certificate, policy, remembered }: Parts, pollMs: number): () => void {
  const stopPolicy = policy.watch(pollMs, isGood => {
    metrics.reload('policy', isGood);
    logReload(log, 'policy', isGood, policy.detail());
  });
  const stopCertificate = certificate.watch(server.app.server, pollMs, status => {
    const isGood = status.lastError === '';
    metrics.reload('certificate', isGood);
    logReload(log, 'certificate', isGood, { ...status });
  });
  const stopRemembered = remembered?.watch(pollMs, trouble => {
    metrics.reload('namespaces', trouble === '');
    logReload(log, 'namespaces', trouble === '', { trouble });
  });
  return () => {
    stopPolicy();
    stopCertificate();
    stopRemembered?.();
  };
}

async function run(parts: Parts): Promise<RunningGate> {
  const { options, log, server, certificate, policy, world, loopDelay, record } = parts;
  const { pollMs = DEFAULT_POLL_MS, drain: times = DEFAULT_DRAIN } = options;
  let closing: Promise<void> | undefined;
  const ending = new AbortController();
  const port = await listen(server.app, options.host, options.port);
  const tls = await watchTls({
    host: options.host,
    port,
    notAfter: () => certificate.status().notAfter,
    pollMs,
    onTrouble: trouble => log.logger.error({ trouble }, 'TLS self-probe'),
  });
  const health = healthServer(parts, tls, () => closing !== undefined);
  const healthPort = await listen(health, options.host, options.healthPort).catch(async (error: unknown) => {
    tls.stop();
    await server.app.close();
    throw error;
  });
  const stopFollowing = followFiles(parts, pollMs);

  const close = (hurry = new AbortController().signal): Promise<void> => {
    ending.abort();
    log.logger.info({ ...times, isHurried: hurry.aborted }, 'draining');
    return closeAll(
      [
        ['TLS self-probe', tls.stop],
        ['files', stopFollowing],
        ['server', () => drain(server, times, hurry)],
        ['record', () => record?.file.close()],
        ['health', () => health.close()],
        ['world', world.close],
        ['event loop', loopDelay.stop],
      ],
      log,
    );
  };
  return {
    port,
    healthPort,
    developmentCertificate: certificate.developmentCertificate,
    ready: world.ready.then(() => untilKnown(policy, ending.signal)),
    close: hurry => {
      closing ??= close(hurry);
      return closing;
    },
  };
}

/** With what it starts: what is doubtful of its input, and what it will do. */
function logStart({ log: { logger }, policy, world, certificate: { developmentCertificate } }: Parts): void {
  for (const problem of [...policy.warnings, ...world.warnings]) logger.warn({ problem }, 'input');
  if (developmentCertificate !== undefined) {
    logger.warn({ certificate: developmentCertificate }, 'no certificate was given: this one was made for development');
  }
  const { mode, modeLimit, absentPolicy } = policy.current();
  logger.info({ mode, modeLimit, absentPolicy, policy: policy.detail() }, 'starting');
}

const openWorld = (choice: ServeOptions['world'], onBug: (error: unknown) => void): Promise<ServedWorld> =>
  'env' in choice ? readClusterWorld(choice, onBug) : readFileWorld(choice);

const openRemembered = ({
  enforcedNamespaces: file,
  workingFolder,
}: ServeOptions): EnforcedNamespacesFile | undefined =>
  file === undefined ? undefined : openEnforcedNamespaces(file, workingFolder);

/** What the controller may ask for; `undefined`: no record is kept, or nobody is known for the controller. */
function recordedEndpoint(
  { controllerUser }: ServeOptions,
  record: ServedRecord | undefined,
  { tokenCheck }: ServedWorld,
): RecordedEndpoint | undefined {
  if (record === undefined || controllerUser === undefined || tokenCheck === undefined) return undefined;
  return { isController: tokenCheck(controllerUser), ring: record.ring, lines: record.lines };
}

/** Nothing of it is loaded where nobody asks for it. */
async function openRecord(
  { record, controllerUser }: ServeOptions,
  parts: Omit<Parameters<typeof serveRecord>[1], 'isAsked'>,
): Promise<ServedRecord | undefined> {
  const isAsked = controllerUser !== undefined;
  return record && (await import('./serve-record.ts')).serveRecord(record, { ...parts, isAsked });
}

/** Starts the gate and resolves once both ports answer. Rejects with a GateError where the configuration, the world or the certificate is bad. */
export async function startServe(options: ServeOptions): Promise<RunningGate> {
  const policyOptions = { ...options, hasController: options.controllerUser !== undefined };
  const written = await servePolicy(policyOptions);
  const certificate = serveCertificate(options);
  const log = createLog(options.log ?? 2);
  const loopDelay = watchLoopDelay();
  const metrics = createMetrics({
    inFlight: () => server.inFlight(),
    viewAgeSeconds: () => world.ageMs() / 1000,
    certificateNotAfterSeconds: () => Date.parse(certificate.status().notAfter) / 1000,
    loopDelaySeconds: loopDelay.p99Seconds,
  });
  const telemetry = createAdmissionTelemetry(log, metrics);
  const remembered = openRemembered(options);
  const shared = { log, registry: metrics.registry, telemetry, world: () => world.read() };
  const record = await openRecord(options, shared);
  const world = await openWorld(options.world, error => telemetry.bug('', error));
  const policy = servePolicyOf(written, policyOptions, world.gatePolicies);
  const { confirmPolicies, confirmPods, liveNamespace, inFlight, complete = one => one } = world;
  const admission = createAdmission({
    world: () => (policy.isKnown() ? world.read() : { kind: 'not-synced' }),
    readDocument: decodeDocument,
    policy: () => complete(policy.current()),
    ...(confirmPolicies && { confirmPolicies }),
    ...(confirmPods && { confirmPods }),
    ...(liveNamespace && { liveNamespace }),
    ...(inFlight && { inFlight }),
    ...(options.controllerUser !== undefined && { controllerUser: options.controllerUser }),
    ...(remembered && { enforcedBefore: remembered.has }),
    ...(record && { recorder: record.recorder }),
    nowMs: () => performance.now(),
    telemetry,
  });
  const server: AdmissionServer = buildAdmissionServer({
    ...admission,
    recorded: recordedEndpoint(options, record, world),
    tls: certificate.pair,
    telemetry,
    nowMs: () => performance.now(),
    ...(options.limits && { limits: options.limits }),
  });
  const parts = { options, world, policy, certificate, log, metrics, server, loopDelay, remembered, record };
  logStart(parts);
  try {
    return await run(parts);
  } catch (error) {
    await world.close();
    throw error;
  }
}
