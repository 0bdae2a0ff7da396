import { afterEach, beforeEach, expect, test } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import type { ObserveReport } from '../../src/app/observe/observe.ts';
import { expectGolden } from '../support/golden.ts';
import { putYaml, testedCluster } from '../support/tested-cluster.ts';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

const CLIENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: web}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}
    spec: {containers: [{name: main, image: nginx}]}
`;
const GATEWAY = CLIENT.replaceAll('client', 'envoy').replace('namespace: web', 'namespace: gateway');

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  folder.write('files/all.yaml', [SERVER, CLIENT, GATEWAY].join('---\n'));
});
afterEach(() => folder.remove());

const ORDERS = { pod: 'shop/orders-5d4c7b6f9-abcde' };
const flow = (from: object, to: object, port: number, more: object = {}) =>
  JSON.stringify({ time: '2026-11-20T10:00:00Z', from, to, port, ...more });
const observe = (lines: readonly string[], ...args: readonly string[]): Promise<Ran> =>
  folder.run(['observe', 'files', '--flows', '-', ...args], { stdin: lines.join('\n') });
const report = async (lines: readonly string[]): Promise<ObserveReport> =>
  JSON.parse((await observe(lines, '--output', 'json')).stdout);

const FROM_CLIENT = flow({ pod: 'web/client-7c9f8d6b5-xyz12' }, ORDERS, 8080, { count: 214 });
const FROM_GATEWAY = flow({ pod: 'gateway/envoy-1' }, ORDERS, 8080);
const TO_METADATA = flow(ORDERS, { ip: '169.254.169.254' }, 80);
const TO_INTERNET = flow(ORDERS, { ip: '203.0.113.7' }, 443);

test.each(['text', 'json'] as const)('what a server would lose is told first, shown as %s', async format => {
  const ran = await observe([FROM_CLIENT, FROM_GATEWAY, TO_METADATA, TO_INTERNET], '--output', format);
  expect([ran.status, ran.stderr]).toEqual([1, '']);
  expectGolden(`observe/cut.${format}`, ran.stdout);
});

test('where nothing would be cut the status is 0', async () => {
  expect((await observe([FROM_GATEWAY, TO_INTERNET])).status).toBe(0);
});

test('a policy that is there decides as it stands', async () => {
  folder.write('files/policy.yaml', CLOSED);
  const { peers } = await report([FROM_GATEWAY, TO_INTERNET]);
  expect(peers.map(({ direction, outcome }) => [direction, outcome])).toEqual([
    ['egress', 'cut'],
    ['ingress', 'kept'],
  ]);
});

test('what comes from the own node of a Pod stays, and from another node it would be cut', async () => {
  folder.write(
    'files/pod.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: orders-5d4c7b6f9-abcde, namespace: shop, labels: {app: orders, chokepoint.dev/mcp-server: "true"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: orders, uid: u, controller: true}]}
spec: {nodeName: n1, containers: [{name: server, image: "registry.example/orders:1", ports: [{name: mcp, containerPort: 8080}]}]}
status: {hostIP: 192.0.2.1}
`,
  );
  folder.write('files/policy.yaml', CLOSED);
  const { peers } = await report(['192.0.2.1', '192.0.2.2'].map(ip => flow({ ip }, ORDERS, 8080)));
  expect(peers.map(({ peer, outcome }) => [peer, outcome])).toEqual([
    ['192.0.2.2', 'cut'],
    ['192.0.2.1', 'kept'],
  ]);
});

