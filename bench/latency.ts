/**
 * How much longer a call of a real API server takes with the gate, beside no webhook and beside a bare one that allows everything.
 * The three are namespaces of one cluster, called in turns. Run: `node bench/latency.ts [--calls 400]`. Needs what the end-to-end tests need.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Answer, expectOk } from '../test/control-plane/client.ts';
import { type Cluster, startCluster } from '../test/control-plane/cluster.ts';
import { createAuthority } from '../test/control-plane/pki.ts';
import { startTee } from '../test/control-plane/tee.ts';
import { registerWebhook } from '../test/control-plane/webhooks.ts';
import { buildProgram, byUrl, registerGate, shippedAccount, startGate } from '../test/e2e/gate.ts';
import { CLOSED, LABELS, pod, podSpec, policy } from '../test/e2e/servers.ts';

const { values: options } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string', default: '400' } },
});
const CALLS = Number(options.calls);
/** Calls of each kind that are not counted. */
const WARM_UP = 100;
const MODES = { without: 'off', bare: 'off', gate: 'enforce' } as const;
type Way = keyof typeof MODES;
const WAYS = Object.keys(MODES) as readonly Way[];

/** The bare webhook, in a process of its own as the gate is. */
async function serveBare(): Promise<void> {
  const authority = createAuthority();
  const tee = await startTee(authority);
  process.stdout.write(`${JSON.stringify({ url: tee.url('/validate'), caBundle: authority.cert })}\n`);
}

const template = { metadata: { labels: LABELS }, spec: podSpec({ schedulerName: 'default-scheduler' }) };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'weather' },
  spec: { replicas: 0, selector: { matchLabels: LABELS }, template },
};

/** Dry runs, so that nothing piles up: admission and storage are asked all the same. */
const CALLED = [
  {
    what: 'a Deployment',
    path: (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`,
    body: deployment,
  },
  {
    what: 'a Pod of a server',
    path: (namespace: string) => `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
    body: pod('weather'),
  },
  {
    what: 'a Pod of no server',
    path: (namespace: string) => `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
    body: pod('web', { app: 'web' }, { containers: [{ name: 'web', image: 'registry.test/web:1' }] }),
  },
];

async function makeNamespaces({ request, serviceAccount }: Cluster): Promise<void> {
  for (const way of WAYS) {
    await serviceAccount(way, 'default');
    const labels = { 'chokepoint.dev/mode': MODES[way] };
    expectOk(await request('PATCH', `/api/v1/namespaces/${way}`, { metadata: { labels } }));
    const policies = `/apis/networking.k8s.io/v1/namespaces/${way}/networkpolicies`;
    expectOk(await request('POST', policies, policy('weather', CLOSED)));
  }
}

const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;

async function measure(call: (way: Way) => Promise<Answer>, what: string): Promise<void> {
  const times: Record<Way, number[]> = { without: [], bare: [], gate: [] };
  for (let turn = 0; turn < CALLS + WARM_UP; turn += 1) {
    for (const way of WAYS) {
      const startMs = performance.now();
      expectOk(await call(way), `${what}, ${way}`);
      if (turn >= WARM_UP) times[way].push(performance.now() - startMs);
    }
  }
  const said = ([0.5, 0.99] as const).map(share => {
    const [without, bare, gate] = WAYS.map(way => at(times[way], share)) as [number, number, number];
    const added = gate - without;
    return `p${share * 100} without ${without.toFixed(2)} ms, bare ${bare.toFixed(2)} (×${(bare / without).toFixed(2)}), gate ${gate.toFixed(2)} (×${(gate / without).toFixed(2)} of without, ×${(gate / bare).toFixed(2)} of bare; adds ${added.toFixed(2)} ms)`;
  });
  process.stdout.write(`${what}: ${said.join('; ')}\n`);
}

async function main(): Promise<void> {
  buildProgram();
  const bare = spawn(process.execPath, [fileURLToPath(import.meta.url), 'bare'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const cluster = await startCluster();
  try {
    const [line]: Buffer[] = await once(bare.stdout, 'data');
    await makeNamespaces(cluster);
    const { kubeconfig } = await shippedAccount(cluster, 'webhook');
    const gate = await startGate(cluster, { name: 'gate', command: 'serve', kubeconfig });
    await registerGate(cluster, byUrl(cluster, gate));
    await registerWebhook(cluster.request, {
      name: 'bare',
      phase: 'validating',
      target: JSON.parse(String(line)),
      rules: [
        { operations: ['CREATE'], apiGroups: ['', 'apps'], apiVersions: ['v1'], resources: ['pods', 'deployments'] },
      ],
      fields: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bare' } } },
    });
    for (const { what, path, body } of CALLED) {
      await measure(way => cluster.request('POST', path(way), body), what);
    }
    gate.program.kill();
  } finally {
    bare.kill('SIGKILL');
    await cluster.stop();
  }
}

await (process.argv[2] === 'bare' ? serveBare() : main());
