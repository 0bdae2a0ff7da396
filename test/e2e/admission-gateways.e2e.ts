import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGatePolicy } from '../../src/adapters/config/document.ts';
import { judgeInput } from '../../src/app/report/check.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { freePorts } from '../control-plane/components.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { decodeManifests } from '../support/input.ts';
import { parseYaml } from '../support/yaml.ts';
import { byUrl, registerGate, shippedAccount, startGate } from './gate.ts';
import { type ScanFixture, scanFixtures } from './scan-fixtures.ts';
import { CALLER_KINDS, GATEWAY_CLASS, OTHER_ROUTE_KINDS, ROUTE_KINDS, serveKinds } from './served-kinds.ts';
import { deleteNamespaces, sharedCluster } from './shared-cluster.ts';

/** Servers whose verdict hangs on their gateways. Each fixture has a gateway and a configuration of its own, and so a gate of its own. */

const RULES = ['gateway-unauthenticated', 'gateway-unauthorized', 'gateway-unlogged', 'route-bypasses-gateway'];
/** An Ingress with its class in both places: the API server takes none. */
const REFUSED = /ingress-class-by-annotation-too$/;

const FIXTURES = RULES.flatMap((rule, index) => scanFixtures(rule, `g${index}x`)).filter(
  ({ name }) => !REFUSED.test(name),
);

const GRANTS = scanFixtures('route-bypasses-gateway', 'grants').slice(0, 1);

let cluster: Connection;
let port: number;
let kubeconfig: string;
let unregister: () => Promise<void>;
let removeKinds: () => Promise<void>;

beforeAll(async () => {
  cluster = sharedCluster();
  removeKinds = await serveKinds(cluster, [...ROUTE_KINDS, ...OTHER_ROUTE_KINDS, ...CALLER_KINDS, GATEWAY_CLASS]);
  kubeconfig = (await shippedAccount(cluster, 'webhook')).kubeconfig;
  [port = 0] = await freePorts(1);
  unregister = await registerGate(cluster, byUrl(cluster, { port }));
});
afterAll(async () => {
  await unregister?.();
  await deleteNamespaces(
    cluster,
    [...FIXTURES, ...GRANTS].flatMap(({ namespaces }) => namespaces),
  );
  await removeKinds?.();
  cluster?.close();
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
}

const isServer = ({ kind, metadata }: Manifest, { namespace }: ScanFixture): boolean =>
  kind === 'Deployment' && metadata.namespace === namespace;

/** Nothing is judged while it is prepared: no gate is there yet. */
const unjudged = (one: Manifest): Manifest =>
  one.kind === 'Namespace'
    ? { ...one, metadata: { ...one.metadata, labels: { ...one.metadata.labels, 'chokepoint.dev/mode': 'off' } } }
    : one;

async function apply(objects: readonly object[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '--validate=false', '-f', '-'], { stdin: objects });
  if (code !== 0 && !stderr.includes('denied the request')) throw new Error(stderr);
}

/** Which Deployments are there: what was refused is not. */
async function admitted(servers: readonly Manifest[]): Promise<readonly string[]> {
  const lines = servers.map(async ({ metadata: { namespace, name } }) => {
    const { status } = await cluster.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
    return `${name}: ${status === 200 ? 'admitted' : 'refused'}`;
  });
  return (await Promise.all(lines)).sort();
}

function expected(objects: readonly Manifest[], { name, config }: ScanFixture): readonly string[] {
  const { policy } = readGatePolicy(config, name);
  if (policy === undefined) throw new Error(`${name}: no configuration`);
  const manifests = objects.map((value, document) => ({
    file: name,
    document,
    line: 1,
    pointer: [],
    value: { ...value },
  }));
  return judgeInput(decodeManifests(manifests), createJudge(policy))
    .decisions.map(({ subject, verdict }) => `${subject.name}: ${verdict === 'allow' ? 'admitted' : 'refused'}`)
    .sort();
}

