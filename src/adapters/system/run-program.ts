import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

/** One run of a program: no shell, no standard input. */
export interface ProgramRun {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds after which it is ended; inclusive. */
  readonly timeoutMs: number;
  /** Of standard output; one byte more ends it. */
  readonly maxBytes: number;
}

export type ProgramEnd =
  | { readonly kind: 'printed'; readonly output: Buffer }
  /** `reason`: a clause, `says`: the end of what it wrote on standard error, as it is. */
  | { readonly kind: 'failed'; readonly reason: string; readonly says: string };

/** What is kept of standard error. */
const MAX_ERROR_BYTES = 16 * 1024;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends a program with everything that it started: it leads a process group of its own. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Ends the program with us: a signal of the terminal does not reach its group. Returns what takes that back. */
function endWithUs(child: ChildProcess): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    killGroup(child);
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return release;
}

/** Runs a program within its limits. Never rejects: whatever goes wrong is the end of the run. */
export function runProgram({ program, args, env, timeoutMs, maxBytes }: ProgramRun): Promise<ProgramEnd> {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const output: Buffer[] = [];
    let [bytes, says] = [0, Buffer.alloc(0)];
    const end = (ended: ProgramEnd): void => {
      clearTimeout(timer);
      release();
      killGroup(child);
      // What has left the group may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(ended);
    };
    const fail = (reason: string): void => end({ kind: 'failed', reason, says: says.toString('utf8') });
    const timer = setTimeout(() => fail(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const release = endWithUs(child);
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxBytes) fail(`it printed more than ${maxBytes} bytes`);
      else output.push(piece);
    });
    child.stderr.on('data', (piece: Buffer) => {
      says = Buffer.concat([says, piece]).subarray(-MAX_ERROR_BYTES);
    });
    child.on('error', error => fail(`it cannot be started: ${error.message}`));
    // Whatever it left running may hold its output open, so that nothing would ever close.
    child.on('exit', () => killGroup(child));
    child.on('close', (code, signal) => {
      if (code === 0) end({ kind: 'printed', output: Buffer.concat(output) });
      else fail(code === null ? `it was ended by ${signal}` : `it ended with status ${code}`);
    });
  });
}
