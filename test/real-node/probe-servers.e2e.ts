import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeReport } from '../../src/app/probe/report.ts';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { startDataplane } from './dataplane.ts';
import { IMAGES } from './machine.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';
import { runProgram } from './run-program.ts';

/**
 * `doctor --probe --servers`: Pods that stand in for servers, for their gateway, for cluster DNS and for strangers, under copies of the servers' policies. What is
 * judged of the servers is what packets do there, where policies are enforced, and is not where they are not.
 */

let cluster: Cluster;
let nodes: readonly RealNode[];
let config: string;

const NAME = 'kubernetes.io/metadata.name';
const inNamespace = (name: string, labels: object): object => ({
  namespaceSelector: { matchLabels: { [NAME]: name } },
  podSelector: { matchLabels: labels },
});
const GATEWAY = inNamespace('mcp-gateway', { 'app.kubernetes.io/name': 'envoy' });
const DNS = inNamespace('kube-system', { 'k8s-app': 'kube-dns' });
const SERVER = { 'chokepoint.dev/mcp-server': 'true' };

/** Never runs: its labels and ports are all that is looked at. */
const pod = (name: string, labels: object, ports: readonly object[]): object => ({
  metadata: { name, labels },
  spec: { schedulerName: 'nobody', containers: [{ name: 'main', image: IMAGES.pause, ports }] },
});
const policy = (name: string, labels: object, spec: object): object => ({
  metadata: { name },
  spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress', 'Egress'], ...spec },
});

const NAMESPACES: Readonly<Record<string, object>> = {
  tools: { team: 'tools' },
  shop: { team: 'shop' },
  'mcp-gateway': {},
};
/** Where objects of a namespace stand. */
const PLACES = {
  pods: '/api/v1',
  services: '/api/v1',
  networkpolicies: '/apis/networking.k8s.io/v1',
} as const;

const OBJECTS: readonly (readonly [namespace: string, object: object, plural?: keyof typeof PLACES])[] = [
  [
    'kube-system',
    pod(
      'coredns-1',
      { 'k8s-app': 'kube-dns' },
      [53, 53].map((containerPort, index) => ({ containerPort, protocol: index === 0 ? 'TCP' : 'UDP' })),
    ),
  ],
  ['mcp-gateway', pod('envoy-1', { 'app.kubernetes.io/name': 'envoy' }, [{ containerPort: 8443 }])],
  ['tools', pod('weather', { app: 'weather', ...SERVER }, [{ name: 'mcp', containerPort: 8080 }])],
  [
    'tools',
    policy(
      'weather',
      { app: 'weather' },
      {
        ingress: [{ from: [GATEWAY], ports: [{ port: 'mcp' }] }],
        egress: [{ to: [DNS], ports: [{ port: 53 }, { port: 53, protocol: 'UDP' }] }],
      },
    ),
    'networkpolicies',
  ],
  [
    'tools',
    { metadata: { name: 'weather' }, spec: { selector: { app: 'weather' }, ports: [{ port: 80, targetPort: 'mcp' }] } },
    'services',
  ],
  ['shop', pod('orders', { app: 'orders', ...SERVER }, [{ containerPort: 80 }, { containerPort: 9090 }])],
  // Every namespace of a team but that of the tools, and everywhere out: open, and judged to be.
  [
    'shop',
    policy(
      'orders',
      { app: 'orders' },
      {
        ingress: [
          {
            from: [
              { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['tools'] }] } },
            ],
            ports: [{ port: 80 }],
          },
        ],
        egress: [{}],
      },
    ),
    'networkpolicies',
  ],
];

beforeAll(async () => {
  cluster = await startCluster(NODE_CLUSTER);
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'chokepoint-system' } });
  for (const [name, labels] of Object.entries(NAMESPACES))
    expectOk(await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels } }));
  for (const [namespace, object, plural = 'pods'] of OBJECTS) {
    const path = `${PLACES[plural]}/namespaces/${namespace}/${plural}`;
    // The account that Pods of a new namespace bear comes a moment later.
    for (let turn = 0; ; turn += 1) {
      const answer = await cluster.request('POST', path, object);
      if (answer.status === 201) break;
      if (turn === 100) expectOk(answer);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
  config = join(cluster.address.folder, 'gate.json');
  const spec = { gateways: [{ name: 'envoy', from: [GATEWAY] }] };
  writeFileSync(
    config,
    JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'default' }, spec }),
  );
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await cluster.stop();
});

const ARGS = ['doctor', '--probe', '--yes', '--image', IMAGES.program, '-o', 'json'];

async function probed(servers: string): Promise<ProbeReport & { readonly status: number | null }> {
  const { status, stdout, stderr } = await runProgram(cluster, [...ARGS, '--servers', servers, '--config', config]);
  if (stdout === '') throw new Error(stderr);
  return { status, ...(JSON.parse(stdout) as ProbeReport) };
}

/** `FROM > TO PORT/PROTOCOL expected, seen`, of IPv4. */
const lines = ({ servers }: ProbeReport, server: string): readonly string[] =>
  (servers?.ways ?? [])
    .filter(way => way.server === server && way.family === 'IPv4')
    .map(({ from, to, port, protocol, expected, seen }) => `${from} > ${to} ${port}/${protocol} ${expected}, ${seen}`)
    .sort();

