import { createReadStream, fstatSync, type ReadStream, statSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { NO_FILE, openInput } from '../adapters/system/open-input.ts';
import type { Io, Output } from '../cli/io.ts';
import { GateError, messageOf } from '../errors.ts';

/** Bytes of a piece of a query file: big ones, since each costs a write. */
const PIECE_BYTES = 1024 * 1024;

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** What is written to it is gone. */
const NOWHERE = '/dev/null';

/** Whether a descriptor can be a terminal. Only a stream of Node.js knows whether it is one, and loading streams costs a short run a tenth. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && stat.rdev !== statSync(NOWHERE, { throwIfNoEntry: false })?.rdev;
  } catch {
    return true;
  }
}

/** Writes without a stream; returns what a pipe that does not wait for its reader had no room for. Throws what the file system throws. */
function writeAtOnce(descriptor: number, text: string): Buffer {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  } catch (error) {
    if (!hasCode(error, 'EAGAIN')) throw error;
  }
  return rest;
}

/** Standard output or standard error, by its number. */
function outputOf(descriptor: 1 | 2): Output {
  const needsStream = mayBeTerminal(descriptor);
  let opened: NodeJS.WriteStream | undefined;
  let isClosed = false;
  const stream = (): NodeJS.WriteStream => {
    // Each write learns of its own trouble; unheard, the event would end the process.
    opened ??= (descriptor === 1 ? process.stdout : process.stderr).on('error', () => undefined);
    return opened;
  };
  const writeToStream = (bytes: string | Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      stream().write(bytes, error => (error ? reject(error) : resolve()));
    });
  const write = async (text: string): Promise<void> => {
    if (needsStream || opened !== undefined) return writeToStream(text);
    const rest = writeAtOnce(descriptor, text);
    if (rest.length > 0) await writeToStream(rest);
  };
  return {
    isTerminal: () => needsStream && stream().isTTY === true,
    isClosed: () => isClosed,
    write: async text => {
      if (isClosed) return;
      try {
        await write(text);
      } catch (error) {
        isClosed = true;
        if (!hasCode(error, 'EPIPE')) throw error;
      }
    },
  };
}

/** A full disk or the like must not pass for a report that was written. */
function mustBeWritten(output: Output): Output {
  const write = async (text: string): Promise<void> => {
    try {
      await output.write(text);
    } catch (cause) {
      const reason = messageOf(cause);
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
    const reason = messageOf(cause);
    throw new GateError('unreadable-file', `${file} cannot be read: ${reason}`, { cause });
  }
}

/** A second signal ends the process as it would have without us. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function readStdin(): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces('-')) all.push(piece);
  return Buffer.concat(all);
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import('node:readline');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise(resolve => {
    let answer: string | undefined;
    terminal.once('close', () => {
      if (answer === undefined) process.stderr.write('\n');
      resolve(answer);
    });
    terminal.question(question, line => {
      answer = line.trim();
      terminal.close();
    });
  });
}

/** This process. Colour follows the terminal, and NO_COLOR (no-color.org: set and not empty) or TERM=dumb forbid it. */
export function processIo(env: NodeJS.ProcessEnv): Io {
  const stdout = outputOf(1);
  const isTerminal = stdout.isTerminal();
  return {
    stdout: mustBeWritten(stdout),
    stderr: writtenIfPossible(outputOf(2)),
    isColoured: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: isTerminal ? process.stdout.columns : undefined,
    workingFolder: process.cwd(),
    env,
    home: homedir(),
    today: () => new Date().toISOString().slice(0, 10),
    ask,
    interrupted,
    readStdin,
    readPieces: pieces,
  };
}