test.each([
  ['', 'kept'],
  ['  dataplane: cilium\n', 'cut'],
])('a block lets out to a Pod by its address or not, as the dataplane has it: %j', async (spec, outcome) => {
  folder.write('chokepoint.yaml', `${CONFIG}${spec}`);
  folder.write(
    'files/more.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: db, namespace: web, labels: {app: db}}
spec: {containers: [{name: main, image: postgres}]}
status: {podIP: 10.0.0.5}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}]}]}
`,
  );
  const { peers } = await report([flow(ORDERS, { pod: 'web/db' }, 5432)]);
  expect(peers.map(one => [one.peer, one.outcome])).toEqual([['web/Pod/db', outcome]]);
});

test('what was denied already is no loss', async () => {
  const { summary, peers } = await report([flow({ ip: '192.0.2.1' }, ORDERS, 8080, { verdict: 'denied' })]);
  expect([summary.cut, peers.map(({ outcome }) => outcome)]).toEqual([0, ['denied']]);
});

test('flows of one kind are added up, with the last of their times', async () => {
  const later = FROM_CLIENT.replace('11-20', '11-25');
  const { peers } = await report([later, FROM_CLIENT]);
  expect(peers).toMatchObject([{ connections: 428, last: '2026-11-25T10:00:00.000Z', peer: 'web/Deployment/client' }]);
});

test('gateways and destinations that no flow shows are told', async () => {
  const { unseen } = await report([FROM_CLIENT]);
  expect(unseen.map(({ grant }) => grant)).toEqual(['envoy', 'kube-dns']);
  expect((await report([FROM_GATEWAY])).unseen.map(({ grant }) => grant)).toEqual(['kube-dns']);
});

test('Pods of which nothing is left are counted, and so is what concerns no server', async () => {
  const { summary } = await report([
    flow({ pod: 'web/gone-1' }, ORDERS, 8080),
    flow({ pod: 'web/client-1' }, { ip: '203.0.113.7' }, 443),
  ]);
  expect(summary).toMatchObject({ flows: 2, ofServers: 0, unknownPods: 1 });
});

test('lines that cannot be read are told, and the status is 2', async () => {
  const { status, stdout, stderr } = await observe(['nonsense', FROM_GATEWAY]);
  expect([status, stderr]).toEqual([2, '-, line 1: it is no JSON, and no VPC flow log in the default format\n']);
  expect(stdout).toContain('1 lines that cannot be read');
});

test('what is proposed is part of a GatePolicy, by which nothing that it is for is cut', async () => {
  const { stdout } = await observe([FROM_CLIENT], '--propose');
  const text = `${CONFIG}${stdout
    .split('\n')
    .map(line => (line === '' ? '' : `  ${line}\n`))
    .join('')}`;
  const { problems, policy } = readGatePolicy(text, 'chokepoint.yaml');
  expect([problems, policy?.allowedClients.map(({ name, reason }) => [name, reason])]).toEqual([
    [],
    [
      [
        'web-deployment-client-8080',
        'observed: 214 connections to shop/Deployment/orders, last 2026-11-20T10:00:00.000Z',
      ],
    ],
  ]);
  folder.write('chokepoint.yaml', text);
  expect((await observe([FROM_CLIENT])).status).toBe(0);
});

test('generate --flows prints what observe --propose prints', async () => {
  const given = { stdin: [FROM_CLIENT, TO_METADATA].join('\n') };
  const proposed = await folder.run(['observe', 'files', '--flows', '-', '--propose'], given);
  expect(await folder.run(['generate', 'files', '--flows', '-'], given)).toEqual({ ...proposed, status: 0 });
  const named = await folder.run(['generate', 'files', '--flows', '-', '--gateway', 'web/app=client'], given);
  expect(named.stdout).not.toContain('allowedClients');
});

test('a cluster is asked where no files are given', async () => {
  const cluster = await testedCluster();
  try {
    cluster.folder.write('chokepoint.yaml', CONFIG);
    cluster.folder.write('flows.jsonl', `${FROM_CLIENT}\n${flow({ ip: '192.0.2.99' }, ORDERS, 8080)}\n`);
    putYaml(cluster.server, 'deployments', SERVER);
    const { status, stdout } = await cluster.run(['observe', '--kubeconfig', 'kubeconfig', '--flows', 'flows.jsonl']);
    expect([status, stdout]).toEqual([
      1,
      expect.stringContaining('would be cut: from 192.0.2.99 on TCP 8080, 1 connection'),
    ]);
  } finally {
    await cluster.close();
  }
});
