import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stand-ins for commands that this machine may not have. */
export interface FakeCommands {
  /** Where they lie, and what they note. */
  readonly folder: string;
  /** Each call so far, as it would be typed. */
  readonly calls: () => readonly string[];
  /** Runs a program of Node.js that finds these commands first, and no others but those of `morePath`. */
  readonly node: (
    script: string,
    ...args: readonly string[]
  ) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  readonly remove: () => void;
}

/**
 * Makes commands that note how they are called. Each is the body of a POSIX shell script, which sees its arguments; a command that is not named is
 * not there, unless in `morePath`, further folders as PATH has them.
 */
export function fakeCommands(bodies: Readonly<Record<string, string>>, morePath = ''): FakeCommands {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-fakes-'));
  const calls = join(folder, 'calls');
  for (const [name, body] of Object.entries(bodies)) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${calls}'\n${body}\n`);
    chmodSync(path, 0o755);
  }
  return {
    folder,
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []),
    node: (script, ...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [script, ...args], {
          env: { ...process.env, PATH: [folder, morePath].filter(Boolean).join(':') },
        });
        const printed = { stdout: '', stderr: '' };
        for (const name of ['stdout', 'stderr'] as const) {
          child[name].setEncoding('utf8').on('data', (text: string) => {
            printed[name] += text;
          });
        }
        child.once('error', reject);
        child.once('close', code => resolve({ code: code ?? -1, ...printed }));
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
