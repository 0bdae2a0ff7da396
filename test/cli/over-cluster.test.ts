import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/app/report/check-report.ts';
import type { RawObject } from '../support/fake-api-store.ts';
import { expectGolden } from '../support/golden.ts';
import { pageDataOf } from '../support/page-data.ts';
import { putYaml, type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import { CLOSED, CONFIG, HARMLESS, OPEN, SERVER } from './manifests.ts';
import type { Ran } from './run.ts';

let cluster: TestedCluster;
beforeEach(async () => {
  cluster = await testedCluster();
  cluster.folder.write('chokepoint.yaml', CONFIG);
});
afterEach(() => cluster.close());

const put = (plural: string, yaml: string): void => putYaml(cluster.server, plural, yaml);
const check = (...args: readonly string[]): Promise<Ran> =>
  cluster.run(['check', 'files', '--with-cluster', '--kubeconfig', 'kubeconfig', ...args]);
const report = async (...args: readonly string[]): Promise<CheckReport> =>
  JSON.parse((await check('--output', 'json', ...args)).stdout);
const files = (...texts: readonly string[]): void => cluster.folder.write('files/all.yaml', texts.join('---\n'));

/** A Pod as the Deployment of {@link SERVER} makes it. */
const podOf = (image: string): RawObject => ({
  metadata: {
    namespace: 'shop',
    name: 'orders-1',
    labels: { app: 'orders', 'chokepoint.dev/mcp-server': 'true' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders', uid: 'u', controller: true }],
  },
  spec: { containers: [{ name: 'server', image, ports: [{ name: 'mcp', containerPort: 8080 }] }] },
});

describe('a policy in the files', () => {
  beforeEach(() => {
    put('deployments', SERVER);
    put('networkpolicies', CLOSED);
  });

  test.each(['text', 'github', 'json'] as const)(
    'that opens a server of the cluster fails, shown as %s',
    async format => {
      files(OPEN);
      const { status, stdout, stderr } = await check('--output', format);
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
      expectGolden(`over-cluster/opens.${format}`, stdout);
    },
  );

  test('that opens a server of the cluster is shown as a page with the cluster and the files, and without secrets', async () => {
    const { origin } = cluster.server.connection.server;
    const kubeconfig = JSON.parse(readFileSync(join(cluster.folder.path, 'kubeconfig'), 'utf8'));
    const [{ name, context }] = kubeconfig.contexts;
    const users = [{ name: 'reader', user: { token: 'token-of-the-reader' } }];
    const contexts = [{ name, context: { ...context, user: 'reader' } }];
    cluster.folder.write('kubeconfig', JSON.stringify({ ...kubeconfig, users, contexts }));
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {namespace: shop, name: key}\nstringData: {key: hunter2}\n';
    files(OPEN, secret);
    const { status, stdout, stderr } = await check('--output', 'html');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const { page, details } = pageDataOf(stdout);
    expect(page).toMatchObject({ servers: [{ namespace: 'shop', name: 'orders', standing: 'open' }] });
    expect(details).toMatchObject([{ findings: [{ place: 'files/all.yaml:9' }] }]);
    expect(JSON.stringify(page)).toContain('http://127.0.0.1:6443');
    for (const hidden of ['hunter2', 'token-of-the-reader', origin.replace('http://', '//')])
      expect(stdout.includes(hidden)).toBe(false);
  });

  test('that is there already brings nothing', async () => {
    put('networkpolicies', OPEN);
    files(OPEN);
    const { status, stdout } = await check();
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 MCP servers')]);
  });

  test('in place of one that opened passes where it opens nothing, and what is gone is counted', async () => {
    put('networkpolicies', OPEN);
    files(OPEN.replace('namespaceSelector: {}', 'podSelector: {matchLabels: {app: nobody}}'));
    const { summary } = await report();
    expect(summary.against).toMatchObject({ known: 0, new: 1 });
    files(
      OPEN.replace(
        '- namespaceSelector: {}',
        '- podSelector: {matchExpressions: [{key: a, operator: In, values: [b]}, {key: a, operator: DoesNotExist}]}',
      ),
    );
    expect((await report()).summary.against).toMatchObject({
      new: 0,
      gone: 1,
      flipped: [{ namespace: 'shop', kind: 'Deployment', name: 'orders', before: 'deny', after: 'allow' }],
    });
  });

  test('of another namespace says nothing of the servers here', async () => {
    files(OPEN.replace('namespace: shop', 'namespace: default'));
    expect((await report()).servers).toEqual([]);
  });
});

describe('a workload in the files', () => {
  test('is judged by the policies of the cluster', async () => {
    put('networkpolicies', CLOSED);
    files(SERVER);
    const { servers, cluster: seen } = await report();
    expect(servers.map(({ name, verdict }) => [name, verdict])).toEqual([['orders', 'allow']]);
    expect(seen?.overlay).toEqual({ created: 1, replaced: 0 });
  });

  test('has what it had already as known, and does not fail for it', async () => {
    put('deployments', SERVER);
    files(SERVER.replace('orders:1', 'orders:2'));
    const ran = await check('--output', 'json');
    const { servers }: CheckReport = JSON.parse(ran.stdout);
    expect(ran.status).toBe(0);
    expect(servers.flatMap(({ verdict, findings }) => [verdict, ...findings.map(({ known }) => known)])).toEqual([
      'deny',
      true,
      true,
    ]);
  });

  test('that is new fails for all that it has', async () => {
    files(SERVER);
    expect((await check()).status).toBe(1);
  });

  test('is the one that is told, not the Pods that it is about to replace', async () => {
    put('deployments', SERVER);
    cluster.server.put('pods', podOf('registry.example/orders:1'));
    files(SERVER.replace('orders:1', 'orders:2'));
    expect((await report()).servers.map(({ kind }) => kind)).toEqual(['Deployment']);
  });

  test('tells a Pod of its name that it never made', async () => {
    put('deployments', SERVER);
    cluster.server.put('pods', podOf('registry.example/another:1'));
    files(SERVER.replace('orders:1', 'orders:2'));
    const { summary } = await report();
    expect(summary.against).toMatchObject({ new: 0 });
  });

  test('without a namespace goes into that of the context, or of --namespace', async () => {
    put('networkpolicies', CLOSED);
    files(SERVER.replace('  namespace: shop\n', ''));
    expect((await report()).servers.map(({ namespace }) => namespace)).toEqual(['default']);
    expect((await report('-n', 'shop')).servers.map(({ namespace, verdict }) => [namespace, verdict])).toEqual([
      ['shop', 'allow'],
    ]);
  });
});

test('labels that others gave a Namespace stay when the files apply it', async () => {
  cluster.server.put('namespaces', { metadata: { name: 'shop', labels: { 'chokepoint.dev/mcp-namespace': 'x' } } });
  put('deployments', SERVER);
  put('networkpolicies', CLOSED);
  files('apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
  expect((await report()).summary.against).toMatchObject({ new: 0, gone: 0 });
});

test('each overlay is laid over the cluster by itself', async () => {
  put('deployments', SERVER);
  put('networkpolicies', CLOSED);
  cluster.folder.write('files/a.yaml', HARMLESS);
  cluster.folder.write('files/b.yaml', OPEN);
  const { servers } = await report();
  expect(servers.map(({ verdict }) => verdict)).toEqual(['deny']);
});

test('a cluster that hides its policies is not judged', async () => {
  files(SERVER);
  cluster.server.order({ status: 403 }, { plural: 'networkpolicies', times: 100 });
  const { status, stdout } = await check();
  expect(status).toBe(2);
  expect(stdout).toContain('may not list networkpolicies.networking.k8s.io: the user needs the verb list on it');
});

test('a kind of policies that may not be listed leaves the verdict on a server of the files open', async () => {
  const [group, version] = ['projectcalico.org', 'v3'];
  cluster.server.install({ kind: 'GlobalNetworkPolicy', plural: 'globalnetworkpolicies', group, version });
  cluster.server.order({ status: 403 }, { plural: 'globalnetworkpolicies', times: 100 });
  files(SERVER, CLOSED);
  const { servers } = await report();
  expect(servers).toMatchObject([{ verdict: 'undetermined', causes: [{ code: 'foreign-policy' }] }]);
});

test.each([
  ['--context here', "option '--context' needs '--with-cluster'"],
  ['--with-cluster --fix', "cannot be used with option '--fix'"],
  ['--with-cluster --against known.json', "cannot be used with option '--against <what>'"],
])('check %s is a wrong usage', async (flags, said) => {
  files(SERVER);
  const { status, stderr } = await cluster.run(['check', 'files', ...flags.split(' ')]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
});
