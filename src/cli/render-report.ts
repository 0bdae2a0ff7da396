import { renderGithub } from '../adapters/report/github.ts';
import { renderJunit } from '../adapters/report/junit.ts';
import { renderSarif } from '../adapters/report/sarif.ts';
import { type Palette, PLAIN, renderText, type TextOptions } from '../adapters/report/text.ts';
import type { JudgedInput } from '../app/report/check.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { findingEdits, type TextChange } from '../app/report/finding-edits.ts';
import type { Problem } from '../core/manifest.ts';
import type { RuleInfo } from '../core/rule.ts';
import { RULES } from '../core/rules/index.ts';
import { visibleData } from '../core/visible-text.ts';
import { type ReportFormat, type ReportOptions, VERSION } from './commands.ts';
import type { Pictured } from './html-report.ts';
import type { Io } from './io.ts';
import { paletteFor } from './terminal-text.ts';

/** The report itself. */
export function renderJson(report: CheckReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** What a report is written with. */
interface Rendering {
  readonly palette: Palette;
  readonly text: TextOptions;
  /** Folder that GitLab's paths are relative to. */
  readonly root: string;
  readonly rules: readonly RuleInfo[];
  readonly changes: () => Promise<ReadonlyMap<string, TextChange>>;
  readonly html: (report: CheckReport) => Promise<string>;
}

type Render = (report: CheckReport, rendering: Rendering) => string | Promise<string>;

/** A report in each format. What a text holds and how it looks is for text alone; what few runs ask for is loaded when one does. */
const RENDERERS: Readonly<Record<ReportFormat, Render>> = {
  text: (report, { palette, text }) => renderText(report, palette, text),
  json: renderJson,
  sarif: async (report, { rules, changes }) =>
    renderSarif(report, { version: VERSION, rules, changes: await changes() }),
  junit: renderJunit,
  github: renderGithub,
  gitlab: async (report, { root, rules }) =>
    (await import('../adapters/report/gitlab.ts')).renderGitlab(report, { rules, root }),
  markdown: async report => (await import('../adapters/report/markdown.ts')).renderMarkdown(report),
  html: (report, { html }) => html(report),
  compliance: async (report, { rules }) =>
    (await import('../adapters/report/compliance.ts')).renderCompliance(report, rules),
  'compliance-csv': async (report, { rules }) =>
    (await import('../adapters/report/compliance.ts')).renderComplianceCsv(report, rules),
};

/** What a report was made from. */
export interface ReportInput {
  /** Files and folders, as they were given. */
  readonly paths: readonly string[];
  readonly worlds: readonly JudgedInput[];
  /** How many findings `--fix` can mend; absent: not known. It is asked for a text alone. */
  readonly countFixable?: () => Promise<number>;
  /** The rules that it was judged by. Absent: the ruleset of servers in a cluster. */
  readonly rules?: readonly RuleInfo[];
  /** Absent: nothing was judged. */
  readonly pictured?: Pictured;
}

const NOTHING: ReportInput = { paths: [], worlds: [] };

/** What the edits of an input's findings change in its files. The editor of YAML is slow to load. */
async function changesOf(worlds: readonly JudgedInput[]): Promise<ReadonlyMap<string, TextChange>> {
  const edits = findingEdits(worlds);
  return edits.size === 0 ? new Map() : (await import('../adapters/files/text-changes.ts')).textChanges(edits);
}

/**
 * Writes a report to standard output, and into each file that was asked for. Rejects with a GateError where one cannot be written, or a link leads
 * from it out of the working folder or of the folders that were judged.
 */
export async function giveReport(
  report: CheckReport,
  { output, report: files = [], verbose = false, quiet = false }: ReportOptions,
  io: Io,
  { paths, worlds, countFixable = async () => 0, rules = RULES, pictured }: ReportInput = NOTHING,
): Promise<void> {
  const isText = output === 'text' || files.some(({ format }) => format === 'text');
  const text = { isVerbose: verbose, isQuiet: quiet, fixable: isText && !quiet ? await countFixable() : 0 };
  const wrap =
    io.columns === undefined ? undefined : (await import('../adapters/terminal/wrap.ts')).wrapperFor(io.columns);
  const html = async (shown: CheckReport): Promise<string> =>
    (await import('./html-report.ts')).renderHtml(shown, paths, pictured, io);
  const rendering = { palette: PLAIN, text, root: io.workingFolder, rules, changes: () => changesOf(worlds), html };
  await io.stdout.write(
    await RENDERERS[output](report, {
      ...rendering,
      palette: paletteFor(io.isColoured),
      text: { ...text, ...(wrap && { wrap }) },
    }),
  );
  if (files.length === 0) return;
  // Loaded here: node:crypto, which names the temporary file, costs more than a short run spends on the judgement.
  const [{ writeReport }, { createWritePlaces }] = await Promise.all([
    import('../adapters/report/write.ts'),
    import('../adapters/system/write-place.ts'),
  ]);
  const findPlace = createWritePlaces(io.workingFolder, paths);
  for (const { format, file } of files) writeReport(file, await RENDERERS[format](report, rendering), findPlace);
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
