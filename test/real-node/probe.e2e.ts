import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeReport } from '../../src/app/probe/report.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import { startDataplane } from './dataplane.ts';
import { IMAGES } from './machine.ts';
import { NODE_CLUSTER, type RealNode, startRealNode } from './node.ts';
import { type Ran, runProgram } from './run-program.ts';

/** `doctor --probe` in real Pods: what it says of nodes that enforce policies, and of nodes that do not, is what packets do. */

let cluster: Cluster;
let nodes: readonly RealNode[];

beforeAll(async () => {
  cluster = await startCluster(NODE_CLUSTER);
  nodes = await Promise.all([startRealNode(cluster, 1), startRealNode(cluster, 2)]);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: 'chokepoint-system' } });
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await cluster.stop();
});

/** What a report of `scan` and of `doctor` is looked into for. */
interface Found {
  readonly servers?: readonly { readonly findings: readonly { readonly rule: string; readonly message: string }[] }[];
  readonly checks?: readonly { readonly id: string; readonly answers: readonly { readonly says: string }[] }[];
}

const start = (args: readonly string[], onStart?: (pid: number) => void): Promise<Ran> =>
  runProgram(cluster, args, onStart);

const probe = (args: readonly string[] = [], onStart?: (pid: number) => void): Promise<Ran> =>
  start(['doctor', '--probe', ...args], onStart);

const probed = async (): Promise<ProbeReport & { readonly status: number | null }> => {
  const { status, stdout, stderr } = await probe(['--yes', '--image', IMAGES.program, '-o', 'json']);
  if (stdout === '') throw new Error(stderr);
  return { status, ...(JSON.parse(stdout) as ProbeReport) };
};
const verdicts = ({ nodes: all }: ProbeReport): unknown =>
  Object.fromEntries(
    all.map(({ name, measurements }) => [
      name,
      measurements.map(one => `${one.direction} ${one.family} ${one.enforcement}`),
    ]),
  );
const all = (enforcement: string): readonly string[] =>
  ['ingress IPv4', 'ingress IPv6', 'egress IPv4', 'egress IPv6'].map(what => `${what} ${enforcement}`);

const namespaces = async (): Promise<readonly string[]> => {
  const { body } = await cluster.request('GET', '/api/v1/namespaces?labelSelector=chokepoint.dev/probe');
  return body.items.map((one: { metadata: { name: string } }) => one.metadata.name);
};
const untilNoNamespace = (): Promise<true> =>
  eventually('nothing is left', async () => ((await namespaces()).length === 0 ? (true as const) : undefined));

test('where nothing enforces policies, both nodes are told not to', async () => {
  const report = await probed();
  expect(verdicts(report)).toEqual({ 'node-1': all('not-enforced'), 'node-2': all('not-enforced') });
  expect([report.status, report.enforcement, report.leftovers]).toEqual([1, 'not-enforced', []]);
  await untilNoNamespace();
});

test('where both nodes enforce policies, both are told to', async () => {
  const dataplane = startDataplane(cluster, nodes);
  const report = await probed();
  await dataplane.stop();
  expect(verdicts(report)).toEqual({ 'node-1': all('enforced'), 'node-2': all('enforced') });
  expect([report.status, report.enforcement]).toEqual([0, 'enforced']);
});

test('where one node of two enforces policies, the other makes the verdict', async () => {
  const dataplane = startDataplane(cluster, nodes.slice(0, 1));
  const report = await probed();
  await dataplane.stop();
  expect(verdicts(report)).toEqual({ 'node-1': all('enforced'), 'node-2': all('not-enforced') });
  expect([report.status, report.enforcement]).toEqual([1, 'not-enforced']);
  const kept = await cluster.request('GET', '/api/v1/namespaces/chokepoint-system/configmaps/chokepoint-probe');
  const { status: _, ...written } = report;
  expect(JSON.parse(kept.body.data['probe.json'])).toEqual(written);
});

