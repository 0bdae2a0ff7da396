import { readFileSync } from 'node:fs';
import pino from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { ALERTS } from '../../docs/monitoring/alerts.ts';
import { DASHBOARD_QUERIES } from '../../docs/monitoring/dashboard.ts';
import { createCertificateMetrics } from '../../src/adapters/telemetry/certificate-metrics.ts';
import { createControllerMetrics } from '../../src/adapters/telemetry/controller-metrics.ts';
import { createGapTelemetry } from '../../src/adapters/telemetry/gap-telemetry.ts';
import { createCollectorTelemetry, createHandOverTelemetry } from '../../src/adapters/telemetry/hand-over-telemetry.ts';
import { createHistoryTelemetry } from '../../src/adapters/telemetry/history-telemetry.ts';
import { createMetrics } from '../../src/adapters/telemetry/metrics.ts';
import { createNotifyTelemetry } from '../../src/adapters/telemetry/notify-telemetry.ts';
import { createRecordTelemetry } from '../../src/adapters/telemetry/record-telemetry.ts';
import { createRecorderTelemetry } from '../../src/adapters/telemetry/recorder-telemetry.ts';
import { createReportTelemetry } from '../../src/adapters/telemetry/report-telemetry.ts';
import { createRolloutMetrics } from '../../src/adapters/telemetry/rollout-metrics.ts';
import { createWitnessTelemetry } from '../../src/adapters/telemetry/witness-telemetry.ts';
import { MODES } from '../../src/core/gate/types.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { pages } from './pages.ts';

/** Metrics that the pages name are there, with these labels, and every one that is there is named. */

const ROW = {
  namespace: 'a',
  rollout: 'all',
  stage: 'warn',
  since: '',
  day: 1,
  days: 1,
  next: null,
  cleanDays: 0,
  open: 0,
  blockers: [],
  history: [],
} as const;

/** The metrics of each process, before anything has happened, and after each thing that can be counted has happened once. */
async function exposed(): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }> {
  const log = { logger: pino({ level: 'silent' }) };
  const webhook = createMetrics({
    inFlight: () => 0,
    viewAgeSeconds: () => 0,
    certificateNotAfterSeconds: () => 0,
    loopDelaySeconds: () => 0,
  });
  const record = createRecordTelemetry(log, webhook.registry);
  const controller = createControllerMetrics(
    {
      queueDepth: () => 0,
      failingNamespaces: () => 0,
      heldPods: () => 0,
      isLeader: () => true,
      viewAgeSeconds: () => 0,
    },
    () => 0,
  );
  const certificates = new Registry();
  const certificate = createCertificateMetrics(certificates, () => 0);
  const rollout = createRolloutMetrics(controller.registry);
  const lookForGaps = createGapTelemetry(log, controller.registry);
  const history = createHistoryTelemetry(log, controller.registry);
  const reports = createReportTelemetry(log, controller.registry);
  createWitnessTelemetry(log, controller.registry);
  const recorder = createRecorderTelemetry(log, ['siem'], () => 0);
  createHandOverTelemetry(log, recorder.registry);
  createCollectorTelemetry(log, controller.registry);
  createNotifyTelemetry(log, recorder.registry, ['platform'], () => 0);
  const textsNow = async (): Promise<readonly string[]> => [
    (await recorder.expose()).text,
    (await webhook.expose()).text,
    (await controller.expose()).text,
    await certificates.metrics(),
  ];
  const before = await textsNow();
  webhook.review({
    endpoint: 'validate',
    uid: '',
    operation: 'CREATE',
    kind: 'Pod',
    subResource: '',
    namespace: '',
    name: '',
    user: '',
    dryRun: false,
    mode: 'audit',
    verdict: 'deny',
    allowed: true,
    code: 200,
    note: '',
    rules: ['host-network'],
    patched: false,
    durationMs: 1,
  });
  webhook.bug();
  webhook.badRequest();
  webhook.reload('policy', true);
  record.written(1, 1);
  controller.action('lift-gate', 'done');
  controller.lifted(1);
  controller.pass(1);
  controller.election('led');
  controller.bug();
  controller.statusFailed();
  certificate.renewed('serving');
  certificate.looked({ authority: 1, serving: 1 }, true);
  rollout.told('RolloutHeld', 'enforce');
  rollout.raised('done');
  rollout.failed();
  rollout.looked([{ ...ROW, status: 'held' }]);
  lookForGaps([]);
  history.wrote(0, 1, true);
  reports.serves(undefined);
  reports.wrote('a', 1);
  return { before, after: await textsNow() };
}

