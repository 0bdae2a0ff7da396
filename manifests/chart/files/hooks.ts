import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the chart's own Jobs and Pods do, in the gate's image: `uninstall` or `test`. It is handed to Node.js as text, so it stands alone. The API
 * server is reached as any Pod reaches it; NODE_EXTRA_CA_CERTS names its authority.
 */

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
const { RELEASE = '', NAMESPACE = '', TEST_NAMESPACE = '' } = process.env;

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([['PATCH', 'application/merge-patch+json']]);

function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const address = host.includes(':') ? `[${host}]` : host;
  const token = readFileSync(`${ACCOUNT}/token`, 'utf8').trim();
  return fetch(`https://${address}:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': CONTENT_TYPES.get(method) ?? 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** API servers learn a moment later that a configuration is gone. */
const NOTICE_MS = 2000;

/** Takes the webhook configurations away; those that this release of helm did not install are left, so that rendered objects can be applied whole. */
async function uninstall(): Promise<void> {
  for (const resource of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/chokepoint`;
    const found = await ask('GET', path);
    if (found.status === 404) continue;
    if (!found.ok) throw new Error(`${resource} chokepoint: ${found.status} ${await found.text()}`);
    const { metadata } = (await found.json()) as { metadata: { uid: string; annotations?: Record<string, string> } };
    const owner = `${metadata.annotations?.['meta.helm.sh/release-namespace']}/${metadata.annotations?.['meta.helm.sh/release-name']}`;
    if (owner !== `${NAMESPACE}/${RELEASE}`) {
      say(`${resource} chokepoint: left, because helm did not install it with the release ${NAMESPACE}/${RELEASE}`);
      continue;
    }
    const gone = await ask('DELETE', path, { preconditions: { uid: metadata.uid } });
    if (!gone.ok && gone.status !== 404) throw new Error(`${resource} chokepoint: ${gone.status} ${await gone.text()}`);
    say(`${resource} chokepoint: deleted`);
  }
  await sleep(NOTICE_MS);
}

/** An MCP server of which nothing is known: where it has no policy, the gate refuses it or warns, unless it only audits. */
const SERVER = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'chokepoint-test-', labels: { 'chokepoint.dev/mcp-server': 'true' } },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'server', image: 'chokepoint-test' }] },
};
/** A gate that only audits says of a namespace that asks for more that it does. */
const RELABELLED = { metadata: { labels: { 'app.kubernetes.io/instance': 'test' } } };
const NAMESPACE_PATH = `/api/v1/namespaces/${TEST_NAMESPACE}`;
const DRY_RUNS: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['POST', `${NAMESPACE_PATH}/pods?dryRun=All`, SERVER],
  ['PATCH', `${NAMESPACE_PATH}?dryRun=All`, RELABELLED],
];
const REFUSAL = /^admission webhook "enforce\.chokepoint\.dev" denied the request/;
const WARNING = /waits for its NetworkPolicy|-not-isolated: |label chokepoint\.dev\//;
const TEST_MS = 30_000;
const PAUSE_MS = 1000;

/** What came of the dry runs: what the gate said, or why it said nothing. */
async function probe(): Promise<{ readonly said?: string; readonly trouble: string }> {
  const answers: string[] = [];
  for (const [method, path, body] of DRY_RUNS) {
    const answer = await ask(method, path, body);
    const warnings = answer.headers.get('warning') ?? '';
    const { message = 'accepted, and the gate said nothing of it' } = (await answer.json()) as { message?: string };
    if (REFUSAL.test(message)) return { said: message, trouble: '' };
    if (WARNING.test(warnings)) return { said: warnings, trouble: '' };
    answers.push(`${method} ${path}: ${answer.status} ${message}`);
  }
  return { trouble: answers.join('; ') };
}

/**
 * Asks the API server, by dry runs, for what the gate has something to say about: the whole way is proven, from the API server through the Service
 * to a certificate that it trusts.
 */
async function test(): Promise<void> {
  const end = Date.now() + TEST_MS;
  for (;;) {
    const { said, trouble } = await probe().catch((error: unknown) => ({ said: undefined, trouble: String(error) }));
    if (said !== undefined) return say(`the gate answers: ${said}`);
    if (Date.now() > end) throw new Error(`the gate does not answer the API server: ${trouble}`);
    await sleep(PAUSE_MS);
  }
}

try {
  await (process.argv.includes('uninstall') ? uninstall() : test());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
