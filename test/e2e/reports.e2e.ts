import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type RunningProgram, startProgram } from '../control-plane/processes.ts';
import { LEASE, SPEC, SYSTEM, shippedAccount } from './gate.ts';
import { POLICY_REPORT_DEFINITION, POLICY_REPORTS, REPORT_DEFINITION, REPORTS } from './report-kinds.ts';
import { MODE, PODS, POLICIES, pathIn } from './scene.ts';
import { CLOSED, LABELS, pod, policy, serverDeployment } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** Reports on the real API server, by the definition of openreports.io as it is published, under the shipped rights. The tests are one story, in order. */

const SCRIPT = fileURLToPath(new URL('reports-controller.ts', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));
const RIGHTS = fileURLToPath(new URL('../../manifests/components/reports/rights.yaml', import.meta.url));
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

type Fields = Readonly<Record<string, unknown>>;

interface Report {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields: readonly object[];
  };
  readonly summary: Readonly<Record<string, number>>;
  readonly results: readonly {
    readonly rule: string;
    readonly result: string;
    readonly severity: string;
    readonly resources?: readonly { readonly name: string; readonly uid: string }[];
    readonly properties: Readonly<Record<string, string>>;
  }[];
}

let cluster: Connection;
let kubeconfig: string;
let running: RunningProgram;
let health = 0;
let shop: string;
let started = 0;

