import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as it is in the sources, which Node.js runs as they are: no test judges what was built before. */
export const PROGRAM = fileURLToPath(new URL('../../src/main/start.ts', import.meta.url));

/** The bundle that `npm run build` makes, for the tests of what is given away. */
export const BUNDLE = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));

/** What a run leaves behind. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Folder {
  readonly path: string;
  write(name: string, text: string): void;
  /** Runs the command line in the folder, without a terminal. */
  run(
    args: readonly string[],
    options?: { readonly stdin?: string; readonly env?: Record<string, string> },
  ): Promise<Ran>;
  remove(): void;
}

/** A new, empty folder of the system's temporary one. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'chokepoint-cli-'));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    run: (args, { stdin = '', env = {} } = {}) =>
      new Promise(resolve => {
        const options = { cwd: path, env: { PATH: process.env.PATH ?? '', ...env }, maxBuffer: 64 * 1024 * 1024 };
        const child = execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) => {
          resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
        });
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(stdin);
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
