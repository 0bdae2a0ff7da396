import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runDashboard } from '../../src/cli/dashboard.ts';
import type { Io } from '../../src/cli/io.ts';
import { processIo } from '../../src/main/process-io.ts';

const OPTIONS = { gateNamespace: 'chokepoint-system', port: 0 };
const URL = 'http://127.0.0.1:4321/';

let folder: string;
let working: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-open-'));
  working = mkdtempSync(join(tmpdir(), 'chokepoint-working-'));
});
afterEach(() => {
  for (const one of [folder, working]) rmSync(one, { recursive: true });
});

/** Runs it until it is interrupted, which happens once it has said all. */
async function run(options: { readonly open?: boolean } = {}, bug?: unknown) {
  const said = { stdout: '', stderr: '' };
  const output = (name: keyof typeof said) => ({
    isTerminal: () => false,
    isClosed: () => false,
    write: async (text: string) => {
      said[name] += text;
    },
  });
  const ending = new AbortController();
  const io: Io = {
    ...processIo({ PATH: folder }),
    stdout: output('stdout'),
    stderr: output('stderr'),
    workingFolder: working,
    interrupted: () => ending.signal,
  };
  let closed = 0;
  const running = runDashboard({ ...OPTIONS, ...options }, io, async (_options, _io, onBug) => {
    if (bug !== undefined) onBug(bug);
    return {
      url: URL,
      close: async () => {
        closed += 1;
      },
    };
  });
  setTimeout(() => ending.abort(), 0);
  return { status: await running, ...said, closed };
}

test('Standard output has the address alone, and it ends with 0 once it is interrupted', async () => {
  expect(await run()).toEqual({ status: 0, stdout: `${URL}\n`, stderr: 'Ctrl+C ends it.\n', closed: 1 });
});

test('A bug is told, and ends nothing', async () => {
  const { status, stderr } = await run({}, new Error('it broke'));
  expect(status).toBe(0);
  expect(stderr).toContain('this is a bug of chokepoint itself:\nError: it broke');
});

test.runIf(process.platform === 'linux')(
  'The browser is given the address, by a program that is not of the working folder',
  async () => {
    const opener = '#!/bin/sh\nprintf %s "$1" > "$0.opened"\n';
    const install = (place: string): void => {
      writeFileSync(join(place, 'xdg-open'), opener);
      chmodSync(join(place, 'xdg-open'), 0o755);
    };
    install(working);
    expect((await run({ open: true })).stderr).toContain('the browser was not opened: there is no xdg-open');
    install(folder);
    expect((await run({ open: true })).stderr).toBe('Ctrl+C ends it.\n');
    expect(readFileSync(join(folder, 'xdg-open.opened'), 'utf8')).toBe(URL);
  },
);
