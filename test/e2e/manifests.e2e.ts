import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certManagerDefinitions } from '../control-plane/cert-manager.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { CONTROLLERS } from '../control-plane/components.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NEWEST, OLDEST } from '../control-plane/versions.ts';
import type { ShippedObject } from '../support/shipped-objects.ts';
import { parseYaml } from '../support/yaml.ts';
import { SYSTEM } from './gate.ts';
import { sharedCluster } from './shared-cluster.ts';

/** The overlays, and every component on the base: what kustomize makes of them, and what API servers say to it. No gate runs here. */

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));
const OVERLAYS = ['audit-only', 'backstop', 'cert-manager', 'enforce', 'self-signed', 'webhook-only'];
/** Components as somebody would combine them, in the order in which they are listed. */
const COMBINATIONS: readonly (readonly string[])[] = [
  ['critical-pods-quota'],
  ['port-10250', 'critical-pods-quota', 'enforce'],
  ['backstop', 'no-tunnels', 'enforce'],
  ['backstop', 'no-tunnels', 'audit-only'],
  ['cert-manager', 'host-network', 'no-tunnels', 'enforce'],
  ['cert-manager', 'webhook-only', 'host-network', 'audit-only'],
  ['custom-resources'],
  ['record', 'record-webhook'],
  ['enforce', 'custom-resources', 'gate-policy'],
  ['cert-manager', 'port-10250', 'record', 'custom-resources', 'audit-only', 'gate-policy'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-manifests-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A kustomization of the base with these components, as a user writes one. Returns its folder. */
function overlayOf(components: readonly string[], manifests = MANIFESTS): string {
  const at = mkdtempSync(join(folder, 'overlay-'));
  const path = (name: string): string => relative(at, join(manifests, name));
  const kustomization = {
    resources: [path('base')],
    components: components.map(name => path(join('components', name))),
  };
  writeFileSync(join(at, 'kustomization.yaml'), JSON.stringify(kustomization));
  return at;
}

describe('kustomize', () => {
  let cluster: Connection;
  beforeAll(() => {
    cluster = sharedCluster();
  });
  afterAll(() => cluster?.close());

  async function made(components: readonly string[], kind: string): Promise<readonly ShippedObject[]> {
    const { code, stdout, stderr } = await cluster.kubectl(['kustomize', overlayOf(components)]);
    expect([code, stderr]).toEqual([0, '']);
    return (parseYaml(stdout) as ShippedObject[]).filter(object => object.kind === kind);
  }

  /** The base as it may come to be: text of one of its files, and what stands there instead. */
  const CHANGED: readonly (readonly [component: string, file: string, from: string, to: string])[] = [
    ['audit-only', '90-webhooks.yaml', '- name: enforce.chokepoint.dev', '- name: before.chokepoint.dev'],
    ['audit-only', '90-webhooks.yaml', '- name: enforce-namespaces.', '- name: before-namespaces.'],
    ['enforce', '90-webhooks.yaml', '- name: observe.chokepoint.dev', '- name: before.chokepoint.dev'],
    ['enforce', '90-webhooks.yaml', 'operator: Exists', 'operator: DoesNotExist'],
    ['enforce', '90-webhooks.yaml', '- name: enforced-and-relabelled', '- name: relabelled'],
    ['cert-manager', '61-controller.yaml', '- --manage-certificates', '- --mode=warn\n        - --manage-certificates'],
    ['cert-manager', '60-webhook.yaml', 'secretName: chokepoint-tls', 'secretName: other'],
    ['webhook-only', '60-webhook.yaml', '- --controller-user', '- --mode=warn\n        - --controller-user'],
    ['host-network', '60-webhook.yaml', '- --health-port=8080', '- --health-port=8081'],
    ['host-network', '60-webhook.yaml', '- {name: https,', '- {name: tls,'],
    ['gate-policy', '61-controller.yaml', '- controller', '- controller\n        - --mode=warn'],
    ['record', '60-webhook.yaml', 'terminationGracePeriodSeconds: 30', 'terminationGracePeriodSeconds: 40'],
    ['port-10250', '60-webhook.yaml', '- serve', '- serve\n        - --mode=warn'],
  ];

  test.each(CHANGED)('the component %s fails where %s has another text than %j', async (component, file, from, to) => {
    const copy = mkdtempSync(join(folder, 'changed-'));
    for (const name of ['base', 'components']) {
      mkdirSync(join(copy, name));
      cpSync(join(MANIFESTS, name), join(copy, name), { recursive: true });
    }
    const path = join(copy, 'base', file);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
    const { code, stderr } = await cluster.kubectl(['kustomize', overlayOf([component], copy)]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('test failed')]);
  });

  test('two components that give the webhook another port exclude one another', async () => {
    const { code, stderr } = await cluster.kubectl(['kustomize', overlayOf(['host-network', 'port-10250'])]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('test failed')]);
  });

  test.each(['backstop', 'no-tunnels'].flatMap(added => ['audit-only', 'enforce'].map(mode => [mode, added] as const)))(
    '%s, listed before %s, of whose rules it would not know, is refused',
    async (mode, added) => {
      const { code, stderr } = await cluster.kubectl(['kustomize', overlayOf([mode, added])]);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(new RegExp(`components/${added}.*testing value .* failed`)),
      ]);
    },
  );

  test('the rules of the API server refuse nothing with audit-only, but to the controller itself', async () => {
    const bindings = await made(['backstop', 'no-tunnels', 'audit-only'], 'ValidatingAdmissionPolicyBinding');
    expect(bindings.map(({ metadata, spec }) => [metadata.name, spec.validationActions])).toEqual([
      ['chokepoint-controller-pods', ['Deny']],
      ['chokepoint-controller-webhooks', ['Deny']],
      ['chokepoint-host-network', ['Audit']],
      ['chokepoint-labels', ['Audit']],
      ['chokepoint-no-tunnels', ['Audit']],
      ['chokepoint-open-policy', ['Audit']],
    ]);
  });

  test('they hold in namespaces without a label with enforce', async () => {
    const components = ['backstop', 'no-tunnels', 'enforce'];
    const [bindings, policies] = await Promise.all([
      made(components, 'ValidatingAdmissionPolicyBinding'),
      made(components, 'ValidatingAdmissionPolicy'),
    ]);
    const selectors = [
      ...bindings.map(({ metadata, spec }) => [metadata.name, spec.matchResources?.namespaceSelector] as const),
      ...policies.map(({ metadata, spec }) => [metadata.name, spec.matchConstraints.namespaceSelector] as const),
    ];
    const modes = { key: 'chokepoint.dev/mode', operator: 'NotIn', values: ['off', 'audit', 'warn'] };
    const held = selectors.flatMap(([name, selector]) => {
      const expressions: readonly { readonly key: string }[] = selector?.matchExpressions ?? [];
      return expressions.filter(({ key }) => key === modes.key).map(expression => [name, expression]);
    });
    expect(held).toEqual(
      ['chokepoint-host-network', 'chokepoint-open-policy', 'chokepoint-no-tunnels'].map(name => [name, modes]),
    );
  });
});

