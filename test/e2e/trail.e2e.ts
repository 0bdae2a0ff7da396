import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROGRAM } from '../cli/run.ts';
import { eventually } from '../control-plane/eventually.ts';
import { askGate } from '../support/ask-gate.ts';
import { firstLine } from '../support/first-line.ts';
import { closingPolicy, deployment, namespace } from '../support/reviews.ts';

/** The whole way of a decision: the gate records it, the recorder ships it, an auditor finds it. */

let folder: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-trail-'));
  mkdirSync(join(folder, 'world'));
  const world = [namespace(), deployment(), closingPolicy()].map(object => JSON.stringify(object)).join('\n---\n');
  writeFileSync(join(folder, 'world', 'prod.yaml'), world);
  // So small that the record is set aside several times while the gate writes it.
  const spec = '{maxRecordBytes: 1048576, sinks: [{name: archive, file: {path: archive.jsonl}}]}';
  const config = `apiVersion: chokepoint.dev/v1alpha1\nkind: RecorderConfig\nspec: ${spec}\n`;
  writeFileSync(join(folder, 'recorder.yaml'), config.replace('archive.jsonl', join(folder, 'archive.jsonl')));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(...args: readonly string[]): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return { port: JSON.parse(await firstLine(child.stdout)).port, child };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

const run = (...args: readonly string[]): Promise<{ readonly status: number; readonly stdout: string }> =>
  new Promise(resolve => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout });
    });
  });

const NAMES = ['deployment-create', 'deployment-create-harmless', 'networkpolicy-create-reopening'];
const ASKED = 600;

const read = (name: string): string => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');

test('Every decision is shipped while the record is set aside under the gate, verifies there, and is found again', async () => {
  const { port, child: gate } = await start(
    ...['serve', '--world', 'world', '--port', '0', '--health-port', '0', '--record', 'record.jsonl'],
  );
  const { child: recorder } = await start(
    ...['recorder', '--record', 'record.jsonl', '--config', 'recorder.yaml', '--health-port', '0'],
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false });
  const uids = Array.from({ length: ASKED }, (_, index) => `uid-${index}`);
  const isSetAside = (): boolean => JSON.parse(read('record.jsonl.shipped') || '{"current":1}').current > 1;
  const isShipped = (index: number): boolean => read('archive.jsonl').includes(`"uid-${index}"`);
  for (const [index, uid] of uids.entries()) {
    // The second half is written to the file that the gate begins after the first was set aside, and finds its room free, however fast it answers.
    if (index === ASKED / 2)
      await eventually('half is shipped and set aside', () => (isSetAside() && isShipped(index - 1)) || undefined);
    expect(await askGate(port, agent, NAMES[index % NAMES.length] ?? '', uid)).toBe(200);
  }
  agent.destroy();
  await eventually('all is shipped', () => isShipped(ASKED - 1) || undefined);
  await stop(recorder);
  await stop(gate);

  expect(isSetAside()).toBe(true);
  expect((await run('audit', 'verify', 'archive.jsonl')).status).toBe(0);
  const all = await run('audit', 'query', 'archive.jsonl', '-o', 'json');
  const found = all.stdout.split('\n').flatMap(line => (line === '' ? [] : (JSON.parse(line).uid ?? [])));
  expect({ status: all.status, found }).toEqual({ status: 0, found: uids });
  const policies = await run('audit', 'query', 'archive.jsonl', '-o', 'json', '--kind', 'NetworkPolicy');
  expect(policies.stdout.split('\n').length - 1).toBe(ASKED / NAMES.length);
});
