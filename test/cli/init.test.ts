import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { eksCluster, gcpSubnet, gkeCluster, vpcs } from '../support/cloud-answers.ts';
import { podObject } from '../support/cluster-view.ts';
import { startFakeCluster } from '../support/fake-cluster.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const FILE = 'chokepoint.yaml';
const init = (...args: readonly string[]): Promise<Ran> => folder.run(['init', ...args], { env: { KUBECONFIG: '' } });
/** Without a cluster. */
const offline = (...args: readonly string[]): Promise<Ran> => init('--no-cluster', ...args);
const read = (): string => readFileSync(join(folder.path, FILE), 'utf8');
const specOf = (text = read()) => {
  const { policy, problems } = readGatePolicy(text, FILE);
  expect(problems).toEqual([]);
  return policy;
};

const SERVER = `apiVersion: apps/v1
kind: Deployment
metadata: {name: search, namespace: tools}
spec:
  selector: {matchLabels: {app: search}}
  template:
    metadata: {labels: {app: search, chokepoint.dev/mcp-server: "true"}}
    spec: {containers: [{name: main, image: registry.example/search:1, ports: [{containerPort: 8080}]}]}
`;
const gateway = (namespace: string, name: string, image: string): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: ${image}}]}
`;
const ENVOY = gateway('edge', 'entry', 'docker.io/envoyproxy/envoy:v1.30');
const KONG = gateway('other', 'kong-proxy', 'docker.io/library/kong:3');
const NOBODY = 'no gateway was found: name it by --gateway NAMESPACE/KEY=VALUE\n';
const UNKNOWN = 'not known: pods, services, nodes, controlPlane: see chokepoint cidrs --help\n';

const GATEWAYS = `  gateways:
  - name: "envoy-gateway" # Deployment edge/entry
    from:
    - {namespaceSelector: {matchLabels: {"kubernetes.io/metadata.name": "edge"}}, podSelector: {matchLabels: {app: "entry"}}}
`;

describe('a new document', () => {
  test('of an empty folder is one that can be used, and what is missing is said', async () => {
    const { status, stdout, stderr } = await offline();
    expect([status, stdout, stderr]).toEqual([1, `${FILE} is written\n`, `${NOBODY}${UNKNOWN}`]);
    expect(read()).toContain('# No MCP server was seen.\n');
    expect(specOf()).toMatchObject({
      mode: 'audit',
      gateways: { kind: 'assumed' },
      exceptions: [],
      allowedClients: [],
    });
  });

  test('proposes a rollout that can be used once its lines are no comment', async () => {
    await offline();
    const text = read()
      .replace(/^ {2}# Findings.*\n/m, '')
      .replace(/^ {2}# ( *[-\w].*)$/gm, '  $1');
    expect(text).toContain('\n  rollout:\n');
    expect(specOf(text)?.rollout).toHaveLength(1);
  });

  test('has the gateway that the files show, and counts their servers', async () => {
    folder.write('all.yaml', SERVER + ENVOY);
    await offline('all.yaml');
    expect(read()).toContain('# MCP servers were seen in: tools (1).\n');
    expect(read()).toContain(GATEWAYS);
    expect(specOf()?.gateways.kind).toBe('configured');
  });

  test('has no gateway where there are several, and says how to choose', async () => {
    folder.write('all.yaml', SERVER + ENVOY + KONG);
    const { status, stderr } = await offline('all.yaml');
    expect(status).toBe(1);
    expect(read()).not.toContain('gateways:');
    expect(stderr).toBe(`several may be the gateway: choose by --gateway
  envoy-gateway (Deployment edge/entry): --gateway edge/app=entry
  kong (Deployment other/kong-proxy): --gateway other/app=kong-proxy
${UNKNOWN}`);
    await offline('all.yaml', '--gateway', 'edge/app=entry');
    expect(read()).toContain('podSelector: {matchLabels: {app: "entry"}}');
    expect(specOf()?.gateways.kind).toBe('configured');
  });

  const SEVERAL = `Several may be the gateway of the MCP servers:
  1  envoy-gateway (Deployment edge/entry): edge/app=entry
  2  kong (Deployment other/kong-proxy): other/app=kong-proxy
