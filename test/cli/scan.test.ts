import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityHash } from '../../src/adapters/system/identity-hash.ts';
import { findingKey, type SeenDates } from '../../src/app/history/state.ts';
import { shardsOf, shardText } from '../../src/app/history/text.ts';
import { findingIdentity } from '../../src/app/report/identity.ts';
import { podObject } from '../support/cluster-view.ts';
import type { FakeApiServer } from '../support/fake-api-server.ts';
import type { RawObject } from '../support/fake-api-store.ts';
import { SERVED, startFakeCluster } from '../support/fake-cluster.ts';
import { expectGolden } from '../support/golden.ts';
import { pageDataOf } from '../support/page-data.ts';
import { parseYaml } from '../support/yaml.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

let folder: Folder;
let server: FakeApiServer;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await startFakeCluster();
  for (const name of ['shop', 'gateway']) server.put('namespaces', { metadata: { name } });
  folder.write(
    'kubeconfig',
    JSON.stringify({
      'current-context': 'here',
      clusters: [{ name: 'here', cluster: { server: server.connection.server.origin } }],
      contexts: [
        { name: 'here', context: { cluster: 'here' } },
        { name: 'nowhere', context: { cluster: 'gone' } },
      ],
    }),
  );
  folder.write('chokepoint.yaml', CONFIG);
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

const scan = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await folder.run(['scan', '--kubeconfig', 'kubeconfig', ...args]);
  return { ...ran, stdout: ran.stdout.replaceAll(server.connection.server.origin, 'http://127.0.0.1:6443') };
};
const put = (plural: string, yaml: string): void => {
  for (const value of parseYaml(yaml)) server.put(plural, value as RawObject);
};

