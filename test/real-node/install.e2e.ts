import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/components.ts';
import { startKubeProxy } from '../control-plane/kube-proxy.ts';
import { SYSTEM } from '../e2e/gate.ts';
import {
  closedNamespace,
  forbidden,
  holdsAndCreates,
  refusesTheBadAndAdmitsTheGood,
  serials,
  untilJudged,
  untilRotated,
} from '../e2e/guarded.ts';
import { startLoad, tallyText } from '../e2e/load.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';

/** What is shipped, as it is, on real nodes: images, mounts, tokens, probes, Services, the grace period. */

const OVERLAY = fileURLToPath(new URL('../../manifests/overlays/self-signed', import.meta.url));
/** The certificate alone, or the authority and so the certificate too. */
const ROTATED = ['chokepoint-tls', 'chokepoint-ca'];

let cluster: Cluster;
let nodes: readonly RealNode[];
let enforced: string;

const kubectl = async (...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await cluster.kubectl(args);
  if (code !== 0) throw new Error(stderr);
};

/** Names of the nodes on which Pods of a component are, sorted. */
async function nodesOf(component: string): Promise<readonly string[]> {
  const selector = `labelSelector=app.kubernetes.io/component=${component}`;
  const { body } = await cluster.request('GET', `/api/v1/namespaces/${SYSTEM}/pods?${selector}`);
  const pods: readonly { spec: { nodeName: string } }[] = body.items;
  return [...new Set(pods.map(({ spec }) => spec.nodeName))].sort();
}

/** Drains a node, of Pods without a controller too, and waits until what is shipped is ready elsewhere. Returns what kubectl said. */
async function drain(node: string): Promise<string> {
  const args = ['drain', node, '--force', '--timeout=120s'];
  const { code, stdout, stderr } = await cluster.kubectl(args, { timeoutMs: 130_000 });
  if (code !== 0) throw new Error(stderr);
  for (const name of ['webhook', 'controller'])
    await kubectl('rollout', 'status', '-n', SYSTEM, `deployment/chokepoint-${name}`, '--timeout=50s');
  return stdout + stderr;
}

beforeAll(async () => {
  cluster = await startCluster({ ...NODE_CLUSTER, audit: true });
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  // The API server reaches Services as well: its machine is no node, and takes the name of one.
  const [healthz = 0, metrics = 0] = await freePorts(2);
  await startKubeProxy(cluster, 'node-1', [healthz, metrics]);
  enforced = await closedNamespace(cluster);
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await cluster.stop();
});

test('the overlay is installed, and its Pods are ready by their own probes', async () => {
  await kubectl('apply', '-k', OVERLAY);
  process.stderr.write(`overlay self-signed: judged ${(await untilJudged(cluster, enforced)).toFixed(1)} s after it\n`);
  for (const name of ['webhook', 'controller'])
    await kubectl('rollout', 'status', '-n', SYSTEM, `deployment/chokepoint-${name}`, '--timeout=60s');
});

test('a bad server is refused and a good one runs', () => refusesTheBadAndAdmitsTheGood({ cluster }));

test('a server without a policy is held, gets one, and starts', () => holdsAndCreates({ cluster }));

test('certificate and authority are made anew without a failed call', async () => {
  let served = await serials(cluster);
  const load = startLoad(cluster.request, enforced);
  for (const secret of ROTATED) {
    await kubectl('annotate', 'secret', '-n', SYSTEM, secret, 'chokepoint.dev/rotate=now');
    served = await untilRotated(cluster, served);
  }
  await sleep(1000);
  const tally = await load.stop();
  process.stderr.write(`two rotations on real nodes: ${tallyText(tally)}\n`);
  expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
}, 400_000);

test('all Pods of the webhook are replaced without a failed call', async () => {
  const load = startLoad(cluster.request, enforced);
  await kubectl('rollout', 'restart', '-n', SYSTEM, 'deployment/chokepoint-webhook');
  await cluster.kubectl(['rollout', 'status', '-n', SYSTEM, 'deployment/chokepoint-webhook', '--timeout=50s']);
  await kubectl('rollout', 'status', '-n', SYSTEM, 'deployment/chokepoint-webhook', '--timeout=50s');
  await sleep(1000);
  const tally = await load.stop();
  process.stderr.write(`a restart on real nodes: ${tallyText(tally)}\n`);
  expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
}, 400_000);

test('each node is drained in its turn without a failed call, as far as the budget lets it', async () => {
  const load = startLoad(cluster.request, enforced);
  await drain('node-1');
  await kubectl('uncordon', 'node-1');
  // Both Pods of the webhook are on this one: the second may go when the first is ready elsewhere.
  expect(await nodesOf('webhook')).toEqual(['node-2']);
  const told = await drain('node-2');
  await sleep(1000);
  const tally = await load.stop();
  process.stderr.write(`drains of both nodes: ${tallyText(tally)}\n`);
  expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
  expect(told).toContain("violate the pod's disruption budget");
  expect(await nodesOf('webhook')).toEqual(['node-1']);
  await kubectl('uncordon', 'node-2');
}, 400_000);

test('the accounts that are shipped were forbidden nothing', () => expect(forbidden(cluster)).toEqual([]));
