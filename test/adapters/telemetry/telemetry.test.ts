import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createAdmissionTelemetry } from '../../../src/adapters/telemetry/admission-telemetry.ts';
import { createLog } from '../../../src/adapters/telemetry/log.ts';
import { createMetrics, type GateGauges } from '../../../src/adapters/telemetry/metrics.ts';
import type { AdmissionTelemetry, ReviewRecord } from '../../../src/app/admission/ports.ts';

const RECORD: ReviewRecord = {
  endpoint: 'validate',
  uid: 'u-1',
  operation: 'CREATE',
  kind: 'Pod',
  subResource: '',
  namespace: 'prod',
  name: 'weather',
  user: 'alice@example.com',
  dryRun: false,
  mode: 'enforce',
  verdict: 'deny',
  allowed: false,
  code: 403,
  note: '',
  rules: ['host-network', 'ingress-not-isolated'],
  patched: false,
  durationMs: 3,
};

const gauges = (inFlight: number): GateGauges => ({
  inFlight: () => inFlight,
  viewAgeSeconds: () => 1.5,
  certificateNotAfterSeconds: () => 1_800_000_000,
  loopDelaySeconds: () => 0.02,
});

async function linesOf(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  const { text } = await metrics.expose();
  return text.split('\n').filter(line => line.startsWith('chokepoint_'));
}

test('reviews are counted by mode, verdict and rule, and timed finely', async () => {
  const metrics = createMetrics(gauges(2));
  metrics.review(RECORD);
  const lines = await linesOf(metrics);
  expect(lines).toContain(
    'chokepoint_admission_reviews_total{endpoint="validate",operation="CREATE",mode="enforce",verdict="deny",allowed="false"} 1',
  );
  expect(lines).toContain(
    'chokepoint_admission_rule_findings_total{rule="host-network",mode="enforce",allowed="false"} 1',
  );
  expect(lines).toContain('chokepoint_admission_duration_seconds_bucket{le="0.0025",endpoint="validate"} 0');
  expect(lines).toContain('chokepoint_admission_duration_seconds_bucket{le="0.005",endpoint="validate"} 1');
  expect(lines).toContain('chokepoint_admission_in_flight 2');
  expect(lines).toContain('chokepoint_admission_view_age_seconds 1.5');
  expect(lines).toContain('chokepoint_admission_certificate_not_after_seconds 1800000000');
  expect(lines).toContain('chokepoint_admission_event_loop_delay_seconds 0.02');
  expect(lines).toContain('chokepoint_bugs_total 0');
});

test('what was found is counted by namespace, within a bound that strangers cannot move', async () => {
  const metrics = createMetrics(gauges(0));
  const found = (namespace: string, more: Partial<typeof RECORD> = {}) =>
    metrics.review({ ...RECORD, ...more, namespace });
  found('team-a');
  found('team-a', { allowed: true });
  found('quiet', { verdict: 'allow', allowed: true });
  found('quiet', { endpoint: 'mutate' });
  for (const strange of ['', 'Not a name', '_other', '"}\n', 'a'.repeat(64)]) found(strange);
  for (let index = 0; index < 600; index += 1) found(`namespace-${index}`);
  const lines = (await linesOf(metrics)).filter(line =>
    line.startsWith('chokepoint_admission_namespace_findings_total'),
  );
  const line = (namespace: string, allowed: boolean, count: number): string =>
    `chokepoint_admission_namespace_findings_total{namespace="${namespace}",allowed="${allowed}"} ${count}`;
  expect(lines).toContain(line('team-a', false, 1));
  expect(lines).toContain(line('team-a', true, 1));
  expect(lines).toContain(line('namespace-498', false, 1));
  expect(lines).toContain(line('_other', false, 5 + 101));
  expect(lines).toHaveLength(502);
});

test('reloads, bugs and bad requests are counted', async () => {
  const metrics = createMetrics(gauges(0));
  metrics.reload('policy', false);
  metrics.bug();
  metrics.badRequest();
  const lines = await linesOf(metrics);
  expect(lines).toContain('chokepoint_reloads_total{what="policy",result="bad"} 1');
  expect(lines).toContain('chokepoint_bugs_total 1');
  expect(lines).toContain('chokepoint_admission_bad_requests_total 1');
});

/** The lines that are logged by the work. */
async function logged(work: (telemetry: AdmissionTelemetry) => void, count: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  const file = join(folder, 'log');
  const log = createLog(file);
  await log.ready;
  work(createAdmissionTelemetry(log, createMetrics(gauges(0))));
  log.close();
  // A write that had begun ends by itself.
  await vi.waitFor(() => expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(count + 1));
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(folder, { recursive: true });
  return lines;
}

test('a file that cannot be opened loses lines, and ends nothing', async () => {
  const log = createLog(join(tmpdir(), 'no-such-folder', 'log'));
  const telemetry = createAdmissionTelemetry(log, createMetrics(gauges(0)));
  await new Promise(resolve => setImmediate(resolve));
  await vi.waitFor(() => expect(() => telemetry.badRequest('a'.repeat(1024 * 1024))).not.toThrow());
  log.close();
});

test('a review is one line of JSON; a bug keeps its stack; nothing is lost at the end', async () => {
  const written = await logged(telemetry => {
    telemetry.review(RECORD);
    telemetry.bug('u-2', new Error('broken'));
    telemetry.badRequest('the body is empty');
  }, 3);
  const lines = written.map(line => JSON.parse(line));
  const { time, ...first } = lines[0];
  expect(first).toEqual({ level: 30, ...RECORD, msg: 'review' });
  expect(Date.parse(time)).toBeGreaterThan(0);
  expect([lines[1].uid, lines[1].err.message, lines[2].reason]).toEqual(['u-2', 'broken', 'the body is empty']);
  expect(lines[1].err.stack).toContain('telemetry.test.ts');
});

test.each([
  ['letters', 'x'],
  ['letters of three bytes', '名'],
  ['letters of four bytes', '😀'],
  ['quotes and backslashes', '"\\'],
  ['line breaks', '\n\u2028'],
])('no line is longer than 16 KiB, whatever is in it: %s', async (_what, text) => {
  const long = text.repeat(1024 * 1024);
  const strange = { uid: long, kind: long, subResource: long, namespace: long, name: long, user: long };
  const lines = await logged(telemetry => {
    telemetry.review({ ...RECORD, ...strange, rules: Array.from({ length: 40 }, () => 'ingress-beyond-gateway') });
    telemetry.bug(long, new Error(long));
    telemetry.bug(long, long);
    telemetry.badRequest(long);
  }, 4);
  expect(lines.map(line => Buffer.byteLength(line) < 16 * 1024)).toEqual([true, true, true, true]);
  expect(lines.map(line => typeof JSON.parse(line))).toEqual(['object', 'object', 'object', 'object']);
});

test('a line shows nothing invisible of what strangers wrote', async () => {
  const user = 'alice\u{e0041}\ufe0f\u202e\u001b[31m@example.com';
  const lines = await logged(telemetry => {
    telemetry.review({ ...RECORD, user, name: 'a\nb' });
    telemetry.bug('u', new Error(`bad\u200b ${user}`));
    telemetry.badRequest(user);
  }, 3);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ user: 'alice[31m@example.com', name: 'a b' });
  expect(lines.join('')).not.toMatch(/\\u001b|[\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
});
