import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { newNamespace } from '../e2e/shared-cluster.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';
import { createPod, podAddresses, terminationMessage } from './pods.ts';

/** Two real nodes: real kubelets, containers and packets, before anything else is believed that they show. */

let cluster: Cluster;
let nodes: readonly RealNode[];
let namespace: string;

beforeAll(async () => {
  cluster = await startCluster(NODE_CLUSTER);
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  namespace = await newNamespace(cluster, 'node');
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await cluster.stop();
});

const LISTEN = "require('node:http').createServer((_, answer) => answer.end('here')).listen(8080, '::')";
const ask = (urls: readonly string[]): string => `
(async () => {
  const answers = await Promise.all(${JSON.stringify(urls)}.map(async url => {
    for (let tries = 0; tries < 50; tries += 1) {
      try { return await (await fetch(url)).text(); } catch { await new Promise(resolve => setTimeout(resolve, 200)); }
    }
    return 'nobody';
  }));
  process.getBuiltinModule('fs').writeFileSync('/dev/termination-log', JSON.stringify(answers));
})()`;

test('a Pod reaches Pods of its own node and of the other, in both families, and a Service', async () => {
  const servers = ['node-1', 'node-2'].map(node => ({
    ...{ name: `server-${node}`, namespace, node, script: LISTEN },
    labels: { app: 'server' },
  }));
  for (const server of servers) await createPod(cluster, server);
  const addresses = (await Promise.all(servers.map(server => podAddresses(cluster, server)))).flat();
  expect(addresses.map(address => address.replace(/[^.:]*$/, ''))).toEqual([
    '10.244.1.',
    'fd00:10:244:1::',
    '10.244.2.',
    'fd00:10:244:2::',
  ]);
  const service = {
    metadata: { name: 'server' },
    spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] },
  };
  const made = expectOk(await cluster.request('POST', `/api/v1/namespaces/${namespace}/services`, service), 'service');
  const hosts = addresses.map(address => (address.includes(':') ? `[${address}]:8080` : `${address}:8080`));
  const urls = [...hosts, made.body.spec.clusterIP].map(host => `http://${host}/`);
  const client = { name: 'client', namespace, node: 'node-1', script: ask(urls) };
  await createPod(cluster, client);
  expect(JSON.parse(await terminationMessage(cluster, client))).toEqual(urls.map(() => 'here'));
});

test('the settings that a kubelet changes stay those of the machine', () => {
  const own = nodes[0]?.run(['cat', '/proc/sys/kernel/panic']).trim();
  expect(own).toBe('10');
  expect(readFileSync('/proc/sys/kernel/panic', 'utf8').trim()).not.toBe('10');
});
