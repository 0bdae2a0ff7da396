import { exitStatus, NOWHERE, needsPlaces, reportOn } from '../app/report/build-report.ts';
import { planFixes } from '../app/report/fix.ts';
import { readAgainst } from './against.ts';
import type { CommandSpecific } from './commands.ts';
import { type CheckedInput, checkInput, loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { giveReport, refusedReport } from './render-report.ts';

/** Counts the findings that `--fix` would mend, by planning it. */
const fixableIn =
  ({ worlds, policy }: CheckedInput) =>
  (): number => {
    const count = worlds.flatMap(({ decisions }) => decisions.flatMap(({ findings }) => findings)).length;
    return count === 0 ? 0 : count - planFixes(worlds, policy).unfixed.length;
  };

/** `check`: judges manifests, after mending them where that is asked for, and prints the report; of a dry run, the changes instead. */
export async function runCheck(paths: readonly string[], options: CommandSpecific['check'], io: Io): Promise<number> {
  const compare = await readAgainst(options.against, io);
  const fixed = options.fix
    ? await (await import('./fix.ts')).fixInput(paths, options, io)
    : { paths, diff: '', isWritten: true };
  const checked = await checkInput(fixed.paths, options, io);
  const report =
    'refused' in checked
      ? refusedReport(checked.refused, options.config ?? 'chokepoint.yaml')
      : compare(
          reportOn(
            checked.worlds,
            checked.facts,
            needsPlaces(checked.worlds) ? await loadLocator(checked.texts) : NOWHERE,
          ),
        );
  const input = 'refused' in checked ? { worlds: [] } : { worlds: checked.worlds, countFixable: fixableIn(checked) };
  if (options.dryRun) await io.stdout.write(fixed.diff);
  else await giveReport(report, options, io, { paths, ...input });
  return fixed.isWritten ? exitStatus(report, options.failOn) : 2;
}
