import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Path of a program that is built with Go, once for every clone. `main`: its package, `module/cmd/name`; `version`: as Go has it, `v1.2.3`. */
export function goProgram(main: string, version: string): string {
  const name = basename(main);
  const folder = join(homedir(), '.cache', 'chokepoint', `${name}-${version}`);
  if (!existsSync(join(folder, name))) {
    mkdirSync(folder, { recursive: true });
    const env = { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' };
    execFileSync('go', ['install', `${main}@${version}`], { cwd: tmpdir(), env, stdio: 'ignore' });
  }
  return join(folder, name);
}
