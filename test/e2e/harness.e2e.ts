import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import type { Component } from '../control-plane/components.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { addNode, startFakeKubelet } from '../control-plane/nodes.ts';
import { cleanOrphans } from '../control-plane/processes.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

const START = fileURLToPath(new URL('../control-plane/start.ts', import.meta.url));

/** A process of its own that holds a cluster. */
interface Runner {
  readonly process: ChildProcess;
  readonly folder: string;
}

async function startRunner(): Promise<Runner> {
  const runner = spawn(process.execPath, [START], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(runner.stdout)) {
    const [, folder] = /KUBECONFIG=(.*)\/admin\.kubeconfig/.exec(line) ?? [];
    if (folder !== undefined) return { process: runner, folder };
  }
  throw new Error('the runner ended before its cluster was ready');
}

/** How many programs have the folder in their arguments. */
const runningIn = (folder: string): number =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(folder)).length;

const NAMESPACES = '/api/v1/namespaces';

describe('the shared cluster', () => {
  let cluster: Connection;
  beforeAll(() => {
    cluster = sharedCluster();
  });
  afterAll(() => cluster.close());

  test('says its version to kubectl and to /version', async () => {
    const { code, stdout } = await cluster.kubectl(['version', '--output=json']);
    expect(code).toBe(0);
    const { clientVersion, serverVersion } = JSON.parse(stdout);
    expect(clientVersion.gitVersion).toMatch(/^v1\.\d+\.\d+$/);
    expect((await cluster.request('GET', '/version')).body.gitVersion).toBe(serverVersion.gitVersion);
  });

  test('takes a chart from helm and gives it back', async () => {
    const namespace = await newNamespace(cluster, 'chart');
    const chart = join(cluster.address.folder, namespace);
    expect(await cluster.helm(['create', chart])).toMatchObject({ code: 0 });
    const installed = await cluster.helm(['install', 'web', chart, '-n', namespace]);
    expect(installed).toMatchObject({ code: 0, stdout: expect.stringContaining('STATUS: deployed') });
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    expect((await cluster.request('GET', deployments)).body.items).toHaveLength(1);
    expect((await cluster.helm(['uninstall', 'web', '-n', namespace])).code).toBe(0);
    expect((await cluster.request('GET', deployments)).body.items).toEqual([]);
  });

  test('lets a user do what the rules say and nothing else', async () => {
    const namespace = await newNamespace(cluster, 'rights');
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get'] }];
    const user = await cluster.user(`writer-${namespace}`, { groups: ['writers'], rules, namespace });
    const stdin = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace } }];
    const made = await cluster.kubectl(['create', '-f', '-'], { stdin, as: user });
    expect(made).toEqual({ stdout: 'configmap/note created\n', stderr: '', code: 0 });
    const refused = await cluster.kubectl(['delete', 'configmap', 'note', '-n', namespace], { as: user });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`User "writer-${namespace}" cannot delete resource "configmaps"`);
  });

  test('knows a service account by its token', async () => {
    const namespace = await newNamespace(cluster, 'account');
    const rules = [{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list'] }];
    const account = await cluster.serviceAccount(namespace, 'reader', rules);
    expect(account.name).toBe(`system:serviceaccount:${namespace}:reader`);
    const listed = await account.request('GET', '/apis/networking.k8s.io/v1/networkpolicies');
    const secrets = await account.request('GET', '/api/v1/secrets');
    expect([listed.status, secrets.status]).toEqual([200, 403]);
    const events = cluster.auditEvents().filter(event => event.user.username === account.name);
    expect(events.map(event => [event.verb, event.objectRef?.resource, event.responseStatus?.code])).toEqual([
      ['list', 'networkpolicies', 200],
      ['list', 'secrets', 403],
    ]);
  });

  test('runs the pods of a Deployment on a fake node, and a namespace with pods in it goes', async () => {
    const namespace = await newNamespace(cluster, 'fake');
    const kubelet = startFakeKubelet(cluster.request);
    await addNode(cluster.request, `node-${namespace}`);
    const args = ['create', 'deployment', 'web', '--image=registry.test/web:1', '--replicas=3', '-n', namespace];
    expect((await cluster.kubectl(args)).code).toBe(0);
    const rollout = await cluster.kubectl(['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=20s']);
    expect(rollout.code).toBe(0);
    expect((await cluster.request('DELETE', `${NAMESPACES}/${namespace}`)).status).toBe(200);
    await eventually('the namespace is gone', async () => {
      const { status } = await cluster.request('GET', `${NAMESPACES}/${namespace}`);
      return status === 404 || undefined;
    });
    await kubelet.stop();
    await cluster.request('DELETE', `/api/v1/nodes/node-${namespace}`);
  });
});