Which of them is it? Numbers, or nothing to decide later: `;
  const NONE =
    'No gateway was found. Its namespace and the labels of its Pods (NAMESPACE/KEY=VALUE), or nothing to decide later: ';

  // biome-ignore format: one line a case
  test.each<[title: string, files: string, answers: readonly string[], labels: readonly string[], asked: string]>([
    ['the one that a person chooses', ENVOY + KONG, ['2'], ['kong-proxy'], SEVERAL],
    ['all that a person chooses', ENVOY + KONG, ['1, 2 2'], ['entry', 'kong-proxy'], SEVERAL],
    ['none where a person decides later', ENVOY + KONG, [''], [], SEVERAL],
    ['the one that is chosen when the question is put again', ENVOY + KONG, ['3', 'kong', '1'], ['entry'], `${SEVERAL}${'Numbers from 1 to 2, or nothing: '.repeat(2)}`],
    ['none where no answer can be read', ENVOY + KONG, ['0', '-1', '1.5', '1'], [], `${SEVERAL}${'Numbers from 1 to 2, or nothing: '.repeat(2)}`],
    ['the one that a person names', '', ['a/b=c'], ['c'], NONE],
    ['the one that a person names at last', '', ['a', 'a/b=c'], ['c'], `${NONE}Such as mcp-gateway/app.kubernetes.io/name=envoy, or nothing: `],
  ])('has %s', async (_, files, answers, labels, asked) => {
    folder.write('all.yaml', SERVER + files);
    const { stderr } = await folder.run(['init', '--no-cluster', 'all.yaml'], { answers });
    expect(stderr.startsWith(asked)).toBe(true);
    expect([...read().matchAll(/matchLabels: \{(?:app|b): "([^"]+)"/g)].map(([, label]) => label)).toEqual(labels);
  });

  test('is not asked about where gateways are named, or stand in the document', async () => {
    folder.write('all.yaml', SERVER + ENVOY + KONG);
    const answers = ['1'];
    const named = await folder.run(['init', '--no-cluster', 'all.yaml', '--gateway', 'a/b=c'], { answers });
    const again = await folder.run(['init', '--no-cluster', 'all.yaml'], { answers });
    expect(named.stderr + again.stderr).not.toContain('Which');
  });

  test('has the ranges and the provider of a cloud', async () => {
    folder.write('all.yaml', SERVER + ENVOY);
    folder.write('cluster.json', JSON.stringify(gkeCluster()));
    folder.write('subnet.json', JSON.stringify(gcpSubnet()));
    const cloud = ['--cloud', 'gke', '--from-file', 'cluster.json', 'subnet.json'];
    const { status, stderr } = await offline('all.yaml', ...cloud);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^extra: not seen: [^\n]*\n$/)]);
    expect(specOf()?.provider).toBe('gcp');
    expect(read()).toContain('    - 10.10.10.0/24 # gke prod: ipCidrRange of subnet nodes\n');
    const text = read();
    expect(await offline('all.yaml', ...cloud)).toMatchObject({ status: 0, stdout: `${FILE} is up to date\n` });
    expect(read()).toBe(text);
  });

  test('is printed and not written by --dry-run', async () => {
    const { stdout } = await offline('--dry-run');
    expect(stdout).toMatch(/^# What Chokepoint judges by/);
    expect(existsSync(join(folder.path, FILE))).toBe(false);
  });
});

describe('a document that is there', () => {
  test('gets what it lacks, and keeps its comments and decisions', async () => {
    const before = `# ours
apiVersion: chokepoint.dev/v1alpha1
kind: GatePolicy
spec:
  mode: enforce # since May
  allowedClients: [] # nobody