describe('a cluster with an open server', () => {
  beforeEach(() => {
    put('deployments', SERVER);
    put('networkpolicies', CLOSED);
    put('networkpolicies', OPEN);
  });

  test.each(['text', 'json', 'github', 'junit'] as const)('is denied, shown as %s', async format => {
    const { status, stdout, stderr } = await scan('--output', format);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expectGolden(`scan/open.${format}`, stdout);
  });

  test('is shown on a page, with the lines of its policies as they were read', async () => {
    const { stdout, stderr } = await scan('--output', 'html');
    const {
      page: { servers, subject, ask },
      details,
    } = pageDataOf(stdout);
    expect({ stderr, subject, count: servers.length }).toEqual({
      ...{ stderr: '', count: 1 },
      subject: 'the cluster at http://127.0.0.1:6443',
    });
    const { findings = [], map } = details[0] ?? {};
    const denied = findings.find(({ level }) => level === 'deny');
    const { lines = [], mark = 0, first = 0 } = denied?.excerpt ?? {};
    expect([servers[0]?.standing, denied?.place, lines[mark - first]]).toEqual([
      'open',
      '',
      '    - namespaceSelector: {}',
    ]);
    expect(map?.ways.map(({ end, standing }) => `${end.text}: ${standing}`)).toContain('other pods: open');
    expect(ask.command).toBe('chokepoint reach --from FROM --to TO --port PORT --protocol PROTOCOL');
  });

  test('is denied as check denies the same objects', async () => {
    folder.write('manifests/all.yaml', [SERVER, CLOSED, OPEN].join('---\n'));
    const checked = JSON.parse((await folder.run(['check', 'manifests', '--output', 'json'])).stdout);
    const scanned = JSON.parse((await scan('--output', 'json')).stdout);
    const shown = ({ servers }: { servers: readonly { findings: readonly { file: string; line: number }[] }[] }) =>
      servers.map(one => ({
        ...one,
        file: '',
        line: 0,
        findings: one.findings.map(finding => ({ ...finding, file: '', line: 0, column: 0 })),
      }));
    expect(shown(scanned)).toEqual(shown(checked));
  });

  test('passes against what check saved of the same objects, until it is opened further', async () => {
    folder.write('manifests/all.yaml', [SERVER, CLOSED, OPEN].join('---\n'));
    await folder.run(['check', 'manifests', '--report', 'json=known.json']);
    const same = await scan('--against', 'known.json');
    expect([same.status, /Against.*/.exec(same.stdout)?.[0]]).toEqual([
      0,
      'Against known.json: 1 known, 0 new, 0 gone.',
    ]);
    put('networkpolicies', OPEN.replace('name: open', 'name: other'));
    expect((await scan('--against', 'known.json')).status).toBe(1);
  });

  test('says since when it is open, where a controller keeps that', async () => {
    const { servers } = JSON.parse((await scan('--output', 'json')).stdout);
    const [{ findings }] = servers;
    const [first, since] = [1_795_766_400, 1_795_852_800];
    const key = findingKey(findings[0].rule, identityHash(findingIdentity(findings[0])));
    const seen = { first, since, last: undefined };
    const history = new Map([
      [
        'shop',
        {
          uid: 'u',
          modes: [
            { at: first, mode: 'off' as const },
            { at: since, mode: 'audit' as const },
          ],
          reviews: undefined,
          servers: new Map([
            [
              'Deployment/orders',
              {
                ...seen,
                findings: new Map<string, SeenDates>([
                  [key, seen],
                  ['host-network/0a', { ...seen, last: since }],
                ]),
              },
            ],
          ]),
        },
      ],
    ]);
    for (const [index, shard] of shardsOf(history).entries())
      server.put('configmaps', {
        metadata: { namespace: 'chokepoint-system', name: `chokepoint-history-${index}` },
        data: { 'namespaces.json': shardText(shard).text },
      });
    const {
      servers: [dated],
      cluster,
    } = JSON.parse((await scan('--output', 'json')).stdout);
    expect(cluster.remembered).toMatchObject([
      { namespace: 'shop', modes: [{ mode: 'off' }, { mode: 'audit' }], gone: [] },
    ]);
    expect(dated).toMatchObject({
      firstSeen: '2026-11-27T08:00:00Z',
      judgedSince: '2026-11-28T08:00:00Z',
      mended: [{ rule: 'host-network', lastSeen: '2026-11-28T08:00:00Z' }],
      findings: [{ firstSeen: '2026-11-27T08:00:00Z', openSince: '2026-11-28T08:00:00Z' }],
    });
    const { stdout } = await scan('--verbose');
    expect(stdout).toMatch(/open {4}since 2026-11-28, \d+ days?\n/);
    expect(stdout).toMatch(/judged since 2026-11-28, \d+ days?; mode audit since 2026-11-28, off before\n/);
    expect(stdout).toContain('  no more: host-network, from 2026-11-27 to 2026-11-28\n');
    expect(stdout).not.toContain('No controller keeps since when');
    const elsewhere = (await scan('--gate-namespace', 'elsewhere')).stdout;
    expect(elsewhere).not.toContain('since 2026');
    expect(elsewhere.match(/No controller keeps since when/g)).toHaveLength(1);
  });

  test('tells of annotations and of exceptions that set nothing aside', async () => {
    const annotated = SERVER.replace(
      '  name: orders\n',
      '  name: orders\n  annotations: {chokepoint.dev/ignore: nothing}\n',
    );
    put('deployments', annotated);
    const exception = (namespace: string) =>
      `  - {namespace: ${namespace}, kind: Deployment, name: gone, rules: [host-network], reason: T, expires: "2999-01-01"}\n`;
    folder.write('chokepoint.yaml', `${CONFIG}  exceptions:\n${exception('shop')}${exception('gateway')}`);
    const problemsOf = ({ stdout }: Ran): readonly string[] =>
      JSON.parse(stdout).problems.map(({ code, file }: Record<string, string>) => `${code} ${file}`);
    expect(problemsOf(await scan('--output', 'json'))).toEqual([
      'unused-exception chokepoint.yaml',
      'unused-exception chokepoint.yaml',
      'refused-exception shop/Deployment/orders',
    ]);
    expect(problemsOf(await scan('--output', 'json', '--namespace', 'gateway'))).toEqual([
      'unused-exception chokepoint.yaml',
    ]);
    server.order({ status: 403 }, { plural: 'services' });
    expect(problemsOf(await scan('--output', 'json'))).toEqual([
      'forbidden cluster',
      'refused-exception shop/Deployment/orders',
    ]);
  });

  test('is not looked at from another namespace', async () => {
    const { status, stdout } = await scan('--namespace', 'gateway', '--output', 'json');
    const { summary, cluster } = JSON.parse(stdout);
    expect([status, summary.servers, cluster.namespace]).toEqual([0, 0, 'gateway']);
  });

  test('ends with 2 where something may not be read, which is named', async () => {
    server.order({ status: 403 }, { plural: 'services' });
    const { status, stdout } = await scan();
    expect(status).toBe(2);
    expect(stdout).toContain(
      'error: may not list services: the user needs the verb list on it (status 403) (forbidden)\n',
    );
  });

  test('is not judged past a kind of policies that may not be listed', async () => {
    const [group, version] = ['k8s.ovn.org', 'v1'];
    server.install({ kind: 'EgressFirewall', plural: 'egressfirewalls', group, version });
    server.order({ status: 403 }, { plural: 'egressfirewalls' });
    const { status, stdout } = await scan('--output', 'json');
    const [{ verdict, causes }] = JSON.parse(stdout).servers;
    expect([status, verdict, causes]).toMatchObject([2, 'undetermined', [{ code: 'foreign-policy' }]]);
    expect(causes[0].message).toContain('may not list egressfirewalls.k8s.ovn.org: the user needs the verb list on it');
  });

  test.each([
    ['what its settings say', { status: 200 }, 'allow', []],
    ['the wider reading where these may not be read', { status: 403 }, 'deny', ['forbidden cluster']],
  ])('of Cilium is judged by %s', async (_, { status }, verdict, problems) => {
    const [group, version] = ['cilium.io', 'v2'];
    server.install({ kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', group, version });
    put(
      'daemonsets',
      '{metadata: {name: cilium, namespace: kube-system}, spec: {template: {spec: {containers: [{name: a, image: i}]}}}}',
    );
    server.put('networkpolicies', {
      metadata: { namespace: 'shop', name: 'open' },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '192.0.2.10/32' } }] }],
      },
    });
    if (status === 403) server.order({ status }, { plural: 'configmaps', times: 100 });
    const { stdout } = await scan('--output', 'json');
    expect(JSON.parse(stdout).servers).toMatchObject([{ verdict }]);
    expect(
      JSON.parse(stdout).problems.map(({ code, file }: { code: string; file: string }) => `${code} ${file}`),
    ).toEqual(problems);
  });

  test('of which an owner made Pods shows those alone that differ from their owner', async () => {
    const owned = (name: string, image: string): RawObject => ({
      ...podObject('shop', name),
      metadata: {
        namespace: 'shop',
        name,
        labels: { app: 'orders', 'chokepoint.dev/mcp-server': 'true', 'pod-template-hash': 'abc' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'orders-abc', controller: true }],
      },
      spec: { containers: [{ name: 'server', image, ports: [{ name: 'mcp', containerPort: 8080 }] }] },
    });
    const [deployment] = parseYaml(SERVER) as readonly RawObject[];
    server.put('replicasets', {
      ...deployment,
      metadata: {
        namespace: 'shop',
        name: 'orders-abc',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders', controller: true }],
      },
    });
    server.put('pods', owned('orders-abc-1', 'registry.example/orders:1'));
    server.put('pods', owned('orders-abc-2', 'registry.example/other:1'));
    const { servers } = JSON.parse((await scan('--output', 'json')).stdout);
    expect(servers.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
      'Deployment orders',
      'Pod orders-abc-2',
    ]);
  });
});

