import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { askGate } from '../support/ask-gate.ts';
import { firstLine } from '../support/first-line.ts';
import { closingPolicy, deployment, namespace } from '../support/reviews.ts';

/** Gate and recorder are killed in the middle of their work, again and again: what was answered is shipped, and each decision found once. */

const NAMES = ['deployment-create', 'deployment-create-harmless', 'networkpolicy-create-reopening'];
const ROUNDS = 6;
const ASKERS = 4;

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-killed-'));
  mkdirSync(join(folder, 'world'));
  const world = [namespace(), deployment(), closingPolicy()].map(object => JSON.stringify(object)).join('\n---\n');
  writeFileSync(join(folder, 'world', 'prod.yaml'), world);
  // So small that the record is set aside meanwhile.
  const spec = {
    maxRecordBytes: 4 * 1024 * 1024,
    sinks: [{ name: 'archive', file: { path: join(folder, 'archive.jsonl') } }],
  };
  const config = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', spec };
  writeFileSync(join(folder, 'recorder.yaml'), JSON.stringify(config));
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly port: number;
  /** Resolves once it is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

async function start(...args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()));
  void ended.then(() => running.delete(child));
  return {
    port: JSON.parse(await firstLine(child.stdout)).port,
    end: signal => {
      child.kill(signal);
      return ended;
    },
  };
}

const startGate = (): Promise<Started> =>
  start('serve', '--world', 'world', '--port', '0', '--health-port', '0', '--record', 'record.jsonl');
const startRecorder = (): Promise<Started> =>
  start('recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0');

const answered: string[] = [];

/** Asks until the gate is gone. */
async function askOn({ port }: Started, round: number, asker: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  for (let count = 0; ; count += 1) {
    const uid = `uid-${round}-${asker}-${count}`;
    const status = await askGate(port, agent, NAMES[count % NAMES.length] ?? '', uid).catch(() => undefined);
    if (status !== 200) break;
    answered.push(uid);
  }
  agent.destroy();
}

const archive = (): string => join(folder, 'archive.jsonl');

/** The uids of the decisions that `audit query` finds, each as often as it is found. */
async function found(): Promise<readonly string[]> {
  const args = [PROGRAM, 'audit', 'query', archive(), '-o', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 });
  return stdout.split('\n').flatMap(line => (line === '' ? [] : (JSON.parse(line).uid ?? [])));
}

test('Nothing that was answered is missing, and nothing is found twice', async () => {
  let recorder = await startRecorder();
  for (let round = 0; round < ROUNDS; round += 1) {
    const gate = await startGate();
    const asking = Array.from({ length: ASKERS }, (_, asker) => askOn(gate, round, asker));
    const before = answered.length;
    // However slow the machine is, it is killed in the middle of answers.
    await eventually('the gate answers', () => answered.length > before + ASKERS || undefined);
    await sleep(Math.random() * 600);
    if (round % 2 === 0) {
      await recorder.end('SIGKILL');
      await sleep(Math.random() * 300);
      recorder = await startRecorder();
    }
    await gate.end('SIGKILL');
    await Promise.all(asking);
    if (round % 2 === 1) {
      await recorder.end('SIGKILL');
      recorder = await startRecorder();
    }
  }
  expect(answered.length).toBeGreaterThan(ROUNDS * ASKERS);
  const isShipped = (): boolean => {
    const text = existsSync(archive()) ? readFileSync(archive(), 'utf8') : '';
    return answered.every(uid => text.includes(`"uid":"${uid}"`));
  };
  for (let look = 0; look < 400 && !isShipped(); look += 1) await sleep(100);
  await recorder.end('SIGTERM');

  const uids = await found();
  const once = new Set(uids);
  expect(uids.length).toBe(once.size);
  expect(answered.filter(uid => !once.has(uid))).toEqual([]);
});
