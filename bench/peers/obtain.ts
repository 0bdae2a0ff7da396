import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
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

/** Installs a checker in the user's cache, where it is not there yet. Needs `go` or `python3` on the PATH, and their registry. */
export function obtain({ name, version, from }: Peer): Obtained {
  const folder = path.join(KEPT, `${name}-${version}`);
  const program = from.registry === 'go' ? path.join(folder, name) : path.join(folder, 'bin', name);
  if (existsSync(program)) return { kind: 'program', path: program };
  process.stderr.write(`${name} ${version} is installed in ${folder}\n`);
  mkdirSync(folder, { recursive: true });
  const failed = from.registry === 'go' ? build(from, version, program) : install(from, version, folder);
  if (failed === undefined) return { kind: 'program', path: program };
  // Half of an installation would be taken for a whole one.
  rmSync(folder, { recursive: true });
  return { kind: 'absent', reason: failed };
}

/** Builds within the module itself, so that its own replacements and checksums hold. Why it failed; absent: it did not. */
function build({ module, package: main }: GoModule, version: string, program: string): string | undefined {
  const got = run('go', ['mod', 'download', '-json', `${module}@${version}`]);
  if (got.status !== 0) return `the module cannot be had (${reasonOf(got)})`;
  const folder = String(record(JSON.parse(got.stdout)).Dir);
  const built = run('go', ['build', '-C', folder, '-mod=readonly', '-trimpath', '-o', program, main]);
  return built.status === 0 ? undefined : `it cannot be built (${reasonOf(built)})`;
}

function install({ package: name }: PythonPackage, version: string, folder: string): string | undefined {
  const steps: readonly (readonly [string, ...string[]])[] = [
    ['python3', '-m', 'venv', folder],
    [path.join(folder, 'bin', 'pip'), 'install', '--quiet', `${name}==${version}`],
  ];
  for (const [command, ...args] of steps) {
    const done = run(command, args);
    if (done.status !== 0) return `the package cannot be installed (${reasonOf(done)})`;
  }
  return undefined;
}

const run = (command: string, args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(command, args, { encoding: 'utf8' });

function reasonOf({ error, stdout, stderr }: SpawnSyncReturns<string>): string {
  return error === undefined ? shortReason(`${stdout}\n${stderr}`) : error.message;
}

/** What a registry or a compiler said, without addresses: the HTTP status if it names one, else its last line. */
export function shortReason(said: string): string {
  const status = /\b[45]\d\d [A-Z][a-z]+(?: [A-Z][a-z]+)*/.exec(said)?.[0];
  const last = said.trim().split('\n').at(-1)?.trim();
  return status ?? (last || 'nothing was said').replaceAll(/https?:\/\/\S+/g, '…');
}
