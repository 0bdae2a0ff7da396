import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { putYaml, type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import { CLOSED, OPEN, SERVER } from './manifests.ts';
import type { Ran } from './run.ts';

const CLIENT = `apiVersion: v1
kind: Pod
metadata: {name: client, namespace: default, labels: {app: client}}
spec: {containers: [{name: main, image: nginx}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.9}]}
`;

let cluster: TestedCluster;
beforeEach(async () => {
  cluster = await testedCluster();
  putYaml(cluster.server, 'deployments', SERVER);
  putYaml(cluster.server, 'networkpolicies', CLOSED);
  putYaml(cluster.server, 'pods', CLIENT);
});
afterEach(() => cluster.close());

const reach = (...args: readonly string[]): Promise<Ran> =>
  cluster.run(['reach', '--kubeconfig', 'kubeconfig', ...args]);
const ASKED = ['--from', 'default/client', '--to', 'shop/orders', '--port', '8080'];

test('the cluster answers as files with the same objects do', async () => {
  for (const policies of [[], [OPEN]]) {
    for (const policy of policies) putYaml(cluster.server, 'networkpolicies', policy);
    cluster.folder.write('files/all.yaml', [SERVER, CLOSED, CLIENT, ...policies].join('---\n'));
    expect(await reach(...ASKED)).toEqual(await cluster.run(['reach', 'files', ...ASKED]));
  }
});

test('a context of the kubeconfig is enough', async () => {
  const { status, stdout } = await reach('--context', 'here', ...ASKED);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^No: pod default\/client cannot open TCP 8080/)]);
});

test('an end without a namespace is in that of the context, or of --namespace', async () => {
  const [inContext, named] = [
    await reach('--from', 'client', '--to', 'shop/orders', '--port', 'mcp'),
    await reach('-n', 'shop', '--from', 'default/client', '--to', 'orders', '--port', 'mcp'),
  ];
  expect(inContext).toEqual(await reach(...ASKED.with(5, 'mcp')));
  expect(named).toEqual(inContext);
});

test('what is not there is not in the cluster, with what may have been meant', async () => {
  const { status, stderr } = await reach('--from', 'clientt', '--to', 'shop/orders', '--port', '80');
  expect([status, stderr]).toEqual([
    2,
    'chokepoint: pod default/clientt is not in the cluster; did you mean "default/client"?\n',
  ]);
});

test('queries are answered line by line', async () => {
  const line = { from: { ip: '10.244.0.9' }, to: { pod: 'shop/orders' }, port: 8080 };
  cluster.folder.write(
    'queries.jsonl',
    `${JSON.stringify(line)}\n${JSON.stringify({ ...line, to: { pod: 'a/b' } })}\n`,
  );
  const { stdout, stderr } = await reach('--queries', 'queries.jsonl');
  expect(stdout.split('\n').map(text => text.slice(0, 18))).toEqual(['{"allowed":false,"', '{"error":"pod a/b ', '']);
  expect(stderr).toBe('query line 2: pod a/b is not in the cluster\n');
});

test('what may not be read is told with the right that is missing, and the status is 2', async () => {
  cluster.server.order({ status: 403 }, { plural: 'networkpolicies', times: 100 });
  const { status, stdout, stderr } = await reach(...ASKED);
  expect(status).toBe(2);
  expect(stdout).toContain('Not known: ');
  expect(stdout).toContain('a NetworkPolicy (networking.k8s.io) that cannot be seen may select its pods: may not list');
  expect(stderr).toContain(
    'cluster: error: may not list networkpolicies.networking.k8s.io: the user needs the verb list on it',
  );
});

test('a kind of policies of another API that may not be listed is not one of which there are none', async () => {
  const [group, version] = ['cilium.io', 'v2'];
  cluster.server.install({ kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', group, version });
  putYaml(cluster.server, 'networkpolicies', OPEN);
  expect((await reach(...ASKED)).stdout).toContain('Yes: ');
  cluster.server.order({ status: 403 }, { plural: 'ciliumnetworkpolicies', times: 100 });
  const { status, stdout } = await reach(...ASKED);
  expect([status, stdout]).toEqual([2, expect.stringContaining('may not list ciliumnetworkpolicies.cilium.io')]);
});

describe('on Cilium', () => {
  const BLOCK = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}
`;
  const TO_NODE = ['--from', 'shop/orders', '--to', '192.0.2.10', '--port', '10250'];
  beforeEach(() => {
    const [group, version] = ['cilium.io', 'v2'];
    cluster.server.install({ kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', group, version });
    putYaml(cluster.server, 'daemonsets', 'metadata: {name: cilium, namespace: kube-system}');
    putYaml(cluster.server, 'networkpolicies', BLOCK);
  });

  test.each([
    ['by default', {}, 'No: '],
    ['in the match mode of nodes', { 'policy-cidr-match-mode': 'nodes' }, 'Yes: '],
  ])('a block holds nodes as its settings have it: %s', async (_, data, expected) => {
    cluster.server.put('configmaps', { metadata: { namespace: 'kube-system', name: 'cilium-config' }, data });
    expect((await reach(...TO_NODE)).stdout).toContain(expected);
  });

  test('a block is taken to hold nodes where its settings may not be read', async () => {
    cluster.server.order({ status: 403 }, { plural: 'configmaps', times: 100 });
    expect((await reach(...TO_NODE)).stdout).toContain('Yes: ');
  });

  test.each([
    ['by default', {}, 'No: '],
    ['in the match mode of nodes', { 'policy-cidr-match-mode': 'nodes' }, 'Yes: '],
  ])('its settings count where its policies alone show that it is there: %s', async (_, data, expected) => {
    cluster.server.remove('daemonsets', 'cilium', 'kube-system');
    putYaml(
      cluster.server,
      'ciliumnetworkpolicies',
      'metadata: {name: beside, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: none}}}',
    );
    cluster.server.put('configmaps', { metadata: { namespace: 'kube-system', name: 'cilium-config' }, data });
    expect((await reach(...TO_NODE)).stdout).toContain(expected);
  });

  test('--dataplane says what enforces policies', async () => {
    expect((await reach(...TO_NODE)).stdout).toContain('No: ');
    expect((await reach('--dataplane', 'calico', ...TO_NODE)).stdout).toContain('Yes: ');
  });
});

test('files and a cluster at once are a wrong usage', async () => {
  cluster.folder.write('files/all.yaml', SERVER);
  const { status, stderr } = await reach('files', ...ASKED);
  expect([status, stderr]).toEqual([2, expect.stringContaining('reach asks files or a cluster')]);
});
