import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { ReviewRecord } from '../../app/admission/ports.ts';
import { addGauges } from './gauges.ts';
import { createNamespaceFindings } from './namespace-findings.ts';

/** Seconds. From 5 ms on they are those of the API server's apiserver_admission_webhook_admission_duration_seconds; finer below. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];

/** What is looked at when the metrics are read. */
export interface GateGauges {
  readonly inFlight: () => number;
  /** Seconds since the view of the cluster was known to be right; infinite where it never was, 0 where it is files. */
  readonly viewAgeSeconds: () => number;
  /** In seconds since 1970. */
  readonly certificateNotAfterSeconds: () => number;
  readonly loopDelaySeconds: () => number;
}

const GAUGES: Readonly<Record<keyof GateGauges, readonly [name: string, help: string]>> = {
  inFlight: ['chokepoint_admission_in_flight', 'Reviews that are being answered.'],
  viewAgeSeconds: [
    'chokepoint_admission_view_age_seconds',
    'Time since the view of the cluster was known to be right, of its oldest part.',
  ],
  certificateNotAfterSeconds: [
    'chokepoint_admission_certificate_not_after_seconds',
    'When the certificate that is served expires, in seconds since 1970.',
  ],
  loopDelaySeconds: [
    'chokepoint_admission_event_loop_delay_seconds',
    '99th percentile of what the event loop let wait, over the last ten seconds.',
  ],
};

/** What the gate reads again while it runs. */
const RELOADED = ['policy', 'certificate', 'namespaces'] as const;

export interface Metrics {
  review(record: ReviewRecord): void;
  bug(): void;
  badRequest(): void;
  refusedConnection(reason: 'handshake' | 'limit'): void;
  reload(what: (typeof RELOADED)[number], isGood: boolean): void;
  /** What further metrics of the gate are added to. */
  readonly registry: Registry;
  /** As Prometheus reads them. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The gate's metrics, in a registry of their own. Label values are our own words, and names of namespaces within a bound. */
export function createMetrics(gauges: GateGauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const decisions = new Counter({
    name: 'chokepoint_admission_reviews_total',
    help: 'Reviews answered, by endpoint, operation, mode of the namespace, verdict and whether the request was allowed.',
    labelNames: ['endpoint', 'operation', 'mode', 'verdict', 'allowed'],
    registers,
  });
  const rules = new Counter({
    name: 'chokepoint_admission_rule_findings_total',
    help: 'Reviews in which a rule found something, by rule, mode of the namespace and whether the request was allowed.',
    labelNames: ['rule', 'mode', 'allowed'],
    registers,
  });
  const duration = new Histogram({
    name: 'chokepoint_admission_duration_seconds',
    help: 'Time from the decoded body to the decision.',
    labelNames: ['endpoint'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const bugs = new Counter({ name: 'chokepoint_bugs_total', help: 'Errors of our own: each is a bug.', registers });
  const badRequests = new Counter({
    name: 'chokepoint_admission_bad_requests_total',
    help: 'Bodies that could not be read as an AdmissionReview.',
    registers,
  });
  const refusedConnections = new Counter({
    name: 'chokepoint_admission_refused_connections_total',
    help: 'Connections closed without an answer, by reason: the TLS handshake failed, or there were too many.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['handshake', 'limit']) refusedConnections.inc({ reason }, 0);
  const reloads = new Counter({
    name: 'chokepoint_reloads_total',
    help: 'Reloads of the policy and of the certificate; the last good one is kept where one is bad.',
    labelNames: ['what', 'result'],
    registers,
  });
  for (const what of RELOADED) for (const result of ['good', 'bad']) reloads.inc({ what, result }, 0);
  const countByNamespace = createNamespaceFindings(registry);
  addGauges(registry, GAUGES, gauges);
  return {
    review: record => {
      const { endpoint, operation, mode, verdict } = record;
      const allowed = String(record.allowed);
      decisions.inc({ endpoint, operation, mode, verdict, allowed });
      for (const rule of record.rules) rules.inc({ rule, mode, allowed });
      countByNamespace(record);
      duration.observe({ endpoint }, record.durationMs / 1000);
    },
    bug: () => bugs.inc(),
    badRequest: () => badRequests.inc(),
    refusedConnection: reason => refusedConnections.inc({ reason }),
    reload: (what, isGood) => reloads.inc({ what, result: isGood ? 'good' : 'bad' }),
    registry,
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
