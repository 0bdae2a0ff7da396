import { appendFileSync, createReadStream, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IndexPlace, openSource } from '../../../src/adapters/audit-query/source.ts';
import type { Filter } from '../../../src/app/audit-query/filter.ts';
import { fields } from '../../app/audit-query/lines.ts';

/** An answer by the index is that of the file read whole, whatever became of either meanwhile. */

const FOLDER = mkdtempSync(join(tmpdir(), 'chokepoint-index-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Makes lines so long that some thousands fill several blocks. */
const PADDING = 'x'.repeat(2000);

const lineText = (seq: number, writer: string): string => {
  if (seq % 1000 === 500) return 'not JSON';
  if (seq % 1000 === 501) return '';
  const name = `server-${seq % 40}`;
  const object = { kind: seq % 3 === 0 ? 'Pod' : 'Deployment', namespace: `ns-${seq % 7}`, name };
  return JSON.stringify(
    fields({
      seq,
      writer,
      time: new Date(Date.parse('2026-01-01') + seq * 60_000).toISOString(),
      object,
      servers: [{ ...object, kind: 'Deployment' }],
      user: { name: seq === 4000 ? 'mallory' : `user-${seq % 11}` },
      decision: seq % 13 === 0 ? 'deny' : 'allow',
      findings: seq % 13 === 0 ? [{ rule: 'host-network', level: 'deny', message: 'hostNetwork is set' }] : [],
      padding: PADDING,
    }),
  );
};

const recordText = (from: number, to: number, writer = 'one'): string =>
  Array.from({ length: to - from }, (_, index) => `${lineText(from + index, writer)}\n`).join('');

const file = join(FOLDER, 'record.jsonl');
beforeAll(() => writeFileSync(file, recordText(1, 7000)));

const place = (folder = join(FOLDER, 'index')): IndexPlace & { readonly troubles: string[] } => {
  const troubles: string[] = [];
  return {
    folder,
    fromBytes: 0,
    onProgress: () => undefined,
    onTrouble: (_, error) => void troubles.push(String(error)),
    troubles,
  };
};

/** Sequence numbers of the lines that are found, and numbers of the lines that cannot be read. */
async function found(filter: Filter, index: IndexPlace | undefined, of = file): Promise<readonly string[]> {
  const lines: string[] = [];
  const readPieces = (name: string): AsyncIterable<Buffer> => createReadStream(name);
  const onUnreadable = ({ number, why }: { number: number; why: string }): void =>
    void lines.push(`line ${number}: ${why}`);
  for await (const { line } of openSource({ file: of, filter, onUnreadable, readPieces, index }))
    lines.push(`${line.writer} ${line.seq}`);
  return lines;
}

const FILTERS: readonly Filter[] = [
  {},
  { user: ['mallory'] },
  { user: ['nobody'] },
  { server: [{ namespace: 'ns-3', kind: undefined, name: 'server-3' }] },
  { object: [{ namespace: 'ns-3', kind: 'Pod', name: 'server-3' }] },
  { decision: ['deny'], namespace: ['ns-1', 'ns-2'] },
  { rule: ['host-network'], kind: ['Pod'], user: ['user-1', 'user-2'] },
  { sinceMs: Date.parse('2026-01-03'), untilMs: Date.parse('2026-01-04') },
  { decision: ['deny'], sinceMs: Date.parse('2026-01-05T12:00:00Z') },
];

test.each(FILTERS.map(filter => [filter]))('%j finds by the index what it finds without', async filter => {
  const index = place();
  expect(await found(filter, index)).toEqual(await found(filter, undefined));
  expect(index.troubles).toEqual([]);
});

const DENIED: Filter = { decision: ['deny'] };

test('What is appended is found, a last line that is not complete too, and it is not kept as it is', async () => {
  const grown = join(FOLDER, 'grown.jsonl');
  const index = place();
  writeFileSync(grown, recordText(1, 3000, 'grown'));
  await found(DENIED, index, grown);
  const [text, rest] = [recordText(3000, 6000, 'grown'), recordText(6000, 6014, 'grown')];
  appendFileSync(grown, text + rest.slice(0, -100));
  expect(await found(DENIED, index, grown)).toEqual(await found(DENIED, undefined, grown));
  appendFileSync(grown, rest.slice(-100));
  expect(await found(DENIED, index, grown)).toEqual(await found(DENIED, undefined, grown));
  expect((await found(DENIED, index, grown)).at(-1)).toBe('grown 6006');
});

test('A record that was renamed keeps its index, and what took its name has another', async () => {
  const folder = join(FOLDER, 'rotated-index');
  const rotated = join(FOLDER, 'rotated.jsonl');
  writeFileSync(rotated, recordText(1, 3000, 'rotated'));
  await found(DENIED, place(folder), rotated);
  renameSync(rotated, `${rotated}.1`);
  writeFileSync(rotated, recordText(1, 3000, 'successor'));
  expect(await found(DENIED, place(folder), rotated)).toEqual(await found(DENIED, undefined, rotated));
  expect(await found(DENIED, place(folder), `${rotated}.1`)).toEqual(await found(DENIED, undefined, `${rotated}.1`));
  expect(readdirSync(folder)).toHaveLength(2);
});

test('A file that was cut, or written anew behind its first line, is not answered from the index of what it was', async () => {
  const rewritten = join(FOLDER, 'rewritten.jsonl');
  const text = recordText(1, 5000, 'rewritten');
  writeFileSync(rewritten, text);
  await found(DENIED, place(), rewritten);
  writeFileSync(rewritten, text.slice(0, 5_000_000));
  expect(await found(DENIED, place(), rewritten)).toEqual(await found(DENIED, undefined, rewritten));
  writeFileSync(rewritten, text.slice(0, text.indexOf('\n') + 1) + recordText(10_001, 15_000, 'rewritten'));
  expect(await found(DENIED, place(), rewritten)).toEqual(await found(DENIED, undefined, rewritten));
});

test('Several at once make one index', async () => {
  const folder = join(FOLDER, 'together');
  const expected = await found(DENIED, undefined);
  const answers = await Promise.all([1, 2, 3].map(() => found(DENIED, place(folder))));
  expect(answers).toEqual([expected, expected, expected]);
  expect(await found(DENIED, place(folder))).toEqual(expected);
});

test('An index that is none any more is made anew; where none can be made, the file is read whole, and that is told', async () => {
  const folder = join(FOLDER, 'broken');
  await found(DENIED, place(folder));
  const [name = ''] = readdirSync(folder);
  writeFileSync(join(folder, name), 'no database at all, but long enough to be looked at'.repeat(100));
  const again = place(folder);
  expect(await found(DENIED, again)).toEqual(await found(DENIED, undefined));
  expect(again.troubles).toEqual([]);
  const nowhere = place(join(file, 'folder'));
  expect(await found(DENIED, nowhere)).toEqual(await found(DENIED, undefined));
  expect(nowhere.troubles).toHaveLength(1);
});

test('A line that is too long is told, and what is behind it found', async () => {
  const long = join(FOLDER, 'long.jsonl');
  writeFileSync(long, `${lineText(1, 'long')}\n${'y'.repeat(5 * 1024 * 1024)}\n${recordText(13, 3000, 'long')}`);
  const expected = await found(DENIED, undefined, long);
  expect(expected.slice(0, 2)).toEqual(['line 2: it is longer than 4194304 bytes', 'long 13']);
  expect(await found(DENIED, place(), long)).toEqual(expected);
});
