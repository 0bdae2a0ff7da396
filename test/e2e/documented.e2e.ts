import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ran } from '../cli/run.ts';
import { expectOk } from '../control-plane/client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { serverPair } from '../control-plane/pki.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { blocksOf, type Page, pages, ROOT } from '../docs/pages.ts';
import { openShell, type Shell } from '../docs/shell.ts';
import { SPEC, SYSTEM } from './gate.ts';
import { ABSENT_POLICY, BAD, closedNamespace, deployment, isAvailable, MODE, untilJudged } from './guarded.ts';
import { type Installation, startInstallation } from './installation.ts';
import { pod } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/**
 * What the pages tell a reader to type on a cluster, word for word: test/docs/commands.test.ts looks for the commands here. In the order of a
 * life: look, install, guard, operate, take away.
 */

/** The reader's own: JSON is YAML. */
const CONFIG = JSON.stringify({
  apiVersion: 'chokepoint.dev/v1alpha1',
  kind: 'GatePolicy',
  spec: { gateways: SPEC.gateways },
});

/** A page by its path. */
const page = (path: string): Page => {
  const found = pages.find(one => one.path === path);
  if (found === undefined) throw new Error(`there is no page ${path}`);
  return found;
};
const HELD = { 'chokepoint.dev/mcp-server': 'true' };
const GATES = '{.items[*].spec.schedulingGates[*].name}';

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('what the pages say to type', () => {
  let it: Installation;
  let shell: Shell;
  let enforced: string;

  /** In the checkout, where the manifests are. `words`: what stands for the words in capitals. */
  const type = (line: string, words: Readonly<Record<string, string>> = {}, cwd = ROOT): Promise<Ran> => {
    const typed = Object.entries(words).reduce((text, [word, value]) => text.replaceAll(word, value), line);
    return shell.run(typed, { cwd, env: { KUBECONFIG: it.cluster.address.kubeconfig } });
  };
  /** In a folder of the reader's own. */
  const typeAtHome = (line: string, words: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    type(line, words, shell.folder);
  const succeeds = async (ran: Promise<Ran>): Promise<Ran> => {
    const ended = await ran;
    expect({ status: ended.status, stderr: ended.status === 0 ? '' : ended.stderr }).toEqual({ status: 0, stderr: '' });
    return ended;
  };
  const apply = (namespace: string, objects: readonly object[]) =>
    it.cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: objects });
  const gateRuns = async (): Promise<void> => {
    for (const name of ['chokepoint-webhook', 'chokepoint-controller']) await isAvailable(it.cluster, SYSTEM, name);
  };

  beforeAll(async () => {
    it = await startInstallation();
    const { kubectl, kubeconfig, authority } = it.cluster.address;
    shell = openShell({ kubectl });
    shell.write('chokepoint.yaml', CONFIG);
    const { cert, key } = serverPair(authority, ['localhost']);
    shell.write('tls.crt', cert);
    shell.write('tls.key', key);
    const home = join(shell.folder, '.kube/config');
    mkdirSync(dirname(home));
    writeFileSync(home, readFileSync(kubeconfig));
    enforced = await closedNamespace(it.cluster);
    for (const name of ['team-a', 'shop'])
      expectOk(await it.cluster.request('POST', '/api/v1/namespaces', { metadata: { name } }));
    expectOk(await it.cluster.request('POST', '/apis/apps/v1/namespaces/team-a/deployments', deployment()));
  });
  afterAll(async () => {
    await it?.stop();
    shell?.remove();
  });

  test('a scan finds the open server, without anything installed', async () => {
    for (const line of [
      'npx chokepoint scan',
      'chokepoint scan',
      'npx chokepoint scan --config chokepoint.yaml',
      'npx chokepoint scan --output json > servers.json',
      'npx chokepoint scan --output sarif > servers.sarif',
      'chokepoint scan --output sarif > chokepoint.sarif',
    ])
      expect({ line, status: (await typeAtHome(line)).status }).toEqual({ line, status: 1 });
    const report = JSON.parse(readFileSync(join(shell.folder, 'servers.json'), 'utf8'));
    expect(report.servers).toMatchObject([{ namespace: 'team-a', verdict: 'deny' }, { namespace: enforced }]);
  });

  test('a scan takes a context and a namespace', async () => {
    const context = (await it.cluster.kubectl(['config', 'current-context'])).stdout.trim();
    const line = 'chokepoint scan --context production --namespace shop';
    expect(await typeAtHome(line)).toMatchObject({ status: 2, stderr: expect.stringContaining('production') });
    await succeeds(typeAtHome(line, { production: context }));
  });

  test('the ranges of the cluster are read, put into a configuration, and held against it', async () => {
    const folder = join(shell.folder, 'ranges');
    mkdirSync(folder);
    for (const line of [
      'chokepoint cidrs cluster',
      'npx chokepoint cidrs cluster --write chokepoint.yaml',
      'chokepoint cidrs cluster --write chokepoint.yaml',
      'chokepoint cidrs cluster --check',
    ])
      await succeeds(type(line, {}, folder));
    const begun = join(shell.folder, 'begun');
    mkdirSync(begun);
    for (const line of ['npx chokepoint init', 'chokepoint init']) {
      const { stderr, stdout } = await type(line, {}, begun);
      expect(stdout + stderr).toMatch(/chokepoint\.yaml is (?:written|up to date)/);
    }
    const context = (await it.cluster.kubectl(['config', 'current-context'])).stdout.trim();
    const cloud = 'chokepoint init --context production --cloud gke';
    expect(await type(cloud, { production: context }, begun)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is of no GKE cluster'),
    });
    const range = { metadata: { name: 'more' }, spec: { cidrs: ['198.51.100.0/24'] } };
    const more = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', ...range };
    expect((await apply('default', [more])).code).toBe(0);
    expect(await type('chokepoint cidrs cluster --check', {}, folder)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('+ services: 198.51.100.0/24 (spec.cidrs of ServiceCIDR more)'),
    });
    expect((await it.cluster.kubectl(['delete', 'servicecidr', 'more', '--wait=false'])).code).toBe(0);
  });

  test('the webhook and the controller start outside the cluster', async () => {
    for (const line of [
      'chokepoint serve --config chokepoint.yaml --tls-cert tls.crt --tls-key tls.key',
      'chokepoint serve --kubeconfig ~/.kube/config --mode-limit audit',
      'npx chokepoint serve --kubeconfig FILE',
    ])
      expect(await succeeds(typeAtHome(line, { FILE: '~/.kube/config' }))).toMatchObject({
        stdout: expect.stringMatching(/^\{"ready":true/),
      });
  });

  test('the gate is installed to look on, with a configuration of its own, and nothing is refused', async () => {
    await succeeds(
      type(
        "kubectl kustomize manifests/overlays/audit-only | sed 's|chokepoint:0.1.0|registry.example.com/&|' | kubectl apply -f -",
      ),
    );
    const [overlay] = blocksOf(page('docs/install.md')).filter(({ language }) => language === 'yaml');
    symlinkSync(join(ROOT, 'manifests'), join(shell.folder, 'manifests'));
    shell.write('gate/kustomization.yaml', overlay?.lines.join('\n') ?? '');
    shell.write('gate/chokepoint.yaml', CONFIG);
    await succeeds(typeAtHome('kubectl apply -k gate'));
    await gateRuns();
    const installed = await it.cluster.kubectl(['get', 'configmap', 'chokepoint', '-n', SYSTEM, '-o', 'yaml']);
    expect(installed.stdout).toContain('envoy');
    const image = ['get', 'deployments', '-n', SYSTEM, '-o', 'jsonpath={..image}'];
    expect((await it.cluster.kubectl(image)).stdout).toBe(
      Array(2).fill('registry.example.com/chokepoint:0.1.0').join(' '),
    );
    expect((await apply(enforced, BAD)).code).toBe(0);
    expect((await it.cluster.kubectl(['delete', '-n', enforced, 'networkpolicy/open', 'deployment/open'])).code).toBe(
      0,
    );
  });

  test('the overlay that can refuse takes its place, and a dry run says what would be refused', async () => {
    const kustomization = readFileSync(join(shell.folder, 'gate/kustomization.yaml'), 'utf8');
    shell.write('gate/kustomization.yaml', kustomization.replace('audit-only', 'self-signed'));
    await succeeds(typeAtHome('kubectl apply -k gate'));
    await gateRuns();
    await untilJudged(it.cluster, enforced);
    const dryRun = await succeeds(type('kubectl label namespace team-a chokepoint.dev/mode=enforce --dry-run=server'));
    expect(dryRun.stderr).toMatch(/Warning: .*weather/);
    await succeeds(type('kubectl label namespace team-a chokepoint.dev/mode=enforce'));
  });

  test('a server without a policy gets one, and what is typed to see it shows it', async () => {
    expect((await apply('team-a', [deployment({ ...HELD, app: 'search' })])).code).toBe(0);
    await isAvailable(it.cluster, 'team-a', 'search');
    const { stdout } = await succeeds(type('kubectl get networkpolicies,pods,events -n team-a'));
    expect(stdout).toMatch(/networkpolicy\.networking\.k8s\.io\/\S*search/);
    expect(stdout).toMatch(/pod\/search-/);
    expect(stdout).toContain('PolicyCreated');
  });

  test('a controller elsewhere waits for the one that leads', async () => {
    for (const line of [
      'npx chokepoint controller',
      'chokepoint controller --config chokepoint.yaml',
      'chokepoint controller --kubeconfig ~/.kube/config --namespace chokepoint-system',
    ])
      await succeeds(typeAtHome(line));
  });

  test('a namespace is let through once its mode is lowered', async () => {
    const refused =
      'Error from server (Forbidden): error when creating "STDIN": admission webhook "enforce.chokepoint.dev"';
    expect((await apply(enforced, BAD)).stderr).toContain(`${refused} denied the request: `);
    const line = 'kubectl label namespace NAME chokepoint.dev/mode=audit --overwrite';
    await succeeds(type(line, { NAME: enforced }));
    await eventually('it is let through', async () => (await apply(enforced, BAD)).code === 0 || undefined);
  });

  test('without the webhooks nothing is judged, and held Pods are let go by hand', async () => {
    const held = await newNamespace(it.cluster, 'test-held', { [MODE]: 'enforce', [ABSENT_POLICY]: 'hold' });
    const gates = async (): Promise<string> =>
      (await it.cluster.kubectl(['get', 'pods', '-n', held, '-o', `jsonpath=${GATES}`])).stdout;
    const alone = pod('alone', HELD, { schedulerName: 'default-scheduler' });
    expectOk(await it.cluster.request('POST', `/api/v1/namespaces/${held}/pods`, alone));
    expect(await gates()).toBe('chokepoint.dev/network-policy');
    await succeeds(type('kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration chokepoint'));
    const line = `kubectl patch pod NAME -n NAMESPACE --type=strategic -p '{"spec":{"schedulingGates":[{"$patch":"delete","name":"chokepoint.dev/network-policy"}]}}'`;
    await eventually('it is let go', async () => {
      const { status } = await type(line, { NAMESPACE: held, NAME: 'alone' });
      return status === 0 || undefined;
    });
    expect(await gates()).toBe('');
    expect((await apply(held, BAD)).code).toBe(0);
  });

  test('it is taken away, and the policies that it wrote stay', async () => {
    await succeeds(type('kubectl delete -k manifests/overlays/self-signed --ignore-not-found'));
    const { stdout } = await succeeds(
      type('kubectl get networkpolicies -A -l app.kubernetes.io/managed-by=chokepoint'),
    );
    expect(stdout).toMatch(/^team-a +\S*search/m);
    expect((await it.cluster.kubectl(['get', 'namespace', SYSTEM])).code).toBe(1);
  });

  test('it is installed again, with the backstop', async () => {
    await succeeds(type('kubectl apply -k manifests/overlays/backstop'));
    await succeeds(type('kubectl label namespace chokepoint-system pod-security.kubernetes.io/enforce=restricted'));
    await gateRuns();
    const policies = await it.cluster.kubectl(['get', 'validatingadmissionpolicies', '-o', 'name']);
    expect(policies.stdout).toContain('validatingadmissionpolicy.admissionregistration.k8s.io/chokepoint-host-network');
  });
});
