import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { expectGolden } from '../support/golden.ts';
import { SPEC, startWorkingGate, type WorkingGate } from './gate.ts';
import { MODE, PODS, pathIn } from './scene.ts';
import { CLOSED, policy, serverDeployment } from './servers.ts';
import { deleteNamespaces, newNamespace, sharedCluster } from './shared-cluster.ts';

/** What kubectl prints where the gate refuses or warns, word for word: test/golden/kubectl. */

const made: string[] = [];
let cluster: Connection;
let gate: WorkingGate | undefined;

const start = async (name: string, spec: object): Promise<void> => {
  gate = await startWorkingGate(cluster, name, spec);
};
const stop = async (): Promise<void> => {
  await gate?.close();
  gate = undefined;
};

beforeAll(() => {
  cluster = sharedCluster();
});
afterEach(() => deleteNamespaces(cluster, made.splice(0)));
afterAll(() => cluster?.close());

interface Terminal {
  readonly namespace: string;
  /**
   * Runs kubectl in the namespace; what it prints on standard error, with the namespace and the Pods by names that stay. A change of a Namespace's mode
   * is asked of two webhooks: whichever answers first is named.
   */
  readonly kubectl: (command: string, input?: object) => Promise<string>;
}

async function terminal(labels: Readonly<Record<string, string>>): Promise<Terminal> {
  const namespace = await newNamespace(cluster, 'texts', labels);
  made.push(namespace);
  const kubectl: Terminal['kubectl'] = async (command, input) => {
    const stdin = input === undefined ? {} : { stdin: JSON.stringify(input) };
    const { stderr } = await cluster.kubectl(['--namespace', namespace, ...command.split(' ')], stdin);
    return stderr
      .replaceAll(namespace, 'tools')
      .replace(/\b(a|b)-[a-z0-9]+-[a-z0-9]{5}\b/g, '$1-SET-POD')
      .replace(/"(?:enforce|observe)-namespaces\./, '"EITHER-namespaces.');
  };
  return { namespace, kubectl };
}

const closing = (...names: readonly string[]): object =>
  policy('closed', { ...CLOSED, podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: names }] } });

const clusterIP = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
});

/** Applies them and waits until each Deployment has its Pod. */
async function apply({ namespace, kubectl }: Terminal, servers: readonly string[], ...others: readonly object[]) {
  for (const object of [...others, ...servers.map(name => serverDeployment(name))]) await kubectl('apply -f -', object);
  await eventually('the Pods are there', async () => {
    const { items } = expectOk(await cluster.request('GET', pathIn(namespace, PODS))).body;
    return items.length === servers.length || undefined;
  });
}

describe('where modeChangers are named, kubectl prints of', () => {
  beforeAll(() => start('texts', SPEC));
  afterAll(stop);

  test('the policy of one Deployment with a Pod, deleted', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    await apply(shell, ['a'], closing('a'));
    expectGolden('kubectl/policy-of-one-server-deleted.txt', await shell.kubectl('delete networkpolicy closed'));
  });

  test('the policy of two Deployments, deleted', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    await apply(shell, ['a', 'b'], closing('a', 'b'));
    expectGolden('kubectl/policy-of-two-servers-deleted.txt', await shell.kubectl('delete networkpolicy closed'));
  });

  test('a Service that is made a NodePort', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    await apply(shell, ['a'], closing('a'), clusterIP('a'));
    expectGolden('kubectl/node-port.txt', await shell.kubectl('patch service a --patch {"spec":{"type":"NodePort"}}'));
  });

  test('a Pod whose label is moved', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    await apply(shell, ['a'], closing('a'));
    expectGolden('kubectl/label-moved.txt', await shell.kubectl('label pods --all app=other --overwrite'));
  });

  test('a namespace that is to enforce, tried on the server', async () => {
    const shell = await terminal({ [MODE]: 'audit', 'chokepoint.dev/absent-policy': 'create' });
    await apply(shell, ['a', 'b'], closing('a'), clusterIP('a'));
    await shell.kubectl('patch service a --patch {"spec":{"type":"NodePort"}}');
    const command = `label namespace ${shell.namespace} ${MODE}=enforce --overwrite --dry-run=server`;
    expectGolden('kubectl/enforce-dry-run.txt', await shell.kubectl(command));
  });

  test('a mode that is lowered', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    const command = `label namespace ${shell.namespace} ${MODE}=audit --overwrite`;
    expectGolden('kubectl/mode-lowered.txt', await shell.kubectl(command));
  });

  test('a server without a policy where the mode is warn', async () => {
    const shell = await terminal({ [MODE]: 'warn', 'chokepoint.dev/absent-policy': 'create' });
    const printed = await shell.kubectl('apply -f -', serverDeployment('a'));
    expect(printed).not.toMatch(/waits|start/);
    expectGolden('kubectl/warn.txt', printed);
  });
});

describe('where no modeChangers are named, kubectl prints of', () => {
  beforeAll(() => start('texts-open', { ...SPEC, modeChangers: undefined }));
  afterAll(stop);

  test('a mode that is lowered', async () => {
    const shell = await terminal({ [MODE]: 'enforce' });
    const command = `label namespace ${shell.namespace} ${MODE}=audit --overwrite`;
    expectGolden('kubectl/mode-lowered-by-anybody.txt', await shell.kubectl(command));
  });
});
