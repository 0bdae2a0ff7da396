import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, SERVER } from '../cli/manifests.ts';
import { gcpSubnet, gkeCluster } from '../support/cloud-answers.ts';
import { type Command, commandsOf, pages, ROOT } from './pages.ts';
import { openShell } from './shell.ts';

/** Every command that a page tells a reader to type is run: here, by an end-to-end test word for word, or by a test that is named here. */

/** With what lies around the cluster, and the approved servers. */
const CONFIGURED = CONFIG.replace(
  'spec:\n',
  `spec:
  perimeter: {gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}}
  registry:
    servers: [{image: registry.example/orders, owner: team-orders}]
    remotes: [{host: mcp.vendor.example, owner: team-tools}]
`,
);

/** A file by which a client is told of a server behind the gateway. */
const CLIENT_FILE = '{"mcpServers": {"search": {"url": "https://mcp.example.com/search/mcp"}}}';

/** Lines of a proxy's log, and a flow, of which all is approved. */
const ACCESS_LOG = ['mcp.example.com', 'mcp.vendor.example']
  .map(host => `1795773600.000 10.0.0.5 200 CONNECT ${host}:443 - - -\n`)
  .join('');
const FLOW = '{"from": {"ip": "10.0.0.5"}, "to": {"ip": "203.0.113.10"}, "port": 443}\n';

/** What a comment says of a command that needs more than this machine has to have. */
const MARK = /^(?:needs (?:a cluster|[dD]ocker|helm|kustomize|krew|gcloud|aws|az|that Node\.js)\b|takes minutes\b)/;
const CLUSTER = /^needs a cluster\b/;

/** Runs the commands of the pages, as they stand there. */
const DOCUMENTED = 'test/e2e/documented.e2e.ts';
const NO_NETWORK = 'no: the control plane of the tests has no network between Pods, and pulls no images';

