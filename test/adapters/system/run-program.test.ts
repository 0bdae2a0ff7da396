import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProgramRun, runProgram } from '../../../src/adapters/system/run-program.ts';
import { type Place, temporaryPlace } from '../render/programs.ts';

let place: Place;
beforeEach(() => {
  place = temporaryPlace();
});
afterEach(() => place.remove());

const run = (text: string, changed: Partial<ProgramRun> = {}) =>
  runProgram({
    program: place.program('program', text),
    args: [],
    env: {},
    timeoutMs: 60_000,
    maxBytes: 1_000,
    ...changed,
  });

/** A process that is there, and is no zombie that nobody has buried yet. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}

async function untilEnded(pid: number): Promise<void> {
  while (isRunning(pid)) await sleep(20);
}

describe('A program', () => {
  test('gets its arguments as they are, and nothing of our environment', async () => {
    const end = await run('echo "$1"; echo "$2"; /usr/bin/env', { args: ['$(id)', '; exit 1'], env: { A: 'b' } });
    const text = end.kind === 'printed' ? end.output.toString() : '';
    expect(text).toMatch(/^\$\(id\)\n; exit 1\n/);
    expect(text).toContain('A=b\n');
    expect(text).not.toContain('HOME=');
  });

  test('finds no standard input', async () => {
    expect(await run('/bin/cat; echo end')).toEqual({ kind: 'printed', output: Buffer.from('end\n') });
  });

  test('that fails is told with its status and the end of what it says', async () => {
    expect(await run('echo printed; echo why >&2; exit 3')).toEqual({
      kind: 'failed',
      reason: 'it ended with status 3',
      says: 'why\n',
    });
  });

  test('that says more than anybody reads is not kept', async () => {
    const end = await run(
      'i=0; while [ $i -lt 3000 ]; do echo "line $i of what went wrong" >&2; i=$((i+1)); done; exit 1',
    );
    const says = end.kind === 'failed' ? end.says : '';
    expect(says.length).toBe(16 * 1024);
    expect(says).toMatch(/line 2999 of what went wrong\n$/);
  });

  test('that is not there is told', async () => {
    const end = await runProgram({ program: '/no/such', args: [], env: {}, timeoutMs: 1000, maxBytes: 1 });
    expect(end).toMatchObject({ kind: 'failed', reason: expect.stringContaining('it cannot be started') });
  });

  test('that prints without end is ended', async () => {
    expect(await run('while :; do echo 0123456789; done')).toMatchObject({ reason: 'it printed more than 1000 bytes' });
  });

  test('may print as much as it may', async () => {
    expect(await run('printf 12345', { maxBytes: 5 })).toMatchObject({ kind: 'printed' });
    expect(await run('printf 123456', { maxBytes: 5 })).toMatchObject({ reason: 'it printed more than 5 bytes' });
  });

  test('that never ends is ended, with what it has started', async () => {
    const pids = join(place.path, 'pids');
    const end = await run(`/bin/sleep 600 & echo $! > ${pids}; wait`, { timeoutMs: 1_000 });
    expect(end).toMatchObject({ kind: 'failed', reason: 'it took longer than 1 s' });
    await untilEnded(Number(readFileSync(pids, 'utf8')));
  });

  test('that ends and leaves another behind, with its output open, is not waited for', async () => {
    const pids = join(place.path, 'pids');
    const end = await run(`/bin/sleep 600 & echo $! > ${pids}; echo done`);
    expect(end).toEqual({ kind: 'printed', output: Buffer.from('done\n') });
    await untilEnded(Number(readFileSync(pids, 'utf8')));
  });
});
