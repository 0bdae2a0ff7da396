import { expect, test } from 'vitest';
import { type FileLine, recordLines } from '../../../src/adapters/record/lines.ts';
import { MAX_LINE_BYTES } from '../../../src/app/record/line.ts';

async function* pieces(text: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < text.length; from += size) yield text.subarray(from, from + size);
}

async function read(text: string | Buffer, size = 3): Promise<readonly FileLine[]> {
  const lines: FileLine[] = [];
  for await (const line of recordLines(pieces(Buffer.from(text), size))) lines.push(line);
  return lines;
}

test.each<[what: string, text: string | Buffer, lines: readonly [text: string | undefined, isWhole: boolean][]]>([
  ['nothing', '', []],
  ['one line', 'one\n', [['one', true]]],
  ['an empty line', '\n', [['', true]]],
  [
    'a last line without its end',
    'one\ntwo',
    [
      ['one', true],
      ['two', false],
    ],
  ],
  [
    'a letter that two pieces share',
    'a€\nb\n',
    [
      ['a€', true],
      ['b', true],
    ],
  ],
  ['carriage returns, which are part of their lines', 'one\r\n', [['one\r', true]]],
  [
    'bytes that are no UTF-8',
    Buffer.from([0xff, 0x0a, 0x61, 0x0a]),
    [
      [undefined, true],
      ['a', true],
    ],
  ],
])('The lines of %s are read', async (_, text, lines) => {
  const expected = lines.map(([line, isWhole], index) => ({ number: index + 1, text: line, isWhole }));
  expect(await read(text)).toEqual(expected);
});

test('A line is as long as MAX_LINE_BYTES with its line feed, and what is longer is passed over', async () => {
  const longest = 'x'.repeat(MAX_LINE_BYTES - 1);
  const lines = await read(`${longest}\n${longest}x\nnext\n`, 64 * 1024);
  expect(lines.map(({ text }) => text?.length)).toEqual([longest.length, undefined, 4]);
});
