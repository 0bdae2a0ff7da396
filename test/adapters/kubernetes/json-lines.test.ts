import { expect, test } from 'vitest';
import { jsonLines } from '../../../src/adapters/kubernetes/client/json-lines.ts';

async function linesOf(chunks: readonly (string | Buffer)[]): Promise<readonly unknown[]> {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const lines: unknown[] = [];
  for await (const line of jsonLines(stream())) lines.push(line.kind === 'object' ? line.fields : line.kind);
  return lines;
}
const euro = Buffer.from('{"a":"€"}\n');

test.each<readonly [string, readonly (string | Buffer)[], readonly unknown[]]>([
  ['one line', ['{"a":1}\n'], [{ a: 1 }]],
  ['two lines in one piece', ['{"a":1}\n{"b":2}\n'], [{ a: 1 }, { b: 2 }]],
  ['one line in pieces', ['{"a"', ':1', '}\n'], [{ a: 1 }]],
  ['a letter in pieces', [euro.subarray(0, 7), euro.subarray(7)], [{ a: '€' }]],
  ['a last line without its end', ['{"a":1}\n{"b":2}'], [{ a: 1 }]],
  ['empty lines', ['\n\n{"a":1}\n\n'], [{ a: 1 }]],
  ['lines of spaces', [' \n\t\r\n{"a":1}\r\n'], [{ a: 1 }]],
  ['no JSON', ['{\n{"a":1}\n'], ['malformed', { a: 1 }]],
  ['JSON that is no object', ['[]\nnull\n7\n"a"\n'], ['malformed', 'malformed', 'malformed', 'malformed']],
  ['nothing', [], []],
])('%s', async (_, chunks, lines) => {
  expect(await linesOf(chunks)).toEqual(lines);
});

test('a line that does not end is given up, and what comes after it', async () => {
  const piece = 'x'.repeat(16 * 1024 * 1024);
  expect(await linesOf([piece, piece, piece, piece])).toEqual([]);
  expect(await linesOf([piece, piece, piece, piece, 'x', '\n{"a":1}\n'])).toEqual(['malformed']);
});
