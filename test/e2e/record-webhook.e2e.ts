import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import type { User } from '../control-plane/users.ts';
import { patchesOf, shippedObjects } from '../support/shipped-objects.ts';
import { byUrl, type GateProcess, registerGate, SPEC, shippedAccount, startGate } from './gate.ts';
import { deployment, MODE } from './guarded.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace, sharedCluster } from './shared-cluster.ts';

/** What the component `record-webhook` has the API server tell: all that no verdict depends on, with who did it. */

/** The configurations of the base with what the component adds. */
const configurations = (): string =>
  shippedObjects('base/90-webhooks.yaml')
    .map(configuration => {
      const added = patchesOf('record-webhook').flatMap(operations => operations.map(({ value }) => value));
      const isValidating = configuration.kind === 'ValidatingWebhookConfiguration';
      return isValidating ? { ...configuration, webhooks: [...configuration.webhooks, ...added] } : configuration;
    })
    .map(configuration => JSON.stringify(configuration))
    .join('\n---\n');

interface Line {
  readonly type: string;
  readonly operation: string;
  readonly object: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly subresource?: string;
  };
  readonly user: { readonly name: string };
  readonly change: readonly string[];
  readonly servers: readonly { readonly name: string }[];
  readonly mode: string;
}

let cluster: Connection;
let gate: GateProcess;
let unregister: () => Promise<void>;
let file: string;
let user: User;

beforeAll(async () => {
  cluster = sharedCluster();
  const webhook = await shippedAccount(cluster, 'webhook');
  const controller = await shippedAccount(cluster, 'controller');
  file = join(cluster.address.folder, 'record-webhook.jsonl');
  gate = await startGate(cluster, {
    name: 'record-webhook',
    command: 'serve',
    kubeconfig: webhook.kubeconfig,
    flags: ['--controller-user', controller.name, '--record', file],
    spec: SPEC,
  });
  unregister = await registerGate(cluster, byUrl(cluster, gate), configurations());
  user = await cluster.user('dana', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] });
});
afterAll(async () => {
  await unregister?.();
  gate?.program.kill();
  cluster?.close();
});

const linesOf = (namespace: string): readonly Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(text => JSON.parse(text) as Line)
    .filter(({ object }) => object.namespace === namespace || object.name === namespace);

const textOf = ({ operation, object, change }: Line): string =>
  `${operation} ${object.kind}${object.subresource ? `/${object.subresource}` : ''} ${change.join('+')}`;

/** The API server asks again where an object changed while it was changed or deleted (its storage tries anew): one change may be on record twice. */
const eachOnce = (lines: readonly Line[]): readonly Line[] =>
  lines.filter((line, index) => lines.slice(0, index).every(before => textOf(before) !== textOf(line)));

const kubectl = async (...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await cluster.kubectl(args, { as: user });
  expect([code, stderr.replace(/Warning:.*\n/g, '')]).toEqual([0, '']);
};

describe.each(['off', 'audit', 'enforce'])('A namespace whose mode is %s', mode => {
  test('has on record, with who did it, each change of a server and of its policy up to the end of both', async () => {
    const namespace = await newNamespace(cluster, 'test-trail', { [MODE]: mode });
    const objects = [policy('weather', CLOSED), deployment()];
    const applied = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: objects, as: user });
    expect(applied.code).toBe(0);
    const at = ['-n', namespace, 'deployment/weather'];
    await kubectl('scale', '--replicas=0', ...at);
    await kubectl('rollout', 'restart', ...at);
    await kubectl('set', 'image', ...at, 'server=registry.test/weather:2');
    await kubectl('delete', '--wait=false', ...at);
    await eventually('what it made is gone', async () => {
      const left = await cluster.kubectl(['get', 'replicasets,pods', '-n', namespace, '-o', 'name']);
      return left.stdout === '' || undefined;
    });
    await kubectl('delete', '-n', namespace, 'networkpolicy/weather');
    await kubectl('delete', '--wait=false', 'namespace', namespace);
    const told = await eventually('the namespace is on record', async () => {
      const lines = eachOnce(linesOf(namespace).filter(line => line.user.name === user.name));
      return lines.some(({ operation, object }) => operation === 'DELETE' && object.kind === 'Namespace')
        ? lines
        : undefined;
    });
    expect(told.map(textOf)).toEqual([
      'CREATE NetworkPolicy create+policy',
      'CREATE Deployment create',
      'UPDATE Scale/scale scale',
      'UPDATE Deployment restart',
      'UPDATE Deployment image',
      'DELETE Deployment delete',
      'DELETE NetworkPolicy delete+policy',
      'DELETE Namespace delete',
    ]);
    const isServers = (line: Line): boolean => line.servers.some(({ name }) => name === 'weather');
    expect(told.slice(1, 6).map(isServers)).toEqual([true, true, true, true, true]);
    const types = (mode === 'off' ? 'OOOOOOOO' : 'DDODDODO').split('');
    expect(told.map(({ type }) => (type === 'observed' ? 'O' : 'D'))).toEqual(types);
    expect(told.every(line => line.mode === mode)).toBe(true);
  });
});

test('An eviction, and a Pod that somebody deletes, are on record; what Kubernetes deletes with its owner is not', async () => {
  const namespace = await newNamespace(cluster, 'test-trail', { [MODE]: 'audit' });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  for (const name of ['one', 'two']) expectOk(await cluster.request('POST', pods, pod(name)));
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one', namespace } };
  expectOk(await cluster.request('POST', `${pods}/one/eviction`, eviction));
  await kubectl('delete', '--wait=false', '-n', namespace, 'pod/two');
  const texts = await eventually('both are on record', async () => {
    const found = linesOf(namespace)
      .filter(({ type }) => type === 'observed')
      .map(textOf);
    return found.length >= 2 ? found : undefined;
  });
  expect(texts.slice(0, 2)).toEqual(['CREATE Eviction/eviction delete', 'DELETE Pod delete']);
});

test('Nothing waits for a gate that is gone', async () => {
  const namespace = await newNamespace(cluster, 'test-trail', { [MODE]: 'off' });
  expectOk(await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment()));
  gate.program.kill();
  await kubectl('scale', '-n', namespace, '--replicas=2', 'deployment/weather');
  await kubectl('delete', '--wait=false', '-n', namespace, 'deployment/weather');
});