test('a cluster with a closed server passes', async () => {
  put('deployments', SERVER);
  put('networkpolicies', CLOSED);
  const { status, stdout } = await scan();
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Deployment shop\/orders {2}allowed\n/);
});

describe('it ends with 2 and a sentence', () => {
  test.each<[string, readonly string[], string]>([
    ['where the context is not there', ['--context', 'other'], 'chokepoint: no context "other" in kubeconfig\n'],
    [
      'where the context names no cluster',
      ['--context', 'nowhere'],
      'chokepoint: the context "nowhere" names a cluster that is not there\n',
    ],
  ])('%s', async (_, args, stderr) => {
    expect(await scan(...args)).toEqual({ status: 2, stdout: '', stderr });
  });

  test('where the API server does not answer', async () => {
    await server.close();
    const { status, stderr } = await scan();
    expect(status).toBe(2);
    expect(stderr).toMatch(/^chokepoint: GET \S+: .*ECONNREFUSED.*\n$/);
    server = await startFakeCluster();
  });

  test('where the credentials are not accepted', async () => {
    server.requireToken('secret');
    const { status, stderr } = await scan();
    expect([status, stderr]).toEqual([2, 'chokepoint: the API server does not accept the credentials (401)\n']);
  });
});

test('a configuration that cannot be used is reported, and the cluster is not asked', async () => {
  folder.write('chokepoint.yaml', 'kind: GatePolicy\n');
  const { status } = await scan();
  expect([status, server.log]).toEqual([2, []]);
});

describe('a cluster that holds a GatePolicy', () => {
  const GATE_POLICIES = { group: 'chokepoint.dev', version: 'v1alpha1', kind: 'GatePolicy', plural: 'gatepolicies' };
  const hold = (spec: object): void => void server.put('gatepolicies', { metadata: { name: 'default' }, spec });
  beforeEach(async () => {
    await server.close();
    server = await startFakeCluster([...SERVED, GATE_POLICIES]);
    for (const name of ['shop', 'gateway']) server.put('namespaces', { metadata: { name } });
    const kubeconfig = {
      'current-context': 'here',
      clusters: [{ name: 'here', cluster: { server: server.connection.server.origin } }],
      contexts: [{ name: 'here', context: { cluster: 'here' } }],
    };
    folder.write('kubeconfig', JSON.stringify(kubeconfig));
    put('deployments', SERVER);
  });

  test('is judged by it where no file configures', async () => {
    hold({ rules: { 'ingress-not-isolated': { level: 'warn' }, 'egress-not-isolated': { level: 'warn' } } });
    expect((await scan()).status).toBe(1);
    rmSync(join(folder.path, 'chokepoint.yaml'));
    const { status, stdout } = await scan();
    expect([status, /Configuration: .*/.exec(stdout)?.[0]]).toEqual([0, 'Configuration: GatePolicy default.']);
  });

  test('is not judged by one that cannot be used', async () => {
    hold({ mode: 'x' });
    rmSync(join(folder.path, 'chokepoint.yaml'));
    const { status, stdout } = await scan();
    expect([status, stdout]).toEqual([
      2,
      expect.stringContaining('GatePolicy default: error: spec.mode: must be one of'),
    ]);
  });
});
