import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What those that run beside one another have in common. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves to the exit code of what was started; signals that end us end it. */
export function ended(child: ChildProcess): Promise<number> {
  for (const signal of SIGNALS) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code ?? 1));
  });
}

/** Whole lines, so that those of two runs do not mix. */
export function passOn(from: Readable, to: Writable, onLine: (line: string) => void = () => undefined): void {
  createInterface(from).on('line', line => {
    to.write(`${line}\n`);
    onLine(line);
  });
}