test('where policies are enforced, packets do what is judged of each server', async () => {
  const dataplane = startDataplane(cluster, nodes);
  const report = await probed('all');
  await dataplane.stop();
  expect(report.servers?.names).toEqual(['shop/Pod/orders', 'tools/Pod/weather']);
  expect(report.servers?.ways.filter(({ agreement }) => agreement !== 'agrees')).toEqual([]);
  expect([report.status, report.servers?.agreement, report.leftovers]).toEqual([0, 'agrees', []]);
  const [weather, orders] = ['server tools/Pod/weather', 'server shop/Pod/orders'];
  expect(lines(report, 'tools/Pod/weather')).toEqual(
    [
      `Pod kube-system/coredns-1 > ${weather} 8080/TCP closed, closed`,
      `Pod kube-system/coredns-1 > ${weather} 8081/TCP closed, closed`,
      `Pod kube-system/coredns-1 > ${weather} 8081/UDP closed, closed`,
      `Pod kube-system/coredns-1 > Service tools/weather 80/TCP closed, closed`,
      `Pod mcp-gateway/envoy-1 > ${weather} 8080/TCP open, open`,
      `Pod mcp-gateway/envoy-1 > ${weather} 8081/TCP closed, closed`,
      `Pod mcp-gateway/envoy-1 > ${weather} 8081/UDP closed, closed`,
      `Pod mcp-gateway/envoy-1 > Service tools/weather 80/TCP open, open`,
      `a stranger > ${weather} 8080/TCP closed, closed`,
      `a stranger > ${weather} 8081/TCP closed, closed`,
      `a stranger > ${weather} 8081/UDP closed, closed`,
      `a stranger > Service tools/weather 80/TCP closed, closed`,
      `a stranger in tools > ${weather} 8080/TCP closed, closed`,
      `a stranger in tools > ${weather} 8081/TCP closed, closed`,
      `a stranger in tools > ${weather} 8081/UDP closed, closed`,
      `a stranger in tools > Service tools/weather 80/TCP closed, closed`,
      `${weather} > Pod kube-system/coredns-1 53/TCP open, open`,
      `${weather} > Pod kube-system/coredns-1 53/UDP open, open`,
      `${weather} > Pod mcp-gateway/envoy-1 8443/TCP closed, closed`,
      `${weather} > a stranger 8080/TCP closed, closed`,
      `${weather} > a stranger 8080/UDP closed, closed`,
      `${weather} > a stranger in tools 8080/TCP closed, closed`,
      `${weather} > a stranger in tools 8080/UDP closed, closed`,
      `${weather} > another node 10250/TCP closed, closed`,
    ].sort(),
  );
  expect(lines(report, 'shop/Pod/orders')).toEqual(
    expect.arrayContaining([
      `Pod mcp-gateway/envoy-1 > ${orders} 80/TCP open, open`,
      `a stranger > ${orders} 80/TCP open, open`,
      `a stranger > ${orders} 9090/TCP closed, closed`,
      `a stranger > ${orders} 8080/UDP closed, closed`,
      `a stranger in shop > ${orders} 80/TCP open, open`,
      `${orders} > a stranger 8080/TCP open, open`,
      `${orders} > a stranger 8080/UDP open, open`,
      `${orders} > another node 10250/TCP open, open`,
    ]),
  );
  const { body } = await cluster.request('GET', '/api/v1/namespaces?labelSelector=chokepoint.dev/probe');
  expect(body.items.filter(({ status }: { status: { phase: string } }) => status.phase === 'Active')).toEqual([]);
});

test('where they are not, what is judged to be closed is told to be open', async () => {
  const report = await probed('tools/weather');
  expect(report.servers?.names).toEqual(['tools/Pod/weather']);
  expect([report.status, report.servers?.agreement]).toEqual([1, 'differs']);
  const differing = report.servers?.ways.filter(({ agreement }) => agreement === 'differs') ?? [];
  expect([...new Set(differing.map(({ reason }) => reason))]).toEqual([
    'it is judged to be closed, and packets got through',
  ]);
  expect(differing.map(({ from, to, port, protocol }) => `${from} > ${to} ${port}/${protocol}`)).toEqual(
    expect.arrayContaining([
      'a stranger > server tools/Pod/weather 8080/TCP',
      'a stranger > server tools/Pod/weather 8081/UDP',
      'a stranger > Service tools/weather 80/TCP',
    ]),
  );
  const scanned = await runProgram(cluster, ['scan', '-n', 'tools', '-o', 'json', '--config', config]);
  expect(JSON.parse(scanned.stdout).servers[0].findings).toContainEqual(
    expect.objectContaining({
      rule: 'policies-not-enforced',
      message: expect.stringMatching(/^its policies are not /),
    }),
  );
});

test('a server that is not there is told before anything is written', async () => {
  const { status, stderr } = await runProgram(cluster, [...ARGS, '--servers', 'tools/nobody', '--config', config]);
  expect([status, stderr]).toEqual([2, expect.stringContaining('--servers tools/nobody: there is no such MCP server')]);
});