/** An API server as GKE's is: Pods of the priority classes that matter most are refused where no ResourceQuota admits them. */
const LIMITED = {
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AdmissionConfiguration',
  plugins: [
    {
      name: 'ResourceQuota',
      configuration: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'ResourceQuotaConfiguration',
        limitedResources: [
          {
            resource: 'pods',
            matchScopes: [
              {
                scopeName: 'PriorityClass',
                operator: 'In',
                values: ['system-node-critical', 'system-cluster-critical'],
              },
            ],
          },
        ],
      },
    },
  ],
};

describe.each([OLDEST, NEWEST])('Kubernetes %s', version => {
  let cluster: Cluster;
  beforeAll(async () => {
    const file = join(folder, `admission-${version}.json`);
    writeFileSync(file, JSON.stringify(LIMITED));
    const apiServerFlags = [`--admission-control-config-file=${file}`];
    cluster = await startCluster({
      version,
      apiServerFlags,
      controllers: [...CONTROLLERS, 'resourcequota-controller'],
    });
    const namespace = ['apply', '-f', join(MANIFESTS, 'base/00-namespace.yaml')];
    expect(await cluster.kubectl(namespace)).toMatchObject({ code: 0, stderr: '' });
    const definitions = { stdin: certManagerDefinitions() };
    expect((await cluster.kubectl(['apply', '--server-side', '-f', '-'], definitions)).code).toBe(0);
    await eventually('the kinds of cert-manager are served', async () => {
      const { status } = await cluster.request('GET', '/apis/cert-manager.io/v1/issuers');
      return status === 200 || undefined;
    });
  });
  afterAll(() => cluster?.stop());

  const dryRun = (path: string) => cluster.kubectl(['apply', '--dry-run=server', '-k', path]);

  test.each(OVERLAYS)('accepts the overlay %s', async overlay => {
    const { code, stderr } = await dryRun(join(MANIFESTS, 'overlays', overlay));
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each(COMBINATIONS.map(components => [components]))('accepts the base with %j', async components => {
    const { code, stderr } = await dryRun(overlayOf(components));
    // A dry run leaves the namespace's own labels as they are.
    const restricted = 'Warning: would violate PodSecurity "restricted:latest": host namespaces (hostNetwork=true)\n';
    expect([code, stderr]).toEqual([0, components.includes('host-network') ? restricted : '']);
  });

  const apply = async (path: string): Promise<void> => {
    const { code, stderr } = await cluster.kubectl(['apply', '-k', path]);
    expect([code, stderr]).toEqual([0, '']);
  };
  const list = async (path: string): Promise<readonly ShippedObject[]> =>
    (await cluster.request('GET', path)).body.items;
  const podCount = async (): Promise<number> => (await list(`/api/v1/namespaces/${SYSTEM}/pods`)).length;

  test('refuses its Pods where it limits their priority class, and says so of the ReplicaSets', async () => {
    await apply(join(MANIFESTS, 'overlays/self-signed'));
    const failures = await eventually('both ReplicaSets say why', async () => {
      const sets = await list(`/apis/apps/v1/namespaces/${SYSTEM}/replicasets`);
      const messages = sets.flatMap(({ status }) => status.conditions ?? []).map(({ message }) => message);
      return messages.length === 2 ? messages : undefined;
    });
    expect(failures.filter(message => /insufficient quota to match these scopes/.test(message)).length).toBe(2);
    expect(await podCount()).toBe(0);
  });

  test('creates them with critical-pods-quota, under the restricted standard and without a warning', async () => {
    await apply(overlayOf(['critical-pods-quota']));
    // The ReplicaSets wait longer after each refusal.
    await eventually('two Pods of each', async () => (await podCount()) === 4 || undefined, { timeoutMs: 50_000 });
  });

  test('creates them in the network of their nodes with host-network', async () => {
    await apply(overlayOf(['critical-pods-quota', 'host-network']));
    const inHost = async (): Promise<readonly ShippedObject[]> =>
      (await list(`/api/v1/namespaces/${SYSTEM}/pods`)).filter(({ spec }) => spec.hostNetwork);
    const [pod] = await eventually('a Pod in the host network', async () => {
      const pods = await inHost();
      return pods.length > 0 ? pods : undefined;
    });
    const ports = pod?.spec.containers[0].ports;
    expect(ports.map((port: Readonly<Record<string, unknown>>) => [port.name, port.hostPort])).toEqual([
      ['https', 9443],
      ['health', 9444],
    ]);
  });
});
