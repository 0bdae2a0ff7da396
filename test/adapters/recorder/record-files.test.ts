import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRecordFiles, type RecordFiles } from '../../../src/adapters/recorder/record-files.ts';

const MIB = 1024 * 1024;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-recorder-'));
  file = join(folder, 'record.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lost: string[] = [];
const open = (maxBytes = 1024 * MIB, sinks: readonly string[] = ['a', 'b']): RecordFiles => {
  lost.length = 0;
  return openRecordFiles({ file, sinks, maxBytes, onLost: (sink, lines) => void lost.push(`${sink} ${lines}`) });
};

/** Reads and commits all that there is for a sink; its lines, by their beginnings. */
function drain(files: RecordFiles, sink: string): readonly string[] {
  const lines: string[] = [];
  for (let found = files.read(files.position(sink)); found !== undefined; found = files.read(files.position(sink))) {
    if ('moved' in found) files.commit(sink, found.moved);
    else {
      lines.push(...found.batch.lines.map(line => line.slice(0, 8)));
      files.commit(sink, found.batch.to);
    }
  }
  return lines;
}

/** Half a MiB each. */
const big = (...names: readonly string[]): string => names.map(name => `${name.padEnd(MIB / 2 - 1, '.')}\n`).join('');
const heads = (...names: readonly string[]): readonly string[] => names.map(name => name.padEnd(8, '.'));

test('Whole lines are read, once, by each sink', () => {
  writeFileSync(file, 'one\ntwo\nthr');
  const files = open();
  expect(drain(files, 'a')).toEqual(['one', 'two']);
  appendFileSync(file, 'ee\n');
  expect(drain(files, 'a')).toEqual(['three']);
  expect(drain(files, 'b')).toEqual(['one', 'two', 'three']);
});

test('A recorder that begins again goes on where it had committed, with what it had not', () => {
  writeFileSync(file, 'one\ntwo\n');
  drain(open(), 'a');
  appendFileSync(file, 'three\n');
  const again = open();
  expect([drain(again, 'a'), drain(again, 'b')]).toEqual([['three'], ['one', 'two', 'three']]);
});

test('A record that is not there yet has nothing', () => {
  expect(drain(open(), 'a')).toEqual([]);
});

test('A record that was emptied is read from its beginning', () => {
  writeFileSync(file, 'one\ntwo\n');
  const files = open();
  drain(files, 'a');
  writeFileSync(file, 'new\n');
  expect(drain(files, 'a')).toEqual(['new']);
});

test('A record that has grown big is set aside, and read to its end though the gate wrote on', () => {
  writeFileSync(file, big('one', 'two'));
  const files = open(4 * MIB);
  files.tend();
  expect(existsSync(file)).toBe(false);
  const aside = `${file}.000001`;
  expect(drain(files, 'a')).toEqual(heads('one', 'two'));
  appendFileSync(aside, 'late\n');
  expect(drain(files, 'a')).toEqual(['late']);
  writeFileSync(file, 'after\n');
  expect(drain(files, 'a')).toEqual(['after']);
  files.tend();
  expect(existsSync(aside)).toBe(true);
  drain(files, 'b');
  files.tend();
  expect(existsSync(aside)).toBe(false);
  expect(lost).toEqual([]);
});

test('Beyond its bound the oldest file is dropped, and what a sink had not got is counted', () => {
  const files = open(4 * MIB);
  for (const names of [
    ['one', 'two', 'three'],
    ['four', 'five', 'six'],
    ['seven', 'eight', 'nine'],
  ]) {
    writeFileSync(file, big(...names));
    if (names[0] === 'one') files.commit('a', { segment: 1, offset: MIB });
    files.tend();
  }
  writeFileSync(file, 'ten\n');
  files.tend();
  expect(lost).toEqual(['a 1', 'b 3']);
  expect(drain(files, 'b')).toEqual([...heads('four', 'five', 'six', 'seven', 'eight', 'nine'), 'ten']);
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(4 * MIB);
});

test('A sink that is new begins with the oldest line that is there', () => {
  writeFileSync(file, big('one', 'two'));
  const files = open(4 * MIB);
  files.tend();
  writeFileSync(file, 'three\n');
  drain(files, 'a');
  expect(drain(open(4 * MIB, ['a', 'c']), 'c')).toEqual([...heads('one', 'two'), 'three']);
});

test('Bytes that wait are those behind the position, in all files', () => {
  writeFileSync(file, big('one', 'two'));
  const files = open(4 * MIB);
  files.tend();
  writeFileSync(file, 'three\n');
  expect(files.waiting('a')).toBe(MIB + 6);
  drain(files, 'a');
  expect(files.waiting('a')).toBe(0);
});

test('A file of positions that cannot be read is an error, not a beginning from the start', () => {
  writeFileSync(`${file}.shipped`, '{');
  expect(() => open()).toThrow('cannot be read');
});
