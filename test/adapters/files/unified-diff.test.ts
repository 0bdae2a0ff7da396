import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/adapters/files/unified-diff.ts';

const NO_BREAK = '\\ No newline at end of file\n';

/** What a text becomes by a diff, by the places and lines that the diff itself names. */
function patched(before: string, diff: string): string {
  const old = before.split(/(?<=\n)/);
  const result: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@ )/m).slice(1)) {
    const [head = '', ...body] = hunk.split(/(?<=\n)/);
    const [, first = '0', count = '0'] = /^@@ -(\d+),(\d+) /.exec(head) ?? [];
    const start = Number(first) - (Number(count) === 0 ? 0 : 1);
    result.push(...old.slice(at, start));
    at = start;
    body.forEach((line, index) => {
      if (line === NO_BREAK) return;
      const text = body[index + 1] === NO_BREAK ? line.slice(1, -1) : line.slice(1);
      if (line[0] !== '+') {
        expect(old[at] ?? '').toBe(text);
        at += 1;
      }
      if (line[0] !== '-') result.push(text);
    });
  }
  return [...result, ...old.slice(at)].join('');
}

describe('unifiedDiff', () => {
  it('has a few lines around each change, and joins those that touch', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', ''].join('\n');
    expect(unifiedDiff('f.yaml', before, before.replace('b', 'B').replace('j', 'j\nk'))).toBe(
      '--- a/f.yaml\n+++ b/f.yaml\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,3 +8,4 @@\n h\n i\n j\n+k\n',
    );
  });

  it('says of a new file that it is one, and of an end without a line break that it lacks it', () => {
    expect(unifiedDiff('f', undefined, 'a\n')).toBe('--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+a\n');
    expect(unifiedDiff('f', 'a', 'a\n')).toBe(`--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-a\n${NO_BREAK}+a\n`);
    expect(unifiedDiff('f', 'a\n', 'a\n')).toBe('');
  });

  it('makes the one text of the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd e'), { maxLength: 30 }).map(lines => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff('f', before, after);
        expect(diff === '').toBe(before === after);
        expect(patched(before, diff)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });
});