async function start(): Promise<RunningProgram> {
  const config = join(cluster.address.folder, 'reports.json');
  writeFileSync(config, JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', spec: SPEC }));
  const name = `reports-${started++}`;
  const args = [SCRIPT, kubeconfig, config];
  const program = startProgram({ name, path: process.execPath, args }, cluster.address.folder);
  const line = await eventually(`${name} runs`, () => /^\{"ready".*$/m.exec(program.log())?.[0] ?? program.ended());
  if (!line.startsWith('{')) throw new Error(program.log());
  health = JSON.parse(line).healthPort;
  return program;
}

const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${health}/metrics`)).text();

async function install(definition: object): Promise<void> {
  expectOk(await cluster.request('POST', DEFINITIONS, definition));
}

/** The report of a namespace; `undefined`: there is none. */
async function reportIn(namespace: string, kind = REPORTS): Promise<Report | undefined> {
  const { status, body } = await cluster.request('GET', `${pathIn(namespace, kind)}/chokepoint`);
  return status === 200 ? body : undefined;
}

const untilReport = (what: string, isSo: (report: Report) => boolean, namespace = shop, kind = REPORTS) =>
  eventually(what, async () => {
    const report = await reportIn(namespace, kind);
    return report !== undefined && isSo(report) ? report : undefined;
  });

const untilNone = (what: string, namespace: string, kind = REPORTS) =>
  eventually(what, async () => (await reportIn(namespace, kind)) === undefined || undefined);

const rulesOf = ({ results }: Report): readonly string[] => results.map(({ rule, result }) => `${result} ${rule}`);

beforeAll(async () => {
  cluster = sharedCluster();
  kubeconfig = (await shippedAccount(cluster, 'controller')).kubeconfig;
  expect((await cluster.kubectl(['apply', '-f', RIGHTS])).stderr).toBe('');
  await cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } });
  shop = await newNamespace(cluster, 'reports-shop', { [MODE]: 'audit' });
  expectOk(await cluster.request('POST', pathIn(shop, PODS), pod('weather')));
  running = await start();
});
afterAll(async () => {
  running?.kill();
  for (const name of ['reports.openreports.io', 'policyreports.wgpolicyk8s.io'])
    await cluster?.request('DELETE', `${DEFINITIONS}/${name}`);
  await cluster?.kubectl(['delete', '--ignore-not-found', '-f', RIGHTS]);
  cluster?.close();
});

test('without an API for reports none is written, which the log and the metrics say', async () => {
  await eventually('that is said', async () => /reports_api\{api="none"\} 1/.test(await metrics()) || undefined);
  await eventually('the log says it', () => running.log().includes('the cluster serves no API for them') || undefined);
});

test('the older API is written to once it is installed, by a controller that runs', async () => {
  await install(POLICY_REPORT_DEFINITION);
  const report = await untilReport('a PolicyReport', () => true, shop, POLICY_REPORTS);
  expect(rulesOf(report)).toEqual(['fail egress-not-isolated', 'fail ingress-not-isolated']);
  expect(report.summary).toEqual({ pass: 0, fail: 2, warn: 0, error: 0, skip: 0 });
  expect(await metrics()).toMatch(/reports_api\{api="wgpolicy"\} 1/);
});

test('the newer one takes its place, and the older report goes', async () => {
  await install(REPORT_DEFINITION);
  const report = await untilReport('a Report', () => true);
  expect(report.results.map(({ severity }) => severity)).toEqual(['critical', 'high']);
  const { body } = expectOk(await cluster.request('GET', pathIn(shop, `${PODS}/weather`)));
  expect(report.results[0]?.resources).toMatchObject([{ name: 'weather', uid: body.metadata.uid }]);
  expect(report.metadata.managedFields).toMatchObject([{ manager: 'chokepoint', operation: 'Apply' }]);
  await untilNone('the PolicyReport is gone', shop, POLICY_REPORTS);
});

test('kubectl shows it', async () => {
  const listed = await cluster.kubectl(['get', 'reports.openreports.io', '--all-namespaces']);
  expect(listed.stdout).toMatch(new RegExp(`^${shop} +chokepoint `, 'm'));
  const named = ['get', 'reports.openreports.io', 'chokepoint', '-n', shop, '--output', 'yaml'];
  expect((await cluster.kubectl(named)).stdout).toContain('resultID: ');
});

test('a finding keeps its identity when the server changes, and goes when it is mended', async () => {
  const before = await untilReport('both findings', ({ results }) => results.length === 2);
  const idOf = (report: Report) =>
    report.results.find(({ rule }) => rule === 'egress-not-isolated')?.properties.resultID;
  const { ingress } = CLOSED;
  const closed = { podSelector: CLOSED.podSelector, policyTypes: ['Ingress'], ingress };
  expectOk(await cluster.request('POST', pathIn(shop, POLICIES), policy('weather', closed)));
  const after = await untilReport('one finding is left', ({ results }) => results.length === 1);
  expect(idOf(after)).toBe(idOf(before));
  expect(after.metadata.uid).toBe(before.metadata.uid);
});

/** Of a report in JSON. */
interface Scanned {
  readonly cluster: Fields;
  readonly servers: readonly { readonly judgedSince?: string; readonly findings: readonly Fields[] }[];
}

/** What `scan` says of the servers of the namespace, by the administrator's rights. */
function scanned(): Promise<Scanned> {
  const config = join(cluster.address.folder, 'reports.json');
  const { kubeconfig: own } = cluster.address;
  const args = [PROGRAM, 'scan', '--kubeconfig', own, '--config', config, '-n', shop, '-o', 'json'];
  return new Promise(resolve => {
    execFile(process.execPath, args, (_, stdout) => resolve(JSON.parse(stdout)));
  });
}

test('since when it is open is kept in the cluster, and told by the report and by scan', async () => {
  const report = await untilReport('it has a date', ({ results }) => results[0]?.properties.firstSeen !== undefined);
  const path = 'jsonpath={.data.namespaces\\.json}';
  const kept = ['get', 'configmap', '-n', SYSTEM, 'chokepoint-history-0', '--output', path];
  expect((await cluster.kubectl(kept)).code).toBe(0);
  const { firstSeen = '' } = report.results[0]?.properties ?? {};
  expect(Math.abs(Date.parse(firstSeen) - Date.now())).toBeLessThan(300_000);
  const {
    servers: [server],
    cluster: told,
  } = await eventually('scan tells it', async () => {
    const found = await scanned();
    return found.servers[0]?.findings.some(({ openSince }) => openSince !== undefined) ? found : undefined;
  });
  expect(server?.findings[0]).toMatchObject({
    rule: 'egress-not-isolated',
    firstSeen,
    openSince: firstSeen,
    openDays: 0,
  });
  expect(told.remembered).toMatchObject([{ namespace: shop, modes: [{ mode: 'audit' }] }]);
  const { judgedSince, modeSince } = report.results[0]?.properties ?? {};
  expect([typeof modeSince, judgedSince]).toEqual(['string', server?.judgedSince]);
});

test('what the webhook refused is added up, as its Pods count it', async () => {
  const counts = { refused: 2 };
  const metric = (): string =>
    `chokepoint_admission_namespace_findings_total{namespace="${shop}",allowed="false"} ${counts.refused}\n`;
  const server = createServer((_, answer) => answer.end(metric()));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const labels = { 'app.kubernetes.io/name': 'chokepoint', 'app.kubernetes.io/component': 'webhook' };
  const containers = [{ name: 'webhook', image: 'chokepoint', ports: [{ name: 'health', containerPort: port }] }];
  const spec = { schedulerName: 'nobody', serviceAccountName: 'chokepoint-webhook', containers };
  const path = pathIn(SYSTEM, PODS);
  try {
    expectOk(await cluster.request('POST', path, { metadata: { name: 'counting', labels }, spec }));
    const status = { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
    expectOk(await cluster.request('PATCH', `${path}/counting/status`, { status }));
    // The first reading of a Pod that is new is added as a whole: the controller has asked before, when it was not there.
    const kept = async (refused: number): Promise<true | undefined> => {
      const { items } = expectOk(await cluster.request('GET', pathIn(SYSTEM, 'api/v1/configmaps'))).body;
      return JSON.stringify(items).includes(`reviews\\":[${refused},0,`) || undefined;
    };
    await eventually('two are counted', () => kept(2));
    counts.refused = 5;
    await eventually('five are counted', () => kept(5));
  } finally {
    await cluster.request('DELETE', `${path}/counting`, { gracePeriodSeconds: 0 });
    await new Promise(resolve => server.close(resolve));
  }
});

