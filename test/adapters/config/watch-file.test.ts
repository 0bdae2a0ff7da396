import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchFile } from '../../../src/adapters/config/watch-file.ts';

let folder: string;
let file: string;
let changes: number;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  file = join(folder, 'gate.yaml');
  changes = 0;
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const watch = (): void => {
  stop = watchFile(file, 10, () => {
    changes += 1;
  });
};

test.each<readonly [string, () => void, number]>([
  ['that stays as it is', () => undefined, 0],
  ['that is written again', () => writeFileSync(file, 'longer than before'), 1],
  [
    'that is swapped behind its name, as a ConfigMap is',
    () => {
      writeFileSync(join(folder, 'next'), 'after');
      renameSync(join(folder, 'next'), file);
    },
    1,
  ],
  ['that goes', () => rmSync(file), 1],
])('a file %s is told of as often as it changes', (_what, change, expected) => {
  writeFileSync(file, 'before');
  watch();
  vi.advanceTimersByTime(20);
  change();
  vi.advanceTimersByTime(50);
  expect(changes).toBe(expected);
});

test('a file that comes later is told of, and after the end nothing is', () => {
  watch();
  writeFileSync(file, 'there');
  vi.advanceTimersByTime(10);
  expect(changes).toBe(1);
  stop();
  rmSync(file);
  vi.advanceTimersByTime(50);
  expect(changes).toBe(1);
});
