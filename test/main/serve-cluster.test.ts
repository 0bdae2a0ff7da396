import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WATCHED_KINDS } from '../../src/adapters/kubernetes/client/kinds.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { startController } from '../../src/main/controller.ts';
import { type RunningGate, type ServeOptions, startServe } from '../../src/main/serve.ts';
import { type FakeApiServer, startFakeApiServer } from '../support/fake-api-server.ts';
import { GATEWAYS, PROTECTED_NETWORKS } from '../support/gate-spec.ts';
import { closingPolicy, namespace, reviewText } from '../support/reviews.ts';

let folder: string;
let server: FakeApiServer;
let gates: RunningGate[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  server = await startFakeApiServer(
    SYSTEM_TIME,
    WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? [watched.resource] : [])),
  );
  const kubeconfig = {
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', namespace: 'system' } }],
    clusters: [{ name: 'fake', cluster: { server: String(server.connection.server) } }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  const spec = {
    gateways: GATEWAYS,
    protectedNetworks: PROTECTED_NETWORKS,
  };
  const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec };
  writeFileSync(join(folder, 'chokepoint.yaml'), JSON.stringify(document));
  gates = [];
});
afterEach(async () => {
  await Promise.all(gates.map(gate => gate.close()));
  await server.close();
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

const cluster = () => ({ kubeconfig: join(folder, 'kubeconfig'), env: {}, home: folder });

async function start(options: Partial<ServeOptions> = {}): Promise<RunningGate> {
  const gate = await startServe({
    world: cluster(),
    workingFolder: folder,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    mode: 'enforce',
    drain: { delayMs: 0, graceMs: 1000 },
    log: join(folder, 'log'),
    ...options,
  });
  gates.push(gate);
  return gate;
}

interface Answer {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly body: any;
}

function ask(gate: RunningGate, review?: string): Promise<Answer> {
  const shared = { host: '127.0.0.1', agent: false } as const;
  const headers = { 'content-type': 'application/json' };
  const ca = gate.developmentCertificate ?? '';
  return new Promise((resolve, reject) => {
    const sent =
      review === undefined
        ? httpRequest({ ...shared, port: gate.healthPort, path: '/readyz' })
        : request({ ...shared, port: gate.port, path: '/validate?timeout=5s', method: 'POST', headers, ca });
    sent.on('error', reject);
    sent.on('response', answer => {
      let text = '';
      answer.on('data', chunk => {
        text += chunk;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: JSON.parse(text) }),
      );
    });
    sent.end(review === undefined ? undefined : reviewText(review));
  });
}

test('until the view of the cluster is complete, the gate is not ready and asks to be asked again', async () => {
  server.order('stall', { verb: 'list', plural: 'networkpolicies', times: 100 });
  const gate = await start();
  const answer = await ask(gate, 'deployment-create');
  expect([answer.status, answer.retryAfter]).toEqual([503, '1']);
  const { status, body } = await ask(gate);
  expect([status, body.checks.world.ok, body.checks.world.detail.state, body.checks.tls.ok]).toEqual([
    503,
    false,
    'not-synced',
    true,
  ]);
  expect(body.checks.world.detail.unread).toContain('networking.k8s.io/NetworkPolicy');
});

test('once it is complete, the gate judges by it, and an absent policy is looked for once more', async () => {
  server.put('namespaces', { metadata: { name: 'prod' } });
  const gate = await start();
  await gate.ready;
  expect((await ask(gate)).status).toBe(200);
  expect((await ask(gate, 'deployment-create')).body.response.allowed).toBe(false);
  const { metadata, spec } = closingPolicy() as { metadata: { name: string }; spec: object };
  const lists = () => server.log.filter(line => line === 'list networkpolicies').length;
  const before = lists();
  server.order('mute', { verb: 'watch', plural: 'networkpolicies', times: 100 });
  server.put('networkpolicies', { metadata: { name: metadata.name, namespace: 'prod' }, spec });
  expect((await ask(gate, 'deployment-create')).body.response.allowed).toBe(true);
  expect(lists() - before).toBeLessThanOrEqual(1);
});

test('policies that may not be listed keep nothing from being ready, and a server that they could select is refused', async () => {
  const [group, version] = ['cilium.io', 'v2'];
  const plural = 'ciliumnetworkpolicies';
  server.install({ kind: 'CiliumNetworkPolicy', plural, group, version });
  server.order({ status: 403 }, { verb: 'list', plural, times: 100 });
  server.put('namespaces', { metadata: { name: 'prod' } });
  const { metadata, spec } = closingPolicy() as { metadata: { name: string }; spec: object };
  server.put('networkpolicies', { metadata: { name: metadata.name, namespace: 'prod' }, spec });
  const gate = await start();
  await gate.ready;
  const { status, body } = await ask(gate);
  expect([status, body.checks.world.detail.unlisted]).toEqual([200, 'cilium.io/CiliumNetworkPolicy']);
  const { response } = (await ask(gate, 'deployment-create')).body;
  expect([response.allowed, response.status.message]).toEqual([
    false,
    expect.stringContaining('may not list ciliumnetworkpolicies.cilium.io: the user needs the verb list on it'),
  ]);
});

test('what blocks hold on Cilium is asked of its settings, and said where that may not be', async () => {
  const [group, version] = ['cilium.io', 'v2'];
  server.install({ kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', group, version });
  server.order({ status: 403 }, { plural: 'configmaps', times: 100 });
  const gate = await start();
  await gate.ready;
  const detail = 'may not get configmaps/cilium-config in namespace kube-system (403): blocks are taken to hold nodes';
  await vi.waitFor(async () => {
    const { status, body } = await ask(gate);
    expect([status, body.checks.world.detail.dataplane]).toEqual([200, detail]);
  });
});

test('a namespace that the view does not hold is read by its name', async () => {
  const gate = await start({ mode: 'audit' });
  await gate.ready;
  server.order('mute', { verb: 'watch', plural: 'namespaces', times: 100 });
  server.cut();
  const { metadata } = namespace({ 'chokepoint.dev/mode': 'enforce' }) as { metadata: { name: string } };
  server.put('namespaces', { metadata });
  expect((await ask(gate, 'deployment-create')).body.response.allowed).toBe(false);
});

test('with a controller an absent policy is still to come', async () => {
  server.put('namespaces', { metadata: { name: 'prod' } });
  const gate = await start({ controllerUser: 'system:serviceaccount:system:controller' });
  await gate.ready;
  expect((await ask(gate, 'deployment-create')).body.response.allowed).toBe(true);
});

test('a cluster that nobody names stops it before it answers', async () => {
  const nowhere = { kubeconfig: '/nowhere', env: {}, home: folder };
  await expect(start({ world: nowhere })).rejects.toMatchObject({ code: 'bad-kubeconfig' });
  const options = { cluster: nowhere, workingFolder: folder, host: '127.0.0.1', healthPort: 0 };
  await expect(startController(options)).rejects.toMatchObject({ code: 'bad-kubeconfig' });
});

test('a controller that does not see the cluster does not lead, and goes all the same', async () => {
  server.order('stall', { verb: 'list', plural: 'pods', times: 100 });
  const controller = await startController({
    cluster: cluster(),
    workingFolder: folder,
    host: '127.0.0.1',
    healthPort: 0,
    log: join(folder, 'log'),
  });
  expect(controller.isLeader()).toBe(false);
  expect(server.log.filter(line => line.includes('leases'))).toEqual([]);
  await controller.close();
});
