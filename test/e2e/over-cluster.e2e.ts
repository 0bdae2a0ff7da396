import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckReport } from '../../src/app/report/check-report.ts';
import { CLOSED, CONFIG, OPEN, SERVER } from '../cli/manifests.ts';
import { type Folder, type Ran, temporaryFolder } from '../cli/run.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { documentedRules } from '../support/scan-role.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** Files over a real cluster, and questions to it, by a user who may do nothing but what a scan needs. */

let cluster: Connection;
let folder: Folder;
let namespace: string;
let user: Awaited<ReturnType<Connection['user']>>;

const here = (yaml: string): string => yaml.replaceAll('namespace: shop', `namespace: ${namespace}`);

beforeAll(async () => {
  cluster = sharedCluster();
  folder = temporaryFolder();
  folder.write('chokepoint.yaml', CONFIG);
  namespace = await newNamespace(cluster, 'over');
  user = await cluster.user('reviewer', { rules: documentedRules() });
  const applied = await cluster.kubectl(['apply', '-f', '-'], { stdin: [SERVER, CLOSED].map(here).join('---\n') });
  expect(applied.code, applied.stderr).toBe(0);
});
afterAll(async () => {
  await deleteNamespaces(cluster, [namespace]);
  folder.remove();
  cluster.close();
});

const run = (...args: readonly string[]): Promise<Ran> => folder.run([...args, '--kubeconfig', user.kubeconfig]);
const check = async (yaml: string): Promise<{ readonly status: number; readonly report: CheckReport }> => {
  folder.write('files/change.yaml', here(yaml));
  const { status, stdout, stderr } = await run('check', 'files', '--with-cluster', '--output', 'json');
  expect(stderr).toBe('');
  return { status, report: JSON.parse(stdout) };
};
const verdicts = ({ servers }: CheckReport) => servers.map(({ kind, name, verdict }) => [kind, name, verdict]);

test('what is there already brings nothing, although the API server filled in its defaults', async () => {
  const { status, report } = await check([SERVER, CLOSED].join('---\n'));
  expect([status, verdicts(report)]).toEqual([0, [['Deployment', 'orders', 'allow']]]);
  expect(report.cluster?.overlay).toEqual({ created: 0, replaced: 2 });
  expect(report.summary.against).toMatchObject({ known: 0, new: 0, gone: 0, flipped: [] });
});

test('a policy that opens a server of the cluster fails, with the place in its file', async () => {
  const { status, report } = await check(OPEN);
  expect([status, verdicts(report)]).toEqual([1, [['Deployment', 'orders', 'deny']]]);
  const [finding] = report.servers.flatMap(({ findings }) => findings);
  expect(finding).toMatchObject({ rule: 'ingress-beyond-gateway', known: false, file: 'files/change.yaml', line: 9 });
});

test('who reaches whom is answered of the cluster', async () => {
  const asked = ['reach', '-n', namespace, '--from', '192.0.2.1', '--to', 'orders', '--port', 'mcp'];
  expect(await run(...asked)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^No: 192\.0\.2\.1 cannot/) });
  const list = await run('reach', '--to', `${namespace}/orders`);
  expect(list).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('pods app=envoy in namespaces kubernetes.io/metadata.name=gateway: TCP 8080'),
  });
});

test('a user without rights is told which are missing', async () => {
  const nobody = await cluster.user('no-reviewer');
  const asked = ['--kubeconfig', nobody.kubeconfig] as const;
  const reached = await folder.run(['reach', ...asked, '--to', `${namespace}/orders`, '--port', '80']);
  expect([reached.status, reached.stderr]).toEqual([
    2,
    expect.stringContaining('may not list networkpolicies.networking.k8s.io: the user needs the verb list on it'),
  ]);
  const checked = await folder.run(['check', 'files', '--with-cluster', ...asked]);
  expect([checked.status, checked.stdout]).toEqual([2, expect.stringContaining('needs the verb list on it')]);
});

test('nothing but get and list was ever asked for', async () => {
  const events = await eventually('the audit log has the calls', () => {
    const mine = cluster.auditEvents().filter(event => event.user.username === user.name);
    return mine.length > 0 ? mine : undefined;
  });
  expect([...new Set(events.map(({ verb }) => verb))].sort()).toEqual(['get', 'list']);
});
