import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { PROGRAM, type Ran } from '../cli/run.ts';

/** A shell in a folder of its own, in which `npx chokepoint` and `chokepoint` are what was built. */
export interface Shell {
  readonly folder: string;
  write(name: string, text: string): void;
  /** Runs a line of a page as a reader would paste it. What serves is stopped as Ctrl-C does, once it says that it is ready. */
  run(line: string, options?: RunOptions): Promise<Ran>;
  remove(): void;
}

interface RunOptions {
  /** The shell's folder where absent. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ports that the machine has free, so that commands that serve never meet. */
const WRAPPER = `#!/bin/sh
[ "$1" = chokepoint ] && shift
case "$1" in
  serve) set -- "$@" --port 0 --health-port 0 ;;
  controller|recorder) set -- "$@" --health-port 0 ;;
esac
exec "${process.execPath}" "${PROGRAM}" "$@"
`;

const READY = /^\{"ready":true/m;
const LIMIT_MS = 60_000;

function runLine(line: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // A group of its own: the signal is for the program that the shell runs.
    const child = spawn('bash', ['--noprofile', '--norc', '-c', line], { cwd, env, detached: true });
    const end = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    };
    const limit = setTimeout(end, LIMIT_MS, 'SIGKILL');
    const said = { stdout: '', stderr: '' };
    child.stdin.end();
    child.stderr.on('data', chunk => {
      said.stderr += chunk;
    });
    child.stdout.on('data', chunk => {
      const wasReady = READY.test(said.stdout);
      said.stdout += chunk;
      if (!wasReady && READY.test(said.stdout)) end('SIGINT');
    });
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(limit);
      resolve({ status: code ?? -1, ...said });
    });
  });
}

/** `programs`: further ones by name, each a path that its name stands for. */
export function openShell(programs: Readonly<Record<string, string>> = {}): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-docs-'));
  const bin = join(folder, '.bin');
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const scripts = Object.entries(programs).map(([name, path]) => [name, `#!/bin/sh\nexec "${path}" "$@"\n`] as const);
  for (const [name, text] of [['npx', WRAPPER], ['chokepoint', WRAPPER], ...scripts] as const) {
    write(`.bin/${name}`, text);
    chmodSync(join(bin, name), 0o755);
  }
  const path = [bin, process.env.PATH ?? ''].join(delimiter);
  return {
    folder,
    write,
    run: (line, { cwd = folder, env = {} } = {}) => runLine(line, cwd, { HOME: folder, ...env, PATH: path }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
