import type { RolloutReport } from '../app/rollout/report.ts';
import { visibleData } from '../core/visible-text.ts';
import { GateError } from '../errors.ts';
import { connectToChosen } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { planDocument } from './rollout-document.ts';
import { readRollouts } from './rollout-input.ts';
import { planText, statusText } from './rollout-text.ts';

const TEXTS = { status: statusText, plan: planText } as const;

/** Throws a GateError that names the namespaces that no rollout names. */
function checkNamed({ namespaces }: RolloutReport, names: readonly string[]): void {
  const known = new Set(namespaces.map(({ namespace }) => namespace));
  const others = names.filter(name => !known.has(name));
  if (others.length > 0) throw new GateError('bad-usage', `no rollout names ${others.join(', ')}, or there is none`);
}

/** `rollout status` and `rollout plan`: how the namespaces stand, and what enforce would do to them today. Nothing is written to the cluster. */
export async function runRolloutReport(
  what: 'status' | 'plan',
  names: readonly string[],
  options: CommandSpecific['rolloutReport'],
  io: Io,
): Promise<number> {
  const cluster = await connectToChosen(options, io);
  try {
    const { report, policy, isIncomplete } = await readRollouts(cluster, options, names, io);
    checkNamed(report, names);
    const facts = { report, today: io.today(), hasPerimeter: policy.perimeter !== undefined };
    const texts = {
      json: () => `${JSON.stringify(visibleData(report), null, 2)}\n`,
      markdown: () => planDocument(facts),
      text: () => TEXTS[what](report),
    };
    await io.stdout.write(texts[options.output]());
    if (isIncomplete) return 2;
    return what === 'plan' && report.namespaces.some(({ stopped }) => stopped.length > 0) ? 1 : 0;
  } finally {
    cluster.client.close();
  }
}
