import { builtinGatePolicy } from '../adapters/config/load.ts';
import { manifestText } from '../adapters/files/page-fixes.ts';
import { createPageTexts, type TextOf } from '../adapters/files/page-texts.ts';
import { loadAssets } from '../adapters/page/assets.ts';
import { renderDocument } from '../adapters/page/document.ts';
import { layOut } from '../adapters/page/layout.ts';
import { type BuiltPage, buildPage } from '../app/page/build-page.ts';
import type { JudgedInput } from '../app/report/check.ts';
import type { CheckReport } from '../app/report/check-report.ts';
import { atOnce, type RunSteps, runAtOnce } from '../app/steps.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { VERSION } from './commands.ts';
import type { Io } from './io.ts';

/** What a page shows besides the report. */
export interface Pictured {
  /** That the report is on. */
  readonly worlds: readonly JudgedInput[];
  readonly policy: GatePolicy;
  /** Of inputs that cannot be read a second time, by path. Absent: none. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** The texts of the files of a report; of a cluster, which has none, the policies as they were read: `shop/NetworkPolicy/orders`. */
async function textsOf({ worlds, texts }: Pictured, isCluster: boolean): Promise<TextOf> {
  if (!isCluster) {
    const { readText } = await import('../adapters/files/read-text.ts');
    return file => texts?.get(file) ?? readText(file);
  }
  return file => {
    const [namespace = '', kind = '', name = ''] = file.split('/');
    const texts = worlds.values().map(judged => manifestText(judged, { kind, namespace, name }));
    return texts.find(text => text !== undefined);
  };
}

/** A word of a command, quoted where a shell would read it otherwise. */
const shellWord = (word: string): string =>
  /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The page of a report. `given`: absent where nothing was judged. `day`: `YYYY-MM-DD`. `run`: whether others get to work meanwhile. */
export async function pageOf(
  report: CheckReport,
  paths: readonly string[],
  given: Pictured | undefined,
  { day, run }: { readonly day: string; readonly run: RunSteps },
): Promise<BuiltPage> {
  const pictured = given ?? { worlds: [], policy: builtinGatePolicy() };
  const isCluster = report.cluster !== undefined && report.cluster.overlay === undefined;
  return buildPage({
    report,
    ...{ worlds: pictured.worlds, policy: pictured.policy, day },
    version: VERSION,
    command: `chokepoint reach ${[...paths.map(shellWord), '--from FROM --to TO --port PORT --protocol PROTOCOL'].join(' ')}`,
    texts: createPageTexts(await textsOf(pictured, isCluster)),
    ...{ layOut, run },
  });
}

/** The report as a page of its own: one file that loads nothing. `given`: absent where nothing was judged. */
export async function renderHtml(
  report: CheckReport,
  paths: readonly string[],
  given: Pictured | undefined,
  io: Io,
): Promise<string> {
  const { page, details } = await pageOf(report, paths, given, { day: io.today(), run: runAtOnce });
  return renderDocument({ page, details: details.map(detail => atOnce(detail())) }, await loadAssets());
}
