import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCertManager } from '../control-plane/cert-manager.ts';
import { expectOk } from '../control-plane/client.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { SYSTEM } from './gate.ts';
import {
  bundles,
  closedNamespace,
  deployment,
  forbidden,
  holdsAndCreates,
  MODE,
  refusesTheBadAndAdmitsTheGood,
  serials,
  tryToOpen,
  untilJudged,
  untilRotated,
} from './guarded.ts';
import { type Installation, isAsBefore, snapshot, startInstallation } from './installation.ts';
import { EVERY_CALL, startLoad, tallyText } from './load.ts';
import { newNamespace } from './shared-cluster.ts';

const MISSING = /no matches for kind "Certificate" in version "cert-manager.io\/v1"\nensure CRDs are installed first/;
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----/;

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('certificates by cert-manager', () => {
  let it: Installation;
  let enforced: string;
  let before: readonly string[];
  /** What was forbidden before the installation: to a Pod that still ran as its rights were deleted. */
  let forbiddenBefore: readonly string[];

  beforeAll(async () => {
    it = await startInstallation();
    enforced = await closedNamespace(it.cluster);
    before = await snapshot(it.cluster);
  });
  afterAll(() => it?.stop());

  test('without cert-manager kubectl says what is missing, and nothing goes unjudged into what enforces', async () => {
    const applied = await it.kustomize('apply', 'cert-manager');
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringMatching(MISSING)]);
    await it.cluster.webhooksLive();
    const refused = await tryToOpen(it.cluster, enforced);
    expect([refused.status, refused.body.message]).toEqual([
      500,
      expect.stringContaining('failed calling webhook "enforce.chokepoint.dev"'),
    ]);
    const audited = await newNamespace(it.cluster, 'test-audited', { [MODE]: 'audit' });
    const pods = `/apis/apps/v1/namespaces/${audited}/deployments`;
    expectOk(await it.cluster.request('POST', pods, deployment()));
    const deleted = await it.kustomize('delete', 'cert-manager');
    expect([deleted.code, deleted.stderr]).toEqual([1, expect.stringMatching(MISSING)]);
    await isAsBefore(it.cluster, before);
  });

  test('the overlay is installed, and the caBundle injected', async () => {
    await startCertManager(it.cluster);
    before = await snapshot(it.cluster);
    forbiddenBefore = forbidden(it.cluster);
    const start = performance.now();
    const applied = await it.kustomize('apply', 'cert-manager');
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stderr.write(`overlay cert-manager: ${seconds} s from kubectl apply -k to the first refusal\n`);
    expect(new Set(await bundles(it.cluster))).toEqual(new Set([expect.stringMatching(CERTIFICATE)]));
  });

  test('a bad server is refused and a good one admitted', () => refusesTheBadAndAdmitsTheGood(it));

  test('a server without a policy is held, gets one, and starts', () => holdsAndCreates(it));

  test('to install it again changes nothing', async () => {
    const bundle = await bundles(it.cluster);
    const generations = async (): Promise<readonly string[]> =>
      // An older cainjector than 1.12, as here, writes what it does not know away: matchConditions, which come back and go again.
      (await it.generations('cert-manager')).filter(line => !/^(?:Validating|Mutating)WebhookConfiguration/.test(line));
    const before = await generations();
    const applied = await it.kustomize('apply', 'cert-manager');
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    expect(await bundles(it.cluster)).toEqual(bundle);
    expect(await generations()).toEqual(before);
  });

  test('a certificate whose Secret is deleted is made anew without a failed call', async () => {
    const old = await serials(it.cluster);
    expect(old.length).toBe(2);
    const load = startLoad(it.cluster.request, enforced);
    await sleep(1000);
    expectOk(await it.cluster.request('DELETE', `/api/v1/namespaces/${SYSTEM}/secrets/chokepoint-cert-manager-tls`));
    await untilRotated(it.cluster, old);
    await sleep(1000);
    const tally = await load.stop();
    process.stderr.write(`rotation by cert-manager: ${tallyText(tally)}\n`);
    expect(tally).toEqual({ right: expect.any(Number), wrong: [], unjudged: [], away: [] });
    expect(tally.right).toBeGreaterThanOrEqual(EVERY_CALL);
  });

  test('the accounts that are shipped were forbidden nothing', () => {
    expect(forbidden(it.cluster)).toEqual(forbiddenBefore);
  });

  test('what is installed is deleted without a trace; what teams have stays, policies of the controller too', async () => {
    const deleted = await it.kustomize('delete', 'cert-manager');
    expect([deleted.code, deleted.stderr]).toEqual([0, '']);
    await isAsBefore(it.cluster, before);
    const policies = await it.cluster.kubectl(['get', 'networkpolicies', '-A', '-o', 'name']);
    expect(policies.stdout).toContain('networkpolicy.networking.k8s.io/chokepoint-weather\n');
    expect((await tryToOpen(it.cluster, enforced)).status).toBe(200);
  });

  test('without a controller a server without a policy is refused, and nothing is written', async () => {
    const applied = await it.kustomize('apply', 'webhook-only');
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    const namespace = await newNamespace(it.cluster, 'test-absent', { [MODE]: 'enforce' });
    const absent = await it.cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: [deployment()] });
    expect([absent.code, absent.stderr]).toEqual([
      1,
      expect.stringMatching(/denied the request.*ingress-not-isolated/s),
    ]);
    await refusesTheBadAndAdmitsTheGood(it);
    const writes = it.cluster
      .auditEvents()
      .filter(({ user }) => user.username === `system:serviceaccount:${SYSTEM}:chokepoint-webhook`)
      .filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
    expect(writes).toEqual([]);
    const pods = await it.cluster.kubectl(['get', 'deployments', '-n', SYSTEM, '-o', 'name']);
    expect(pods.stdout).toBe('deployment.apps/chokepoint-webhook\n');
    const deleted = await it.kustomize('delete', 'webhook-only');
    expect([deleted.code, deleted.stderr]).toEqual([0, '']);
    await isAsBefore(it.cluster, before);
  });
});
