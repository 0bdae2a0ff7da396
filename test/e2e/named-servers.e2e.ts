import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { newScene, PODS, type Scene, said, sceneIn } from './scene.ts';
import { collectionOf, MCP_ROUTE, serveKinds } from './served-kinds.ts';
import { podSpec } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** Objects of MCP gateways that name servers. */

const SERVICES = 'api/v1/services';
const ROUTES = collectionOf(MCP_ROUTE).slice(1);

let cluster: Connection;
let removeKinds: () => Promise<void>;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  // Before the gate: it looks for kinds that are not installed every few minutes only.
  removeKinds = await serveKinds(cluster, [MCP_ROUTE]);
  gate = await startWorkingGate(cluster, 'named-servers', SPEC);
});
afterAll(async () => {
  await gate?.close();
  await removeKinds?.();
  cluster?.close();
});

const plainPod = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'ledger' } },
  spec: { ...podSpec(), containers: [{ name: 'ledger', image: 'example.com/ledger' }] },
});
const service = { metadata: { name: 'ledger' }, spec: { selector: { app: 'ledger' }, ports: [{ port: 80 }] } };
const route = (namespace?: string): object => ({
  apiVersion: `${MCP_ROUTE.group}/${MCP_ROUTE.version}`,
  kind: MCP_ROUTE.kind,
  metadata: { name: 'tools' },
  spec: { backendRefs: [{ name: 'ledger', ...(namespace && { namespace }) }] },
});

async function withPlainService(): Promise<Scene> {
  const scene = await newScene(cluster, 'enforce');
  expectOk(await scene.post(SERVICES, service), 'the Service');
  expectOk(await scene.post(PODS, plainPod('before')), 'a Pod that nobody calls a server');
  return scene;
}

test('a Pod behind a Service that a route of its namespace names as an MCP server is judged as one', async () => {
  const { post, remove } = await withPlainService();
  expectOk(await post(ROUTES, route()), 'the route');
  const answer = await eventually('the gate has heard of the route', async () => {
    const tried = await post(PODS, plainPod('after'));
    if (tried.status !== 403) await remove(`${PODS}/after`);
    return tried.status === 403 ? said(tried) : undefined;
  });
  expect(answer).toContain('ingress-not-isolated');
});

test('a route of another namespace makes nothing a server', async () => {
  const near = await withPlainService();
  const far = sceneIn(await newNamespace(cluster, 'elsewhere'), cluster.request);
  expectOk(await far.post(ROUTES, route(near.namespace)), 'a route from elsewhere');
  // Once the gate knows of a later route, it knows of that one.
  const other = await withPlainService();
  expectOk(await other.post(ROUTES, route()), 'a later route');
  await eventually('the gate has heard of the later route', async () => {
    const tried = await other.post(PODS, plainPod('after'));
    if (tried.status !== 403) await other.remove(`${PODS}/after`);
    return tried.status === 403 || undefined;
  });
  expectOk(await near.post(PODS, plainPod('after')), 'a Pod that nobody here calls a server');
});
