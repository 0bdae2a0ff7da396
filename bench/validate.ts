import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSelfSigned } from '../src/adapters/certificates/make.ts';

/**
 * `/validate` with the judge, the metrics and the log line, beside a bare `node:https` server that parses the body and answers a constant.
 * Both run at once, each in a process of its own; one load generator takes them in turns, so that the machine's moods meet both alike.
 * With `--record` a gate that keeps a record, beside one that keeps none.
 * Run: `npm run build && node bench/validate.ts [--rounds N] [--reviews NAMES] [--record]`.
 */

const SELF = fileURLToPath(import.meta.url);
const REVIEWS = new URL('../test/fixtures/reviews/', import.meta.url);
const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));

const { values: options } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '8' },
    record: { type: 'boolean', default: false },
    reviews: { type: 'string', default: 'deployment-create-harmless,deployment-create,pod-create' },
  },
});
const ROUNDS = Number(options.rounds);
const ROUND_MS = 800;
const WARM_UP_MS = 1000;
/** A server that has not said its port by then will not. */
const START_LIMIT_MS = 20_000;
const CONNECTIONS = [1, 16];

/** A recorded review as the API server sends it: compact, and with the annotation that `kubectl apply` leaves, which doubles it. */
function review(name: string): string {
  const body = JSON.parse(readFileSync(new URL(`${name}.json`, REVIEWS), 'utf8'));
  const { object } = body.request;
  const annotation = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object) };
  object.metadata.annotations = { ...object.metadata.annotations, ...annotation };
  return JSON.stringify(body);
}

// ---- the floor ------------------------------------------------------------------------------------------------------

const CONSTANT = Buffer.from(
  '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800001","allowed":true}}',
);

async function serveFloor(): Promise<void> {
  const server = createServer(
    { ...createSelfSigned(['127.0.0.1'], new Date()), keepAliveTimeout: 110_000 },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        JSON.parse(Buffer.concat(chunks).toString());
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': CONSTANT.length });
        response.end(CONSTANT);
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
}

// ---- the load -------------------------------------------------------------------------------------------------------

interface Sample {
  readonly rps: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

function requestBytes(body: string): Buffer {
  const head = `POST /validate?timeout=10s HTTP/1.1\r\nhost: gate.ops.svc\r\ncontent-type: application/json\r\naccept: application/json, */*\r\nuser-agent: kube-apiserver-admission\r\naccept-encoding: gzip\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

/** Sends one request after another on a connection until the time is over, and takes down how long each took. */
function drive(socket: TLSSocket, bytes: Buffer, untilMs: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      sentAt = performance.now();
      socket.write(bytes);
    };
    socket.on('error', reject);
    socket.on('data', chunk => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? -1);
      if (end < 0 || length < 0 || received.length < end + 4 + length) return;
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, 200)));
      received = '';
      const now = performance.now();
      times.push(now - sentAt);
      if (now < untilMs) send();
      else resolve();
    });
    send();
  });
}

async function load(port: number, connections: number, forMs: number, bytes: Buffer): Promise<Sample> {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.setNoDelay(true);
      return socket;
    }),
  );
  const times: number[] = [];
  const start = performance.now();
  await Promise.all(sockets.map(socket => drive(socket, bytes, start + forMs, times)));
  const tookMs = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 1000);
  return { rps: Math.round((times.length / tookMs) * 1000), p50Us: at(0.5), p99Us: at(0.99) };
}

// ---- the comparison -------------------------------------------------------------------------------------------------

interface Target {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => void;
}

async function start(args: readonly string[], log: string): Promise<Target> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', openSync(log, 'a')] });
  if (child.stdout === null) throw new Error('no standard output');
  const [line]: Buffer[] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  if (line === undefined) throw new Error(readFileSync(log, 'utf8'));
  return { port: JSON.parse(line.toString()).port, pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') };
}

const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mcp-gateway' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};

function writeWorld(folder: string): void {
  const world = join(folder, 'world');
  mkdirSync(world);
  const objects = ['deployment-create', 'networkpolicy-create'].map(name => JSON.parse(review(name)).request.object);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } };
  writeFileSync(
    join(world, 'prod.yaml'),
    [namespace, ...objects].map(object => JSON.stringify(object)).join('\n---\n'),
  );
  const protectedNetworks = {
    pods: ['10.244.0.0/16'],
    services: ['10.96.0.0/12'],
    nodes: ['192.168.0.0/24'],
    controlPlane: [],
  };
  const policy = {
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'GatePolicy',
    metadata: { name: 'bench' },
    spec: { mode: 'enforce', protectedNetworks, gateways: [{ name: 'envoy', from: [GATEWAY] }] },
  };
  writeFileSync(join(folder, 'gate.yaml'), JSON.stringify(policy));
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Resident memory in MiB (proc(5), VmRSS). */
function residentMib(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** Processor time that the process has used, in milliseconds (proc(5), stat: utime and stime in ticks of 10 ms). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Measured extends Sample {
  /** Processor time for one request, in microseconds: what is left where a busy machine blurs the rest. */
  readonly cpuUs: number;
}

async function measure(target: Target, connections: number, forMs: number, bytes: Buffer): Promise<Measured> {
  const before = processorMs(target.pid);
  const sample = await load(target.port, connections, forMs, bytes);
  const used = processorMs(target.pid) - before;
  return { ...sample, cpuUs: Math.round((used * 1e6) / (sample.rps * forMs)) };
}

/** Medians over the rounds, and the median of each round's own ratio. */
async function compare(name: string, floor: Target, gate: Target): Promise<void> {
  const bytes = requestBytes(review(name));
  process.stdout.write(`${name} (${bytes.length} bytes)\n`);
  for (const connections of CONNECTIONS) {
    for (const target of [floor, gate]) await load(target.port, connections, WARM_UP_MS, bytes);
    const rounds: { readonly floor: Measured; readonly gate: Measured }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        floor: await measure(floor, connections, ROUND_MS, bytes),
        gate: await measure(gate, connections, ROUND_MS, bytes),
      });
    }
    const said = (['rps', 'p50Us', 'p99Us', 'cpuUs'] as const).map(key => {
      const ratio = median(rounds.map(round => round.gate[key] / round.floor[key])).toFixed(2);
      return `${key} ${median(rounds.map(round => round.floor[key]))} → ${median(rounds.map(round => round.gate[key]))} (×${ratio})`;
    });
    process.stdout.write(`  ${String(connections).padStart(2)} connections: ${said.join(', ')}\n`);
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-'));
  writeWorld(folder);
  const targets: Target[] = [];
  try {
    const input = ['--world', join(folder, 'world'), '--config', join(folder, 'gate.yaml')];
    const serve = [CLI, 'serve', ...input, '--port', '0', '--health-port', '0'];
    const floor = await start(options.record ? serve : [SELF, 'floor'], join(folder, 'floor.log'));
    targets.push(floor);
    const record = options.record ? ['--record', join(folder, 'record.jsonl')] : [];
    const gate = await start([...serve, ...record], join(folder, 'gate.log'));
    targets.push(gate);
    for (const name of options.reviews.split(',')) await compare(name, floor, gate);
    process.stdout.write(`resident: bare ${residentMib(floor.pid)} MiB, gate ${residentMib(gate.pid)} MiB\n`);
  } finally {
    for (const target of targets) target.stop();
    rmSync(folder, { recursive: true });
  }
}

await (process.argv[2] === 'floor' ? serveFloor() : main());
