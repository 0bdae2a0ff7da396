import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const FOLDER = fileURLToPath(new URL('../golden/', import.meta.url));

/**
 * The text is the golden file's, byte for byte; a golden that is missing fails. `UPDATE_GOLDEN=1` writes what differs and fails all the same: look at
 * the difference, then run again without it.
 */
export function expectGolden(name: string, text: string): void {
  const file = `${FOLDER}${name}`;
  const golden = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (golden !== text && process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect.fail(`test/golden/${name} was written: read the difference, and run again without UPDATE_GOLDEN`);
  }
  if (golden === undefined) expect.fail(`test/golden/${name} is missing: UPDATE_GOLDEN=1 writes it`);
  expect(text).toBe(golden);
}
