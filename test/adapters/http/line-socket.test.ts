import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenForLines } from '../../../src/adapters/http/line-socket.ts';
import { askRecorder, handToRecorder } from '../../../src/adapters/notify/line-socket.ts';

let folder: string;
let socket: string;
let close: () => Promise<void>;
let taken: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-'));
  socket = join(folder, 'record.jsonl.sock');
  taken = [];
  // Of a recorder that was killed.
  writeFileSync(socket, '');
  close = await listenForLines(socket, {
    give: mark => ({ lines: [`after ${mark}`], mark: '1:9' }),
    take: lines => {
      if (lines.includes('bad')) throw new Error('the disk is full');
      taken.push(...lines);
    },
  });
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

test('A process of the same user asks for lines, and hands over others', async () => {
  expect(JSON.parse(await askRecorder(socket, '1:5'))).toEqual({ lines: ['after 1:5'], mark: '1:9' });
  await handToRecorder(socket, ['one', 'two']);
  await handToRecorder(socket, []);
  expect(taken).toEqual(['one', 'two']);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

test('What was not taken is not taken for taken', async () => {
  await expect(handToRecorder(socket, ['bad'])).rejects.toThrow('the recorder answers 500');
  await close();
  await expect(handToRecorder(socket, ['one'])).rejects.toThrow('ENOENT');
  await expect(askRecorder(socket, '')).rejects.toThrow('ENOENT');
});

test('A path that no socket can have is told', async () => {
  const nothing = { give: () => ({ lines: [], mark: '' }), take: () => undefined };
  await expect(listenForLines(join(folder, 'x'.repeat(120)), nothing)).rejects.toThrow('must not be longer than 103');
  await expect(listenForLines(join(folder, 'absent', 'sock'), nothing)).rejects.toThrow('cannot listen on');
});