const { before, after } = await exposed();
const text = after.join('\n');
const names = [...text.matchAll(/^# TYPE (chokepoint_\w+) /gm)].map(([, name = '']) => name).sort();

/** Labels of a metric but for those of its buckets. */
const labelsOf = (name: string): readonly string[] => {
  const [, inner = ''] = new RegExp(`^${name}(?:_sum)?\\{([^}]*)\\}`, 'm').exec(text) ?? [];
  return [...inner.matchAll(/(\w+)="/g)].map(([, label = '']) => label).sort();
};

const plain = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '');
/** The pages, and what is shipped for Prometheus and Grafana. */
const all = [...pages.map(page => page.text), ...ALERTS.map(({ expr }) => expr), ...DASHBOARD_QUERIES].join('\n');

describe('metrics of the pages', () => {
  test('exist', () => {
    const named = [...new Set([...all.matchAll(/\bchokepoint_[a-z_]+/g)].map(([name]) => plain(name)))];
    expect(named.filter(name => !names.includes(name))).toEqual([]);
  });

  test('are cut short only where they end so', () => {
    const ends = [...all.matchAll(/…(_[a-z_]+)/g)].map(([, end = '']) => end);
    expect(ends.filter(end => !names.some(name => name.endsWith(end)))).toEqual([]);
  });

  test('are all that there are', () => {
    const ends = [...all.matchAll(/…(_[a-z_]+)/g)].map(([, end = '']) => end);
    const isNamed = (name: string): boolean => all.includes(name) || ends.some(end => name.endsWith(end));
    expect(names.filter(name => !isNamed(name))).toEqual([]);
  });

  test('have the labels that tables give them', () => {
    const given = [...all.matchAll(/\b(chokepoint_[a-z_]+)\{([a-z_, ]+)\}/g)];
    expect(given.length).toBeGreaterThan(5);
    for (const [, name = '', labels = ''] of given)
      expect({ name, labels: labels.split(', ').sort() }).toEqual({ name, labels: labelsOf(name) });
  });

  const VALUES: Readonly<Record<string, readonly string[]>> = {
    result: ['good', 'bad', 'written', 'lost'],
    mode: [...MODES, 'unknown'],
    rule: RULES.map(({ id }) => id),
    reason: ['handshake', 'limit', 'RolloutHeld'],
    status: ['held'],
    outcome: ['unwitnessed'],
    allowed: ['true', 'false'],
  };

  test('have the labels and values that expressions ask for', () => {
    const asked = [...all.matchAll(/\b(chokepoint_[a-z_]+)\{([a-z]+)(=~?)"([^"]*)"\}/g)];
    expect(asked.length).toBeGreaterThan(1);
    for (const [, name = '', label = '', operator, value = ''] of asked) {
      expect({ name, labels: labelsOf(plain(name)) }).toEqual({ name, labels: expect.arrayContaining([label]) });
      const values = operator === '=~' ? value.split('|') : [value];
      expect(values.filter(one => !VALUES[label]?.includes(one))).toEqual([]);
    }
  });
});

/** Prometheus sees no growth where a counter begins with its first event. */
test('counters whose growth is an alert are there before anything has happened, or the alert goes by when they begin', () => {
  const asked = ALERTS.flatMap(({ name: alert, expr }) =>
    Array.from(expr.matchAll(/increase\((\w+)(?:\{([^}]*)\})?\[/g), ([, name = '', labels = '']) => {
      const processes = before.filter(one => one.includes(`# TYPE ${name} counter`));
      const line = new RegExp(`^${name}\\b(?=.*${labels}).* 0$`, 'm');
      const isThere = processes.length > 0 && processes.every(one => line.test(one));
      return { alert, isSeen: isThere || expr.includes(`unless ${name}{${labels}} offset`) };
    }),
  );
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter(({ isSeen }) => !isSeen)).toEqual([]);
});

test('each alert has a case in which it is silent, and one in which it is not', () => {
  const cases = readFileSync(new URL('../monitoring/alerts.test.yaml', import.meta.url), 'utf8');
  for (const { name } of ALERTS) {
    expect(cases).toMatch(new RegExp(`eval_time: \\w+, alertname: ${name}\\}`));
    expect(cases).toMatch(new RegExp(`alertname: ${name}\\n +exp_alerts: \\[\\{`));
  }
});
