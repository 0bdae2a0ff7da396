import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DashboardModel, DashboardStanding } from '../../src/app/dashboard/model.ts';
import { expectOk } from '../control-plane/client.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { RunningProgram } from '../control-plane/processes.ts';
import type { User } from '../control-plane/users.ts';
import { documentedRules } from '../support/scan-role.ts';
import { SYSTEM, shippedAccount, startGate } from './gate.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** The dashboard as a process of its own, on an API server that goes and comes back. */

let cluster: Cluster;
let user: User;
let program: RunningProgram;
let base: URL;
let namespace: string;
let stream: { readonly standings: readonly DashboardStanding[]; close(): void };

/** What the page would ask for. */
async function ask<Value>(path: string, from: URL = base): Promise<Value> {
  const answer = await fetch(new URL(path, from));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as Value;
}

/** Listens as the page does. */
function listen(from: URL = base) {
  const standings: DashboardStanding[] = [];
  const asked = request(new URL('/events', from), response => {
    response.setEncoding('utf8');
    let text = '';
    response.on('error', () => undefined);
    response.on('data', (piece: string) => {
      text += piece;
      for (const [, data = ''] of text.matchAll(/^data: (.*)\n\n/gm)) standings.push(JSON.parse(data));
      text = text.slice(text.lastIndexOf('\n\n') + 2);
    });
  });
  asked.on('error', () => undefined);
  asked.end();
  return { standings, close: () => asked.destroy() };
}

/** The sentence of the model once it is the latest, and says this. */
const untilSaid = (sentence: RegExp): Promise<string> =>
  eventually(
    `the dashboard says ${sentence}`,
    async () => {
      if (stream.standings.at(-1)?.version === undefined || stream.standings.at(-1)?.version === '') return undefined;
      const { page } = await ask<DashboardModel>('/model');
      return sentence.test(page.sentence) ? page.sentence : undefined;
    },
    { timeoutMs: 60_000 },
  );

/** The sentence of the latest model; empty before there is one. */
async function saidBy(from: URL, { standings }: typeof stream): Promise<string> {
  if ((standings.at(-1)?.version ?? '') === '') return '';
  return (await ask<DashboardModel>('/model', from)).page.sentence;
}

const policies = (): string => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;

beforeAll(async () => {
  cluster = await startCluster({ audit: true });
  namespace = await newNamespace(cluster, 'shop');
  expectOk(await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod('weather')));
  const configMaps = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['chokepoint'], verbs: ['get'] };
  const rules = documentedRules().map(rule => ({
    ...rule,
    verbs: rule.verbs.flatMap(verb => (verb === 'list' ? ['list', 'watch'] : [verb])),
  }));
  user = await cluster.user('reader', { rules: [...rules, configMaps] });
  program = cluster.run({
    name: 'dashboard',
    path: process.execPath,
    args: [
      join(import.meta.dirname, '../../dist/chokepoint.js'),
      ...['dashboard', '--kubeconfig', user.kubeconfig, '--port', '0', '--gate-namespace', SYSTEM],
    ],
  });
  base = await eventually('the address of the page', () => {
    const [url] = /^http:\/\/127\.0\.0\.1:\d+\/$/m.exec(program.log()) ?? [];
    return url === undefined ? undefined : new URL(url);
  });
  stream = listen();
});

afterAll(async () => {
  stream?.close();
  await cluster?.stop();
});

test('a user with the documented rights sees the servers, and what is closed a moment later is shown closed', async () => {
  await untilSaid(/^0 of 1 MCP server is closed\. 1 is open\.$/);
  const { page } = await ask<DashboardModel>('/model');
  expect(page.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(stream.standings.at(-1)).toMatchObject({ staleSince: null, troubles: [] });
  expectOk(await cluster.request('POST', policies(), policy('weather', CLOSED)));
  await untilSaid(/^The one MCP server is closed/);
});

test('while the API server is away it says since when, and shows what changed once it is back', async () => {
  await cluster.halt('kube-apiserver');
  const stale = await eventually('it is stale', () => stream.standings.find(({ staleSince }) => staleSince !== null), {
    timeoutMs: 60_000,
  });
  expect(Date.parse(stale.staleSince ?? '')).toBeLessThanOrEqual(Date.now());
  expect((await ask<DashboardModel>('/model')).page.sentence).toMatch(/^The one MCP server is closed/);
  await cluster.restart('kube-apiserver');
  expectOk(await cluster.request('DELETE', `${policies()}/weather`));
  await untilSaid(/^0 of 1 MCP server is closed/);
  await eventually('it is stale no more', () => stream.standings.at(-1)?.staleSince === null || undefined, {
    timeoutMs: 60_000,
  });
});

test('controllers serve it too, whether they lead or not, and one that is left goes on', async () => {
  const { kubeconfig } = await shippedAccount(cluster, 'controller');
  const start = async (name: string) => {
    const flags = ['--dashboard-port', '0'];
    const { program: controller } = await startGate(cluster, { name, command: 'controller', kubeconfig, flags });
    const [, port = ''] = /"dashboardPort":(\d+)/.exec(controller.log()) ?? [];
    return { controller, own: new URL(`http://localhost:${port}/`) };
  };
  const [first, second] = [await start('controller-1'), await start('controller-2')];
  const forwarded = listen(second.own);
  const latest = (): Promise<string> => saidBy(second.own, forwarded);
  await eventually('the second shows the server', async () => /^0 of 1/.test(await latest()) || undefined, {
    timeoutMs: 60_000,
  });
  first.controller.kill();
  expectOk(await cluster.request('POST', policies(), policy('weather', CLOSED)));
  await eventually(
    'it shows the change',
    async () => /^The one MCP server is closed/.test(await latest()) || undefined,
    {
      timeoutMs: 60_000,
    },
  );
  forwarded.close();
  second.controller.signal('SIGTERM');
  await eventually('it has ended', () => second.controller.ended(), { timeoutMs: 40_000 });
  expect(second.controller.ended()).toBe('exit code 0');
  expect(second.controller.log()).not.toContain('"msg":"bug"');
});

test('it has read alone: get, list and watch', async () => {
  const events = await eventually('the audit log has the calls', () => {
    const mine = cluster.auditEvents().filter(event => event.user.username === user.name);
    return mine.length > 0 ? mine : undefined;
  });
  expect([...new Set(events.map(({ verb }) => verb))].sort()).toEqual(['get', 'list', 'watch']);
});

test('it ends by a signal, with status 0 and without a word of an error', async () => {
  program.signal('SIGTERM');
  await eventually('it has ended', () => program.ended());
  expect(program.ended()).toBe('exit code 0');
  expect(program.log()).not.toContain('bug');
});
