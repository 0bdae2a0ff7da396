/**
 * What the worst objects cost the gate, and those who ask beside them: for each shape and size the processor time of one review, the
 * longest that an innocent review and the health check waited meanwhile, and the memory. The gate is a process of its own.
 * Run: `npm run build && node bench/cost.ts [--megabytes 0.4,1.5,3]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../test/support/developer-command.ts';
import {
  BESIDE,
  LARGE_OTHERS,
  LARGE_PODS,
  LARGE_POLICIES,
  LARGE_SERVERS,
  type LargeShape,
  policyWith,
  SERVER,
  serverWith,
} from '../test/support/large-objects.ts';
import { median, processorMs, residentMib } from './processor.ts';

const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));
const { values: options } = commandLine({
  name: 'npm run bench:cost',
  does: 'What the worst objects cost the gate, and those who ask beside them.',
  options: { megabytes: { value: 'LIST', means: 'sizes of each shape, with commas', default: '0.4,1.5,3' } },
});
const SIZES = options.megabytes.split(',').map(Number);
const START_LIMIT_MS = 20_000;
/** Reviews of each shape. */
const ROUNDS = 3;

type Json = Readonly<Record<string, unknown>>;

interface Gate {
  readonly pid: number;
  readonly port: number;
  readonly healthPort: number;
  stop(): void;
}

async function startGate(folder: string, world: readonly Json[]): Promise<Gate> {
  const file = join(folder, 'world.yaml');
  writeFileSync(file, world.map(object => JSON.stringify(object)).join('\n---\n'));
  const args = [CLI, 'serve', '--world', file, '--mode', 'enforce', '--port', '0', '--health-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', openSync(join(folder, 'log'), 'a')] });
  if (child.stdout === null) throw new Error('no standard output');
  const [line]: Buffer[] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  const { port, healthPort } = JSON.parse(String(line));
  return { pid: child.pid ?? 0, port, healthPort, stop: () => child.kill('SIGKILL') };
}

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** Milliseconds until the whole answer was there, and its text. */
function ask(port: number, body: string): Promise<{ readonly ms: number; readonly text: string }> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const path = '/validate?timeout=30s';
    const sent = secure({ host: '127.0.0.1', port, method: 'POST', path, headers, agent }, answer => {
      let text = '';
      answer.on('data', chunk => {
        text += chunk;
      });
      answer.on('end', () => resolve({ ms: performance.now() - startMs, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function health(port: number): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = plain({ host: '127.0.0.1', port, path: '/healthz' }, answer => {
      answer.resume();
      answer.on('end', () => resolve(performance.now() - startMs));
    });
    sent.on('error', reject);
    sent.end();
  });
}

function review(object: Json, operation: 'CREATE' | 'DELETE' = 'CREATE'): string {
  const apiVersion = String(object.apiVersion);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const kind = { group, version, kind: object.kind };
  const { name, namespace } = object.metadata as { readonly name: string; readonly namespace: string };
  const state = operation === 'DELETE' ? { oldObject: object } : { object };
  const request = {
    uid: 'bench',
    kind,
    name,
    namespace,
    operation,
    userInfo: { username: 'dev', groups: [] },
    ...state,
  };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

const INNOCENT = review({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' } },
});

/** Reviews the body a few times, with innocent ones and health checks beside it. */
async function measure(gate: Gate, title: string, body: string): Promise<void> {
  const beside = { review: 0, health: 0 };
  const costs: number[] = [];
  let verdict = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = processorMs(gate.pid);
    let isRunning = true;
    const hostile = ask(gate.port, body).finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      const [innocent, alive] = await Promise.all([ask(gate.port, INNOCENT), health(gate.healthPort)]);
      beside.review = Math.max(beside.review, innocent.ms);
      beside.health = Math.max(beside.health, alive);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    const { response } = JSON.parse((await hostile).text);
    verdict = response?.auditAnnotations?.verdict ?? (response?.allowed ? 'allowed' : 'refused');
    costs.push(processorMs(gate.pid) - before);
  }
  process.stdout.write(
    `${title.padEnd(58)} ${(body.length / 2 ** 20).toFixed(1).padStart(4)} MB  ${median(costs).toFixed(0).padStart(5)} ms processor  beside it: review ${Math.round(beside.review)} ms, health ${Math.round(beside.health)} ms  peak ${residentMib(gate.pid, 'VmHWM')} MiB  ${verdict}\n`,
  );
}

/** As many items as make the object about this large. */
function sized(shape: LargeShape, bytes: number): Json {
  const each = JSON.stringify(shape(2000)).length / 2000;
  return shape(Math.round(bytes / each));
}

const many = <Item>(count: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

const EXCEPTS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'];
const CLOSING: Json = { ingress: [], egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: EXCEPTS } }] }] };
const OPENING: Json = {
  ingress: [{}],
  egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { namespaceSelector: {} }] }],
};

const sameServer = (): Json => SERVER;
const serverOfOwnPort = (index: number): Json =>
  serverWith([{ name: 'mcp', image: 'mcp/fetch', ports: [{ name: 'mcp', containerPort: 8080 + index }] }]);

/** 500 policies that each select all of 200 servers. */
const crowd = (spec: Json, server: (index: number) => Json): readonly Json[] => [
  ...many(500, index => policyWith(spec, `p-${index}`)),
  ...many(200, index => ({ ...server(index), metadata: { name: `s-${index}`, namespace: 'prod' } })),
];

const CROWDS: readonly (readonly [title: string, objects: readonly Json[]])[] = [
  ['500 policies × 200 servers', crowd(CLOSING, sameServer)],
  ['500 policies that open × 200 servers', crowd(OPENING, sameServer)],
  ['500 policies × 200 servers of their own ports', crowd(CLOSING, serverOfOwnPort)],
];

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } };
const closed = policyWith({ ingress: [], egress: [] }, 'closed');

async function withGate(world: readonly Json[], work: (gate: Gate) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-cost-'));
  const gate = await startGate(folder, world);
  try {
    await ask(gate.port, INNOCENT);
    process.stdout.write(`at rest ${residentMib(gate.pid, 'VmHWM')} MiB\n`);
    await work(gate);
  } finally {
    gate.stop();
    rmSync(folder, { recursive: true });
  }
}

async function measureShapes(gate: Gate, shapes: Readonly<Record<string, LargeShape>>): Promise<void> {
  for (const [name, shape] of Object.entries(shapes)) {
    for (const megabytes of SIZES) await measure(gate, name, review(sized(shape, megabytes * 2 ** 20)));
  }
}

await withGate([namespace, SERVER, closed], async gate => {
  await measureShapes(gate, { ...LARGE_POLICIES, ...LARGE_SERVERS, ...LARGE_PODS });
});
await withGate([namespace, ...BESIDE], gate => measureShapes(gate, LARGE_OTHERS));
for (const [title, objects] of CROWDS) {
  await withGate([namespace, ...objects], async gate => {
    const [policy = closed] = objects;
    await measure(gate, `${title}: a new policy`, review(policyWith({ ingress: [], egress: [] }, 'new')));
    await measure(gate, `${title}: a deletion`, review(policy, 'DELETE'));
  });
}
agent.destroy();