describe("a cluster of one's own", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ serviceRange: '10.112.0.0/16' });
  });
  afterAll(() => cluster.stop());

  test('does not meet the shared one', async () => {
    const shared = sharedCluster();
    const mine = await newNamespace(cluster, 'mine');
    expect((await shared.request('GET', `${NAMESPACES}/${mine}`)).status).toBe(404);
    const service = (await cluster.request('GET', `${NAMESPACES}/default/services/kubernetes`)).body;
    expect(service.spec.clusterIP).toBe('10.112.0.1');
    shared.close();
  });

  test('keeps no audit log unless asked', () => {
    expect(() => cluster.auditEvents()).toThrow('this cluster keeps no audit log');
  });

  test.each<Component>(['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'])(
    'keeps its objects over a restart of %s',
    async component => {
      const namespace = await newNamespace(cluster, 'kept');
      await cluster.restart(component);
      expect((await cluster.request('GET', `${NAMESPACES}/${namespace}`)).status).toBe(200);
    },
  );

  test('answers again after etcd crashed', async () => {
    await cluster.halt('etcd', 'SIGKILL');
    const path = `${NAMESPACES}/never`;
    const down = await cluster
      .request('GET', path, undefined, { timeoutMs: 1500 })
      .catch((error: Error) => error.message);
    expect(down).not.toMatchObject({ status: 404 });
    await cluster.restart('etcd');
    expect((await cluster.request('GET', path)).status).toBe(404);
  });

  test('answers nothing while its API server is frozen', async () => {
    cluster.pause('kube-apiserver');
    const frozen = cluster.request('GET', '/version', undefined, { timeoutMs: 500 });
    await expect(frozen).rejects.toThrow('no answer in time');
    cluster.resume('kube-apiserver');
    expect((await cluster.request('GET', '/version')).status).toBe(200);
  });

  test('leaves no folder behind', async () => {
    await cluster.stop();
    await cluster.stop();
    expect(existsSync(cluster.address.folder)).toBe(false);
  });
});

describe('a cluster of a process of its own', () => {
  let [signalled, killed]: Runner[] = [];
  beforeAll(async () => {
    [signalled, killed] = await Promise.all([startRunner(), startRunner()]);
  });
  const end = async (runner: Runner | undefined, signal: NodeJS.Signals): Promise<string> => {
    const ended = new Promise<string>(resolve => runner?.process.once('exit', (_code, by) => resolve(by ?? '')));
    runner?.process.kill(signal);
    expect(await ended).toBe(signal);
    return runner?.folder ?? '';
  };

  test('leaves nothing behind when the process is ended by a signal', async () => {
    const folder = await end(signalled, 'SIGTERM');
    expect(existsSync(folder)).toBe(false);
    await eventually('its programs are gone', () => runningIn(folder) === 0 || undefined);
  });

  test('is cleaned up by the next one when the process was killed', async () => {
    const folder = await end(killed, 'SIGKILL');
    expect(runningIn(folder)).toBeGreaterThan(0);
    cleanOrphans();
    expect(existsSync(folder)).toBe(false);
    await eventually('its programs are gone', () => runningIn(folder) === 0 || undefined);
  });
});
