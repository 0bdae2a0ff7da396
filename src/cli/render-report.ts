import { renderGithub } from '../adapters/report/github.ts';
import { renderJunit } from '../adapters/report/junit.ts';
import { renderSarif } from '../adapters/report/sarif.ts';
import { type Palette, PLAIN, renderText, type TextOptions } from '../adapters/report/text.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import type { Problem } from '../core/manifest.ts';
import { RULES } from '../core/rules/index.ts';
import { visibleData } from '../core/visible-text.ts';
import { type ReportFormat, type ReportOptions, VERSION } from './commands.ts';
import type { Io } from './io.ts';
import { paletteFor } from './terminal-text.ts';

/** The report itself. */
export function renderJson(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** A report in each format. What a text holds and how it looks is for text alone. */
const RENDERERS: Readonly<
  Record<ReportFormat, (report: CheckReport, palette: Palette, options: TextOptions) => string>
> = {
  text: renderText,
  json: renderJson,
  sarif: report => renderSarif(report, { version: VERSION, rules: RULES }),
  junit: renderJunit,
  github: renderGithub,
};

/**
 * Writes a report to standard output, and into each file that was asked for. Rejects with a GateError where one cannot be written, or a link leads
 * from it out of the working folder or of the folders that were judged.
 */
export async function giveReport(
  report: CheckReport,
  { output, report: files = [], verbose = false, quiet = false }: ReportOptions,
  io: Io,
  paths: readonly string[] = [],
): Promise<void> {
  const options = { isVerbose: verbose, isQuiet: quiet };
  await io.stdout.write(RENDERERS[output](report, paletteFor(io.isColoured), options));
  if (files.length === 0) return;
  // Loaded here: node:crypto, which names the temporary file, costs more than a short run spends on the judgement.
  const [{ writeReport }, { createWritePlaces }] = await Promise.all([
    import('../adapters/report/write.ts'),
    import('../adapters/system/write-place.ts'),
  ]);
  const findPlace = createWritePlaces(io.workingFolder, paths);
  for (const { format, file } of files) writeReport(file, RENDERERS[format](report, PLAIN, options), findPlace);
}

/** What is reported where the configuration cannot be used: its problems, and no verdicts. */
export function refusedReport(problems: readonly Problem[], policySource: string): CheckReport {
  return visibleData<CheckReport>({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'CheckReport',
    summary: { files: 0, objects: 0, servers: 0, deny: 0, warn: 0, undetermined: 0 },
    policySource,
    servers: [],
    problems,
    passedOver: [],
  });
}
