/** Edits (insert, delete, replace) that turn one text into the other: Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replace = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Longest text for which a guess is made: names are short, and the cost grows with the square. */
const LONGEST = 64;

/** The candidate that was probably meant: at most a third of its letters differ. `undefined`: none is near. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length > LONGEST) return undefined;
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const edits = distance(text.toLowerCase(), name.toLowerCase());
    if (edits <= name.length / 3 && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** `; did you mean "x"?`, or nothing where no candidate is near. */
export function suggestion(text: string, candidates: Iterable<string>): string {
  const name = nearest(text, candidates);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}
