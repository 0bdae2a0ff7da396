import { renderGithub } from '../adapters/report/github.ts';
import { renderJson } from '../adapters/report/json.ts';
import { renderJunit } from '../adapters/report/junit.ts';
import { renderSarif } from '../adapters/report/sarif.ts';
import { renderText } from '../adapters/report/text.ts';
import type { CheckReport } from '../app/check-report.ts';
import { exitStatus, NOWHERE, needsPlaces, reportOn } from '../app/report.ts';
import type { Problem } from '../core/manifest.ts';
import { RULES } from '../core/rules/index.ts';
import { visibleData } from '../core/visible-text.ts';
import { type CommandSpecific, VERSION } from './commands.ts';
import { fixInput } from './fix.ts';
import { checkInput, loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { paletteFor } from './palette.ts';

type Format = CommandSpecific['check']['output'];

const RENDERERS: Readonly<Record<Format, (report: CheckReport, io: Io) => string>> = {
  text: (report, io) => renderText(report, paletteFor(io.isColoured)),
  json: renderJson,
  sarif: report => renderSarif(report, { version: VERSION, rules: RULES }),
  junit: renderJunit,
  github: renderGithub,
};

/** What is reported where the configuration cannot be used: its problems, and no verdicts. */
function refusedReport(problems: readonly Problem[], policySource: string): CheckReport {
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

/** `check`: judges manifests, after mending them where that is asked for, and prints the report. */
export async function runCheck(paths: readonly string[], options: CommandSpecific['check'], io: Io): Promise<number> {
  const judgedPaths = options.fix ? await fixInput(paths, options, io) : paths;
  const checked = await checkInput(judgedPaths, options, io);
  const report =
    'refused' in checked
      ? refusedReport(checked.refused, options.config ?? 'chokepoint.yaml')
      : reportOn(
          checked.judged,
          checked.facts,
          needsPlaces(checked.judged) ? await loadLocator(checked.texts) : NOWHERE,
        );
  await io.stdout.write(RENDERERS[options.output](report, io));
  return exitStatus(report);
}
