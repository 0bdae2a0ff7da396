import { join } from 'node:path';
import type { Problem } from '../../core/manifest.ts';
import { fileProblem } from '../yaml/text.ts';
import type { CompileRules, IgnoreRules } from './ignore-rules.ts';
import { createLoader } from './load.ts';

/** Who left files out. */
export type LeftOutBy = 'option' | 'ignoreFile';

/** What is left out of the search. */
export interface LeftOut {
  /** Patterns as gitignore has them, relative to each folder given. */
  readonly exclude: readonly string[];
  /** Whether each `.chokepointignore` of the folders leaves out what it names. */
  readonly ignoreFiles: boolean;
  /** Reads patterns; absent: not loaded yet, so that there are none to go by. */
  readonly compile?: CompileRules;
}

/** Rules that hold from a folder on. */
export interface Scope {
  /** The folder, as it was reached; empty for the one given. */
  readonly folder: string;
  readonly rules: IgnoreRules;
}

/** The name of the files with patterns, as `.gitignore` is git's. */
export const IGNORE_FILE = '.chokepointignore';
const MAX_IGNORE_FILE_BYTES = 64 * 1024;

/** The rules of the option; none where there are no patterns, or they are not gone by. */
export function compileOption({ exclude, compile }: LeftOut, problems: Problem[]): IgnoreRules | undefined {
  if (compile === undefined || exclude.length === 0) return undefined;
  const rules = compile(exclude.join('\n'));
  if (!('refused' in rules)) return rules;
  problems.push(fileProblem('ignore-rules', '', `--exclude cannot be gone by: ${rules.refused}`));
  return undefined;
}

/** The rules of the folder's own file, of which the caller knows that it is there; none where it is not gone by. */
export function ignoreFileIn(
  folder: string,
  relative: string,
  compile: CompileRules,
  problems: Problem[],
): readonly Scope[] {
  const file = join(folder, IGNORE_FILE);
  const loaded = createLoader(MAX_IGNORE_FILE_BYTES)(file);
  if (loaded.kind === 'problem') problems.push(loaded.problem);
  if (loaded.kind !== 'text') return [];
  const rules = compile(loaded.text);
  if (!('refused' in rules)) return [{ folder: relative, rules }];
  problems.push(fileProblem('ignore-rules', file, `this file cannot be gone by: ${rules.refused}`));
  return [];
}

/**
 * Who leaves out what stands at a path below the folder given, as git decides: the innermost file that has a matching rule, and the option before them all.
 * `scopes`: the innermost first.
 */
export function leftOutBy(
  option: IgnoreRules | undefined,
  scopes: readonly Scope[],
  relative: string,
): LeftOutBy | undefined {
  const byOption = option?.decide(relative);
  if (byOption !== undefined) return byOption === 'left-out' ? 'option' : undefined;
  for (const { folder, rules } of scopes) {
    const decided = rules.decide(folder === '' ? relative : relative.slice(folder.length + 1));
    if (decided !== undefined) return decided === 'left-out' ? 'ignoreFile' : undefined;
  }
  return undefined;
}
