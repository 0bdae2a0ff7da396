import { PLAIN, problemLine } from '../adapters/report/text.ts';
import type { Problem } from '../core/manifest.ts';

/** Problems for standard error, a line each. */
export function problemText(problems: readonly Problem[]): string {
  return problems.map(problem => `${problemLine(problem, PLAIN)}\n`).join('');
}
