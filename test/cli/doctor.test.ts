import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/app/doctor/examine.ts';
import { READS } from '../../src/app/doctor/reads.ts';
import { SERVED } from '../support/fake-cluster.ts';
import { expectGolden } from '../support/golden.ts';
import { putYaml, type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import { CONFIG } from './manifests.ts';
import type { Ran } from './run.ts';

const RESOURCES = [
  ...SERVED,
  ...Object.values(READS)
    .filter(({ plural }) => SERVED.every(known => known.plural !== plural))
    .map(({ group, version, kind, plural }) => ({ group, version, kind, plural })),
];

const CILIUM = `metadata: {namespace: kube-system, name: cilium}
spec: {template: {spec: {containers: [{name: cilium-agent, image: "quay.io/cilium/cilium:v1"}]}}}
status: {desiredNumberScheduled: 1, numberReady: 1}
`;
const GATEWAY = `metadata: {namespace: gateway, name: envoy-1, labels: {app: envoy}}
spec: {containers: [{name: main, image: "envoyproxy/envoy:1"}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.9}], conditions: [{type: Ready, status: "True"}]}
`;
const DNS = `metadata: {namespace: kube-system, name: coredns-1, labels: {k8s-app: kube-dns}}
spec: {containers: [{name: main, image: "registry.k8s.io/coredns/coredns:v1"}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.10}]}
`;

let cluster: TestedCluster;
beforeEach(async () => {
  cluster = await testedCluster(RESOURCES);
  cluster.folder.write('chokepoint.yaml', CONFIG);
  putYaml(cluster.server, 'namespaces', 'metadata: {name: kube-system}');
  putYaml(cluster.server, 'daemonsets', CILIUM);
  putYaml(
    cluster.server,
    'configmaps',
    'metadata: {namespace: kube-system, name: cilium-config}\ndata: {enable-policy: default}',
  );
  putYaml(cluster.server, 'pods', GATEWAY);
  putYaml(cluster.server, 'pods', DNS);
  const renewed = new Date().toISOString();
  putYaml(
    cluster.server,
    'leases',
    `metadata: {namespace: kube-node-lease, name: node-1}\nspec: {renewTime: "${renewed}"}`,
  );
});
afterEach(() => cluster.close());

const doctor = (...args: readonly string[]): Promise<Ran> =>
  cluster.run(['doctor', '--kubeconfig', 'kubeconfig', ...args]);
const report = async (...args: readonly string[]): Promise<DoctorReport> =>
  JSON.parse((await doctor('--output', 'json', ...args)).stdout);

test.each(['text', 'json'] as const)('a cluster in which nothing fails ends with 0, shown as %s', async format => {
  const { status, stdout, stderr } = await doctor('--output', format);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expectGolden(`doctor/ready.${format}`, stdout);
});

test('what fails ends with 1', async () => {
  putYaml(
    cluster.server,
    'configmaps',
    'metadata: {namespace: kube-system, name: cilium-config}\ndata: {enable-policy: never}',
  );
  const { status, stdout } = await doctor();
  expect([status, stdout]).toEqual([
    1,
    expect.stringContaining('fail     enforcement: Cilium enforces nothing: enable-policy is never\n         → '),
  ]);
});

test.each([
  ['daemonsets', 'enforcement', 'list daemonsets.apps'],
  ['clusterrolebindings', 'bypass-rights', 'list clusterrolebindings.rbac.authorization.k8s.io'],
  [
    'validatingwebhookconfigurations',
    'webhook-reachable',
    'list validatingwebhookconfigurations.admissionregistration.k8s.io',
  ],
  ['leases', 'clock', 'list leases.coordination.k8s.io in kube-node-lease'],
  ['networkpolicies', 'policy-apis', 'list networkpolicies.networking.k8s.io'],
] as const)('where %s may not be read, %s is unknown, with the right that is missing', async (plural, id, right) => {
  cluster.server.order({ status: 403 }, { plural, times: 100 });
  const ran = await doctor('--output', 'json');
  const { checks }: DoctorReport = JSON.parse(ran.stdout);
  expect([ran.status, checks.find(check => check.id === id)]).toMatchObject([
    2,
    {
      status: 'unknown',
      answers: [{ says: expect.stringContaining(`may not ${right}`), remedy: `grant the user the right to ${right}` }],
    },
  ]);
});

test('every check that applies has an answer, and its status is the worst of them', async () => {
  const { checks, summary } = await report();
  expect(checks.filter(({ answers }) => answers.length === 0)).toEqual([]);
  expect(Object.values(summary).reduce((sum, count) => sum + count, 0)).toBe(checks.length);
});

test('a configuration that cannot be used is told', async () => {
  cluster.folder.write(
    'chokepoint.yaml',
    'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nspec: {mode: loud}\n',
  );
  const { status, stderr } = await doctor();
  expect([status, stderr]).toEqual([2, expect.stringContaining('chokepoint.yaml cannot be used')]);
});

test('a cluster that does not answer is told', async () => {
  await cluster.server.close();
  const { status, stderr } = await doctor();
  expect([status, stderr]).toEqual([2, expect.stringContaining('chokepoint: ')]);
});
