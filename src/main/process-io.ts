import { createReadStream } from 'node:fs';
import { homedir } from 'node:os';
import type { Io, Output } from '../cli/io.ts';
import { GateError } from '../errors.ts';

/** Bytes of a piece of a query file: big ones, since each costs a write. */
const PIECE_BYTES = 1024 * 1024;

/** The reader has gone (`| head`): nothing that follows is of use to anyone. */
const isBrokenPipe = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

/** Opened at the first use: to open standard error costs 2 ms, and a run without trouble has no use for it. */
function outputOf(open: () => NodeJS.WriteStream): Output {
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    if (opened !== undefined) return opened;
    opened = open().on('error', error => {
      if (!isBrokenPipe(error)) throw error;
      process.exit(process.exitCode);
    });
    return opened;
  };
  return {
    isTerminal: () => stream().isTTY === true,
    write: text =>
      new Promise(resolve => {
        stream().write(text, () => resolve());
      }),
  };
}

async function* pieces(file: string): AsyncIterable<Buffer> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES });
  try {
    for await (const piece of stream) yield piece;
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
    stdout: outputOf(() => process.stdout),
    stderr: outputOf(() => process.stderr),
    isColoured: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    workingFolder: process.cwd(),
    env,
    home: homedir(),
    today: () => new Date().toISOString().slice(0, 10),
    readStdin,
    readPieces: pieces,
  };
}
