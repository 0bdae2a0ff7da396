import { renderGithub } from '../adapters/report/github.ts';
import { renderJson } from '../adapters/report/json.ts';
import { renderJunit } from '../adapters/report/junit.ts';
import { renderSarif } from '../adapters/report/sarif.ts';
import { renderText } from '../adapters/report/text.ts';
import type { CheckReport } from '../app/check-report.ts';
import type { Problem } from '../core/manifest.ts';
import { RULES } from '../core/rules/index.ts';
import { visibleData } from '../core/visible-text.ts';
import { type CommandSpecific, VERSION } from './commands.ts';
import type { Io } from './io.ts';
import { paletteFor } from './palette.ts';

type Format = CommandSpecific['check']['output'];

/** A report in each format, as standard output shows it. */
export const RENDERERS: Readonly<Record<Format, (report: CheckReport, io: Io) => string>> = {
  text: (report, io) => renderText(report, paletteFor(io.isColoured)),
  json: renderJson,
  sarif: report => renderSarif(report, { version: VERSION, rules: RULES }),
  junit: renderJunit,
  github: renderGithub,
};

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
