import { type Command, Option } from 'commander';
import { FAIL_ON, REPORT_FORMATS, type ReportFormat } from './commands.ts';
import type { Io } from './io.ts';
import { reportFile } from './option-values.ts';
import { output } from './options.ts';

const report = (formats: readonly ReportFormat[]): Option =>
  new Option('--report <format=file>', 'write the report into a file as well; may be given more than once').argParser(
    reportFile(formats),
  );
const verbose = (): Option =>
  new Option('-v, --verbose', 'list the workloads that look close to an MCP server and are none, and why');
const quiet = (): Option =>
  new Option('-q, --quiet', 'print what is denied or cannot be judged, and nothing else, as text').conflicts('verbose');
const failOn = (): Option =>
  new Option('--fail-on <what>', 'what ends with 1: a denial, a warning as well, or no verdict at all')
    .choices(FAIL_ON)
    .default('deny');
const against = (): Option =>
  new Option(
    '--against <what>',
    'a saved report, another GatePolicy, dataplane=NAME; of check also a folder or a git revision: only what is new fails',
  );
export const noColor = (): Option =>
  new Option('--no-color', 'no colours on a terminal either; NO_COLOR does the same');

/** The options of a command that reports on servers. `formats`: those that it has. */
export function addReportOptions(command: Command, formats: readonly ReportFormat[] = REPORT_FORMATS): Command {
  for (const option of [output(formats), report(formats), verbose(), quiet(), failOn(), against(), noColor()])
    command.addOption(option);
  return command;
}

/** The process as a command sees it that may not colour. */
export const inColor = (io: Io, { color }: { readonly color: boolean }): Io =>
  color ? io : { ...io, isColoured: false };