test.each(FIXTURES)('$name is admitted where check allows it', async fixture => {
  const objects = parseYaml(fixture.manifests) as readonly Manifest[];
  const servers = objects.filter(one => isServer(one, fixture));
  await apply(objects.filter(one => !servers.includes(one)).map(unjudged));
  const labels = { 'chokepoint.dev/mode': 'enforce', 'chokepoint.dev/absent-policy': 'reject' };
  await cluster.request('PATCH', `/api/v1/namespaces/${fixture.namespace}`, { metadata: { labels } });
  const [document] = parseYaml(fixture.config) as readonly { readonly spec: object }[];
  // Once ready it knows all that was prepared.
  const gate = await startGate(cluster, {
    name: fixture.namespace,
    command: 'serve',
    kubeconfig,
    port,
    spec: document?.spec ?? {},
  });
  try {
    await apply(servers);
    expect(await admitted(servers)).toEqual(expected(objects, fixture));
    expect(servers).not.toEqual([]);
  } finally {
    gate.program.kill();
  }
});

const GATEWAY_API = 'gateway.networking.k8s.io';

/** A route of the gateway's namespace, past the MCP gateway, to the server's Service. */
const referring = ({ namespace }: ScanFixture, home: string, kind = 'HTTPRoute') => ({
  apiVersion: `${GATEWAY_API}/v1`,
  kind,
  metadata: { name: 'back-door', namespace: home },
  spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs: [{ name: 'weather', namespace, port: 80 }] }] },
});

const letting = ({ namespace }: ScanFixture, home: string, kind = 'HTTPRoute') => ({
  apiVersion: `${GATEWAY_API}/v1`,
  kind: 'ReferenceGrant',
  metadata: { name: 'back-door', namespace },
  spec: {
    from: [{ group: GATEWAY_API, kind, namespace: home }],
    to: [{ group: '', kind: 'Service', name: 'weather' }],
  },
});

test.each(GRANTS)(
  'a route into another namespace is admitted, and what lets it lead to a server is refused',
  async one => {
    const home = one.namespaces.find(name => name.startsWith('mcp-gateway')) ?? '';
    const [document] = parseYaml(one.config) as readonly { readonly spec: object }[];
    await apply((parseYaml(one.manifests) as readonly Manifest[]).map(unjudged));
    for (const namespace of [one.namespace, home]) {
      const labels = { 'chokepoint.dev/mode': 'enforce', 'chokepoint.dev/absent-policy': 'reject' };
      await cluster.request('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { labels } });
    }
    const options = { name: 'grants', command: 'serve', kubeconfig, port, spec: document?.spec ?? {} } as const;
    const gate = await startGate(cluster, options);
    const written = async (verb: 'apply' | 'delete', object: object): Promise<string> => {
      const { code, stderr } = await cluster.kubectl([verb, '-f', '-'], { stdin: [object] });
      const said = ['if a ReferenceGrant let', 'route-bypasses-gateway'].find(text => stderr.includes(text)) ?? '';
      return `${code === 0 ? 'admitted' : 'refused'} ${said}`.trim();
    };
    try {
      expect([
        await written('apply', referring(one, home)),
        await written('apply', letting(one, home, 'GRPCRoute')),
        await written('apply', letting(one, home)),
        await written('delete', referring(one, home)),
      ]).toEqual([
        'admitted if a ReferenceGrant let',
        'admitted route-bypasses-gateway',
        'refused route-bypasses-gateway',
        'admitted',
      ]);
      // The gate hears of the route's end a moment later.
      const granted = await eventually('the grant of a route that is gone is admitted', async () => {
        const answer = await written('apply', letting(one, home));
        return answer === 'admitted' ? answer : undefined;
      });
      expect([granted, await written('apply', referring(one, home))]).toEqual([
        'admitted',
        'refused route-bypasses-gateway',
      ]);
    } finally {
      gate.program.kill();
    }
  },
);
