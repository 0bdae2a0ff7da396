import { createReadStream, type ReadStream } from 'node:fs';
import { homedir } from 'node:os';
import { NO_FILE, openInput } from '../adapters/system/open-input.ts';
import type { Io, Output } from '../cli/io.ts';
import { GateError } from '../errors.ts';

/** Bytes of a piece of a query file: big ones, since each costs a write. */
const PIECE_BYTES = 1024 * 1024;

const isBrokenPipe = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

/** Opened at the first use: to open standard error costs 2 ms, and a run without trouble has no use for it. */
function outputOf(open: () => NodeJS.WriteStream): Output {
  let opened: NodeJS.WriteStream | undefined;
  let isClosed = false;
  const stream = (): NodeJS.WriteStream => {
    // Each write learns of its own trouble; unheard, the event would end the process.
    opened ??= open().on('error', () => undefined);
    return opened;
  };
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      stream().write(text, error => {
        if (!error) return resolve();
        isClosed = true;
        return isBrokenPipe(error) ? resolve() : reject(error);
      });
    });
  return {
    isTerminal: () => stream().isTTY === true,
    isClosed: () => isClosed,
    write: async text => {
      if (!isClosed) await write(text);
    },
  };
}

/** A full disk or the like must not pass for a report that was written. */
function mustBeWritten(output: Output): Output {
  const write = async (text: string): Promise<void> => {
    try {
      await output.write(text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GateError('unwritable-output', `standard output cannot be written: ${reason}`, { cause });
    }
  };
  return { ...output, write };
}

/** Where trouble is told there is nowhere left to tell its own. */
const writtenIfPossible = (output: Output): Output => ({
  ...output,
  write: text => output.write(text).catch(() => undefined),
});

function streamOf(file: string): ReadStream {
  const opened = openInput(file);
  if (opened.kind === 'no-file') throw new Error(NO_FILE);
  return createReadStream(file, { fd: opened.descriptor, highWaterMark: PIECE_BYTES });
}

async function* pieces(file: string): AsyncIterable<Buffer> {
  try {
    for await (const piece of file === '-' ? process.stdin : streamOf(file)) yield piece;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GateError('unreadable-file', `${file} cannot be read: ${reason}`, { cause });
  }
}

async function readStdin(): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces('-')) all.push(piece);
  return Buffer.concat(all);
}

/** This process. Colour follows the terminal, and NO_COLOR (no-color.org: set and not empty) or TERM=dumb forbid it. */
export function processIo(env: NodeJS.ProcessEnv): Io {
  return {
    stdout: mustBeWritten(outputOf(() => process.stdout)),
    stderr: writtenIfPossible(outputOf(() => process.stderr)),
    isColoured: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    workingFolder: process.cwd(),
    env,
    home: homedir(),
    today: () => new Date().toISOString().slice(0, 10),
    readStdin,
    readPieces: pieces,
  };
}
