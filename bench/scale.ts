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
import { commandLine } from '../test/support/developer-command.ts';
import type { FakeApiServer } from '../test/support/fake-api-server.ts';
import { type Size, SORTS, startCluster } from './clusters.ts';
import { planLines } from './plan.ts';
import { processorMs, residentMib } from './processor.ts';
import { revisions, withRevision } from './reviews.ts';

const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));
const REVIEWS = new URL('../test/fixtures/reviews/', import.meta.url);
const { values: options } = commandLine({
  name: 'node bench/scale.ts',
  does: 'The gate on clusters of several sizes, which a server in memory plays.',
  options: {
    sizes: {
      value: 'LIST',
      means: `policies:pods of each, or policies:pods:SORT, with commas. Sorts: ${Object.keys(SORTS).join(', ')}`,
      default: [
        ...['0:0', '100:200', '10000:20000', '100000:20000', '100:200:mixed', '100000:20000:mixed'],
        ...['100000:100000:usual', '100000:100000:plain', '20000:20000:own'],
      ].join(),
    },
  },
});
/** As the image starts it under the memory limit of the manifests, 512 MiB, of which V8 takes half for what is old. */
const FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=256'];
const ROUNDS = 10;
const CALLS = 200;
const READY_MS = 300_000;

const recorded = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, REVIEWS), 'utf8')).request;
const nameOf = ({ policies, pods, sort }: Size): string => `${policies}-${pods}-${sort}`;

interface Measured {
  readonly size: Size;
  readonly server: FakeApiServer;
  readonly child: ChildProcess;
  readonly port: number;
  readonly readyMs: number;
  /** Its own processor time until then, in milliseconds: the server that it lists from takes its share of the machine beside it. */
  readonly syncMs: number;
  /** Resident then, in MiB. */
  readonly syncedMib: number;
  readonly times: number[];
  /** Processor time of decisions so far, in milliseconds. */
  processorMs: number;
}

async function start(size: Size, folder: string): Promise<Measured> {
  const server = await startCluster(size);
  const name = nameOf(size);
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
  const child = spawn(process.execPath, [...FLAGS, ...args, '--health-port', '0'], { stdio: [...stdio] });
  if (child.stdout === null) throw new Error('no standard output');
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  for await (const line of createInterface(child.stdout)) {
    clearTimeout(timer);
    return {
      size,
      server,
      child,
      port: JSON.parse(line).port,
      readyMs: performance.now() - startMs,
      syncMs: processorMs(child.pid ?? 0),
      syncedMib: residentMib(child.pid ?? 0),
      times: [],
      processorMs: 0,
    };
  }
  throw new Error(readFileSync(join(folder, `${name}.log`), 'utf8').slice(-2000));
}

/** Asks once and resolves to how long it took, in microseconds. */
function ask(agent: Agent, port: number, body: Buffer): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/validate?timeout=10s',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
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

/** Microseconds of processor time of one decision, with all that the process does meanwhile. */
const costOf = ({ processorMs: ms, times }: Measured): number => Math.round((ms * 1000) / times.length);

const at = (times: readonly number[], share: number): number =>
  Math.round([...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0);

/** Clusters in turns, so that the machine's moods meet all alike. */
async function decide(all: readonly Measured[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const review = recorded('deployment-create');
  const { metadata } = review.object;
  const object = { ...review.object, metadata: { ...metadata, annotations: withRevision(metadata.annotations) } };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    // A dry run: what is let in and never stored would be kept apart from what comes after it.
    request: { ...review, object, dryRun: true },
  });
  // Another one each time: the gate remembers what it was asked before.
  const next = revisions(Buffer.from(body));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const measured of all) {
      const { port, times, child } = measured;
      const beforeMs = processorMs(child.pid ?? 0);
      for (let call = 0; call < CALLS; call += 1) {
        const us = await ask(agent, port, next());
        // The first round is for the compiler.
        if (round > 0) times.push(us);
      }
      if (round > 0) measured.processorMs += processorMs(child.pid ?? 0) - beforeMs;
    }
  }
  agent.destroy();
}

const isSort = (text: string): text is Size['sort'] => Object.hasOwn(SORTS, text);

function sizeOf(text: string): Size {
  const [policies, pods, sort = 'plain'] = text.split(':');
  if (!isSort(sort)) throw new Error(`no sort of cluster: ${sort}`);
  return { policies: Number(policies), pods: Number(pods), sort };
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
    all.push(await start(sizeOf(text), folder));
  }
  await decide(all);
  for (const measured of all) {
    const { size, child, readyMs, syncMs, syncedMib, times } = measured;
    const pid = child.pid ?? 0;
    // The smallest cluster of the same sort; of sorts that have only one size, the smallest of all.
    const alike = all.filter(one => one.size.sort === size.sort);
    const base = alike.length > 1 ? alike[0] : all[0];
    const ratio = (share: number): string => (at(times, share) / at(base?.times ?? times, share)).toFixed(2);
    process.stdout.write(
      `${size.policies} policies ${SORTS[size.sort]}, ${size.pods} pods: ready in ${Math.round(readyMs)} ms (processor ${Math.round(syncMs)} ms) with ${syncedMib} MiB, resident ${residentMib(pid)} MiB (most ${residentMib(pid, 'VmHWM')}), decision p50 ${at(times, 0.5)} µs (×${ratio(0.5)}), p99 ${at(times, 0.99)} µs (×${ratio(0.99)}), processor ${costOf(measured)} µs (×${(costOf(measured) / costOf(base ?? measured)).toFixed(2)})\n`,
    );
  }
} finally {
  for (const { child, server } of all) {
    child.kill('SIGKILL');
    await server.close();
  }
  rmSync(folder, { recursive: true });
}
