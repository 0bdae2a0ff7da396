import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSelfSigned } from '../../src/adapters/certificates/make.ts';
import type { AdmissionServer } from '../../src/adapters/http/server.ts';
import { askRecorder, handToRecorder } from '../../src/adapters/notify/line-socket.ts';
import { HASHING } from '../../src/adapters/record/hashing.ts';
import { SYSTEM_TIME } from '../../src/adapters/system/time.ts';
import { readLines } from '../../src/adapters/witness/read-recorded.ts';
import { collect } from '../../src/app/notify/collect.ts';
import { createRing } from '../../src/app/witness/ring.ts';
import { fields } from '../app/audit-query/lines.ts';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { firstLine } from '../support/first-line.ts';
import { writeRecorderConfig } from '../support/recorder-config.ts';
import { testServer } from '../support/serving.ts';

/** Two webhooks with a recorder each, in processes of their own, and a controller with a recorder: it gathers what is to be told, and that one notifies. */

const SERVER_NAME = 'chokepoint.chokepoint-system.svc';
const WEBHOOKS = ['webhook-0', 'webhook-1'] as const;
const CONTROLLER = 'controller-0';

interface Message {
  readonly id: string;
  readonly servers: readonly string[];
}

let folder: string;
let endpoint: Server;
/** Each once, by its id. */
let messages: Map<string, Message>;
const running: ChildProcess[] = [];
const fronts: AdmissionServer[] = [];

const record = (name: string): string => join(folder, name, 'record.jsonl');
const socket = (name: string): string => `${record(name)}.sock`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-hand-'));
  messages = new Map();
  endpoint = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      const { id, data } = JSON.parse(Buffer.concat(pieces).toString());
      const servers = data.events.map((event: { subject: { name: string } }) => event.subject.name);
      messages.set(id, { id, servers });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve));
  for (const name of [...WEBHOOKS, CONTROLLER]) mkdirSync(join(folder, name));
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const { app } of fronts.splice(0)) await app.close();
  endpoint.closeAllConnections();
  endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

function configure(rule: string): void {
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
  const receiver = `{name: own, http: {url: "${url}"}, allowInsecure: true, allowAddresses: [127.0.0.0/8]}`;
  writeRecorderConfig(folder, receiver, rule);
}

interface Recorder {
  readonly metrics: () => Promise<string>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

async function startRecorder(name: string, ...more: readonly string[]): Promise<Recorder> {
  const args = ['recorder', '--record', record(name), '--config', 'recorder.yaml', '--health-port', '0', ...more];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  const ended = new Promise(resolve => child.on('exit', resolve));
  const { healthPort } = JSON.parse(await firstLine(child.stdout));
  return {
    metrics: async () => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text(),
    kill: async signal => {
      child.kill(signal);
      await ended;
    },
  };
}

/** What a webhook serves beside its reviews. */
async function startFront(name: string): Promise<number> {
  const pair = {
    cert: readFileSync(join(folder, 'tls.crt'), 'utf8'),
    key: readFileSync(join(folder, 'tls.key'), 'utf8'),
  };
  const recorded = {
    ring: createRing(name, HASHING.hash),
    isController: async (token: string) => token === 'mine',
    lines: (mark: string) => askRecorder(socket(name), mark),
  };
  const front = testServer({ tls: pair, recorded });
  fronts.push(front);
  await front.app.listen({ host: '127.0.0.1', port: 0 });
  return (front.app.server.address() as AddressInfo).port;
}

async function startFronts(): Promise<readonly number[]> {
  const { cert, key } = createSelfSigned([SERVER_NAME], new Date());
  for (const [name, text] of [
    ['tls.crt', cert],
    ['tls.key', key],
    ['token', 'mine'],
  ] as const)
    writeFileSync(join(folder, name), text);
  return Promise.all(WEBHOOKS.map(startFront));
}

/** A controller that leads. Aborted, it ends where it stands, as one that is killed. */
function lead(ports: readonly number[], everyMs: number): AbortController {
  const ending = new AbortController();
  const source = { tokenFile: join(folder, 'token'), caFiles: [join(folder, 'tls.crt')], serverName: SERVER_NAME };
  void collect(
    {
      ...{ time: SYSTEM_TIME, everyMs },
      pods: () => ports.map((port, index) => ({ pod: String(index), address: '127.0.0.1', port })),
      ask: (pod, mark, term) => readLines(source, pod, mark, term),
      take: async lines => {
        await handToRecorder(socket(CONTROLLER), lines);
        // Killed after it was kept here, and before anybody is told.
        if (ending.signal.aborted) throw new Error('killed');
      },
      onCollected: () => undefined,
      onNothingKept: () => undefined,
    },
    ending.signal,
  );
  return ending;
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
const refused = (writer: string, seq: number, server: number): object =>
  fields({
    ...{ writer, seq, allowed: false, time: new Date().toISOString() },
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'tools', name: `search-${server}` },
    servers: [{ kind: 'Pod', namespace: 'tools', name: `search-${server}` }],
  });
const seqs = new Map<string, number>();
function refuse(webhook: number, server: number): void {
  const name = WEBHOOKS[webhook] ?? '';
  const seq = (seqs.get(`${folder} ${name}`) ?? 0) + 1;
  seqs.set(`${folder} ${name}`, seq);
  appendFileSync(record(name), `${JSON.stringify(refused(name, seq, server))}\n`);
}

const told = (): readonly string[] => [...messages.values()].flatMap(({ servers }) => servers);
const soon = (count: number, timeoutMs = 60_000): Promise<unknown> =>
  eventually(`${count} servers are told`, () => new Set(told()).size >= count || undefined, { timeoutMs });
const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `search-${index}`).sort();