/** Commands that other tests run in another form, or nobody, with the reason. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['kubectl apply -k manifests/crds', 'test/e2e/custom-resources.e2e.ts'],
  ...[
    'npx chokepoint check manifests/ --with-cluster',
    'npx chokepoint check manifests/ --with-cluster --context production -n shop',
    'npx chokepoint check manifests/ --with-cluster -o github',
    'npx chokepoint reach --to team-b/server --port 8080',
    'chokepoint reach --to team-b/server --port 8080',
    'chokepoint reach --context production -n team-b --from team-a/client --to server --port 8080',
  ].map(text => [text, 'test/e2e/over-cluster.e2e.ts'] as const),
  ...[
    'npx chokepoint inventory',
    'npx chokepoint inventory --context production,staging -o csv > servers.csv',
    'npx chokepoint inventory -o json > servers.json',
    'npx chokepoint inventory --diff servers.json',
  ].map(text => [text, 'test/e2e/inventory.e2e.ts'] as const),
  ...['npx chokepoint doctor', 'npx chokepoint doctor --context production -o json > doctor.json'].map(
    text => [text, 'test/e2e/doctor.e2e.ts'] as const,
  ),
  ...[
    'npx chokepoint doctor --probe',
    'npx chokepoint doctor --probe --yes --nodes all -o json > probe.json',
    'npx chokepoint doctor --probe --print-rights',
  ].map(text => [text, 'test/real-node/probe.e2e.ts'] as const),
  ['npx chokepoint doctor --probe --servers all', 'test/real-node/probe-servers.e2e.ts'],
  ['chokepoint registry pull https://registry.example.com --write registry.json', 'test/cli/registry.test.ts'],
  ...[
    'npx chokepoint observe --flows flows.jsonl',
    'chokepoint observe --flows flows.jsonl',
    'hubble observe -o json | chokepoint observe manifests/ --flows -',
    'chokepoint observe --flows flows.jsonl --propose >> proposed.yaml',
  ].map(text => [text, 'test/cli/observe.test.ts'] as const),
  ...[
    'npx chokepoint dashboard',
    'npx chokepoint dashboard --context production --open',
    'npx chokepoint dashboard --record record.jsonl',
    'kubectl port-forward -n chokepoint-system deploy/chokepoint-controller 8484',
  ].map(text => [text, 'test/e2e/dashboard.e2e.ts'] as const),
  ['kubectl explain gateexception.spec', 'test/e2e/custom-resources.e2e.ts'],
  ['kubectl get gatepolicies', 'test/e2e/gate-policy.e2e.ts'],
  ['npm ci && npm run demo', '.ci/run'],
  ['npm ci && npm test', '.ci/run'],
  ['npm run --silent sbom > sbom.cdx.json', 'test/packaging/sbom.test.ts'],
  [
    'openssl genpkey -algorithm ed25519 -out record.key && openssl pkey -in record.key -pubout -out record.pub',
    'test/cli/audit-verify.test.ts',
  ],
  ['chokepoint notify test platform --config recorder.yaml', 'test/cli/notify.test.ts'],
  ['chokepoint notify dead --record record.jsonl', 'test/cli/notify.test.ts'],
  ['chokepoint rollout plan --output markdown > plan.md', 'test/cli/rollout.test.ts'],
  ['chokepoint perimeter gateway', 'test/cli/perimeter-gateway.test.ts'],
  ['echo "whsec_$(openssl rand -base64 32)" > signing-key', 'test/adapters/notify/bodies.test.ts'],
  ['npm run sea', 'test/e2e/plugin.e2e.ts'],
  [
    'npm run --silent krew -- --uri https://downloads.example/v0.1.0 dist-sea/chokepoint-*.tar.gz > chokepoint.yaml',
    'test/packaging/krew.test.ts',
  ],
  [
    'kubectl annotate secret -n chokepoint-system chokepoint-ca chokepoint.dev/rotate=now',
    'test/e2e/install-self-signed.e2e.ts',
  ],
  [
    'kubectl annotate secret -n chokepoint-system chokepoint-tls chokepoint.dev/rotate=now',
    'test/e2e/install-self-signed.e2e.ts',
  ],
  [
    'kubectl annotate secret -n chokepoint-system chokepoint-ca chokepoint.dev/rotate=distrust',
    'test/e2e/self-signed.e2e.ts',
  ],
  ...[
    'kubectl annotate namespace NAME chokepoint.dev/rollout=paused',
    'npx chokepoint rollout status',
    'kubectl annotate namespace NAME chokepoint.dev/rollout=resumed --overwrite',
    'kubectl annotate namespace NAME chokepoint.dev/rollout="resumed 2026-12-14" --overwrite',
    ...['status', 'plan', 'plan shop --output json', 'promote shop', 'pause shop', 'resume shop'].map(
      words => `chokepoint rollout ${words}`,
    ),
  ].map(text => [text, 'test/e2e/rollout.e2e.ts'] as const),
  ...[
    `kubectl get configmap -n chokepoint-system chokepoint-history-0 --output jsonpath='{.data.namespaces\\.json}'`,
    'kubectl get reports.openreports.io --all-namespaces',
    'kubectl get reports.openreports.io chokepoint -n NAMESPACE --output yaml',
  ].map(text => [text, 'test/e2e/reports.e2e.ts'] as const),
  ...[
    'npm run release -- --dry-run',
    'cd dist/release && sha256sum --check SHA256SUMS',
    'openssl dgst -sha256 -verify cosign.pub -signature <(base64 --decode SHA256SUMS.sig) SHA256SUMS',
    'cosign verify-blob --key cosign.pub --signature SHA256SUMS.sig --insecure-ignore-tlog SHA256SUMS',
    'cosign verify-blob-attestation --key cosign.pub --signature chokepoint-VERSION.intoto.dsse.json --insecure-ignore-tlog --type slsaprovenance1 FILE',
  ].map(text => [text, 'test/packaging/release.e2e.ts'] as const),
  [
    "cosign verify-blob --bundle SHA256SUMS.sigstore.json --certificate-identity-regexp '/release.yml@refs/tags/v' --certificate-oidc-issuer https://token.actions.githubusercontent.com SHA256SUMS",
    'no: nothing is published yet',
  ],
  ...[
    'helm install chokepoint manifests/chart --namespace chokepoint-system --create-namespace',
    'helm install chokepoint manifests/chart --namespace chokepoint-system --create-namespace --set image.repository=registry.example.com/chokepoint',
    'helm test chokepoint --namespace chokepoint-system',
    'helm uninstall chokepoint --namespace chokepoint-system',
    'helm uninstall chokepoint --namespace chokepoint-system --no-hooks',
  ].map(text => [text, 'test/e2e/chart-release.e2e.ts'] as const),
  [
    'kubectl create namespace enforced-or-not && kubectl run -n enforced-or-not --image=nginx --port=80 --expose web',
    NO_NETWORK,
  ],
  ['kubectl run -n enforced-or-not --image=busybox --rm -it --restart=Never ask -- wget -qO- -T 3 web', NO_NETWORK],
  ['kubectl create -n enforced-or-not -f docs/samples/deny-all.yaml', NO_NETWORK],
  ['kubectl delete namespace enforced-or-not', NO_NETWORK],
  [
    `kubectl logs -n chokepoint-system -l app.kubernetes.io/component=webhook --tail=-1 | jq 'select(.msg == "review" and .allowed == false)'`,
    'no: logs are a kubelet’s, and the control plane of the tests has none',
  ],
]);

const isHere = ({ text }: Command): boolean => /(?:^|\| )(?:npx )?chokepoint /.test(text) && !ELSEWHERE.has(text);
const commands = pages.flatMap(commandsOf);
const unmarked = commands.filter(({ comment }) => !MARK.test(comment));
const onClusters = commands.filter(({ comment }) => CLUSTER.test(comment));
const place = ({ page, line, text }: Command): string => `${page}:${line} ${text}`;

const CLIENT = `apiVersion: v1
kind: Pod
metadata: {name: client, namespace: team-a}
spec: {containers: [{name: main, image: registry.example/client:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: team-b}
spec: {containers: [{name: main, image: registry.example/web:1}]}
`;

/** A report that was saved when nothing was open. */
const SAVED = JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'CheckReport', servers: [] });

