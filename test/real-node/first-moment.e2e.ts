import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startWorkingGate, type WorkingGate } from '../e2e/gate.ts';
import { CLOSED, policy } from '../e2e/servers.ts';
import { newNamespace } from '../e2e/shared-cluster.ts';
import { type Dataplane, startDataplane } from './dataplane.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';
import { createPod, podAddresses, type ScriptedPod, terminationMessage } from './pods.ts';

/**
 * A server that nobody may reach before its policy is in force: held by the gate until then, it sends its first packet into a closed network. Without the gate
 * it runs open until somebody has written the policy.
 */

let cluster: Cluster;
let nodes: readonly RealNode[];
let dataplane: Dataplane;
let target: string;

beforeAll(async () => {
  cluster = await startCluster(NODE_CLUSTER);
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  dataplane = startDataplane(cluster, nodes, { unknownPods: 'closed' });
  const listener = {
    ...{ name: 'target', namespace: await newNamespace(cluster, 'inside'), node: 'node-2' },
    script: "require('node:net').createServer(socket => socket.end()).listen(8080)",
  };
  await createPod(cluster, listener);
  [target = ''] = await podAddresses(cluster, listener);
});
afterAll(async () => {
  await dataplane.stop();
  for (const node of nodes) await node.stop();
  await cluster.stop();
});

/** For six seconds from its start on, every 20 ms: whether the target can be connected to. Ends with the milliseconds of what got through. */
const TRIES = (address: string): string => `
const { connect } = require('node:net');
const began = Date.now();
const through = [];
let tried = 0;
const timer = setInterval(() => {
  const at = Date.now() - began;
  if (at > 6000) return clearInterval(timer);
  tried += 1;
  const socket = connect({ host: '${address}', port: 8080 });
  socket.setTimeout(500, () => socket.destroy());
  socket.on('connect', () => { through.push(at); socket.destroy(); });
  socket.on('error', () => {});
}, 20);
process.on('exit', () => process.getBuiltinModule('fs').writeFileSync('/dev/termination-log', JSON.stringify({ tried, first: through[0], last: through.at(-1), through: through.length })));
`;

/** What a server tells of its own attempts to get out. */
interface Told {
  readonly tried: number;
  readonly through: number;
  /** Milliseconds since it started; absent: nothing got through. */
  readonly first?: number;
  readonly last?: number;
}

const server = (namespace: string): ScriptedPod => ({
  ...{ name: 'weather', namespace, script: TRIES(target) },
  labels: { app: 'weather', 'chokepoint.dev/mcp-server': 'true' },
  ports: [{ name: 'mcp', containerPort: 8080 }],
});
const told = async (pod: ScriptedPod): Promise<Told> => JSON.parse(await terminationMessage(cluster, pod)) as Told;

test('without the gate a server is open until its policy is there', async () => {
  const namespace = await newNamespace(cluster, 'alone');
  const pod = server(namespace);
  await createPod(cluster, pod);
  // The policy comes when the Pod runs, as from somebody who was told of it.
  await podAddresses(cluster, pod);
  // A second later, so that its attempts have surely begun.
  await sleep(1000);
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
  expectOk(await cluster.request('POST', path, policy('weather', CLOSED)));
  const { tried, through, first, last } = await told(pod);
  process.stderr.write(`without the gate: open from ${first} to ${last} ms after its start, ${through} of ${tried}\n`);
  expect(through).toBeGreaterThan(0);
  expect(through).toBeLessThan(tried);
});

test('with the gate nothing gets through, from the first packet on', async () => {
  const gate: WorkingGate = await startWorkingGate(cluster, 'moment');
  await gate.startController();
  try {
    const namespace = await newNamespace(cluster, 'guarded', { 'chokepoint.dev/mode': 'enforce' });
    const pod = server(namespace);
    const began = Date.now();
    await createPod(cluster, pod);
    await eventually('it was let go', async () => {
      const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/weather`);
      return (body.spec.schedulingGates ?? []).length === 0 || undefined;
    });
    const heldMs = Date.now() - began;
    const policies = await cluster.request('GET', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`);
    expect(policies.body.items).toHaveLength(1);
    const { tried, through } = await told(pod);
    process.stderr.write(`with the gate: held for ${heldMs} ms, ${through} of ${tried} got through\n`);
    expect([through, tried > 100]).toEqual([0, true]);
  } finally {
    await gate.close();
  }
});
