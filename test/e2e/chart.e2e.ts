import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensure } from '../control-plane/client.ts';
import { startCluster } from '../control-plane/cluster.ts';
import type { Connection } from '../control-plane/connection.ts';
import { NEWEST, OLDEST } from '../control-plane/versions.ts';
import { parseYaml } from '../support/yaml.ts';
import { CHART, type Rendered, render, template, type Values } from './chart.ts';
import { SYSTEM } from './gate.ts';
import { sharedCluster } from './shared-cluster.ts';

/** What the chart renders: the shipped objects, whatever its values; and what it refuses to render. */

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

let cluster: Connection;
beforeAll(() => {
  cluster = sharedCluster();
});
afterAll(() => cluster?.close());

test('helm finds nothing to complain of in the chart', async () => {
  const { code, stdout } = await cluster.helm(['lint', '--strict', CHART, '--namespace', SYSTEM]);
  expect({ code, complaints: stdout.split('\n').filter(line => /^\[(WARNING|ERROR)]/.test(line)) }).toEqual({
    code: 0,
    complaints: [],
  });
});

/** Objects by kind and name, as far as they are to agree: the configuration as what it says, what is helm's of labels and annotations left out. */
function comparable(objects: readonly Rendered[]): ReadonlyMap<string, unknown> {
  const entries = objects.map(({ data, ...object }): [string, unknown] => {
    const { labels = {}, annotations = {}, ...metadata } = object.metadata;
    const { 'helm.sh/resource-policy': _, ...told } = annotations;
    const own = Object.entries(labels).filter(
      ([label]) => !/^(helm\.sh\/chart|app\.kubernetes\.io\/(version|managed-by))$/.test(label),
    );
    const files = data && Object.entries(data).map(([name, text]) => [name, parseYaml(text)]);
    const compared = {
      ...object,
      metadata: { ...metadata, annotations: told, labels: Object.fromEntries(own) },
      files,
    };
    return [`${object.kind} ${object.metadata.name}`, compared];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function kustomized(path: string): Promise<readonly Rendered[]> {
  const { code, stdout, stderr } = await cluster.kubectl(['kustomize', path]);
  if (code !== 0) throw new Error(stderr);
  return parseYaml(stdout) as Rendered[];
}

/** Enforces by a flag where the chart enforces by its configuration: kustomize cannot look into a document. */
const asConfigured = (objects: readonly Rendered[]): readonly Rendered[] =>
  JSON.parse(
    JSON.stringify(objects)
      .replaceAll(',"--mode=enforce"', '')
      .replace(/\bmode: audit\b/, 'mode: enforce'),
  );

const OVERLAYS: readonly (readonly [overlay: string, values: Values])[] = [
  ['self-signed', {}],
  ['audit-only', { auditOnly: true }],
  ['cert-manager', { 'certificates.provider': 'cert-manager' }],
  ['webhook-only', { 'certificates.provider': 'cert-manager', 'controller.enabled': false }],
  ['enforce', { 'configuration.mode': 'enforce' }],
  ['backstop', { 'backstop.enabled': true }],
];

/** cert-manager would leave its Secrets behind; the chart has them from the beginning, so that they go with the release. */
const isKeptForUninstall = ({ kind, metadata }: Rendered): boolean =>
  kind === 'Secret' && metadata.name.startsWith('chokepoint-cert-manager-');

test.each(OVERLAYS)('the overlay %s and the chart with %j are the same objects', async (overlay, values) => {
  const objects = await kustomized(`${MANIFESTS}overlays/${overlay}`);
  const rendered = await render(cluster, { ...values, 'namespace.create': true });
  expect(comparable(rendered.filter(object => !isKeptForUninstall(object)))).toEqual(
    comparable(overlay === 'enforce' ? asConfigured(objects) : objects),
  );
});

/** The base with components in this order, as a kustomization of one's own has them. */
async function withComponents(names: readonly string[]): Promise<readonly Rendered[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-kustomize-'));
  try {
    const place = relative(realpathSync(folder), MANIFESTS);
    const components = names.map(name => `${place}/components/${name}`);
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: [`${place}/base`], components }));
    return await kustomized(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const COMPONENTS: readonly (readonly [components: readonly string[], values: Values])[] = [
  [['no-tunnels'], { 'noTunnels.enabled': true }],
  [['rollout'], { 'rollout.enabled': true }],
  [['record'], { 'record.enabled': true }],
  [['reports'], { 'reports.enabled': true }],
  [['guardrail'], { 'guardrail.enabled': true }],
  [['dashboard'], { 'dashboard.enabled': true }],
  [['audit-only', 'reports'], { auditOnly: true, 'reports.enabled': true }],
  [
    ['audit-only', 'record', 'custom-resources', 'record-webhook'],
    { auditOnly: true, 'customResources.enabled': true, record: { enabled: true, webhook: true } },
  ],
  [['custom-resources'], { 'customResources.enabled': true }],
  [['custom-resources', 'gate-policy'], { customResources: { enabled: true, gatePolicy: true } }],
  [['custom-resources', 'audit-only'], { auditOnly: true, 'customResources.enabled': true }],
  [['monitoring'], { 'monitoring.podMonitor': true, 'monitoring.prometheusRule': true, 'monitoring.dashboard': true }],
  [['port-10250'], { 'webhook.port': 10250 }],
  [['host-network'], { webhook: { hostNetwork: true, port: 9443, healthPort: 9444 } }],
  [['critical-pods-quota'], { 'criticalPodsQuota.enabled': true }],
  [['backstop', 'no-tunnels', 'audit-only'], { auditOnly: true, 'backstop.enabled': true, 'noTunnels.enabled': true }],
  [
    ['backstop', 'no-tunnels', 'enforce'],
    { 'configuration.mode': 'enforce', 'backstop.enabled': true, 'noTunnels.enabled': true },
  ],
];

test.each(COMPONENTS)('the components %j and the chart with %j are the same objects', async (components, values) => {
  const rendered = await render(cluster, { ...values, 'namespace.create': true });
  const objects = await withComponents(components);
  expect(comparable(rendered)).toEqual(comparable(components.includes('enforce') ? asConfigured(objects) : objects));
});

test('the same values render the same text, and the namespace is the only name that varies', async () => {
  const texts = await Promise.all([template(cluster, {}), template(cluster, {}), template(cluster, {}, 'elsewhere')]);
  const [first, second, elsewhere] = texts.map(({ stdout }) => stdout);
  expect(second).toBe(first);
  expect(elsewhere?.replaceAll('elsewhere', SYSTEM)).toBe(first);
});

test('no Pod names a user or group where the platform gives them', async () => {
  const users = /"(runAsUser|runAsGroup|fsGroup)":/;
  expect(JSON.stringify(await render(cluster, { fixedUser: false }, { hooks: true }))).not.toMatch(users);
  expect(JSON.stringify(await render(cluster, {}, { hooks: true }))).toMatch(users);
});

test('names that YAML reads as something else stay names', async () => {
  const values = { 'webhook.excludedNamespaces': ['on', '0x1f', 'null'], 'webhook.priorityClassName': '1e3' };
  const text = JSON.stringify(await render(cluster, values, { namespace: '123' }));
  expect(text).toContain('["kube-system","kube-public","kube-node-lease","123","on","0x1f","null"]');
  expect(text).toContain('"priorityClassName":"1e3"');
  expect(text).not.toMatch(/"namespace":[^"]/);
});

const existing = { 'certificates.provider': 'existing', 'certificates.existing.secretName': 'gate-tls' };
const PEM = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';

describe('a wrong value is refused, and named', () => {
  const REFUSED: readonly (readonly [values: Values, message: string])[] = [
    [{ 'webhook.replica': 1 }, "at '/webhook': additional properties 'replica' not allowed"],
    [
      { 'customResources.gatePolicy': true },
      'customResources.gatePolicy is true, but customResources.enabled is false: no GatePolicy could be there',
    ],
    [{ 'webhook.replicas': 0 }, "at '/webhook/replicas': minimum: got 0, want 1"],
    [{ 'webhook.port': 443 }, "at '/webhook/port': minimum: got 443, want 1,024"],
    [{ 'webhook.timeoutSeconds.enforce': 31 }, "at '/webhook/timeoutSeconds/enforce': maximum: got 31, want 30"],
    [{ 'webhook.excludedNamespaces': ['A'] }, "at '/webhook/excludedNamespaces/0': 'A' does not match pattern"],
    [{ 'image.pullPolicy': 'Sometimes' }, "at '/image/pullPolicy': value must be one of 'Always'"],
    [{ 'image.digest': 'sha256:1' }, "at '/image/digest': 'sha256:1' does not match pattern"],
    [{ 'networkPolicy.apiServerCIDRs': ['api'] }, "at '/networkPolicy/apiServerCIDRs/0': 'api' does not match pattern"],
    // null takes a default away.
    [{ configuration: null }, "at '': missing property 'configuration'"],
    [{ 'networkPolicy.apiServerPorts': null }, "at '/networkPolicy': missing property 'apiServerPorts'"],
    [{ 'certificates.provider': 'vault' }, "at '/certificates/provider': value must be one of 'controller'"],
    [{ 'configuration.mod': 'audit' }, "at '/configuration': additional properties 'mod' not allowed"],
    [{ 'configuration.mode': 'strict' }, "at '/configuration/mode': value must be one of 'off', 'audit'"],
    [{ 'configuration.gateways': [{ name: 'a' }] }, "at '/configuration/gateways/0': missing property 'from'"],
    [{ 'controller.enabled': false }, 'certificates.provider is `controller`, but controller.enabled is false'],
    [{ 'certificates.provider': 'existing' }, 'certificates.existing.secretName must name the Secret'],
    [existing, 'certificates.existing.caBundle must be the authority'],
    [{ 'webhook.port': 8080 }, 'webhook.port and webhook.healthPort are both 8080'],
    [{ 'webhook.hostNetwork': true, 'webhook.port': 10250 }, "port 10250 of a node is the kubelet's"],
    [{ 'record.webhook': true }, 'record.webhook is true, but record.enabled is false'],
    [{ 'record.enabled': true, 'recorder.healthPort': 8443 }, 'recorder.healthPort is 8443, which the webhook has'],
    [{ commonLabels: { 'app.kubernetes.io/name': 'x' } }, "commonLabels: app.kubernetes.io/name is the chart's own"],
  ];
  test.each(REFUSED)('%j', async (values, message) => {
    const { code, stderr, stdout } = await template(cluster, values);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('the namespace `default`', async () => {
    const { code, stderr } = await template(cluster, {}, 'default');
    expect(code).toBe(1);
    expect(stderr).toContain('its own namespace, which must not be `default`');
  });
});

const pods = {
  nodeSelector: { pool: 'system' },
  tolerations: [{ key: 'system', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { podAntiAffinity: {} },
  priorityClassName: '',
  podAnnotations: { 'example.com/team': 'platform' },
  resources: { limits: { memory: '1Gi' } },
};
const MATRIX: readonly (readonly [what: string, values: Values])[] = [
  ['nothing', {}],
  ['audit alone', { auditOnly: true, 'backstop.enabled': true, 'noTunnels.enabled': true }],
  ['enforce', { 'configuration.mode': 'enforce', 'backstop.enabled': true, 'noTunnels.enabled': true }],
  ["somebody else's certificates", { ...existing, 'certificates.existing.caBundle': PEM, 'controller.enabled': false }],
  [
    "somebody else's issuer",
    {
      'certificates.provider': 'cert-manager',
      'certificates.certManager.issuerRef': { kind: 'ClusterIssuer', name: 'a' },
    },
  ],
  ['other Pods', { webhook: { ...pods, replicas: 3, port: 10250 }, controller: pods, commonLabels: { team: 'a' } }],
  ['the network of nodes', { 'webhook.hostNetwork': true, 'webhook.port': 9443, 'webhook.healthPort': 9444 }],
  [
    'other webhooks',
    { 'webhook.excludedNamespaces': ['legacy', 'kube-system'], 'webhook.configurationAnnotations': {} },
  ],
  [
    'another image',
    { image: { repository: 'a.example:5000/b', digest: `sha256:${'0'.repeat(64)}`, pullSecrets: [{ name: 'a' }] } },
  ],
  [
    'other API servers',
    { networkPolicy: { apiServerCIDRs: ['192.0.2.1/32', '2001:db8::1/128'], apiServerPorts: [8443] } },
  ],
  ['custom resources', { customResources: { enabled: true, gatePolicy: true } }],
  [
    'a record',
    {
      record: {
        enabled: true,
        webhook: true,
        required: true,
        fsync: 'group',
        keySecretName: 'key',
        volumeClaim: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      },
      recorder: {
        configuration: { sinks: [{ name: 'archive', s3: { bucket: 'a', region: 'b' } }] },
        egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
        env: [{ name: 'AWS_REGION', value: 'b' }],
        secretName: 'tokens',
      },
    },
  ],
  ['users of the platform', { fixedUser: false }],
  ['a quota for them', { 'criticalPodsQuota.enabled': true, 'controller.priorityClassName': 'a' }],
  ['less', { 'networkPolicy.enabled': false, 'podDisruptionBudget.enabled': false, 'uninstall.webhooksFirst': false }],
];

describe.each([OLDEST, NEWEST])('Kubernetes %s', version => {
  let server: Awaited<ReturnType<typeof startCluster>>;
  beforeAll(async () => {
    server = await startCluster({ version });
    for (const name of [SYSTEM, 'chokepoint-test']) {
      await ensure(server.request, '/api/v1/namespaces', { metadata: { name } });
    }
    // A dry run makes no account for the Pod of `helm test`.
    const account = { metadata: { name: 'chokepoint-test' } };
    await ensure(server.request, `/api/v1/namespaces/${SYSTEM}/serviceaccounts`, account);
  });
  afterAll(() => server?.stop());

  test.each(MATRIX)('accepts every object of values for %s', async (_what, values) => {
    const objects = await render(server, values, { hooks: true });
    // The definitions of cert-manager's kinds are its own; chart-release.e2e.ts has them.
    const stdin = objects.filter(({ apiVersion }) => !apiVersion.startsWith('cert-manager.io/'));
    const { code, stderr } = await server.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('is what helm renders the chart for', async () => {
    const { code, stderr } = await server.helm(['install', 'a', CHART, '-n', SYSTEM, '--dry-run=server']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
