import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { ToolResult } from '../control-plane/tool.ts';
import { parseYaml } from '../support/yaml.ts';
import { startWorkingGate, type WorkingGate } from './gate.ts';
import { sharedCluster } from './shared-cluster.ts';

const SAMPLES = new URL('../../manifests/samples/', import.meta.url);
const NAMESPACES = ['mcp', 'mcp-gateway', 'visitors'];

/** What is read of a sample. */
interface Sample {
  readonly kind: string;
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: object;
}

const read = (file: string): readonly Sample[] => parseYaml(readFileSync(new URL(file, SAMPLES), 'utf8')) as Sample[];

let cluster: Connection;
let gate: WorkingGate;

beforeAll(async () => {
  cluster = sharedCluster();
  gate = await startWorkingGate(cluster, 'samples', read('kind/chokepoint.yaml')[0]?.spec);
});
afterAll(async () => {
  for (const name of NAMESPACES) await cluster.request('DELETE', `/api/v1/namespaces/${name}`);
  await gate?.close();
  cluster?.close();
});

/** kubectl applies a sample as it is. */
const apply = (file: string, ...flags: readonly string[]): Promise<ToolResult> =>
  cluster.kubectl(['apply', '-f', fileURLToPath(new URL(file, SAMPLES)), ...flags]);

const namesOf = async (collection: string): Promise<readonly string[]> =>
  (await cluster.request('GET', `/apis/${collection}`)).body.items.map(
    ({ metadata }: { metadata: { name: string } }) => metadata.name,
  );

/** A Pod of the open server that nothing holds. */
const isFree = ({
  metadata,
  spec,
}: {
  metadata: { labels: Record<string, string> };
  spec: { schedulingGates?: unknown };
}) => metadata.labels['app.kubernetes.io/name'] === 'search' && spec.schedulingGates === undefined;

test('the gateway and the closed server are admitted, and the open one is refused with the reasons', async () => {
  for (const file of ['gateway.yaml', 'closed-server.yaml']) {
    expect(await apply(file)).toMatchObject({ code: 0, stderr: '' });
  }
  for (const flags of [['--dry-run=server'], []]) {
    const { code, stderr } = await apply('open-server.yaml', ...flags);
    expect(code).toBe(1);
    expect(stderr).toContain('denied the request');
    expect(stderr).toContain('ingress-beyond-gateway');
    expect(stderr).toContain('egress-reaches-cluster');
  }
  expect(await namesOf('networking.k8s.io/v1/namespaces/mcp/networkpolicies')).toEqual(['weather']);
  expect(await namesOf('apps/v1/namespaces/mcp/deployments')).toEqual(['weather']);
});

test('the policy of the closed server cannot be deleted', async () => {
  const { code, stderr } = await cluster.kubectl(['delete', 'networkpolicy', 'weather', '-n', 'mcp']);
  expect(code).toBe(1);
  expect(stderr).toContain('policy-removal');
});

test('with absent policies created the open server starts behind a policy of the gate', async () => {
  await gate.startController();
  await cluster.kubectl(['label', 'namespace', 'mcp', 'chokepoint.dev/absent-policy=create', '--overwrite']);
  const { code, stdout, stderr } = await apply('open-server.yaml');
  expect(code).toBe(1);
  expect(stderr).toContain('denied the request');
  expect(stdout).toContain('deployment.apps/search created');
  await eventually('the server may start', async () => {
    const { items } = (await cluster.request('GET', '/api/v1/namespaces/mcp/pods')).body;
    return items.some(isFree) || undefined;
  });
  expect(await namesOf('networking.k8s.io/v1/namespaces/mcp/networkpolicies')).toEqual([
    'chokepoint-search',
    'weather',
  ]);
});
