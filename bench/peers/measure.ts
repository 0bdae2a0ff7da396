import { spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReadAnswer } from './answers.ts';

/** A checker that can be run. */
export interface Checker {
  readonly name: string;
  readonly version: string;
  readonly looksFor: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly read: ReadAnswer;
}

/** What one run took. */
export interface Cost {
  readonly seconds: number;
  /** Processor time in seconds, of all threads and children. */
  readonly processor: number;
  /** Resident memory at its peak, in MB: of the largest process. */
  readonly megabytes: number;
}

export type Run =
  | { readonly kind: 'answered'; readonly cost: Cost; readonly named: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly reason: string };

/** The exit status of timeout(1) where it ended the program. */
const ENDED = 124;

/** Runs it once, as a whole process (time(1) of GNU measures it); `limit` is in seconds. Its status is no sign: each checker ends with another. */
export function runOnce({ program, args, read }: Checker, folder: string, limit: number): Run {
  const [told, printed, complained] = ['told', 'printed', 'complained'].map(name => path.join(folder, name));
  if (told === undefined || printed === undefined || complained === undefined) throw new Error('three files');
  const command = [String(limit), 'time', '--output', told, '--format', '%e %U %S %M', program, ...args];
  const stdio = ['ignore', openSync(printed, 'w'), openSync(complained, 'w')] as const;
  const { status, error } = spawnSync('timeout', command, { stdio: [...stdio] });
  if (error !== undefined) throw error;
  if (status === ENDED) return { kind: 'failed', reason: `it did not end within ${limit} s` };
  try {
    return { kind: 'answered', cost: readCost(readFileSync(told, 'utf8')), named: read(readFileSync(printed, 'utf8')) };
  } catch (unread) {
    const last = readFileSync(complained, 'utf8').trim().split('\n').at(-1);
    return { kind: 'failed', reason: `its answer cannot be read (${last || String(unread)})` };
  }
}

/** The last line of what time(1) says in the format above: a line on the exit status may stand before it. */
export function readCost(told: string): Cost {
  const [seconds, user, system, kilobytes] = (told.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const cost = {
    seconds: seconds ?? Number.NaN,
    processor: (user ?? Number.NaN) + (system ?? Number.NaN),
    megabytes: (kilobytes ?? Number.NaN) / 1024,
  };
  if (Object.values(cost).some(Number.isNaN)) throw new Error(`time(1) said ${told}`);
  return cost;
}
