import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createSelfSigned } from '../src/adapters/certificates/make.ts';
import { commandLine } from '../test/support/developer-command.ts';
import { median, pin, processorMs, residentMib } from './processor.ts';
import { readProfiles, stageLine } from './profile.ts';
import { type ReviewKind, repetitions, reviewSet, revisions } from './reviews.ts';

/**
 * `/validate` with the judge, the metrics and the log line, beside a bare `node:https` server that parses the body and answers a constant.
 * Both run at once, each in a process of its own, on one processor; the load comes from another and takes them in turns, so that the machine's moods
 * meet both alike. Each request of a kind is another one of 64: as what was asked before but for its uids, which the gate remembers, and in a revision that nobody has
 * seen, of a Pod under a new name. Beside each stands where the processor time goes, by a profile of the same load.
 * With `--record 1` a gate that keeps a record, beside one that keeps none.
 * Run: `npm run build && node bench/validate.ts [--seed N] [--rounds N] [--kinds NAMES] [--record 1]`.
 */

const SELF = fileURLToPath(import.meta.url);
const CLI = fileURLToPath(new URL('../dist/chokepoint.js', import.meta.url));
/** A profile names the files of the sources. */
const SOURCES = fileURLToPath(new URL('../src/main/start.ts', import.meta.url));

const IS_FLOOR = process.argv[2] === 'floor';
const { values: options } = commandLine({
  name: 'node bench/validate.ts',
  does: 'Requests a second of the gate and of a bare server, by what is asked.',
  operands: IS_FLOOR ? ['floor'] : [],
  options: {
    seed: { value: 'N', means: 'of the cluster and of what is asked', default: 1 },
    rounds: { value: 'N', means: 'how often each is loaded', default: 8 },
    kinds: { value: 'LIST', means: 'parts of the names of what is asked, with commas', default: '' },
    profile: { value: 'N', means: '0: without the profiles', default: 1 },
    record: { value: 'N', means: '1: the cost of the record', default: 0 },
  },
});
const { rounds: ROUNDS } = options;
/** Requests of one round, by connections. Counted, not timed: what a busy machine leaves undone would be missing where it is slow. */
const REQUESTS: ReadonlyMap<number, number> = new Map([
  [1, 500],
  [16, 3000],
]);
/** Before the first round, so that all that is asked again and again is compiled. */
const WARM_UP_REQUESTS = 6000;
const PROFILED_REQUESTS = 20_000;
/** Of each kind, before the memory is looked at. */
const MEMORY_REQUESTS = 10_000;
/** A server that has not said its port by then will not. */
const START_LIMIT_MS = 20_000;

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
  readonly answer: string;
}

function requestBytes(body: string): Buffer {
  const head = `POST /validate?timeout=10s HTTP/1.1\r\nhost: gate.ops.svc\r\ncontent-type: application/json\r\naccept: application/json, */*\r\nuser-agent: kube-apiserver-admission\r\naccept-encoding: gzip\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

/** Requests of one kind, one after the other, from the first again after the last, with other uids each time; with `isNew` in another revision. */
function createRequests(bodies: readonly string[], isNew: boolean): () => Buffer {
  const all = bodies.map(requestBytes).map(bytes => (isNew ? revisions(bytes) : repetitions(bytes)));
  let next = 0;
  return () => {
    next = (next + 1) % all.length;
    return all[next]?.() ?? Buffer.alloc(0);
  };
}

/** Sends one request after another on a connection until `times` holds so many, and takes down how long each took. Resolves to the last answer. */
function drive(socket: TLSSocket, request: () => Buffer, requests: number, times: number[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request());
    };
    socket.on('error', reject);
    socket.on('data', chunk => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? -1);
      if (end < 0 || length < 0 || received.length < end + 4 + length) return;
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, 200)));
      const answer = received.slice(end + 4);
      received = '';
      times.push(performance.now() - sentAt);
      if (times.length < requests) send();
      else resolve(answer);
    });
    send();
  });
}

async function load(port: number, connections: number, requests: number, request: () => Buffer): Promise<Sample> {
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
  const [answer = ''] = await Promise.all(sockets.map(socket => drive(socket, request, requests, times)));
  const tookMs = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 1000);
  return { rps: Math.round((times.length / tookMs) * 1000), p50Us: at(0.5), p99Us: at(0.99), answer };
}

// ---- the comparison -------------------------------------------------------------------------------------------------

interface Target {
  readonly port: number;
  readonly pid: number;
  /** Resolves once it has ended. */
  readonly stop: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>;
}

/** The processor of the servers; the load has the other ones. */
const SERVERS_PROCESSOR = 0;
const LOAD_PROCESSOR = 1;

async function start(args: readonly string[], log: string): Promise<Target> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', openSync(log, 'a')] });
  if (child.stdout === null) throw new Error('no standard output');
  const [line]: Buffer[] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  if (line === undefined) throw new Error(readFileSync(log, 'utf8'));
  const { pid = 0 } = child;
  pin(pid, SERVERS_PROCESSOR);
  const stop: Target['stop'] = async (signal = 'SIGKILL') => {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return { port: JSON.parse(line.toString()).port, pid, stop };
}

const GATEWAY = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
};

/** The cluster and its configuration as files, and the arguments that serve them. */
function writeWorld(folder: string, world: readonly object[]): readonly string[] {
  const [file, gate] = [join(folder, 'world.json'), join(folder, 'gate.yaml')];
  writeFileSync(file, world.map(object => JSON.stringify(object)).join('\n'));
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
    spec: {
      mode: 'enforce',
      absentPolicy: 'reject',
      protectedNetworks,
      gateways: [{ name: 'envoy', from: [GATEWAY] }],
    },
  };
  writeFileSync(gate, JSON.stringify(policy));
  return ['serve', '--world', file, '--config', gate, '--port', '0', '--health-port', '0'];
}

interface Measured extends Sample {
  /** Processor time for one request, in microseconds: what is left where a busy machine blurs the rest. */
  readonly cpuUs: number;
}

async function measure(target: Target, connections: number, request: () => Buffer): Promise<Measured> {
  const requests = REQUESTS.get(connections) ?? 1;
  const before = processorMs(target.pid);
  const sample = await load(target.port, connections, requests, request);
  const used = processorMs(target.pid) - before;
  return { ...sample, cpuUs: Math.round((used * 1000) / requests) };
}

interface Round {
  readonly floor: Measured;
  readonly gate: Measured;
}

/** Medians over the rounds, and the median of each round's own ratio. */
function linesOf(connections: number, rounds: readonly Round[]): string {
  const said = (['rps', 'p50Us', 'p99Us', 'cpuUs'] as const).map(key => {
    const ratio = median(rounds.map(round => round.gate[key] / round.floor[key])).toFixed(2);
    return `${key} ${median(rounds.map(round => round.floor[key]))} → ${median(rounds.map(round => round.gate[key]))} (×${ratio})`;
  });
  const share = median(rounds.map(round => round.floor.cpuUs / round.gate.cpuUs)).toFixed(2);
  return `  ${String(connections).padStart(2)} connections: ${said.join(', ')}; of the floor's requests by processor time ${share}\n`;
}

