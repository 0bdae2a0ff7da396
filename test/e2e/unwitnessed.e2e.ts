import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type Collector, startCollector, withRecord } from './collector.ts';
import { SYSTEM } from './gate.ts';
import { closedNamespace, deployment, isAvailable, MODE, untilJudged } from './guarded.ts';
import { type Installation, startInstallation } from './installation.ts';
import { CLOSED, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** The controller of an installation with the component `record` compares what it sees with what the webhook put on record, under the shipped rights. */

interface Line {
  readonly type: string;
  readonly operation?: string;
  readonly note?: string;
  readonly object?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly user?: { readonly name: string };
  readonly servers?: readonly { readonly name: string }[];
}

const OPEN = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] };
/** As long as a change waits to be explained, and some. */
const SETTLED_MS = 9_000;

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('Changes past the gate', () => {
  let it: Installation;
  let folder: string;
  let collector: Collector;
  let enforced: string;

  const linesOf = (namespace: string, type: string): readonly string[] =>
    collector.lines
      .map(text => JSON.parse(text) as Line)
      .filter(({ object, type: found }) => found === type && (object?.namespace ?? object?.name) === namespace)
      .map(({ operation, object, note }) => `${operation} ${object?.kind}/${object?.name} ${note ?? ''}`.trim());

  async function metric(name: string): Promise<number> {
    const pods = await it.cluster.request(
      'GET',
      `/api/v1/namespaces/${SYSTEM}/pods?labelSelector=app.kubernetes.io/component=controller`,
    );
    const addresses: string[] = pods.body.items.flatMap(
      (pod: { status: { podIP?: string } }) => pod.status.podIP ?? [],
    );
    const texts = await Promise.all(
      addresses.map(async address => (await fetch(`http://${address}:8080/metrics`)).text().catch(() => '')),
    );
    const values = texts.flatMap(text => text.split('\n').filter(line => line.startsWith(`${name} `)));
    return values.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
  }
  const outcomes = (outcome: string): Promise<number> =>
    metric(`chokepoint_witness_changes_total{outcome="${outcome}"}`);

  const kubectl = async (args: readonly string[], stdin?: readonly object[]): Promise<void> => {
    const { code, stderr } = await it.cluster.kubectl(args, stdin ? { stdin } : {});
    expect([code, stderr.replace(/Warning:.*\n/g, '')]).toEqual([0, '']);
  };
  const install = (): Promise<void> => kubectl(['apply', '-k', folder]);

  /** What people do all day. */
  async function ordinaryDay(team: string): Promise<void> {
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('weather', CLOSED), deployment()]);
    const at = ['-n', team, 'deployment/weather'];
    await kubectl(['set', 'image', ...at, 'server=registry.test/weather:2']);
    await kubectl(['scale', '--replicas=3', ...at]);
    await kubectl(['label', 'namespace', team, 'team=weather']);
    await kubectl(['annotate', '-n', team, 'networkpolicy/weather', 'ticket=7']);
    await kubectl(['rollout', 'restart', ...at]);
    await kubectl(['expose', '-n', team, 'deployment/weather', '--port=8080']);
    await kubectl(['patch', 'service', '-n', team, 'weather', '-p', '{"spec":{"selector":{"app":"weather","v":"2"}}}']);
    await kubectl(['delete', '-n', team, 'service/weather', 'deployment/weather']);
    await kubectl(['delete', '--wait=false', 'namespace', team]);
  }

  beforeAll(async () => {
    it = await startInstallation();
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-unwitnessed-'));
    collector = await startCollector();
    writeFileSync(join(folder, 'kustomization.yaml'), withRecord(folder, collector));
    enforced = await closedNamespace(it.cluster);
    await install();
    await untilJudged(it.cluster, enforced);
    for (const name of ['webhook', 'controller']) await isAvailable(it.cluster, SYSTEM, `chokepoint-${name}`);
    await eventually('it compares', async () => (await metric('chokepoint_witness_on')) === 2 || undefined, {
      timeoutMs: 60_000,
    });
  }, 240_000);
  afterAll(async () => {
    collector?.stop();
    await it?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are none on an ordinary day, whatever the mode', async () => {
    const before = await outcomes('recorded');
    for (const mode of ['enforce', 'audit', 'off'])
      await ordinaryDay(await newNamespace(it.cluster, 'test-team', { [MODE]: mode }));
    await sleep(SETTLED_MS);
    expect([await outcomes('unwitnessed'), collector.lines.filter(line => line.includes('"unwitnessed"'))]).toEqual([
      0,
      [],
    ]);
    expect(await outcomes('recorded')).toBeGreaterThan(before + 10);
    expect(await metric('chokepoint_witness_unread_pods')).toBe(0);
  });

  test('of namespaces that are off, scaling and deletions are on record all the same, without an author', async () => {
    const team = await newNamespace(it.cluster, 'test-team', { [MODE]: 'off' });
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('weather', CLOSED), deployment()]);
    await kubectl(['scale', '--replicas=3', '-n', team, 'deployment/weather']);
    await sleep(SETTLED_MS);
    await kubectl(['delete', '--wait=false', '-n', team, 'deployment/weather']);
    let lines: readonly string[] = [];
    await eventually('all of it is on record', () => {
      lines = linesOf(team, 'seen');
      return lines.some(line => line.startsWith('DELETE Deployment/weather')) || undefined;
    }).catch(() => undefined);
    expect(lines).toEqual(
      expect.arrayContaining([
        'CREATE NetworkPolicy/weather not-asked',
        'CREATE Deployment/weather not-asked',
        'UPDATE Deployment/weather not-asked',
        'DELETE Deployment/weather not-asked',
      ]),
    );
  });

  test('of the file that configures the gate are on record, with what it was', async () => {
    const map = `/api/v1/namespaces/${SYSTEM}/configmaps/chokepoint`;
    const { body } = await it.cluster.request('GET', map);
    const text: string = body.data['chokepoint.yaml'];
    await kubectl([
      'patch',
      'configmap',
      '-n',
      SYSTEM,
      'chokepoint',
      '-p',
      JSON.stringify({ data: { 'chokepoint.yaml': `${text}# other\n` } }),
    ]);
    const digest = (content: string): string => createHash('sha256').update(content).digest('hex');
    const line = await eventually(
      'it is on record',
      () => collector.lines.map(one => JSON.parse(one)).find(({ type }) => type === 'configuration'),
      { timeoutMs: 60_000 },
    );
    expect(line).toMatchObject({ before: digest(text), after: digest(`${text}# other\n`), inForce: true });
  });

  test('are told by a line, an Event and a metric, once the configuration of the webhook is gone', async () => {
    const team = await newNamespace(it.cluster, 'test-team', { [MODE]: 'enforce' });
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('weather', CLOSED), deployment()]);
    await sleep(SETTLED_MS);
    const before = await outcomes('unwitnessed');
    await kubectl(['delete', 'validatingwebhookconfiguration,mutatingwebhookconfiguration', 'chokepoint']);
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('open', OPEN)]);
    await kubectl(['delete', '-n', team, 'networkpolicy/weather']);
    await kubectl(['set', 'image', '-n', team, 'deployment/weather', 'server=registry.test/other:1']);
    await kubectl(['label', 'namespace', team, `${MODE}=audit`, '--overwrite']);
    const told = await eventually('all of it is told', () => {
      const lines = linesOf(team, 'unwitnessed');
      return lines.some(line => line.includes('Namespace')) && lines.length >= 4 ? lines : undefined;
    });
    expect(told).toEqual(
      expect.arrayContaining([
        'CREATE NetworkPolicy/open unwitnessed',
        'DELETE NetworkPolicy/weather unwitnessed',
        'UPDATE Deployment/weather unwitnessed',
        `UPDATE Namespace/${team} unwitnessed`,
      ]),
    );
    expect(await outcomes('unwitnessed')).toBeGreaterThanOrEqual(before + 4);
    const events = await it.cluster.kubectl(['get', 'events', '-n', team, '-o', 'jsonpath={.items[*].reason}']);
    expect(events.stdout.split(' ')).toContain('Unwitnessed');
    await install();
    await untilJudged(it.cluster, enforced);
  });

  test('are told where the data of the cluster is put back to what it was', async () => {
    const team = await newNamespace(it.cluster, 'test-team', { [MODE]: 'audit' });
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('weather', OPEN), deployment()]);
    await sleep(SETTLED_MS);
    const [data, copy] = [join(it.cluster.address.folder, 'etcd'), join(it.cluster.address.folder, 'etcd-copy')];
    await it.cluster.halt('etcd');
    cpSync(data, copy, { recursive: true });
    await it.cluster.restart('etcd');
    await kubectl(['apply', '-n', team, '-f', '-'], [policy('weather', CLOSED)]);
    await sleep(SETTLED_MS);
    expect(linesOf(team, 'unwitnessed')).toEqual([]);
    await it.cluster.halt('etcd');
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
    await it.cluster.restart('etcd');
    await it.cluster.restart('kube-apiserver');
    const told = await eventually(
      'the policy of yesterday is told',
      () => {
        const lines = linesOf(team, 'unwitnessed');
        return lines.length > 0 ? lines : undefined;
      },
      { timeoutMs: 120_000 },
    );
    expect(told).toContain('UPDATE NetworkPolicy/weather unwitnessed');
  }, 300_000);
});
