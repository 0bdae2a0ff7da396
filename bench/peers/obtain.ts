import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { record } from './json.ts';
import type { GoModule, Peer, PythonPackage } from './table.ts';

/** A program that can be run, or why there is none. */
export type Obtained =
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'absent'; readonly reason: string };

const KEPT = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'chokepoint', 'peers');

/**
 * Installs a checker in the user's cache, where it is not there yet. Needs `go` or `python3` on the PATH, and their registry. `limit`: seconds that each
 * step may take; what was compiled within them is kept by `go` for the next time.
 */
export function obtain({ name, version, from }: Peer, limit: number): Obtained {
  const folder = path.join(KEPT, `${name}-${version}`);
  const program = from.registry === 'go' ? path.join(folder, name) : path.join(folder, 'bin', name);
  if (existsSync(program)) return { kind: 'program', path: program };
  process.stderr.write(`${name} ${version} is installed in ${folder}\n`);
  mkdirSync(folder, { recursive: true });
  const run = createRun(limit);
  const failed = from.registry === 'go' ? build(run, from, version, program) : install(run, from, version, folder);
  if (failed === undefined) return { kind: 'program', path: program };
  // Half of an installation would be taken for a whole one.
  rmSync(folder, { recursive: true });
  return { kind: 'absent', reason: failed };
}

/** Builds within the module itself, so that its own replacements and checksums hold. Why it failed; absent: it did not. */
function build(run: Run, { module, package: main }: GoModule, version: string, program: string): string | undefined {
  const got = run('go', ['mod', 'download', '-json', `${module}@${version}`]);
  if (got.kind === 'failed') return `the module cannot be had (${got.reason})`;
  const folder = String(record(JSON.parse(got.stdout)).Dir);
  const built = run('go', ['build', '-C', folder, '-mod=readonly', '-trimpath', '-o', program, main]);
  return built.kind === 'failed' ? `it was not built (${built.reason})` : undefined;
}

function install(run: Run, { package: name }: PythonPackage, version: string, folder: string): string | undefined {
  const steps: readonly (readonly [string, ...string[]])[] = [
    ['python3', '-m', 'venv', folder],
    [path.join(folder, 'bin', 'pip'), 'install', '--quiet', `${name}==${version}`],
  ];
  for (const [command, ...args] of steps) {
    const done = run(command, args);
    if (done.kind === 'failed') return `the package was not installed (${done.reason})`;
  }
  return undefined;
}

/** Runs one step. Why it failed, or what it printed. */
type Run = (command: string, args: readonly string[]) => Step;
type Step = { readonly kind: 'done'; readonly stdout: string } | { readonly kind: 'failed'; readonly reason: string };

const createRun =
  (limit: number): Run =>
  (command, args) => {
    const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      timeout: limit * 1000,
    });
    if (signal !== null) return { kind: 'failed', reason: `not done within ${limit} s` };
    if (error !== undefined) return { kind: 'failed', reason: error.message };
    if (status !== 0) return { kind: 'failed', reason: shortReason(`${stdout}\n${stderr}`) };
    return { kind: 'done', stdout };
  };

/** What a registry or a compiler said, without addresses: the HTTP status if it names one, else its last line. */
export function shortReason(said: string): string {
  const status = /\b[45]\d\d [A-Z][a-z]+(?: [A-Z][a-z]+)*/.exec(said)?.[0];
  const last = said.trim().split('\n').at(-1)?.trim();
  return status ?? (last || 'nothing was said').replaceAll(/https?:\/\/\S+/g, '…');
}
