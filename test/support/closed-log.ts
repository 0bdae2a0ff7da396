import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** What tests look at of a line. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  /** Of an input that is doubtful. */
  readonly problem?: { readonly message: string };
}

/** Lines of a log that are whole: the last one may be half written. */
function wholeLines(file: string): readonly LogLine[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map(line => JSON.parse(line) as LogLine);
}

/** The log of a process that was closed. Its last writes may still be under way then: waits for the line that says so. */
export async function closedLog(file: string): Promise<readonly LogLine[]> {
  await expect.poll(() => wholeLines(file).at(-1)?.msg, { timeout: 10_000 }).toBe('closed');
  return wholeLines(file);
}
