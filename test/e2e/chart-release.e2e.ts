import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCertManager } from '../control-plane/cert-manager.ts';
import { expectOk } from '../control-plane/client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { serverPair } from '../control-plane/pki.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { CHART, RELEASE, render, type Values, valueFlags } from './chart.ts';
import { SYSTEM } from './gate.ts';
import {
  bundles,
  closedNamespace,
  holdsAndCreates,
  refusesTheBadAndAdmitsTheGood,
  tryToOpen,
  untilJudged,
} from './guarded.ts';
import { type Installation, isAsBefore, snapshot, startInstallation } from './installation.ts';
import { startLoad, type Tally, tallyText } from './load.ts';

/** The chart on the real API server by the real helm: install, test, upgrade, roll back, uninstall. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IN_SYSTEM = ['--namespace', SYSTEM];
const WAIT = ['--wait', '--timeout', '50s'];
const GATE = 'deployments/chokepoint-webhook';
const WEBHOOKS = 'validatingwebhookconfigurations/chokepoint';
const SERVICE_NAME = `chokepoint.${SYSTEM}.svc`;

/** The chart of the commit before, in a folder; undefined where there is none, or git has no history here. */
function previousChart(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-chart-'));
  try {
    const archive = execFileSync('git', ['archive', 'HEAD~1', 'manifests/chart'], { cwd: ROOT, stdio: 'pipe' });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    return join(folder, 'manifests/chart');
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('the chart', () => {
  const previous = previousChart();
  let it: Installation;
  let enforced: string;
  let before: readonly string[];

  const helm = (...args: readonly string[]) => it.cluster.helm(args);
  const done = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await helm(...args);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}\n${it.pods.log().slice(-3000)}`);
    return stdout;
  };
  const install = (values: Values, chart = CHART) =>
    done('install', RELEASE, chart, ...IN_SYSTEM, '--create-namespace', ...valueFlags(values), ...WAIT);
  const answers = async (): Promise<void> => {
    expect(await done('test', RELEASE, ...IN_SYSTEM)).toMatch(/Phase: +Succeeded/);
  };
  /** helm makes the namespace, and leaves it. One that still has Pods in it goes much later than they. */
  const withoutNamespace = async (): Promise<void> => {
    await it.cluster.kubectl(['wait', ...IN_SYSTEM, '--for=delete', 'pod', '--all', '--timeout=50s']);
    expectOk(await it.cluster.request('DELETE', `/api/v1/namespaces/${SYSTEM}`));
    await isAsBefore(it.cluster, before);
  };
  /** In which order the gate's Pods and its webhooks were deleted the last time. */
  const deletions = (): readonly string[] =>
    it.cluster
      .auditEvents()
      .filter(({ verb, responseStatus }) => verb === 'delete' && responseStatus?.code === 200)
      .map(({ objectRef }) => `${objectRef?.resource}/${objectRef?.name}`)
      .filter(name => name === GATE || name === WEBHOOKS)
      .slice(-2);
  const underLoad = async (what: string, work: () => Promise<unknown>): Promise<Tally> => {
    const load = startLoad(it.cluster.request, enforced);
    await sleep(500);
    await work();
    const tally = await load.stop();
    process.stderr.write(`${what}: ${tallyText(tally)}\n`);
    return tally;
  };

  beforeAll(async () => {
    it = await startInstallation();
    enforced = await closedNamespace(it.cluster);
    before = await snapshot(it.cluster);
  });
  afterAll(async () => {
    await it?.stop();
    if (previous !== undefined) rmSync(join(previous, '../..'), { recursive: true });
  });

  describe('what cannot be installed leaves nothing behind', () => {
    const REFUSED: readonly (readonly [why: string, args: readonly string[], message: RegExp])[] = [
      [
        'without cert-manager',
        ['--set', 'certificates.provider=cert-manager'],
        /no matches for kind "Certificate" in version "cert-manager.io\/v1"\s+ensure CRDs are installed first/,
      ],
      ['with a value that is none', ['--set', 'configuration.mode=strict'], /at '\/configuration\/mode'/],
    ];
    test.each(REFUSED)('%s', async (_why, args, message) => {
      const { code, stderr } = await helm('install', RELEASE, CHART, ...IN_SYSTEM, '--create-namespace', ...args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
      await isAsBefore(it.cluster, before);
    });

    test('by an account that may only read', async () => {
      const as = await it.cluster.user('reader', {
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }],
      });
      const known = await snapshot(it.cluster);
      const args = ['install', RELEASE, CHART, ...IN_SYSTEM, '--create-namespace'];
      const { code, stderr } = await it.cluster.helm(args, { as });
      expect([code, stderr]).toEqual([1, expect.stringContaining('User "reader" cannot create resource "namespaces"')]);
      await isAsBefore(it.cluster, known);
      before = known;
    });
  });

  const first =
    previous === undefined ? 'the chart (git knows none of a commit before)' : 'the chart of the commit before';
  test(`${first} is installed, and judges`, async () => {
    const start = performance.now();
    await install({}, previous);
    await untilJudged(it.cluster, enforced);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stderr.write(`chart: ${seconds} s from helm install to the first refusal\n`);
    await refusesTheBadAndAdmitsTheGood(it);
    await holdsAndCreates(it);
  });

  test('helm test proves that the API server is answered, and leaves nothing behind', async () => {
    const known = await snapshot(it.cluster);
    await answers();
    await isAsBefore(it.cluster, known);
  });

  test('a second one is refused, and changes nothing', async () => {
    const known = await snapshot(it.cluster);
    const { code, stderr } = await helm('install', 'second', CHART, '--namespace', 'elsewhere', '--create-namespace');
    expect(code).toBe(1);
    expect(stderr).toMatch(/"chokepoint-\w+" in namespace "" exists and cannot be imported into the current release/);
    expect(stderr).toContain(`current value is "${SYSTEM}"`);
    await isAsBefore(it.cluster, known);
  });

  test('upgraded to audit alone it refuses nothing, and helm test still has its answer', async () => {
    await done('upgrade', RELEASE, CHART, ...IN_SYSTEM, '--set', 'auditOnly=true', ...WAIT);
    const isLetIn = async (): Promise<true | undefined> =>
      (await tryToOpen(it.cluster, enforced)).status === 200 || undefined;
    await eventually('nothing is refused', isLetIn);
    await answers();
  });

  test('rolled back it judges as before, and API servers trust what they trusted', async () => {
    const trusted = await bundles(it.cluster);
    await done('rollback', RELEASE, '1', ...IN_SYSTEM, ...WAIT);
    await untilJudged(it.cluster, enforced);
    expect(await bundles(it.cluster)).toEqual(trusted);
  });

  test('it is upgraded to the chart of this checkout without a failed call', async () => {
    const trusted = await bundles(it.cluster);
    const values: Values = { 'webhook.podAnnotations': { turn: '1' }, 'webhook.timeoutSeconds.enforce': 6 };
    const tally = await underLoad('helm upgrade', () =>
      done('upgrade', RELEASE, CHART, ...IN_SYSTEM, ...valueFlags(values), ...WAIT),
    );
    expect(tally).toMatchObject({ wrong: [], unjudged: [], away: [] });
    expect(await bundles(it.cluster)).toEqual(trusted);
  });

  test('it is uninstalled: the webhooks go before the gate, no call fails, nothing is left', async () => {
    const tally = await underLoad('helm uninstall', () => done('uninstall', RELEASE, ...IN_SYSTEM));
    expect(tally).toMatchObject({ unjudged: [], away: [] });
    // What is opened once the webhooks are gone is let in. Only where that was, a Pod that was sent just before may be judged just after, and is
    // refused for it.
    const [letIn = [], refused = []] = [true, false].map(isLetIn =>
      tally.wrong.filter(text => text.startsWith('let in') === isLetIn),
    );
    const isForOpening = (text: string): boolean => letIn.length > 0 && text.includes('1. ingress-beyond-gateway');
    expect(refused.filter(text => !isForOpening(text))).toEqual([]);
    expect(deletions()).toEqual([WEBHOOKS, GATE]);
    await withoutNamespace();
    // What was closed was opened meanwhile.
    enforced = await closedNamespace(it.cluster);
  });

  test('rendered and applied whole it judges, with certificates of somebody else and no controller; its hooks do no harm', async () => {
    const { cert, key } = serverPair(it.cluster.address.authority, [SERVICE_NAME]);
    expectOk(await it.cluster.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } }));
    const secret = { metadata: { name: 'gate-tls' }, stringData: { 'tls.crt': cert, 'tls.key': key } };
    expectOk(await it.cluster.request('POST', `/api/v1/namespaces/${SYSTEM}/secrets`, secret));
    const stdin = await render(
      it.cluster,
      {
        'certificates.provider': 'existing',
        'certificates.existing': { secretName: 'gate-tls', caBundle: it.cluster.address.authority.cert },
        'controller.enabled': false,
      },
      { hooks: true },
    );
    const applied = await it.cluster.kubectl(['apply', '-f', '-'], { stdin });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const ends = [
      ['--for=condition=complete', 'job/chokepoint-uninstall'],
      ['--for=jsonpath={.status.phase}=Succeeded', 'pod/chokepoint-test'],
    ];
    for (const end of ends) {
      const waited = await it.cluster.kubectl(['wait', ...IN_SYSTEM, '--timeout=50s', ...end]);
      expect([waited.code, waited.stderr]).toEqual([0, '']);
    }
    await untilJudged(it.cluster, enforced);
    const deleted = await it.cluster.kubectl(['delete', '-f', '-'], { stdin });
    expect([deleted.code, deleted.stderr]).toEqual([0, '']);
    await withoutNamespace();
  });

  test('certificates of cert-manager are served, trusted, and go with the release; helm itself takes webhooks away last', async () => {
    await startCertManager(it.cluster);
    before = await snapshot(it.cluster);
    await install({ 'certificates.provider': 'cert-manager', 'backstop.enabled': true, 'noTunnels.enabled': true });
    await untilJudged(it.cluster, enforced);
    await answers();
    await done('uninstall', RELEASE, ...IN_SYSTEM, '--no-hooks');
    expect(deletions()).toEqual([GATE, WEBHOOKS]);
    await withoutNamespace();
  });
});