/** Throws where the gate answers otherwise than the kind is made to be answered. */
function check({ name, isAllowed }: ReviewKind, answer: string): void {
  const { allowed } = JSON.parse(answer).response;
  if (allowed !== isAllowed) throw new Error(`${name}: ${answer}`);
}

async function compare(kind: ReviewKind, isNew: boolean, floor: Target, gate: Target): Promise<void> {
  const request = createRequests(kind.bodies, isNew);
  const bytes = median(kind.bodies.map(body => Buffer.byteLength(body)));
  process.stdout.write(`${kind.name}, ${isNew ? 'new' : 'known'} (${bytes} bytes)\n`);
  await load(floor.port, 16, WARM_UP_REQUESTS, request);
  check(kind, (await load(gate.port, 16, WARM_UP_REQUESTS, request)).answer);
  for (const connections of REQUESTS.keys()) {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        floor: await measure(floor, connections, request),
        gate: await measure(gate, connections, request),
      });
    }
    process.stdout.write(linesOf(connections, rounds));
  }
}

/** Where the gate's processor time goes under one kind of request. */
async function profile(kind: ReviewKind, isNew: boolean, serve: readonly string[], folder: string): Promise<void> {
  const profiles = join(folder, `profile-${kind.name.replaceAll(' ', '-')}-${isNew}`);
  const gate = await start(['--cpu-prof', '--cpu-prof-dir', profiles, SOURCES, ...serve], join(folder, 'profiled.log'));
  await load(gate.port, 16, PROFILED_REQUESTS, createRequests(kind.bodies, isNew));
  await gate.stop('SIGTERM');
  process.stdout.write(`  by stage: ${stageLine(readProfiles(profiles))}\n`);
}

/** The options of Node.js with which the image runs the gate. */
function shippedFlags(): readonly string[] {
  const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  const entryPoint: unknown = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]');
  return Array.isArray(entryPoint) ? entryPoint.filter(one => String(one).startsWith('--')) : [];
}

/** Resident memory of both as the image runs them, after reviews of every kind that are known, and after new ones of every kind besides. */
async function memory(
  kinds: readonly ReviewKind[],
  floorArgs: readonly string[],
  gateArgs: readonly string[],
  folder: string,
): Promise<void> {
  const flags = shippedFlags();
  const targets: Target[] = [];
  try {
    for (const args of [floorArgs, gateArgs])
      targets.push(await start([...flags, ...args], join(folder, 'memory.log')));
    for (const isNew of [false, true]) {
      for (const { bodies } of kinds)
        for (const { port } of targets) await load(port, 16, MEMORY_REQUESTS, createRequests(bodies, isNew));
      const [bare = 0, gate = 0] = targets.map(({ pid }) => residentMib(pid));
      process.stdout.write(
        `resident with ${flags.join(' ')}, after ${isNew ? 'new' : 'known'} reviews of every kind: bare ${bare} MiB, gate ${gate} MiB\n`,
      );
    }
  } finally {
    for (const target of targets) await target.stop();
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-'));
  const { world, kinds } = reviewSet(options.seed);
  const asked = kinds.filter(({ name }) => options.kinds.split(',').some(part => name.includes(part)));
  const targets: Target[] = [];
  pin(process.pid, LOAD_PROCESSOR);
  try {
    const serve = writeWorld(folder, world);
    const recorded = [...serve, '--record', join(folder, 'record.jsonl')];
    const isRecord = options.record > 0;
    const floorArgs = isRecord ? [CLI, ...serve] : [SELF, 'floor'];
    const gateArgs = [CLI, ...(isRecord ? recorded : serve)];
    const floor = await start(floorArgs, join(folder, 'floor.log'));
    targets.push(floor);
    const gate = await start(gateArgs, join(folder, 'gate.log'));
    targets.push(gate);
    for (const kind of asked)
      for (const isNew of [false, true]) {
        await compare(kind, isNew, floor, gate);
        if (options.profile > 0) await profile(kind, isNew, isRecord ? recorded : serve, folder);
      }
    await memory(asked, floorArgs, gateArgs, folder);
  } finally {
    for (const target of targets) await target.stop();
    rmSync(folder, { recursive: true });
  }
}

await (IS_FLOOR ? serveFloor() : main());
