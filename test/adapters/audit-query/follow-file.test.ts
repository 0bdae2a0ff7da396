import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FollowedFile, followFile } from '../../../src/adapters/audit-query/follow-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-follow-'));
  file = join(folder, 'record.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (uid: string): string => `${JSON.stringify({ time: '2026-01-01T00:00:00Z', type: 'decision', uid })}\n`;

const uids = async (followed: FollowedFile): Promise<readonly string[]> =>
  (await followed.read()).lines.map(({ uid }) => uid);

test('What stands there is read, and then what was added, each line once and as a whole', async () => {
  writeFileSync(file, line('a') + line('b').slice(0, 10));
  const followed = followFile(file);
  expect(await uids(followed)).toEqual(['a']);
  expect(await uids(followed)).toEqual([]);
  appendFileSync(file, line('b').slice(10) + line('c'));
  expect(await uids(followed)).toEqual(['b', 'c']);
});

test('A file that another one took the place of, or that was cut, is read from its beginning', async () => {
  writeFileSync(file, line('a') + line('b'));
  const followed = followFile(file);
  await followed.read();
  renameSync(file, `${file}.000001`);
  writeFileSync(file, line('c') + line('d') + line('e'));
  expect(await uids(followed)).toEqual(['c', 'd', 'e']);
  writeFileSync(file, line('f'));
  expect(await uids(followed)).toEqual(['f']);
});

test('What is no line of a record is counted, and the others are read', async () => {
  writeFileSync(file, `not JSON\n${line('a')}{}\n\n`);
  const { lines, unreadable } = await followFile(file).read();
  expect([lines.map(({ uid }) => uid), unreadable]).toEqual([['a'], 2]);
});

test('A file that is not there yet is told as the file system tells it, and read once it is', async () => {
  const followed = followFile(file);
  await expect(followed.read()).rejects.toThrow(/ENOENT/);
  writeFileSync(file, line('a'));
  expect(await uids(followed)).toEqual(['a']);
});
