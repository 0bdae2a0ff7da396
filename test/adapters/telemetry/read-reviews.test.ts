import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createNamespaceFindings } from '../../../src/adapters/telemetry/namespace-findings.ts';
import { readReviews, reviewsIn } from '../../../src/adapters/telemetry/read-reviews.ts';
import type { ReviewRecord } from '../../../src/app/admission/ports.ts';
import { webhookPods } from '../../../src/app/webhook-pods.ts';
import { worldOf } from '../../support/reviews.ts';
import { shippedObject } from '../../support/shipped-objects.ts';

const RECORD: ReviewRecord = {
  endpoint: 'validate',
  uid: '',
  operation: 'CREATE',
  kind: 'Pod',
  subResource: '',
  namespace: 'shop',
  name: '',
  user: '',
  dryRun: false,
  mode: 'audit',
  verdict: 'deny',
  allowed: true,
  code: 200,
  note: '',
  rules: [],
  patched: false,
  durationMs: 1,
};

/** What a webhook exposes after these reviews. */
async function exposed(...records: readonly Partial<ReviewRecord>[]): Promise<string> {
  const registry = new Registry();
  const count = createNamespaceFindings(registry);
  for (const record of records) count({ ...RECORD, ...record });
  return registry.metrics();
}

test('what a webhook exposes is read by namespace', async () => {
  const text = await exposed({}, {}, { allowed: false }, { namespace: 'tools', verdict: 'undetermined' });
  expect(reviewsIn(text)).toEqual(
    new Map([
      ['shop', { refused: 1, tolerated: 2 }],
      ['tools', { refused: 0, tolerated: 1 }],
    ]),
  );
});

test.each(['', 'nothing 1', 'chokepoint_admission_namespace_findings_total{allowed="true"} 1', '<html>'])(
  'what is no count is passed over: %j',
  text => {
    expect(reviewsIn(text).size).toBe(0);
  },
);

test('a Pod is asked over HTTP; one that does not answer has told nothing', async () => {
  const text = await exposed({ allowed: false });
  const server = createServer((asked, answer) => {
    answer.statusCode = asked.url === '/metrics' ? 200 : 404;
    answer.end(text);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  expect(await readReviews({ address: '127.0.0.1', port }, signal)).toEqual(
    new Map([['shop', { refused: 1, tolerated: 0 }]]),
  );
  await new Promise(resolve => server.close(resolve));
  expect(await readReviews({ address: '127.0.0.1', port }, signal)).toBeUndefined();
});

test('the Pods that are shipped are found by their labels and the name of their port', () => {
  const { spec } = shippedObject('base/60-webhook.yaml', 'Deployment', 'chokepoint-webhook');
  const metadata = { name: 'p', namespace: 'chokepoint-system', uid: 'u', labels: spec.template.metadata.labels };
  const status = { podIPs: [{ ip: '10.244.0.9' }] };
  const world = worldOf({ apiVersion: 'v1', kind: 'Pod', metadata, spec: spec.template.spec, status });
  expect(webhookPods({ kind: 'ready', world }, 'chokepoint-system')).toEqual([
    { pod: 'u', address: '10.244.0.9', port: 8080 },
  ]);
  expect(webhookPods({ kind: 'ready', world }, 'elsewhere')).toEqual([]);
});
