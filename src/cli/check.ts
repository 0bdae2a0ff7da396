import { readText } from '../adapters/files/read-text.ts';
import { refusedEdits } from '../adapters/files/refused-edits.ts';
import { exitStatus, NOWHERE, needsPlaces, reportOn } from '../app/report/build-report.ts';
import { judgeInput } from '../app/report/check.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { unfixedIn } from '../app/report/fix.ts';
import { createJudge } from '../core/evaluate.ts';
import { withNamedGateways } from '../core/gate/name-gateways.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { compareAgainst, otherFiles, readAgainst } from './against.ts';
import type { CommandSpecific } from './commands.ts';
import { type CheckedInput, checkInput, loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { giveReport, refusedReport } from './render-report.ts';

/** Counts the findings that `--fix` would mend. */
const fixableIn =
  ({ worlds, policy, texts }: CheckedInput) =>
  async (): Promise<number> => {
    const count = worlds.flatMap(({ decisions }) => decisions.flatMap(({ findings }) => findings)).length;
    if (count === 0) return 0;
    const refusedOf = refusedEdits(file => texts.get(file) ?? readText(file));
    return count - (await unfixedIn(worlds, policy, refusedOf)).length;
  };

/** The report on the same objects by another configuration. */
const judgedBy =
  ({ worlds, facts }: CheckedInput, { gateway = [] }: CommandSpecific['check']) =>
  (policy: GatePolicy): CheckReport => {
    const judge = createJudge(withNamedGateways(policy, gateway));
    return reportOn(
      worlds.map(world => judgeInput(world, judge)),
      facts,
      NOWHERE,
    );
  };

/** Compares a report with what `--against` names, which is read before anything is judged; other files are judged after. */
async function comparison(
  paths: readonly string[],
  options: CommandSpecific['check'],
  io: Io,
): Promise<(report: CheckReport, checked: CheckedInput) => Promise<CheckReport>> {
  const others = otherFiles(options.against, io);
  if (others !== undefined) {
    const { compareFiles } = await import('./against-files.ts');
    return (report, checked) => compareFiles(others, report, checked, paths, options, io);
  }
  const against = await readAgainst(options.against, options.mode, io);
  return async (report, checked) => compareAgainst(against, report, checked.policy, judgedBy(checked, options));
}

/** `check`: judges manifests, after mending them where that is asked for, and prints the report; of a dry run, the changes instead. */
export async function runCheck(paths: readonly string[], options: CommandSpecific['check'], io: Io): Promise<number> {
  if (options.withCluster) return (await import('./check-over-cluster.ts')).runCheckOverCluster(paths, options, io);
  const compare = await comparison(paths, options, io);
  const fixed = options.fix
    ? await (await import('./fix.ts')).fixInput(paths, options, io)
    : { paths, diff: '', isWritten: true };
  const checked = await checkInput(fixed.paths, options, io);
  const report =
    'refused' in checked
      ? refusedReport(checked.refused, options.config ?? 'chokepoint.yaml')
      : await compare(
          reportOn(
            checked.worlds,
            checked.facts,
            needsPlaces(checked.worlds) ? await loadLocator(checked.texts) : NOWHERE,
          ),
          checked,
        );
  const input =
    'refused' in checked
      ? { worlds: [] }
      : { worlds: checked.worlds, countFixable: fixableIn(checked), pictured: checked };
  if (options.dryRun) await io.stdout.write(fixed.diff);
  else await giveReport(report, options, io, { paths, ...input });
  return fixed.isWritten ? exitStatus(report, options.failOn) : 2;
}
