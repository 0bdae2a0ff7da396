import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { SYSTEM } from './gate.ts';
import {
  ABSENT_POLICY,
  bundles,
  closedNamespace,
  deployment,
  forbidden,
  holdsAndCreates,
  isAvailable,
  MODE,
  refusesTheBadAndAdmitsTheGood,
  serials,
  tryToOpen,
  untilJudged,
  untilRotated,
} from './guarded.ts';
import { type Installation, isAsBefore, snapshot, startInstallation } from './installation.ts';
import { EVERY_CALL, startLoad, tallyText } from './load.ts';
import { pod } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** The certificate alone, or the authority and so the certificate too. */
const ROTATED = ['chokepoint-tls', 'chokepoint-ca', 'chokepoint-tls'];
const READER = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }];

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('certificates by the controller', () => {
  let it: Installation;
  let enforced: string;
  let before: readonly string[];

  beforeAll(async () => {
    it = await startInstallation();
    enforced = await closedNamespace(it.cluster);
    before = await snapshot(it.cluster);
  });
  afterAll(() => it?.stop());

  test('an account that may only read is told so of each object, and leaves nothing behind', async () => {
    const reader = await it.cluster.user('reader', { rules: READER });
    before = await snapshot(it.cluster);
    const applied = await it.kustomize('apply', 'self-signed', { as: reader });
    expect([applied.code, applied.stdout]).toEqual([1, '']);
    expect(applied.stderr).toMatch(/namespaces is forbidden: User "reader" cannot create resource "namespaces"/);
    expect(await snapshot(it.cluster)).toEqual(before);
  });

  test('the overlay is installed into a namespace that exists, and the caBundle is there', async () => {
    expectOk(
      await it.cluster.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM, labels: { team: 'a' } } }),
    );
    const start = performance.now();
    const applied = await it.kustomize('apply', 'self-signed');
    expect([applied.code, applied.stderr]).toEqual([
      0,
      expect.stringMatching(/^Warning: resource namespaces\/chokepoint-system is missing the kubectl.*annotation.*\n$/),
    ]);
    await untilJudged(it.cluster, enforced);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stderr.write(`overlay self-signed: ${seconds} s from kubectl apply -k to the first refusal\n`);
    const [first, ...others] = await bundles(it.cluster);
    expect(first).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(new Set(others)).toEqual(new Set([first]));
    const { labels } = (await it.cluster.request('GET', `/api/v1/namespaces/${SYSTEM}`)).body.metadata;
    expect(labels).toMatchObject({ team: 'a', 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  test('a bad server is refused and a good one admitted', () => refusesTheBadAndAdmitsTheGood(it));

  test('a server without a policy is held, gets one, and starts', () => holdsAndCreates(it));

  test.each([
    ['by the client', []],
    ['by the server', ['--server-side']],
    ['by the server, dry', ['--server-side', '--dry-run=server']],
  ])(
    'to install it again %s changes nothing',
    async (_how, flags) => {
      const state = async () => ({
        bundles: await bundles(it.cluster),
        // The generation of a Deployment counts its annotations, where kubectl keeps what it applied.
        generations: (await it.generations('self-signed')).filter(line => !line.startsWith('Deployment ')),
        rollouts: (await it.cluster.kubectl(['get', 'replicasets', '-n', SYSTEM, '-o', 'name'])).stdout,
      });
      const was = await state();
      const applied = await it.kustomize('apply', 'self-signed', {}, ...flags);
      expect([applied.code, applied.stderr]).toEqual([0, '']);
      expect(await state()).toEqual(was);
    },
    30_000,
  );

  test('certificate and authority are made anew three times without a failed call', async () => {
    let served = await serials(it.cluster);
    expect(served.length).toBe(2);
    const load = startLoad(it.cluster.request, enforced);
    await sleep(1000);
    for (const secret of ROTATED) {
      const rotate = ['annotate', 'secret', '-n', SYSTEM, secret, 'chokepoint.dev/rotate=now'];
      expect((await it.cluster.kubectl(rotate)).code).toBe(0);
      served = await untilRotated(it.cluster, served);
    }
    await sleep(1000);
    const tally = await load.stop();
    process.stderr.write(`three rotations by the controller: ${tallyText(tally)}\n`);
    expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
    expect(tally.right).toBeGreaterThanOrEqual(EVERY_CALL);
  }, 400_000);

  test('the accounts that are shipped were forbidden nothing', () => {
    expect(forbidden(it.cluster)).toEqual([]);
  });

  test('it is deleted without a trace, nothing is refused on the way, and Pods that were held are let go as the operations page says', async () => {
    const { cluster } = it;
    const namespace = await newNamespace(cluster, 'test-held', { [MODE]: 'enforce', [ABSENT_POLICY]: 'hold' });
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    expectOk(await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment()));
    const alone = pod('alone', { 'chokepoint.dev/mcp-server': 'true' }, { schedulerName: 'default-scheduler' });
    expectOk(await cluster.request('POST', pods, alone));
    await eventually('two Pods are held', async () => {
      const { items } = (await cluster.request('GET', pods)).body;
      const held = items.filter(({ spec }: { spec: { schedulingGates?: unknown } }) => spec.schedulingGates);
      return held.length === 2 || undefined;
    });
    const kinds = 'validatingwebhookconfiguration,mutatingwebhookconfiguration';
    expect((await cluster.kubectl(['delete', kinds, 'chokepoint'])).code).toBe(0);
    const deleted = await it.kustomize('delete', 'self-signed', {}, '--ignore-not-found');
    expect([deleted.code, deleted.stderr]).toEqual([0, '']);
    await isAsBefore(cluster, before);
    expect((await tryToOpen(cluster, enforced)).status).toBe(200);

    const patch = '{"spec":{"schedulingGates":[{"$patch":"delete","name":"chokepoint.dev/network-policy"}]}}';
    const released = await cluster.kubectl(['patch', 'pod', 'alone', '-n', namespace, '--type=strategic', '-p', patch]);
    expect([released.code, released.stderr]).toEqual([0, '']);
    expect((await cluster.kubectl(['delete', 'pods', '-n', namespace, '-l', 'app=weather'])).code).toBe(0);
    await isAvailable(cluster, namespace, 'weather');
    const ready = ['wait', '-n', namespace, '--for=condition=Ready', 'pod/alone', '--timeout=20s'];
    expect((await cluster.kubectl(ready)).code).toBe(0);
  });
});
