import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { type GateProcess, SPEC, shippedAccount, startGate } from './gate.ts';
import { MODE, POLICIES, pathIn } from './scene.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** Two replicas of the webhook, each with its own view of the cluster: how long after a change one may still answer what the other does not. */

const CHANGES = 40;
/** Milliseconds after which a replica that has not seen a change is taken for one that never will. */
const NEVER_MS = 30_000;

let cluster: Connection;
let replicas: readonly GateProcess[];
let namespace: string;

beforeAll(async () => {
  cluster = sharedCluster();
  const { kubeconfig } = await shippedAccount(cluster, 'webhook');
  namespace = await newNamespace(cluster, 'replicas', { [MODE]: 'audit' });
  expectOk(await cluster.request('POST', pathIn(namespace, POLICIES), policy('weather', CLOSED)));
  replicas = await Promise.all(
    ['replica-one', 'replica-two'].map(name => startGate(cluster, { name, command: 'serve', kubeconfig, spec: SPEC })),
  );
});
afterAll(async () => {
  for (const { program } of replicas ?? []) program.kill();
  cluster?.close();
});

/** Whether a replica lets an open Pod of the namespace through now. */
function allows({ port }: GateProcess): Promise<boolean> {
  const object = pod('open', { app: 'open', 'chokepoint.dev/mcp-server': 'true' });
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'replicas',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'open',
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'somebody' },
      object: { ...object, metadata: { ...(object as { metadata: object }).metadata, namespace } },
    },
  };
  return new Promise((resolve, reject) => {
    const options = { host: cluster.address.host, port, path: '/validate', method: 'POST', rejectUnauthorized: false };
    const headers = { 'content-type': 'application/json' };
    const sent = request({ ...options, headers }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', part => {
        text += part;
      });
      response.on('end', () => resolve(JSON.parse(text).response.allowed));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(review));
  });
}

/** Milliseconds until a replica answers so. */
async function untilAnswers(replica: GateProcess, isAllowed: boolean): Promise<number> {
  const startMs = performance.now();
  while ((await allows(replica)) !== isAllowed) {
    if (performance.now() - startMs > NEVER_MS) expect.fail('a replica does not see the change');
  }
  return performance.now() - startMs;
}

const atPart = (sorted: readonly number[], part: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);

test('after a change of a mode both answer alike, each as soon as its own watch shows it', async () => {
  const apart: number[] = [];
  const behind: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const mode = change % 2 === 0 ? 'enforce' : 'audit';
    expectOk(
      await cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels: { [MODE]: mode } } }),
    );
    const times = await Promise.all(replicas.map(replica => untilAnswers(replica, mode === 'audit')));
    const [first, second] = [Math.min(...times), Math.max(...times)];
    apart.push(second - first);
    behind.push(second);
    expect(await Promise.all(replicas.map(allows))).toEqual([mode === 'audit', mode === 'audit']);
  }
  const line = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return `median ${atPart(sorted, 0.5)} ms, p95 ${atPart(sorted, 0.95)} ms, most ${atPart(sorted, 1)} ms`;
  };
  process.stderr.write(
    `${CHANGES} changes of a mode, two replicas: the later one answers by it after ${line(behind)}; they differ for ${line(apart)}\n`,
  );
});
