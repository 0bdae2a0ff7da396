import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { SYSTEM } from './gate.ts';
import { BAD, bundles, closedNamespace, isAvailable, MODE, replicas, tryToOpen, untilJudged } from './guarded.ts';
import { type Installation, isAsBefore, snapshot, startInstallation } from './installation.ts';
import { EVERY_CALL, startLoad, tallyText } from './load.ts';
import { CLOSED, pod, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('from audit to enforce', () => {
  let it: Installation;
  let enforced: string;
  let before: readonly string[];

  /** Applies an overlay over what is there, and waits until it runs. */
  const install = async (overlay: string): Promise<void> => {
    const applied = await it.kustomize('apply', overlay);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    for (const name of ['chokepoint-webhook', 'chokepoint-controller']) await isAvailable(it.cluster, SYSTEM, name);
    await eventually('every caBundle is there', async () => !(await bundles(it.cluster)).includes('') || undefined);
    await it.cluster.webhooksLive();
  };

  beforeAll(async () => {
    it = await startInstallation();
    enforced = await closedNamespace(it.cluster);
    before = await snapshot(it.cluster);
  });
  afterAll(() => it?.stop());

  test('the overlay audit-only refuses and holds nothing, and counts what it would have refused', async () => {
    await install('audit-only');
    const namespace = await newNamespace(it.cluster, 'test-audit', { [MODE]: 'enforce' });
    const bad = await it.cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: BAD });
    expect([bad.code, bad.stderr]).toEqual([0, '']);
    await isAvailable(it.cluster, namespace, 'open');
    expect((await tryToOpen(it.cluster, enforced)).status).toBe(200);
    const metrics = await Promise.all(
      (await replicas(it.cluster)).map(async address => (await fetch(`http://${address}:8080/metrics`)).text()),
    );
    expect(metrics.join('\n')).toMatch(
      /^chokepoint_admission_rule_findings_total\{[^}]*ingress-beyond-gateway[^}]*\} [1-9]/m,
    );
  });

  test('without its Pods the overlay audit-only stops nothing', async () => {
    const scale = (count: number) =>
      it.cluster.kubectl(['scale', '-n', SYSTEM, 'deployment/chokepoint-webhook', `--replicas=${count}`]);
    expect((await scale(0)).code).toBe(0);
    await eventually('no Pod answers', async () => (await replicas(it.cluster)).length === 0 || undefined);
    await sleep(1000);
    expectOk(await it.cluster.request('POST', `/api/v1/namespaces/${enforced}/pods?dryRun=All`, pod('any')));
    expect((await scale(2)).code).toBe(0);
  });

  test('the overlay enforce takes its place, and namespaces that say nothing enforce', async () => {
    const silent = await newNamespace(it.cluster, 'test-silent');
    const policies = `/apis/networking.k8s.io/v1/namespaces/${silent}/networkpolicies`;
    expectOk(await it.cluster.request('POST', policies, policy('weather', CLOSED)));
    expectOk(await it.cluster.request('POST', `/api/v1/namespaces/${silent}/pods`, pod('weather')));
    await install('enforce');
    for (const namespace of [silent, enforced]) await untilJudged(it.cluster, namespace);
    const audited = await newNamespace(it.cluster, 'test-audited', { [MODE]: 'audit' });
    expect((await it.cluster.kubectl(['apply', '-n', audited, '-f', '-'], { stdin: BAD })).code).toBe(0);
  });

  test('its Pods are replaced without a failed call', async () => {
    const pods = `/api/v1/namespaces/${SYSTEM}/pods?labelSelector=app.kubernetes.io/component=webhook`;
    const names = async (): Promise<readonly string[]> => {
      const { items } = expectOk(await it.cluster.request('GET', pods)).body;
      return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    };
    const old = await names();
    const load = startLoad(it.cluster.request, enforced);
    await sleep(1000);
    const restart = ['rollout', 'restart', '-n', SYSTEM, 'deployment/chokepoint-webhook'];
    expect((await it.cluster.kubectl(restart)).code).toBe(0);
    const areGone = async (): Promise<true | undefined> =>
      !(await names()).some(name => old.includes(name)) || undefined;
    await eventually('the old Pods are gone', areGone, { timeoutMs: 120_000, everyMs: 500 });
    await sleep(1000);
    const tally = await load.stop();
    process.stderr.write(`rollout restart: ${tallyText(tally)}\n`);
    expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
    expect(tally.right).toBeGreaterThanOrEqual(EVERY_CALL);
  });

  test('it is deleted without a trace', async () => {
    const deleted = await it.kustomize('delete', 'enforce');
    expect([deleted.code, deleted.stderr]).toEqual([0, '']);
    await isAsBefore(it.cluster, before);
  });
});