const RECORDER = `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec: {sinks: [{name: archive, file: {path: archive.jsonl}}]}
`;

const RECORD = readFileSync(join(ROOT, 'docs/samples/record.jsonl'), 'utf8');

describe('commands of the pages', () => {
  const shells: ReturnType<typeof openShell>[] = [];
  afterAll(() => {
    for (const shell of shells) shell.remove();
  });

  test('there are some, on the pages that matter', () => {
    const found = new Set(commands.map(({ page }) => page));
    expect(['README.md', 'docs/install.md', 'docs/operations.md'].filter(page => !found.has(page))).toEqual([]);
    expect(onClusters.length).toBeGreaterThan(25);
  });

  const byText = new Map(unmarked.filter(isHere).map(command => [command.text, command] as const));
  test.each([...byText.values()].map(command => [command.text, command] as const))('%s', async (line, _command) => {
    const shell = openShell();
    shells.push(shell);
    shell.write('manifests/server.yaml', `${SERVER}---\n${CLOSED}`);
    shell.write('manifests/others.yaml', CLIENT);
    shell.write('chokepoint.yaml', CONFIGURED);
    shell.write('known.json', SAVED);
    shell.write('record.jsonl', RECORD);
    shell.write('registry.json', '{"servers": []}');
    shell.write('recorder.yaml', RECORDER);
    shell.write('cluster.json', JSON.stringify(gkeCluster()));
    shell.write('subnet.json', JSON.stringify(gcpSubnet()));
    shell.write('access.log', ACCESS_LOG);
    shell.write('flows.jsonl', FLOW);
    for (const file of ['.mcp.json', 'fleet/host-1/ann/.cursor/mcp.json']) shell.write(file, CLIENT_FILE);
    const { status, stderr } = await shell.run(line);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('what is run neither here nor elsewhere says what it needs', () => {
    const unknown = unmarked.filter(command => !isHere(command) && !ELSEWHERE.has(command.text));
    expect(unknown.map(place)).toEqual([]);
  });

  test('what needs a cluster is run by an end-to-end test', () => {
    const documented = readFileSync(join(ROOT, DOCUMENTED), 'utf8');
    const isTyped = (text: string): boolean =>
      ["'", '`', '"'].some(quote => documented.includes(`${quote}${text}${quote}`));
    const unrun = onClusters.filter(({ text }) => !ELSEWHERE.has(text) && !isTyped(text));
    expect(unrun.map(place)).toEqual([]);
  });

  test('where commands are run elsewhere, the test is there, and so is the command', () => {
    const missing = [...ELSEWHERE.values()].filter(
      where => !where.startsWith('no: ') && !existsSync(join(ROOT, where)),
    );
    const texts = new Set(commands.map(({ text }) => text));
    expect([...missing, ...[...ELSEWHERE.keys()].filter(text => !texts.has(text))]).toEqual([]);
  });
});
