/** Lines shown around what differs, as `diff -u` does. */
export const CONTEXT = 3;

/** One line of both texts, or of one of them. */
interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

type Reached = ReadonlyMap<number, number>;

/** How far each diagonal comes with one more difference (Myers, An O(ND) Difference Algorithm). */
function step(a: readonly string[], b: readonly string[], before: Reached, differences: number): Reached {
  const reached = new Map<number, number>();
  for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
    const down = before.get(diagonal + 1) ?? -1;
    const right = (before.get(diagonal - 1) ?? -2) + 1;
    let x = Math.max(down, right, differences === 0 ? 0 : -1);
    if (x < 0) continue;
    while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
    reached.set(diagonal, x);
  }
  return reached;
}

/** The steps until both texts are at their ends; the last one reaches them. */
function stepsOf(a: readonly string[], b: readonly string[]): readonly Reached[] {
  const steps: Reached[] = [];
  for (let differences = 0; ; differences += 1) {
    const reached = step(a, b, steps.at(-1) ?? new Map(), differences);
    steps.push(reached);
    if ((reached.get(a.length - b.length) ?? -1) >= a.length) return steps;
  }
}

/** The fewest lines to take away and to add, in the order of the texts. */
function linesOf(a: readonly string[], b: readonly string[]): readonly Line[] {
  const steps = stepsOf(a, b);
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let differences = steps.length - 1; differences >= 0; differences -= 1) {
    const before = steps[differences - 1];
    const diagonal = x - y;
    const down = before?.get(diagonal + 1) ?? -1;
    const right = (before?.get(diagonal - 1) ?? -2) + 1;
    const start = before === undefined ? 0 : Math.max(down, right);
    for (; x > start; x -= 1, y -= 1) lines.push({ mark: ' ', text: a[x - 1] ?? '' });
    if (before === undefined) break;
    if (down >= right) {
      y -= 1;
      lines.push({ mark: '+', text: b[y] ?? '' });
    } else {
      x -= 1;
      lines.push({ mark: '-', text: a[x] ?? '' });
    }
  }
  return lines.reverse();
}

/** Ranges of lines that are shown together, first and last both inclusive. */
function hunksOf(lines: readonly Line[]): readonly (readonly [first: number, last: number])[] {
  const hunks: [number, number][] = [];
  lines.forEach(({ mark }, index) => {
    if (mark === ' ') return;
    const last = hunks.at(-1);
    if (last && index - CONTEXT <= last[1] + CONTEXT + 1) last[1] = index;
    else hunks.push([index, index]);
  });
  return hunks.map(([first, last]) => [Math.max(0, first - CONTEXT), Math.min(lines.length - 1, last + CONTEXT)]);
}

const NO_LINE_BREAK = '\n\\ No newline at end of file';

const split = (text: string): readonly string[] => {
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' ? lines : [...lines, `${last}${NO_LINE_BREAK}`];
};

function hunkText(lines: readonly Line[], first: number, last: number, firstLine: number): string {
  const count = (some: readonly Line[], other: Line['mark']): number =>
    some.filter(({ mark }) => mark !== other).length;
  const [before, shown] = [lines.slice(0, first), lines.slice(first, last + 1)];
  const range = (sign: '-' | '+', other: Line['mark']): string => {
    const length = count(shown, other);
    return `${sign}${count(before, other) + (length === 0 ? firstLine - 1 : firstLine)},${length}`;
  };
  const body = shown.map(({ mark, text }) => `${mark}${text}\n`).join('');
  return `@@ ${range('-', '+')} ${range('+', '-')} @@\n${body}`;
}

/**
 * A change to a file as `diff -u` and `git apply` have it. `before` is `undefined` where the file is new. Empty where nothing differs. `firstLine`: that of the file
 * on which the texts start, 1-based, where they are a part of it.
 */
export function unifiedDiff(file: string, before: string | undefined, after: string, firstLine = 1): string {
  const lines = linesOf(split(before ?? ''), split(after));
  const hunks = hunksOf(lines).map(([first, last]) => hunkText(lines, first, last, firstLine));
  if (hunks.length === 0) return '';
  const from = before === undefined ? '/dev/null' : `a/${file}`;
  return `--- ${from}\n+++ b/${file}\n${hunks.join('')}`;
}
