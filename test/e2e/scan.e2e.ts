import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../src/app/report/check-report.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { refText } from '../../src/core/explain.ts';
import { RULES } from '../../src/core/rules/index.ts';
import { ensure, expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { documentedRules } from '../support/scan-role.ts';
import { SYSTEM } from './gate.ts';
import { type ScanFixture, scanFixtures } from './scan-fixtures.ts';
import { CALLER_KINDS, GATEWAY_CLASS, OTHER_ROUTE_KINDS, ROUTE_KINDS, serveKinds } from './served-kinds.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

let cluster: Connection;
let folder: string;
let removeRoutes: () => Promise<void>;

const SERVER_RULES = RULES.filter(({ judges }) => judges === 'server').map(
  ({ id }, index) => [id, scanFixtures(id, `s${index}x`)] as const,
);

beforeAll(async () => {
  cluster = sharedCluster();
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-scan-'));
  removeRoutes = await serveKinds(cluster, [...ROUTE_KINDS, ...OTHER_ROUTE_KINDS, ...CALLER_KINDS, GATEWAY_CLASS]);
});
afterAll(async () => {
  const namespaces = SERVER_RULES.flatMap(([, fixtures]) => fixtures.flatMap(one => one.namespaces));
  // The gate's own is everybody's; what a probe showed is kept there.
  await deleteNamespaces(
    cluster,
    namespaces.filter(name => name !== SYSTEM),
  );
  await cluster.request('DELETE', `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint-probe`);
  await removeRoutes?.();
  rmSync(folder, { recursive: true, force: true });
  cluster.close();
});

/** Runs a command line in this process; nothing but scan and check is asked for. */
async function run(...argv: readonly string[]) {
  const printed = { stdout: '', stderr: '' };
  const output = (name: keyof typeof printed) => ({
    isTerminal: () => false,
    isClosed: () => false,
    write: async (text: string) => {
      printed[name] += text;
    },
  });
  const refuse = () => Promise.reject(new Error('not asked for'));
  const status = await runCommandLine(
    argv,
    {
      stdout: output('stdout'),
      stderr: output('stderr'),
      isColoured: false,
      workingFolder: folder,
      env: { KUBECONFIG: cluster.address.kubeconfig },
      home: '/nonexistent',
      today: () => '2026-01-01',
      ask: refuse,
      interrupted: () => new AbortController().signal,
      readStdin: refuse,
      readPieces: () => expect.fail('not asked for'),
    },
    { serve: refuse, controller: refuse, recorder: refuse, dashboard: refuse, demo: refuse },
  );
  return { status, ...printed };
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const verdicts = (text: string) => {
  const { servers }: CheckReport = JSON.parse(text);
  return servers.map(({ namespace, kind, name, verdict, findings }) => ({
    server: refText({ namespace, kind, name }),
    verdict,
    findings: findings.map(({ rule, messageId, level, object, path }) => [
      rule,
      messageId,
      level,
      refText(object),
      path,
    ]),
  }));
};

/** Applies fixtures by one kubectl. Empty, or why not. */
async function apply(fixtures: readonly ScanFixture[]): Promise<string> {
  const names = new Set(fixtures.flatMap(({ namespaces }) => namespaces));
  // A Pod is refused in a namespace that has no service account yet.
  const makeReady = async (name: string): Promise<void> => {
    await ensure(cluster.request, '/api/v1/namespaces', { metadata: { name } });
    await ensure(cluster.request, `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  };
  await Promise.all([...names].map(makeReady));
  const stdin = fixtures.map(({ manifests }) => manifests).join('---\n');
  const { code, stderr } = await cluster.kubectl(['apply', '--validate=false', '-f', '-'], { stdin });
  return code === 0 ? '' : stderr;
}

/** Fixtures of objects that no cluster holds, or takes so: address text that is no block, a Pod born with a container for debugging, an Ingress with two classes. */
const REFUSED: ReadonlySet<string> = new Set([
  'cidr-ambiguous/fail/address-without-prefix',
  'cidr-ambiguous/fail/bits-beyond-the-prefix',
  'cidr-ambiguous/fail/host-name',
  'cidr-ambiguous/fail/in-ingress',
  'cidr-ambiguous/fail/leading-zero-in-an-except',
  'cidr-ambiguous/fail/leading-zero-in-the-address',
  'cidr-ambiguous/pass/ambiguous-text-in-a-policy-of-other-pods',
  'egress-reaches-cluster/fail/block-with-host-bits',
  'egress-reaches-cluster/fail/block-with-leading-zeros',
  'egress-reaches-metadata/fail/as-a-mapped-address',
  'node-access/fail/ephemeral-container',
  'route-bypasses-gateway/fail/ingress-class-by-annotation-too',
]);

test.each(SERVER_RULES)(
  'the fixtures of %s have the verdicts in the cluster that check gives them in files',
  async (_rule, fixtures) => {
    const refused = fixtures.filter(({ name }) => REFUSED.has(name));
    const taken = fixtures.filter(({ name }) => !REFUSED.has(name));
    expect(taken.length).toBeGreaterThan(0);
    expect(await apply(taken)).toBe('');
    for (const one of refused) expect(await apply([one]), one.name).not.toBe('');
    for (const { name, namespace, manifests, config } of taken) {
      const flags = ['--config', file('policy.yaml', config), '--output', 'json'] as const;
      const checked = await run('check', file('manifests.yaml', manifests), ...flags);
      const scanned = await run('scan', '--namespace', namespace, ...flags);
      expect(verdicts(scanned.stdout), name).toEqual(verdicts(checked.stdout));
      expect(scanned.status, name).toBe(checked.status);
    }
  },
  180_000,
);

test('a user with the documented rights alone sees what the administrator sees, by get and list alone', async () => {
  const user = await cluster.user('scanner', { rules: documentedRules() });
  const [own, admin] = [
    await run('scan', '--kubeconfig', user.kubeconfig, '--output', 'json'),
    await run('scan', '--output', 'json'),
  ];
  const { servers, problems }: CheckReport = JSON.parse(own.stdout);
  expect(problems).toEqual([]);
  expect(servers.length).toBeGreaterThan(0);
  expect(servers).toEqual(JSON.parse(admin.stdout).servers);
  const events = await eventually('the audit log has the calls', () => {
    const mine = cluster.auditEvents().filter(event => event.user.username === user.name);
    return mine.length > 0 ? mine : undefined;
  });
  expect([...new Set(events.map(({ verb }) => verb))].sort()).toEqual(['get', 'list']);
  expect(events.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
});

test('a user without rights is told which resource and which verb, and nobody is judged', async () => {
  const user = await cluster.user('nobody-special');
  const { status, stdout } = await run('scan', '--kubeconfig', user.kubeconfig);
  expect(status).toBe(2);
  expect(stdout).toContain(
    'error: may not list networkpolicies.networking.k8s.io: the user needs the verb list on it (networkpolicies.networking.k8s.io is forbidden: User "nobody-special" cannot list',
  );
  expect(stdout).toContain('error: may not get endpointslices.discovery.k8s.io in namespace default:');
  expect(stdout).toContain('0 MCP servers in 0 objects');
});

test('the ranges of the cluster are read from it, and those of the configuration are held against it', async () => {
  const namespace = await newNamespace(cluster, 'scan');
  const node = {
    metadata: { name: `scan-${namespace}` },
    spec: { podCIDR: '10.77.0.0/24', podCIDRs: ['10.77.0.0/24'] },
  };
  expectOk(await cluster.request('POST', '/api/v1/nodes', node));
  const address = { status: { addresses: [{ type: 'InternalIP', address: '198.51.100.77' }] } };
  expectOk(await cluster.request('PATCH', `/api/v1/nodes/${node.metadata.name}/status`, address));
  try {
    const discovered: CheckReport = JSON.parse((await run('scan', '--output', 'json')).stdout);
    const networks = new Map(discovered.cluster?.networks.map(network => [network.class, network]));
    expect(networks.get('services')?.ranges).toEqual(['10.96.0.0/12']);
    expect(networks.get('pods')?.ranges).toContain('10.77.0.0/24');
    expect(networks.get('nodes')?.ranges).toContain('198.51.100.77/32');

    const config = file(
      'ranges.yaml',
      'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata: {name: ranges}\nspec:\n  protectedNetworks: {services: [10.200.0.0/24], pods: [10.77.0.0/16, 10.244.0.0/16]}\n',
    );
    const given: CheckReport = JSON.parse((await run('scan', '--config', config, '--output', 'json')).stdout);
    const gaps = given.problems.filter(({ code }) => code === 'range-incomplete');
    expect(gaps.map(({ field }) => field)).toEqual(['spec.protectedNetworks.services']);
    const services = given.cluster?.networks.find(network => network.class === 'services');
    expect([services?.ranges, services?.from]).toEqual([['10.200.0.0/24'], config]);
  } finally {
    await cluster.request('DELETE', `/api/v1/nodes/${node.metadata.name}`);
  }
});