`;
    folder.write(FILE, before);
    folder.write('all.yaml', SERVER + ENVOY);
    const { stdout } = await offline('all.yaml');
    expect(read()).toBe(`${before}${GATEWAYS}`);
    expect(stdout).toMatch(/^\+ gateways:\n(?:.*\n)*chokepoint\.yaml is written\n$/);
  });

  test('keeps the gateways that it has, and says so', async () => {
    const before = 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nspec: {gateways: []}\n';
    folder.write(FILE, before);
    folder.write('all.yaml', SERVER + ENVOY);
    const { stderr } = await offline('all.yaml', '--gateway', 'a/b=c');
    expect(read()).toBe(before);
    expect(stderr).toBe(
      `${FILE} has gateways already, which stay as they are: --gateway adds none to them\n${UNKNOWN}`,
    );
  });

  test('that is in braces stays so', async () => {
    folder.write(FILE, '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "GatePolicy", "spec": {"mode": "warn"}}\n');
    await offline('--gateway', 'a/b=c');
    expect(specOf()).toMatchObject({ mode: 'warn', gateways: { kind: 'configured' } });
    expect(read()).toContain('{"mode": "warn", "gateways": [{"name":"a/b=c"');
  });

  test.each([
    ['that cannot be used', 'kind: GatePolicy\nspec: 5\n'],
    ['without a spec', 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\n'],
  ])('%s is not changed', async (_, text) => {
    folder.write(FILE, text);
    expect((await offline('--gateway', 'a/b=c')).status).toBe(2);
    expect(read()).toBe(text);
  });
});

describe('a cluster', () => {
  const look = async (...args: readonly string[]): Promise<Ran> => {
    const server = await startFakeCluster();
    server.put('nodes', { metadata: { name: 'node-2' }, spec: { providerID: 'aws:///eu-west-1a/i-0abc' } });
    const labels = {
      'app.kubernetes.io/name': 'envoy',
      'app.kubernetes.io/component': 'proxy',
      'app.kubernetes.io/managed-by': 'envoy-gateway',
    };
    for (const namespace of ['envoy-gateway-system', 'tools'])
      server.put('namespaces', { metadata: { name: namespace } });
    const pod = podObject('envoy-gateway-system', 'envoy');
    server.put('pods', { ...pod, metadata: { ...Object(pod.metadata), labels } });
    const dns = podObject('kube-system', 'node-local-dns');
    server.put('pods', { ...dns, metadata: { ...Object(dns.metadata), labels: { 'k8s-app': 'node-local-dns' } } });
    folder.write(
      'kubeconfig',
      JSON.stringify({
        'current-context': 'here',
        clusters: [{ name: 'here', cluster: { server: server.connection.server.origin } }],
        contexts: [{ name: 'here', context: { cluster: 'here' } }],
      }),
    );
    try {
      return await init('--kubeconfig', 'kubeconfig', ...args);
    } finally {
      await server.close();
    }
  };

  test('shows its gateway, its DNS, its cloud and its ranges', async () => {
    const { status } = await look();
    expect(status).toBe(0);
    expect(read()).toContain('\n  clusterDNS: node-local-dns\n');
    expect(read()).toMatch(/envoy-gateway-system/);
    expect(specOf()).toMatchObject({
      provider: 'aws',
      gateways: { kind: 'configured' },
      exceptions: [],
      allowedClients: [],
    });
    expect(Object.values(specOf()?.protectedNetworks.classes ?? {}).every(one => one !== undefined)).toBe(true);
    const text = read();
    expect((await look()).status).toBe(0);
    expect(read().replace(/cluster 127\.0\.0\.1:\d+/g, '')).toBe(text.replace(/cluster 127\.0\.0\.1:\d+/g, ''));
  });

  test('that is not there is said where none is named, and an error where one is', async () => {
    expect(await init('--kubeconfig', 'gone')).toMatchObject({ status: 2, stdout: '' });
    expect(existsSync(join(folder.path, FILE))).toBe(false);
  });
});

describe('a folder with servers of a cloud', () => {
  const GATEWAY = 'codemie/app.kubernetes.io/instance=codemie-api';
  /** What is only said where a configuration lacks something. */
  const LACKING = /\bset [a-z]+[A-Z]\w+|unknown-networks/;
  const check = (demo: string, ...args: readonly string[]): Promise<Ran> =>
    folder.run(['check', `${demo}/world`, '-o', 'json', ...args]);

  test.each<[cloud: string, lacksBefore: boolean, answers: readonly object[]]>([
    ['gke', true, [gkeCluster(), gcpSubnet()]],
    // Its server is open in any case.
    ['eks', false, [eksCluster(), vpcs()]],
  ])('is judged afterwards without anything to set: %s', async (cloud, lacksBefore, answers) => {
    const demo = fileURLToPath(new URL(`../../policies/demo/${cloud}`, import.meta.url));
    expect(LACKING.test((await check(demo)).stdout)).toBe(lacksBefore);
    answers.forEach((answer, index) => void folder.write(`${index}.json`, JSON.stringify(answer)));
    const files = answers.map((_, index) => `${index}.json`);
    const { status } = await offline(`${demo}/world`, '--gateway', GATEWAY, '--cloud', cloud, '--from-file', ...files);
    expect(status).toBe(0);
    const { stdout } = await check(demo, '--config', FILE);
    expect(JSON.parse(stdout).servers.length).toBeGreaterThan(0);
    expect(stdout).not.toMatch(LACKING);
    expect(specOf()).toMatchObject({ exceptions: [], allowedClients: [] });
  });
});

test('saved answers need their cloud', async () => {
  expect(await offline('--from-file', 'a.json')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^error: option '--from-file' needs '--cloud'\n/),
  });
});
