import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HASHING } from '../../src/adapters/record/hashing.ts';
import { Verifier } from '../../src/app/record/verify.ts';
import { PROGRAM } from '../cli/run.ts';
import { askGate } from '../support/ask-gate.ts';
import { firstLine } from '../support/first-line.ts';
import { closingPolicy, deployment, namespace } from '../support/reviews.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  mkdirSync(join(folder, 'world'));
  const world = [namespace(), deployment(), closingPolicy()].map(object => JSON.stringify(object)).join('\n---\n');
  writeFileSync(join(folder, 'world', 'prod.yaml'), world);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Gate {
  readonly port: number;
  readonly kill: (signal: 'SIGKILL' | 'SIGINT') => Promise<unknown>;
}

async function start(record: string, ...args: readonly string[]): Promise<Gate> {
  const common = ['serve', '--world', 'world', '--port', '0', '--health-port', '0', '--record', record];
  const child = spawn(process.execPath, [PROGRAM, ...common, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await firstLine(child.stdout);
  const ended = once(child, 'exit');
  return {
    port: JSON.parse(line).port,
    kill: signal => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Resolves to `undefined` where the review is not answered. */
const ask = ({ port }: Gate, ...asked: [agent: Agent, name: string, uid: string]): Promise<number | undefined> =>
  askGate(port, ...asked).catch(() => undefined);

const NAMES = ['deployment-create', 'deployment-create-harmless', 'networkpolicy-create-reopening', 'pod-create'];

function verified(file: string): { readonly problems: readonly unknown[]; readonly uids: readonly string[] } {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').slice(0, -1);
  const verifier = new Verifier({ hashing: HASHING, heads: [] });
  for (const [index, line] of lines.entries()) verifier.add({ file, line: index + 1 }, line, true);
  return { problems: verifier.finish(file).problems, uids: lines.map(line => JSON.parse(line).uid) };
}

test('What was answered is on record, whenever the process is killed, and once', async () => {
  const file = join(folder, 'record.jsonl');
  const answered: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });
  for (const round of [0, 1, 2]) {
    const gate = await start(file);
    let isRunning = true;
    const asking = Array.from({ length: 8 }, async (_, worker) => {
      for (let index = 0; isRunning && index < 2000; index += 1) {
        const uid = `${round}-${worker}-${index}`;
        if ((await ask(gate, agent, NAMES[index % NAMES.length] ?? '', uid)) !== undefined) answered.push(uid);
      }
    });
    // Not before something was answered; then at a moment that nobody chose.
    while (answered.length < 40 * (round + 1)) await new Promise(resolve => setTimeout(resolve, 5));
    await new Promise(resolve => setTimeout(resolve, Math.random() * 50));
    await gate.kill('SIGKILL');
    isRunning = false;
    await Promise.all(asking);
  }
  agent.destroy();
  // Cuts off what the last one left unfinished.
  await (await start(file)).kill('SIGINT');
  const { problems, uids } = verified(file);
  expect(problems).toEqual([]);
  const known = uids.filter(uid => uid !== undefined);
  expect(answered.filter(uid => !known.includes(uid))).toEqual([]);
  expect(new Set(known).size).toBe(known.length);
}, 60_000);

test('A gate that must keep a record answers 503 where it cannot, and one that need not answers', async () => {
  const agent = new Agent({ rejectUnauthorized: false });
  const statusWith = async (name: string, ...args: readonly string[]) => {
    const file = join(folder, name);
    const gate = await start(file, ...args);
    rmSync(file);
    mkdirSync(file);
    const status = await ask(gate, agent, 'deployment-create-harmless', 'a');
    await gate.kill('SIGINT');
    return status;
  };
  expect(await statusWith('optional.jsonl', '--record-fsync', 'group')).toBe(200);
  expect(await statusWith('required.jsonl', '--record-required')).toBe(503);
}, 60_000);

test('A record that cannot be appended to keeps the gate from starting', async () => {
  const args = ['serve', '--world', 'world', '--port', '0', '--health-port', '0', '--record', 'notes.txt'];
  writeFileSync(join(folder, 'notes.txt'), 'notes\n');
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const [status] = await once(child, 'exit');
  expect(status).toBe(2);
  expect(stderr).toContain('chokepoint serve: unusable-record: notes.txt: this is another file, and no record');
}, 60_000);