test('50 Pods that two webhooks refused are one message', async () => {
  configure('{name: refusals, to: [own], events: [refused], groupBy: [event, namespace], groupSeconds: 5}');
  const ports = await startFronts();
  const own = await startRecorder(CONTROLLER);
  const recorders = await Promise.all(WEBHOOKS.map(name => startRecorder(name, '--hand-over')));
  const controller = lead(ports, 200);
  for (let server = 0; server < 50; server += 1) refuse(server % 2, server);
  await soon(50);
  await pause(6_000);
  expect([...messages.values()].map(({ servers }) => [...servers].sort())).toEqual([names(50)]);
  for (const { metrics } of recorders) expect(await metrics()).toContain('chokepoint_notify_handed_over 1');
  controller.abort();
  for (const one of [own, ...recorders]) await one.kill('SIGTERM');
  expect(messages.size).toBe(1);
});

test('Of 600 notifications none is lost and none comes twice, with controllers and recorders killed at random', async () => {
  const ROUNDS = 6;
  const COUNT = ROUNDS * 100;
  configure('{name: each, to: [own], events: [refused], groupBy: [server], groupSeconds: 0}');
  const ports = await startFronts();
  const recorders = new Map([[CONTROLLER, await startRecorder(CONTROLLER)]]);
  for (const name of WEBHOOKS) recorders.set(name, await startRecorder(name, '--hand-over'));
  /** Kills one of the recorders, or none. */
  const kill = async (round: number): Promise<void> => {
    const name = [CONTROLLER, ...WEBHOOKS, undefined][round % 4];
    if (name === undefined) return;
    await recorders.get(name)?.kill('SIGKILL');
    recorders.set(name, await startRecorder(name, ...(name === CONTROLLER ? [] : ['--hand-over'])));
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const controller = lead(ports, 20);
    for (let part = 0; part < 10; part += 1) {
      for (let index = 0; index < 10; index += 1) refuse(index % 2, round * 100 + part * 10 + index);
      await pause(Math.random() * 80);
    }
    controller.abort();
    await kill(round);
  }
  const controller = lead(ports, 20);
  await soon(COUNT, 120_000);
  controller.abort();
  expect([...told()].sort()).toEqual(names(COUNT));
}, 240_000);

test('Without a controller each recorder tells at its end what nobody has asked for', async () => {
  configure('{name: refusals, to: [own], events: [refused], groupSeconds: 1}');
  const recorders = await Promise.all(WEBHOOKS.map(name => startRecorder(name, '--hand-over', '--send-at-end')));
  refuse(0, 0);
  refuse(1, 1);
  await pause(3_000);
  expect(told()).toEqual([]);
  for (const one of recorders) await one.kill('SIGTERM');
  expect([...told()].sort()).toEqual(['search-0', 'search-1']);
});
