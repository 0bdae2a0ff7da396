import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { exportRevision } from '../adapters/git/revision.ts';
import { NOWHERE, reportOn } from '../app/report/build-report.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { compareConfigurations } from '../app/report/compare.ts';
import { reachChanges } from '../app/report/reach-changes.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import type { OtherFiles } from './against.ts';
import type { CommandSpecific } from './commands.ts';
import { type CheckedInput, checkInput } from './input.ts';
import type { Io } from './io.ts';

type Options = CommandSpecific['check'];

/** Where a path of the working folder is in a copy of that. Throws a GateError where it is outside of what was copied. */
function pathIn(copy: string, top: string, path: string, { workingFolder }: Io): string {
  if (path === '-') throw new GateError('bad-usage', '--against: standard input has no revision');
  const place = resolve(copy, relative(workingFolder, resolve(workingFolder, path)));
  if (relative(top, place).startsWith('..'))
    throw new GateError('bad-usage', `--against: ${path} is outside of the repository`);
  return place;
}

/** Runs something on the paths in a revision, which are there as long as it runs. What the revision does not have is left out. */
async function atRevision<Answer>(
  revision: string,
  paths: readonly string[],
  io: Io,
  run: (paths: readonly string[]) => Promise<Answer>,
): Promise<Answer> {
  const top = mkdtempSync(join(tmpdir(), 'chokepoint-revision-'));
  try {
    const copy = exportRevision(revision, io.workingFolder, top, io.env);
    return await run(paths.map(path => pathIn(copy, top, path, io)).filter(path => existsSync(path)));
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** The report on the other files, and what they hold, by the same configuration. */
async function compared(
  report: CheckReport,
  checked: CheckedInput,
  paths: readonly string[],
  name: string,
  options: Options,
  io: Io,
): Promise<CheckReport> {
  const other = await checkInput(paths, { ...options, allowEmpty: true }, io);
  // The configuration is the same, which was usable.
  const { worlds, facts } = 'refused' in other ? { worlds: [], facts: checked.facts } : other;
  const before = reportOn(worlds, facts, NOWHERE);
  const against = compareConfigurations(report, before, name);
  const reach = visibleData(reachChanges(worlds, checked.worlds, checked.policy));
  const { summary } = against;
  return { ...against, summary: { ...summary, ...(summary.against && { against: { ...summary.against, reach } }) } };
}

/** A report, compared with other files: what is new beside them, and what now reaches what that did not. */
export function compareFiles(
  { kind, at }: OtherFiles,
  report: CheckReport,
  checked: CheckedInput,
  paths: readonly string[],
  options: Options,
  io: Io,
): Promise<CheckReport> {
  const compare = (others: readonly string[]): Promise<CheckReport> =>
    compared(report, checked, others, visibleText(at), options, io);
  return kind === 'folder' ? compare([at]) : atRevision(at, paths, io, compare);
}
