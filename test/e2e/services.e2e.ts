import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/components.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startKubeProxy } from '../control-plane/kube-proxy.ts';
import { addNode, fakePodRunning } from '../control-plane/nodes.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { startTee, type Tee } from '../control-plane/tee.ts';
import { registerWebhook } from '../control-plane/webhooks.ts';
import { newNamespace } from './shared-cluster.ts';

const SYSTEM = 'chokepoint-system';
const PODS = [
  { name: 'gate-0', address: '10.244.0.10' },
  { name: 'gate-1', address: '10.244.0.11' },
];

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('a webhook behind a Service', () => {
  let cluster: Cluster;
  const tees: Tee[] = [];

  const createSecret = async (namespace: string, name: string): Promise<number> =>
    (await cluster.request('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name } })).status;

  beforeAll(async () => {
    cluster = await startCluster();
    await addNode(cluster.request, 'node-1', NODE_ADDRESS);
    const [healthz = 0, metrics = 0] = await freePorts(2);
    await startKubeProxy(cluster, 'node-1', [healthz, metrics]);
    await cluster.serviceAccount(SYSTEM, 'default');
    const labels = { app: 'gate' };
    for (const { name, address } of PODS) {
      execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
      const names = [`gate.${SYSTEM}.svc`];
      tees.push(await startTee(cluster.address.authority, { address, port: 8443, names }));
      const spec = { nodeName: 'node-1', containers: [{ name: 'gate', image: 'registry.test/gate:1' }] };
      const pod = { metadata: { name, labels }, spec };
      expectOk(await cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/pods`, pod));
      await fakePodRunning(cluster.request, SYSTEM, name, address);
    }
    const spec = { selector: labels, ports: [{ port: 443, targetPort: 8443 }] };
    expectOk(
      await cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/services`, { metadata: { name: 'gate' }, spec }),
    );
    await registerWebhook(cluster.request, {
      name: 'gate',
      phase: 'validating',
      target: {
        service: { namespace: SYSTEM, name: 'gate', path: '/validate' },
        caBundle: cluster.address.authority.cert,
      },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'] }],
      fields: { failurePolicy: 'Fail', timeoutSeconds: 5 },
    });
    await eventually(
      'the Service leads to a pod',
      async () => (await createSecret(SYSTEM, 'first')) === 201 || undefined,
    );
  });

  afterAll(async () => {
    for (const tee of tees) await tee.close();
    await cluster.stop();
    for (const { address } of PODS) execFileSync('ip', ['address', 'del', `${address}/32`, 'dev', 'lo']);
  });

  test('is called through kube-proxy, over one connection that the API server keeps', async () => {
    const namespace = await newNamespace(cluster, 'secrets');
    const statuses: number[] = [];
    for (const tee of tees) tee.forget();
    for (let turn = 0; turn < 12; turn++) statuses.push(await createSecret(namespace, `secret-${turn}`));
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(tees.map(tee => tee.calls.length).toSorted((one, other) => one - other)).toEqual([0, 12]);
  });

  test('is called at the other pod once the first is gone', async () => {
    const first = tees.findIndex(tee => tee.calls.length > 0);
    const namespace = await newNamespace(cluster, 'moved');
    const path = `/api/v1/namespaces/${SYSTEM}/pods/${PODS[first]?.name}`;
    expectOk(await cluster.request('DELETE', path, { gracePeriodSeconds: 0 }));
    await tees[first]?.close();
    await expect.poll(() => createSecret(namespace, 'secret'), { timeout: 20_000 }).toBe(201);
    expect(tees[1 - first]?.calls.length).toBe(1);
  });
});
