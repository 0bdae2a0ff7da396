/**
 * The gate on clusters of several sizes, which a server in memory plays: memory, time until it is ready, and how long a decision takes.
 * A decision should take as long in a cluster of 100,000 policies as in one of 100, and so should a new server among many. Run after `npm run build`: `node bench/scale.ts [--sizes 100:200,10000:20000]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WATCHED_KINDS } from '../src/adapters/kubernetes/client/kinds.ts';
import { SYSTEM_TIME } from '../src/adapters/system/time.ts';
import { commandLine } from '../test/support/developer-command.ts';
import { type FakeApiServer, startFakeApiServer } from '../test/support/fake-api-server.ts';
import { planLines } from './plan.ts';

const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));
const REVIEWS = new URL('../test/fixtures/reviews/', import.meta.url);
const { values: options } = commandLine({
  name: 'node bench/scale.ts',
  does: 'The gate on clusters of several sizes, which a server in memory plays.',
  options: {
    sizes: {
      value: 'LIST',
      means: 'policies:pods of each, with commas',
      default: '0:0,100:200,10000:20000,100000:20000',
    },
  },
});
/** Objects of each kind in a namespace, however large the cluster. */
const IN_NAMESPACE = 20;
const ROUNDS = 10;
const CALLS = 200;
const READY_MS = 300_000;

interface Size {
  readonly policies: number;
  readonly pods: number;
}

const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, REVIEWS), 'utf8')).request;
const POLICY = recorded('recorded/networkpolicy-update').object;
const POD = recorded('recorded/pod-create-by-deployment').object;
/** The namespace of the decisions: as full in every cluster. */
const PROD = 'prod';

/** Objects as an API server keeps them, with managed fields and all. */
function fill(server: FakeApiServer, plural: string, template: typeof POD, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const namespace = `team-${Math.floor(index / IN_NAMESPACE)}`;
    const name = `${plural}-${index}`;
    const labels = { ...template.metadata.labels, app: `app-${index}`, 'pod-template-hash': index.toString(36) };
    server.put(plural, { ...template, metadata: { ...template.metadata, name, namespace, labels } });
  }
}

async function startCluster({ policies, pods }: Size): Promise<FakeApiServer> {
  const resources = WATCHED_KINDS.flatMap(watched => (watched.kind === 'builtin' ? [watched.resource] : []));
  const server = await startFakeApiServer(SYSTEM_TIME, resources);
  server.put('namespaces', { metadata: { name: PROD } });
  for (let index = 0; index < Math.ceil(Math.max(policies, pods) / IN_NAMESPACE); index += 1) {
    server.put('namespaces', { metadata: { name: `team-${index}` } });
  }
  server.put('networkpolicies', recorded('networkpolicy-create').object);
  fill(server, 'networkpolicies', POLICY, policies);
  fill(server, 'pods', POD, pods);
  return server;
}

/** `VmRSS` and `VmHWM` of a process in MiB (proc(5)). */
function memoryMib(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (key: string): number =>
    Math.round(Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}

interface Measured {
  readonly size: Size;
  readonly server: FakeApiServer;
  readonly child: ChildProcess;
  readonly port: number;
  readonly readyMs: number;
  readonly times: number[];
}

async function start(size: Size, folder: string): Promise<Measured> {
  const server = await startCluster(size);
  const name = `${size.policies}-${size.pods}`;
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: server.connection.server.href } }],
      users: [{ name: 'fake', user: { token: 'any' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      'current-context': 'fake',
    }),
  );
  const startMs = performance.now();
  const args = [CLI, 'serve', '--kubeconfig', kubeconfig, '--config', join(folder, 'gate.yaml'), '--port', '0'];
  const stdio = ['ignore', 'pipe', openSync(join(folder, `${name}.log`), 'a')] as const;
  const child = spawn(process.execPath, [...args, '--health-port', '0'], { stdio: [...stdio] });
  if (child.stdout === null) throw new Error('no standard output');
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  for await (const line of createInterface(child.stdout)) {
    clearTimeout(timer);
    return { size, server, child, port: JSON.parse(line).port, readyMs: performance.now() - startMs, times: [] };
  }
  throw new Error(readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000));
}

/** Asks once and resolves to how long it took, in microseconds. */
function ask(agent: Agent, port: number, body: string): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/validate?timeout=10s',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      response => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          else resolve((performance.now() - startMs) * 1000);
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const at = (times: readonly number[], share: number): number =>
  Math.round([...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0);

/** Clusters in turns, so that the machine's moods meet all alike. */
async function decide(all: readonly Measured[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: recorded('deployment-create'),
  });
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { port, times } of all) {
      for (let call = 0; call < CALLS; call += 1) {
        const us = await ask(agent, port, body);
        // The first round is for the compiler.
        if (round > 0) times.push(us);
      }
    }
  }
  agent.destroy();
}

for (const line of planLines()) process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-scale-'));
const spec = {
  mode: 'enforce',
  protectedNetworks: { pods: ['10.244.0.0/16'], services: ['10.96.0.0/12'], nodes: [], controlPlane: [] },
};
writeFileSync(
  join(folder, 'gate.yaml'),
  JSON.stringify({ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'GatePolicy', metadata: { name: 'bench' }, spec }),
);
const all: Measured[] = [];
try {
  for (const text of options.sizes.split(',')) {
    const [policies = 0, pods = 0] = text.split(':').map(Number);
    all.push(await start({ policies, pods }, folder));
  }
  await decide(all);
  const base = all[0];
  for (const { size, child, readyMs, times } of all) {
    const { now, most } = memoryMib(child.pid ?? 0);
    const ratio = (share: number): string => (at(times, share) / at(base?.times ?? times, share)).toFixed(2);
    process.stdout.write(
      `${size.policies} policies, ${size.pods} pods: ready in ${Math.round(readyMs)} ms, resident ${now} MiB (most ${most}), decision p50 ${at(times, 0.5)} µs (×${ratio(0.5)}), p99 ${at(times, 0.99)} µs (×${ratio(0.99)})\n`,
    );
  }
} finally {
  for (const { child, server } of all) {
    child.kill('SIGKILL');
    await server.close();
  }
  rmSync(folder, { recursive: true });
}
