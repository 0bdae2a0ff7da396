import ignore from 'ignore';

/** Rules of one place: of the option, or of one `.chokepointignore`. */
export interface IgnoreRules {
  /** Of a path below the place, with `/` between its parts and, of a folder, at its end. `undefined`: no rule matches. */
  decide(path: string): 'left-out' | 'kept' | undefined;
}

/** Takes patterns, a line each, as gitignore has them; or gives the reason why they are refused. */
export type CompileRules = (patterns: string) => IgnoreRules | { readonly refused: string };

/** Far more than anybody writes. Whoever may write the file must not be able to make the judge slow. */
const MAX_LINES = 1000;
/** Runs of asterisks: a pattern with many can take a regular expression as long as it likes. */
const MAX_WILDCARDS = { pattern: 6, segment: 3 } as const;

const wildcards = (text: string): number => text.match(/\*+/g)?.length ?? 0;

const isTooWild = (line: string): boolean =>
  wildcards(line) > MAX_WILDCARDS.pattern || line.split('/').some(part => wildcards(part) > MAX_WILDCARDS.segment);

export const compileRules: CompileRules = patterns => {
  const lines = patterns.split(/\r?\n/);
  if (lines.length > MAX_LINES) return { refused: `there are more than ${MAX_LINES} patterns` };
  const wild = lines.find(isTooWild);
  if (wild !== undefined)
    return { refused: `the pattern ${JSON.stringify(wild.slice(0, 100))} has too many asterisks` };
  const rules = ignore({ ignorecase: false }).add(lines.join('\n'));
  return {
    decide(path) {
      // Who asks has come through the folder: deeper rules took it back, and what left it out says nothing of what is in it.
      const folder = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
      if (folder !== '' && rules.test(folder).ignored) return undefined;
      const { ignored, unignored } = rules.test(path);
      return ignored ? 'left-out' : unignored ? 'kept' : undefined;
    },
  };
};
