import { applyFixes } from '../adapters/files/apply-fixes.ts';
import { policyFileFor } from '../adapters/files/policy-file.ts';
import { createWritePlaces } from '../adapters/system/write-place.ts';
import { planFixes } from '../app/report/fix.ts';
import { refText } from '../core/explain.ts';
import { visibleText } from '../core/visible-text.ts';
import type { CommandSpecific } from './commands.ts';
import { checkInput } from './input.ts';
import type { Io } from './io.ts';

/** What is to be judged after the files were mended. */
export interface FixedInput {
  /** Those given, and policy files that stand beside files given by name, written now or by an earlier run. */
  readonly paths: readonly string[];
  /** Of a dry run: what would be written. */
  readonly diff: string;
  /** Every file that was to change could be written. */
  readonly isWritten: boolean;
}

/** `check --fix`: writes what a machine can mend into the files of the folders given, and says on standard error what became of it; with `--dry-run` what would. */
export async function fixInput(
  paths: readonly string[],
  options: CommandSpecific['check'],
  io: Io,
): Promise<FixedInput> {
  const checked = await checkInput(paths, options, io);
  if ('refused' in checked) return { paths, diff: '', isWritten: true };
  const plan = planFixes(checked.worlds, checked.policy);
  const findPlace = createWritePlaces(io.workingFolder, paths);
  const { changed, kept, refused, unwritten, diff } = applyFixes(plan, findPlace, options.dryRun);
  const lines = [
    ...changed.map(
      ({ file, object, says }) => `${options.dryRun ? 'would fix' : 'fixed'}: ${file}: ${refText(object)}: ${says}`,
    ),
    ...refused.map(({ file, object, says }) => `not fixed: ${file}: ${refText(object)}: ${says}`),
    ...plan.gateways.map(({ subject, says }) => `note: ${refText(subject)}: ${says}`),
    ...plan.unfixed.map(({ finding, todo }) => `not fixed: ${refText(finding.subject)}: ${finding.rule}: ${todo}`),
  ];
  await io.stderr.write(lines.map(line => `${visibleText(line)}\n`).join(''));
  const written = new Set([...changed, ...kept].map(({ file }) => file));
  const besideGiven = plan.newFiles
    .filter(({ beside }) => paths.includes(beside))
    .map(({ beside }) => policyFileFor(beside))
    .filter(file => written.has(file) && !paths.includes(file));
  if (options.dryRun) return { paths, diff, isWritten: unwritten.length === 0 };
  return { paths: [...paths, ...besideGiven], diff, isWritten: unwritten.length === 0 };
}
