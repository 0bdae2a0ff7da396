/** What `--help` says below the options: examples, and what the exit status means. */
export const exitStatus = (causes: string): string => `
Exit status:
  0  nothing is denied
  1  something is denied
  2  it could not judge: ${causes}, or an undetermined server`;
export const EXIT_STATUS = exitStatus('usage, unreadable input, nothing to judge');

export const examples = (lines: readonly string[]): string =>
  `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}`;
