/** Lines shown around what differs. */
const CONTEXT = 4;

/** How many lines two texts have in common from one end. */
function shared(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

/** One change as a diff without line numbers: what is taken away, what comes in its place, and a few lines around both. */
export function diffText(from: string, to: string): string {
  const [before, after] = [from.trimEnd().split('\n'), to.trimEnd().split('\n')];
  const head = shared(before, after);
  const tail = shared(before.slice(head).reverse(), after.slice(head).reverse());
  const marked = (mark: string, lines: readonly string[]): readonly string[] => lines.map(line => `${mark} ${line}`);
  return [
    ...marked(' ', before.slice(Math.max(0, head - CONTEXT), head)),
    ...marked('-', before.slice(head, before.length - tail)),
    ...marked('+', after.slice(head, after.length - tail)),
    ...marked(' ', before.slice(before.length - tail).slice(0, CONTEXT)),
  ].join('\n');
}
