import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GUARDRAIL_APIS } from '../../src/core/remedy/guardrail-api.ts';
import { expectGolden } from '../support/golden.ts';
import { CONFIG, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

const pod = (namespace: string, name: string, labels: string, ip: string): string =>
  `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {${labels}}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}, {containerPort: 9090}]}]}
status: {podIPs: [{ip: ${ip}}]}
`;

/** Policies that open a server as far as policies can. */
const WORLD = [
  ...['tools', 'mcp-gateway', 'kube-system'].map(namespace),
  pod('tools', 'server', 'chokepoint.dev/mcp-server: "true"', '10.244.0.1'),
  pod('tools', 'no-server', 'chokepoint.dev/mcp-server: "false"', '10.244.0.2'),
  pod('mcp-gateway', 'gateway', 'app: envoy', '10.244.0.3'),
  pod('tools', 'forger', 'app: envoy', '10.244.0.4'),
  pod('kube-system', 'dns', 'k8s-app: kube-dns', '10.244.0.5'),
  `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [172.16.0.2]}]
ports: [{port: 6443}]
`,
  `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: tools}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}
`,
].join('---\n');

const CONFIGURED = `apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
metadata: {name: default}
spec:
  gateways:
  - name: envoy
    from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mcp-gateway}}
      podSelector: {matchLabels: {app: envoy}}
    ports: [{protocol: TCP, port: 8080}]
  protectedNetworks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.0.0/24], controlPlane: [172.16.0.2/32]}
`;

/** Source, destination and port, and whether the guardrail leaves it open. All of it is open without one. */
const QUESTIONS = [
  ['pod:mcp-gateway/gateway', 'pod:tools/server', 8080, true],
  ['pod:mcp-gateway/gateway', 'pod:tools/server', 9090, false],
  ['pod:tools/forger', 'pod:tools/server', 8080, false],
  ['pod:kube-system/dns', 'pod:tools/server', 8080, false],
  ['pod:tools/forger', 'pod:tools/no-server', 8080, true],
  ['pod:tools/server', 'ip:169.254.169.254', 80, false],
  ['pod:tools/server', 'ip:10.96.0.1', 443, false],
  ['pod:tools/server', 'ip:192.168.0.7', 10250, false],
  ['pod:tools/server', 'ip:172.16.0.2', 6443, false],
  ['pod:tools/server', 'ip:192.0.2.1', 443, true],
  ['pod:tools/server', 'pod:kube-system/dns', 53, true],
  ['pod:tools/server', 'pod:kube-system/dns', 8080, false],
  ['pod:tools/server', 'pod:mcp-gateway/gateway', 8080, false],
  ['pod:tools/no-server', 'ip:169.254.169.254', 80, true],
] as const;

const end = (text: string): object => Object.fromEntries([text.split(':')]);
const QUERIES = QUESTIONS.map(([from, to, port]) => JSON.stringify({ from: end(from), to: end(to), port })).join('\n');

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
  folder.write('world.yaml', WORLD);
  folder.write('queries.jsonl', QUERIES);
  folder.write('configured.yaml', CONFIGURED);
  // The Deployment declares the server, and its pods do not.
  const declared = '\n  labels: {chokepoint.dev/mcp-server: "true"}\nspec:';
  folder.write('server.yaml', SERVER.replace(', chokepoint.dev/mcp-server: "true"', '').replace('\nspec:', declared));
  folder.write('chokepoint.yaml', CONFIG);
});
afterAll(() => folder.remove());

const allowed = (stdout: string): readonly unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).allowed);

const guardrail = (...args: readonly string[]) =>
  folder.run(['generate', 'world.yaml', '--config', 'configured.yaml', ...args]);

test('without a guardrail, a policy that is added opens everything', async () => {
  const { stdout } = await folder.run(['reach', 'world.yaml', '--queries', 'queries.jsonl']);
  expect(allowed(stdout)).toEqual(QUESTIONS.map(() => true));
});

describe.each(GUARDRAIL_APIS)('A guardrail for %s', api => {
  test('is written so', async () => {
    const { status, stdout, stderr } = await guardrail('--guardrail', api);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectGolden(`guardrail/${api}`, stdout);
  });
});

/** A denial of Cilium has no exceptions, so that whoever is granted a port is refused none. */
const isOpen = (api: string, [from, to, port, left]: (typeof QUESTIONS)[number]): boolean =>
  left ||
  (api === 'cilium' && ((from.endsWith('/gateway') && port === 9090) || (to.endsWith('/dns') && port === 8080)));

test.each(GUARDRAIL_APIS)(
  'a guardrail for %s holds servers behind their gateways whatever a NetworkPolicy lets through',
  async api => {
    folder.write(`${api}.yaml`, (await guardrail('--guardrail', api)).stdout);
    const { stdout, stderr } = await folder.run(['reach', 'world.yaml', `${api}.yaml`, '--queries', 'queries.jsonl']);
    expect(stderr).toBe('');
    const answers = allowed(stdout);
    expect(QUESTIONS.map(([from, to, port], index) => [from, to, port, answers[index]])).toEqual(
      QUESTIONS.map(question => [...question.slice(0, 3), isOpen(api, question)]),
    );
  },
);

test.each([
  ['calico', 'GlobalNetworkPolicy'],
  ['cilium', 'CiliumClusterwideNetworkPolicy'],
  ['aws', 'ClusterNetworkPolicy'],
  ['ovn', 'AdminNetworkPolicy'],
  ['antrea', 'ClusterNetworkPolicy'],
])('where the dataplane is %s, it is a %s', async (dataplane, kind) => {
  folder.write('dataplane.yaml', `${CONFIGURED}  dataplane: ${dataplane}\n`);
  const { stdout } = await folder.run(['generate', 'world.yaml', '--config', 'dataplane.yaml', '--guardrail']);
  expect(stdout).toMatch(new RegExp(`^kind: ${kind}$`, 'm'));
});

test('servers whose pods do not bear the label are told', async () => {
  const { status, stderr } = await folder.run(['generate', 'server.yaml', '--guardrail']);
  expect([status, stderr]).toEqual([
    1,
    'Deployment shop/orders: its pods do not bear the label chokepoint.dev/mcp-server, by which the guardrail selects\n',
  ]);
});

test('where no gateway is configured there is none', async () => {
  folder.write(
    'none.yaml',
    'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata: {name: default}\nspec: {}\n',
  );
  const { status, stdout, stderr } = await folder.run([
    'generate',
    'world.yaml',
    '--config',
    'none.yaml',
    '--guardrail',
  ]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^no gateway is configured, and a guardrail keeps out whom/);
});

test('another API, and another form, are usage errors', async () => {
  expect((await guardrail('--guardrail', 'antrea')).status).toBe(2);
  expect((await guardrail('--guardrail', 'calico', '--as', 'helm-values')).status).toBe(2);
});
