import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject } from 'vitest';

/** What a run of the tests is told. */
interface MutantRun {
  /** The mutant that is on; 0: none, and it is written down which are reached. */
  readonly active: number;
  /** How often the active one may be reached: beyond it, it is taken for a loop without end. */
  readonly limit: number;
  /** A folder for what is reached, a file for each file of tests. */
  readonly folder: string;
}

/** What a file of tests reached. */
export interface Reached {
  readonly testFile: string;
  /** How often each mutant was asked for, by its number. */
  readonly counts: readonly (readonly [id: number, count: number])[];
}

declare module 'vitest' {
  interface ProvidedContext {
    mutants: MutantRun;
  }
}

declare global {
  var isMutated: (id: number) => boolean;
}

const { active, limit, folder } = inject('mutants');
const counts = new Map<number, number>();
let reached = 0;

function isActive(id: number): boolean {
  if (id !== active) return false;
  reached += 1;
  if (reached > limit) throw new Error(`mutant ${id} does not end`);
  return true;
}

function count(id: number): boolean {
  counts.set(id, (counts.get(id) ?? 0) + 1);
  return false;
}

globalThis.isMutated = active === 0 ? count : isActive;

afterAll(() => {
  if (active !== 0) return;
  const testFile = expect.getState().testPath ?? '';
  const name = `${testFile.replaceAll(/[^\w.-]/g, '_')}.json`;
  writeFileSync(join(folder, name), JSON.stringify({ testFile, counts: [...counts] } satisfies Reached));
});
