import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Io, Mains, Output } from '../../src/cli/io.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { processIo } from '../../src/main/process-io.ts';

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

interface Given {
  readonly stdin?: string;
  /** What the person at the terminal answers, one after the other; absent: nobody is there. */
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Folder {
  readonly path: string;
  write(name: string, text: string): void;
  /** Runs the command line in the folder, without a terminal, in this process; one run at a time. Starts no server. */
  run(args: readonly string[], given?: Given): Promise<Ran>;
  /** The same in a process of its own, for what only that shows. */
  start(args: readonly string[], given?: Given): Promise<Ran>;
  remove(): void;
}

const noServer = (): never => {
  throw new Error('a server is started in a process of its own');
};
const NO_MAINS: Mains = {
  serve: noServer,
  controller: noServer,
  recorder: noServer,
  dashboard: noServer,
  demo: noServer,
};

/** Gathers what is written: not closed, no terminal. */
function createGathered(): { readonly output: Output; readonly text: () => string } {
  const pieces: string[] = [];
  const write = async (text: string): Promise<void> => void pieces.push(text);
  return { output: { isTerminal: () => false, isClosed: () => false, write }, text: () => pieces.join('') };
}

/** Runs the command line in a folder, without a terminal, in this process; one run at a time. Starts no server. */
export async function runIn(
  folder: string,
  args: readonly string[],
  { stdin = '', answers = [], env = {} }: Given = {},
): Promise<Ran> {
  const given = [...answers];
  let left = stdin;
  const [stdout, stderr] = [createGathered(), createGathered()];
  const before = process.cwd();
  process.chdir(folder);
  const real = processIo({ PATH: process.env.PATH, ...env });
  const io: Io = {
    ...real,
    stdout: stdout.output,
    stderr: stderr.output,
    isColoured: false,
    interrupted: () => new AbortController().signal,
    ask: async question => {
      if (answers.length > 0) await stderr.output.write(question);
      return given.shift();
    },
    // As of a process: what was read is gone.
    readStdin: async () => {
      const read = left;
      left = '';
      return Buffer.from(read);
    },
    async *readPieces(file) {
      if (file === '-') yield Buffer.from(stdin);
      else yield* real.readPieces(file);
    },
  };
  try {
    const status = await runCommandLine(args, io, NO_MAINS);
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.chdir(before);
  }
}

function startIn(folder: string, args: readonly string[], { stdin = '', env = {} }: Given): Promise<Ran> {
  const options = { cwd: folder, env: { PATH: process.env.PATH ?? '', ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

/** A new, empty folder of the system's temporary one. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'chokepoint-cli-'));
  let last: Promise<unknown> = Promise.resolve();
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    run: (args, given = {}) => {
      const ran = last.then(() => runIn(path, args, given));
      last = ran.catch(() => undefined);
      return ran;
    },
    start: (args, given = {}) => startIn(path, args, given),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
