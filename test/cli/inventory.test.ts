import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/app/inventory/inventory.ts';
import type { RawObject } from '../support/fake-api-store.ts';
import { startFakeCluster } from '../support/fake-cluster.ts';
import { expectGolden } from '../support/golden.ts';
import { putYaml, type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, type Ran, temporaryFolder } from './run.ts';

/** No sign but what it is called and how it is run: nobody registered it. */
const SHADOW = `apiVersion: apps/v1
kind: Deployment
metadata: {name: github-mcp-server, namespace: tools, labels: {team: "=HYPERLINK(1)"}}
spec:
  selector: {matchLabels: {app: g}}
  template:
    metadata: {labels: {app: g}}
    spec: {containers: [{name: s, image: ghcr.io/github/github-mcp-server:v1, args: [stdio]}]}
`;
const AROUND = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {chokepoint.dev/mode: enforce}}
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {selector: {app: orders}, ports: [{port: 80, targetPort: mcp}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: gateway}]
  rules: [{backendRefs: [{name: orders, port: 80}]}]
`;
/** A Gateway of a product that is known, and what may stand on the way through it to the server. */
const GATEWAY = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: gateway}
spec: {gatewayClassName: eg, listeners: [{name: https, allowedRoutes: {namespaces: {from: All}}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
`;
const JWT = `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: orders, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: orders}]
  jwt: {providers: [{name: company, remoteJWKS: {uri: "https://login.example/jwks.json"}}]}
`;
const OPTIONAL = JWT.replace('jwt: {', 'jwt: {optional: true, ');
const INGRESS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: orders, namespace: shop}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: orders, port: {number: 80}}}}
`;
const SERVICE = AROUND.split('---\n')[1] ?? '';
const ROUTE = 'HTTPRoute shop/orders through Gateway gateway/public';
const REGISTRY = '  registry: {servers: [{image: registry.example/orders, owner: orders-team}]}\n';
const EXCEPTION =
  '  exceptions: [{namespace: tools, kind: Deployment, name: github-mcp-server, rules: [egress-not-isolated], reason: TICKET-1, expires: "2099-12-31"}]\n';

describe('of files', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = temporaryFolder();
    folder.write('files/all.yaml', [SERVER, CLOSED, SHADOW, AROUND].join('---\n'));
    folder.write('chokepoint.yaml', CONFIG + REGISTRY + EXCEPTION);
  });
  afterEach(() => folder.remove());

  const inventory = (...args: readonly string[]): Promise<Ran> => folder.run(['inventory', 'files', ...args]);
  /** The same on any day, whatever the version. */
  const onADay = (text: string): string =>
    text.replaceAll(/20\d\d-\d\d-\d\d(?=T00|"|\n| |$)/g, day => (day === '2099-12-31' ? day : '2026-01-01'));

  test.each(['table', 'json', 'csv', 'cyclonedx', 'markdown'] as const)('is shown as %s', async format => {
    const { status, stdout, stderr } = await inventory('--output', format);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectGolden(`inventory/files.${format}`, onADay(stdout));
  });

  test('a bill of materials has the form of CycloneDX 1.6', async () => {
    const { stdout } = await inventory('--output', 'cyclonedx');
    const validate = new Ajv({ strict: false, formats: { 'date-time': true } }).compile(BOM);
    expect([validate(JSON.parse(stdout)), validate.errors]).toEqual([true, null]);
  });

  test('without a registry nothing is said to be registered or not', async () => {
    folder.write('chokepoint.yaml', CONFIG);
    const { stdout } = await inventory();
    expect(stdout).toContain('2 MCP servers: no registry says which are approved;');
  });

  test('a server that a policy is written for is one', async () => {
    folder.write('files/all.yaml', CLOSED.replaceAll('orders', 'mcp-orders'));
    const { servers }: Inventory = JSON.parse((await inventory('-o', 'json')).stdout);
    expect(servers.map(({ kind, foundBy, images }) => ({ kind, foundBy, images }))).toEqual([
      { kind: 'NetworkPolicy', foundBy: 'policy', images: [] },
    ]);
  });

  describe('authentication', () => {
    const UNASKED = 'no policy asks who the caller is';
    const BY_JWT = 'SecurityPolicy shop/orders spec.jwt';
    const UNKNOWN_GATEWAY = `${ROUTE}: Gateway gateway/public is not among what is judged`;
    const OPEN_INGRESS = `Ingress shop/orders through ingress class nginx: ${UNASKED}`;
    const FAILS_OPEN = `${ROUTE}: a request without a token passes (spec.jwt.optional: true)`;
    test.each<[string, readonly string[], Inventory['servers'][number]['authentication'], string | undefined]>([
      ['no route', [SERVICE], { state: 'none', by: [], gaps: [] }, undefined],
      ['an open Ingress', [SERVICE, INGRESS], { state: 'no', by: [], gaps: [OPEN_INGRESS] }, 'no'],
      ['an open HTTPRoute', [AROUND, GATEWAY], { state: 'no', by: [], gaps: [`${ROUTE}: ${UNASKED}`] }, 'no'],
      ['an HTTPRoute with jwt', [AROUND, GATEWAY, JWT], { state: 'yes', by: [BY_JWT], gaps: [] }, 'yes'],
      ['optional jwt', [AROUND, GATEWAY, OPTIONAL], { state: 'no', by: [], gaps: [FAILS_OPEN] }, 'no'],
      ['a Gateway elsewhere', [AROUND], { state: 'unknown', by: [], gaps: [UNKNOWN_GATEWAY] }, '?'],
      ['jwt, the Gateway elsewhere', [AROUND, JWT], { state: 'yes', by: [BY_JWT], gaps: [] }, 'yes'],
      [
        'optional jwt, the Gateway elsewhere',
        [AROUND, OPTIONAL],
        { state: 'unknown', by: [], gaps: [FAILS_OPEN] },
        '?',
      ],
      [
        'jwt beside an open Ingress',
        [AROUND, GATEWAY, JWT, INGRESS],
        { state: 'no', by: [BY_JWT], gaps: [OPEN_INGRESS] },
        'no',
      ],
    ])('of %s is told', async (_, around, authentication, cell) => {
      folder.write('files/all.yaml', [SERVER, CLOSED, ...around].join('---\n'));
      const { servers }: Inventory = JSON.parse((await inventory('-o', 'json')).stdout);
      expect(servers.map(one => one.authentication)).toEqual([authentication]);
      const [headings = '', line = ''] = (await inventory()).stdout.split('\n');
      const at = headings.indexOf('AUTH ');
      expect(at === -1 ? undefined : line.slice(at).split(' ')[0]).toBe(cell);
    });

    test('that is taken away is told by a diff', async () => {
      folder.write('files/all.yaml', [SERVER, CLOSED, AROUND, GATEWAY, JWT].join('---\n'));
      folder.write('old.json', (await inventory('-o', 'json')).stdout);
      folder.write('files/all.yaml', [SERVER, CLOSED, AROUND, GATEWAY].join('---\n'));
      const { status, stdout } = await inventory('--diff', 'old.json');
      expect(status).toBe(1);
      expect(stdout).toContain(`    authentication: yes by ${BY_JWT} → no\n`);
    });

    test('is not compared with an inventory that was saved before there was the field', async () => {
      const { servers, ...rest }: Inventory = JSON.parse((await inventory('-o', 'json')).stdout);
      const before = servers.map(({ authentication: _, ...server }) => server);
      folder.write('old.json', JSON.stringify({ ...rest, servers: before }));
      expect(await inventory('--diff', 'old.json')).toMatchObject({ status: 0, stderr: '' });
    });

    test.each([
      ['yes', JWT, true],
      ['no', '', false],
    ])('is a field of CycloneDX: %s', async (_, policy, authenticated) => {
      folder.write('files/all.yaml', [SERVER, AROUND, GATEWAY, ...(policy === '' ? [] : [policy])].join('---\n'));
      const { services } = JSON.parse((await inventory('-o', 'cyclonedx')).stdout);
      expect(services).toMatchObject([{ name: 'orders', authenticated }]);
    });
  });

  test('a diff with itself is empty, and ends with 0', async () => {
    folder.write('old.json', (await inventory('-o', 'json')).stdout);
    expect(await inventory('--diff', 'old.json')).toEqual({
      status: 0,
      stdout: 'Against old.json: 0 new, 0 gone, 0 changed.\n',
      stderr: '',
    });
  });

  test('a diff tells what is new, gone and not as it was, and ends with 1', async () => {
    folder.write('old.json', (await inventory('-o', 'json')).stdout);
    const moved = SERVER.replaceAll('orders', 'billing');
    folder.write('files/all.yaml', [SERVER, CLOSED, OPEN, AROUND, moved].join('---\n'));
    const { status, stdout } = await inventory('--diff', 'old.json');
    expect(status).toBe(1);
    expectGolden('inventory/diff.table', stdout);
  });

  test('a policy that opens the same in another way is no change', async () => {
    folder.write('old.json', (await inventory('-o', 'json')).stdout);
    const port = 'ports: [{protocol: TCP, port: 8080}]';
    const split = CLOSED.replace(port, 'ports: [{port: 8080, endPort: 8080}, {port: mcp}]');
    folder.write('files/all.yaml', [SERVER, split, SHADOW, AROUND].join('---\n'));
    expect((await inventory('--diff', 'old.json')).stdout).toBe('Against old.json: 0 new, 0 gone, 0 changed.\n');
  });

  test.each([
    ['no JSON', '{', 'this is no JSON'],
    ['something else', '{"apiVersion": "v1"}', 'apiVersion: must be chokepoint.dev/v1alpha1'],
    [
      'half an inventory',
      '{"apiVersion": "chokepoint.dev/v1alpha1", "kind": "Inventory", "servers": [{"namespace": "a"}]}',
      'servers[0].kind: is required',
    ],
  ])('a diff with %s is refused', async (_, text, said) => {
    folder.write('old.json', text);
    const { status, stderr } = await inventory('--diff', 'old.json');
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});

describe('of clusters', () => {
  let cluster: TestedCluster;
  beforeEach(async () => {
    cluster = await testedCluster();
    cluster.folder.write('chokepoint.yaml', CONFIG + REGISTRY);
    putYaml(cluster.server, 'deployments', SERVER);
    putYaml(cluster.server, 'networkpolicies', CLOSED);
  });
  afterEach(() => cluster.close());

  const inventory = (...args: readonly string[]): Promise<Ran> =>
    cluster.run(['inventory', '--kubeconfig', 'kubeconfig', ...args]);
  const servers = async (...args: readonly string[]): Promise<Inventory['servers']> =>
    JSON.parse((await inventory('-o', 'json', ...args)).stdout).servers;

  test('a server bears the name of its context', async () => {
    expect((await servers()).map(({ context, name, file }) => [context, name, file])).toEqual([['here', 'orders', '']]);
  });

  test('the digests are those that its Pods run', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const pod: RawObject = {
      metadata: {
        namespace: 'shop',
        name: 'orders-1',
        labels: { app: 'orders', 'chokepoint.dev/mcp-server': 'true' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders', uid: 'u', controller: true }],
      },
      spec: {
        containers: [
          { name: 'server', image: 'registry.example/orders:1', ports: [{ name: 'mcp', containerPort: 8080 }] },
        ],
      },
      status: { containerStatuses: [{ name: 'server', imageID: `registry.example/orders@${digest}` }] },
    };
    cluster.server.put('pods', pod);
    expect((await servers()).flatMap(({ images }) => images)).toEqual([
      { container: 'server', image: 'registry.example/orders:1', digests: [digest] },
    ]);
  });

  test('since when a server is there is what the controller remembers', async () => {
    const remembered = {
      shop: {
        uid: 'u',
        modes: [
          [1_790_000_000, 'audit'],
          [1_795_000_000, 'enforce'],
        ],
        servers: { 'Deployment/orders': { seen: [1_780_000_000], findings: {} } },
      },
    };
    for (const index of [0, 1, 2, 3])
      cluster.server.put('configmaps', {
        metadata: { namespace: 'chokepoint-system', name: `chokepoint-history-${index}` },
        data: { 'namespaces.json': index === 2 ? JSON.stringify(remembered) : '{}', looked: '1' },
      });
    expect(await servers()).toMatchObject([{ firstSeen: '2026-05-28T20:26:40Z', modeSince: '2026-11-18T11:06:40Z' }]);
    expect((await inventory()).stdout).toMatch(/ SINCE +MODE .*\n.* 2026-05-28 +/);
    expect((await inventory('-o', 'markdown')).stdout).toContain('| Since | Mode |');
    expect((await servers('--gate-namespace', 'elsewhere')).map(one => 'firstSeen' in one)).toEqual([false]);
  });

  describe('with a gateway', () => {
    beforeEach(() => {
      const [, , route = ''] = AROUND.split('---\n');
      const [gateway = '', gatewayClass = ''] = GATEWAY.split('---\n');
      for (const [kind, plural, group, version] of [
        ['HTTPRoute', 'httproutes', 'gateway.networking.k8s.io', 'v1'],
        ['Gateway', 'gateways', 'gateway.networking.k8s.io', 'v1'],
        ['GatewayClass', 'gatewayclasses', 'gateway.networking.k8s.io', 'v1'],
        ['SecurityPolicy', 'securitypolicies', 'gateway.envoyproxy.io', 'v1alpha1'],
      ] as const)
        cluster.server.install({ kind, plural, group, version });
      putYaml(cluster.server, 'services', SERVICE);
      putYaml(cluster.server, 'httproutes', route);
      putYaml(cluster.server, 'gateways', gateway);
      putYaml(cluster.server, 'gatewayclasses', gatewayClass);
    });

    test.each([
      ['without a policy', '', 'no'],
      ['with jwt', JWT, 'yes'],
    ])('%s is told whether it authenticates', async (_, policy, state) => {
      if (policy !== '') putYaml(cluster.server, 'securitypolicies', policy);
      expect(await servers()).toMatchObject([{ authentication: { state } }]);
      expect(await servers('-n', 'shop')).toMatchObject([{ authentication: { state } }]);
    });
  });

  test('a namespace alone is listed where it is named', async () => {
    expect(await servers('-n', 'default')).toEqual([]);
  });

  describe('side by side', () => {
    let second: Awaited<ReturnType<typeof startFakeCluster>>;
    beforeEach(async () => {
      second = await startFakeCluster();
      putYaml(second, 'deployments', SHADOW);
      const entry = (name: string, server: string) => ({ name, cluster: { server } });
      cluster.folder.write(
        'kubeconfig',
        JSON.stringify({
          'current-context': 'here',
          clusters: [
            entry('here', cluster.server.connection.server.origin),
            entry('there', second.connection.server.origin),
          ],
          contexts: ['here', 'there', 'nowhere'].map(name => ({ name, context: { cluster: name } })),
        }),
      );
    });
    afterEach(() => second.close());

    test('two contexts are one list, unregistered servers first', async () => {
      const { status, stdout } = await inventory('--context', 'here,there');
      expect(status).toBe(0);
      expectGolden('inventory/contexts.table', stdout);
    });

    test('one that cannot be asked is told, and the others are listed', async () => {
      const { status, stdout, stderr } = await inventory('--all-contexts', '-o', 'csv');
      expect([status, stdout.trim().split('\n').length]).toEqual([2, 3]);
      expect(stderr).toContain(
        'nowhere: error: the context "nowhere" names a cluster that is not there (bad-kubeconfig)',
      );
    });
  });

  test('what may not be read is told with the right that is missing', async () => {
    cluster.server.order({ status: 403 }, { plural: 'networkpolicies', times: 100 });
    const { status, stderr } = await inventory();
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('may not list networkpolicies.networking.k8s.io: the user needs the verb list on it'),
    ]);
  });

  test('a kind of policies that may not be listed leaves the verdict open', async () => {
    const [group, version] = ['crd.antrea.io', 'v1beta1'];
    cluster.server.install({ kind: 'ClusterNetworkPolicy', plural: 'clusternetworkpolicies', group, version });
    cluster.server.order({ status: 403 }, { plural: 'clusternetworkpolicies', times: 100 });
    expect(await servers()).toMatchObject([{ verdict: 'undetermined' }]);
  });

  test('files and a cluster at once are a wrong usage', async () => {
    cluster.folder.write('files/all.yaml', SERVER);
    const { status, stderr } = await cluster.run(['inventory', 'files', '--context', 'here']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('inventory lists files or clusters')]);
  });
});

const texts = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, { type: 'string' }]));
const closed = (properties: object, required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const list = (items: object) => ({ type: 'array', items });
const properties = list(closed(texts('name', 'value'), ['name']));

/** The part of CycloneDX 1.6 (ECMA-424, 1st edition) that is written, in our own words: no field that is not there, no field left out that must be. */
const BOM = closed(
  {
    $schema: { const: 'http://cyclonedx.org/schema/bom-1.6.schema.json' },
    bomFormat: { const: 'CycloneDX' },
    specVersion: { const: '1.6' },
    version: { type: 'integer', minimum: 1 },
    metadata: closed(
      {
        timestamp: { type: 'string', format: 'date-time' },
        tools: closed(
          {
            components: list(closed({ type: { const: 'application' }, ...texts('name', 'version') }, ['type', 'name'])),
          },
          [],
        ),
      },
      [],
    ),
    components: list(
      closed(
        {
          type: { const: 'container' },
          ...texts('bom-ref', 'name', 'version', 'purl'),
          hashes: list(
            closed({ alg: { const: 'SHA-256' }, content: { type: 'string', pattern: '^[0-9a-f]{64}$' } }, [
              'alg',
              'content',
            ]),
          ),
        },
        ['type', 'name'],
      ),
    ),
    services: list(
      closed(
        {
          ...texts('bom-ref', 'group', 'name'),
          provider: closed(texts('name'), ['name']),
          authenticated: { type: 'boolean' },
          properties,
        },
        ['name'],
      ),
    ),
    dependencies: list(closed({ ref: { type: 'string' }, dependsOn: list({ type: 'string' }) }, ['ref'])),
  },
  ['bomFormat', 'specVersion'],
);
