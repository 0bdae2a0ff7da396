import type { Mutant } from './find-mutants.ts';

/** A mutant and the number that turns it on. */
export interface Numbered extends Mutant {
  /** From 1 on; 0 stands for the sources as they are. */
  readonly id: number;
}

/** The function that the setup file of the tests defines. */
const SWITCH = 'globalThis.isMutated';

/** The switches of mutants at one place around the text that stands there. */
function switched(mutants: readonly Numbered[], original: string): string {
  const [first] = mutants;
  if (first?.isStatement) return `{ if (!${SWITCH}(${first.id})) { ${original} } }`;
  return `(${mutants.map(({ id, after }) => `${SWITCH}(${id}) ? (${after}) : `).join('')}(${original}))`;
}

/**
 * The text with all of the mutants in it, each behind its switch, so that one build serves every run and the tests tell which of them they reach. A
 * mutant's own text is that of the source: of two that are nested, one is on.
 */
export function withSwitches(text: string, mutants: readonly Numbered[]): string {
  const inside = (start: number, end: number, all: readonly Numbered[]): string => {
    const [outermost] = [...all].sort((a, b) => a.start - b.start || b.end - a.end);
    if (outermost === undefined) return text.slice(start, end);
    const isHere = (other: Numbered): boolean => other.start === outermost.start && other.end === outermost.end;
    const within = all.filter(other => !isHere(other) && other.end <= outermost.end);
    const behind = all.filter(other => other.start >= outermost.end);
    return [
      text.slice(start, outermost.start),
      switched(all.filter(isHere), inside(outermost.start, outermost.end, within)),
      inside(outermost.end, end, behind),
    ].join('');
  };
  return inside(0, text.length, mutants);
}