test('what was measured is found of every server, by those who judge the cluster', async () => {
  const namespace = '/api/v1/namespaces/default';
  const pod = {
    metadata: { name: 'weather', labels: { 'chokepoint.dev/mcp-server': 'true' } },
    spec: { schedulerName: 'nobody', containers: [{ name: 'server', image: IMAGES.program }] },
  };
  expect((await cluster.request('POST', `${namespace}/pods`, pod)).status).toBe(201);
  const found = async (command: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await start([...command, '-o', 'json']);
    const { servers, checks }: Found = JSON.parse(stdout);
    return [
      ...(servers ?? []).flatMap(({ findings }) => findings.map(({ rule, message }) => `${rule}: ${message}`)),
      ...(checks ?? []).flatMap(({ id, answers }) => answers.map(({ says }) => `${id}: ${says}`)),
    ];
  };
  expect(await found(['scan', '-n', 'default'])).toContainEqual(
    expect.stringMatching(/^policies-not-enforced: policies are not enforced on node node-2, as packets showed on /),
  );
  expect(await found(['doctor'])).toContainEqual(
    expect.stringMatching(/^enforcement-measured: policies are not enforced on node node-2, /),
  );
});

test('an image that no node has is no proof of anything', async () => {
  const { status, stdout } = await probe(['--yes', '--image', 'localhost/nowhere:1', '-o', 'json']);
  const report: ProbeReport = JSON.parse(stdout);
  expect([status, report.enforcement]).toEqual([2, 'unknown']);
  expect(report.nodes.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^ErrImage|^ImagePull/),
    expect.stringMatching(/^ErrImage|^ImagePull/),
  ]);
  await untilNoNamespace();
});

test('without a terminal and without --yes nothing is written', async () => {
  const before = await namespaces();
  const { status, stderr } = await probe(['--image', IMAGES.program]);
  expect([status, stderr]).toEqual([2, expect.stringContaining('give --yes where nobody can be asked')]);
  expect(await namespaces()).toEqual(before);
});

test('a probe that is interrupted removes what it made', async () => {
  let pid = 0;
  const running = probe(['--yes', '--image', IMAGES.program, '-o', 'json'], started => {
    pid = started;
  });
  await eventually('its namespace is there', async () => (await namespaces())[0]);
  process.kill(pid, 'SIGINT');
  const { status, stdout } = await running;
  expect([status, JSON.parse(stdout).enforcement]).toEqual([2, 'unknown']);
  await untilNoNamespace();
});

test('what a killed probe left goes with the next one, once its time is over', async () => {
  let pid = 0;
  const running = probe(['--yes', '--image', IMAGES.program], started => {
    pid = started;
  });
  const name = await eventually('its namespace is there', async () => (await namespaces())[0]);
  await eventually('its Job is there', async () => {
    const { body } = await cluster.request('GET', `/api/v1/namespaces/${name}/pods`);
    return body.items.length > 0 || undefined;
  });
  process.kill(pid, 'SIGKILL');
  await running;
  expect(await namespaces()).toEqual([name]);
  const job = `/apis/batch/v1/namespaces/${name}/jobs/probe`;
  // The Job that owns everything has ended by itself: when its time is over, everything in the namespace goes with it.
  const { body } = await cluster.request('GET', job);
  expect(body.status.conditions.map(({ type }: { type: string }) => type)).toContain('Complete');
  await cluster.request('PATCH', job, { spec: { ttlSecondsAfterFinished: 0 } });
  for (const plural of ['/api/v1/namespaces/NAME/pods', '/apis/networking.k8s.io/v1/namespaces/NAME/networkpolicies'])
    await eventually('nothing runs any more', async () => {
      const left = await cluster.request('GET', plural.replace('NAME', name));
      return left.body.items.length === 0 || undefined;
    });
  await cluster.request('PATCH', `/api/v1/namespaces/${name}`, {
    metadata: { annotations: { 'chokepoint.dev/probe-ends': new Date(0).toISOString() } },
  });
  await probed();
  await untilNoNamespace();
});