test('what does not change is not written again, also by a controller that is started anew', async () => {
  const before = await reportIn(shop);
  running.kill();
  await cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } });
  running = await start();
  await eventually(
    'it has reported',
    async () => /report_writes_total\{outcome="written"\} [1-9]/.test(await metrics()) || undefined,
  );
  await sleep(2_000);
  expect((await reportIn(shop))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
});

test('of more results than 500 the worst are told, and the others counted', async () => {
  const many = await newNamespace(cluster, 'reports-many', { [MODE]: 'audit' });
  await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const { spec, ...rest } = serverDeployment(`s${index}`) as { readonly spec: object };
      const path = pathIn(many, 'apis/apps/v1/deployments');
      expectOk(await cluster.request('POST', path, { ...rest, spec: { ...spec, replicas: 0 } }));
    }),
  );
  const report = await untilReport('a report of all', ({ summary }) => summary.fail === 600, many);
  expect([report.results.length, report.results.at(-1)?.properties.leftOut]).toEqual([500, '101']);
  process.stderr.write(`a report of 500 results: ${JSON.stringify(report).length} bytes\n`);
  await cluster.request('DELETE', `/api/v1/namespaces/${many}`);
  await untilNone('it goes with its namespace', many);
});

test('it goes with the last server, and comes back with the next', async () => {
  expectOk(await cluster.request('DELETE', pathIn(shop, `${PODS}/weather`), { gracePeriodSeconds: 0 }));
  expectOk(await cluster.request('DELETE', pathIn(shop, `${POLICIES}/weather`)));
  await untilNone('it is gone', shop);
  expectOk(await cluster.request('POST', pathIn(shop, PODS), pod('weather', LABELS)));
  await untilReport('it is back', ({ results }) => results.length === 2);
});

test('a namespace that is switched off has none', async () => {
  expectOk(await cluster.request('PATCH', `/api/v1/namespaces/${shop}`, { metadata: { labels: { [MODE]: 'off' } } }));
  await untilNone('it is gone', shop);
});

test('the API server forbade nothing, and the controller met no bug of ours', async () => {
  expect(running.log()).not.toContain('"bug"');
  const account = `system:serviceaccount:${SYSTEM}:chokepoint-controller`;
  const refused = cluster
    .auditEvents()
    .filter(({ user, responseStatus }) => user.username === account && responseStatus?.code === 403)
    .filter(({ requestURI }) => String(requestURI).includes('reports'));
  expect(refused).toEqual([]);
});
