import { exitStatus, reportOn } from '../app/report/build-report.ts';
import { type GeneratedPolicies, generateForWorlds } from '../app/report/generate.ts';
import { explainFinding, refText } from '../core/explain.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { type Dialect, dialectOf } from '../core/remedy/dialect.ts';
import { visibleData, visibleText } from '../core/visible-text.ts';
import type { CommandSpecific } from './commands.ts';
import { checkInput, loadLocator } from './input.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';

/** Who is let in as the gateway where none is configured, a line each. */
function gatewayLines({ gateways }: GeneratedPolicies): string {
  return gateways.map(({ subject, says }) => `${visibleText(`${refText(subject)}: ${says}`)}\n`).join('');
}

/** What the policies cannot mend, a line each. */
function leftOver({ skipped, remaining }: GeneratedPolicies): string {
  const lines = [
    ...skipped.map(({ subject, reason }) => `${refText(subject)}: no policy can be written: ${reason}`),
    ...remaining.flatMap(({ subject, findings }) =>
      findings.map(finding => `${refText(subject)} stays denied: ${explainFinding(finding)}`),
    ),
  ];
  return lines.map(line => `${visibleText(line)}\n`).join('');
}

/** What the command line says, else what the configured dataplane takes. */
function dialectFor({ dialect }: CommandSpecific['generate'], policy: GatePolicy): Dialect | undefined {
  if (dialect === undefined) return dialectOf(policy);
  return dialect === 'none' ? undefined : dialect;
}

/** `generate`: prints policies on standard output, and on standard error what they cannot mend and what could not be read. */
export async function runGenerate(
  paths: readonly string[],
  options: CommandSpecific['generate'],
  io: Io,
): Promise<number> {
  const checked = await checkInput(paths, options, io);
  if ('refused' in checked) {
    await io.stderr.write(problemText(visibleData(checked.refused)));
    return 2;
  }
  const { worlds, facts, policy, texts } = checked;
  const report = reportOn(worlds, facts, await loadLocator(texts));
  if (report.problems.length > 0) await io.stderr.write(problemText(report.problems));
  if (options.guardrail !== undefined) {
    const { printGuardrail } = await import('./guardrail.ts');
    const status = await printGuardrail(checked, options.guardrail === true ? undefined : options.guardrail, io);
    return exitStatus(report) === 2 ? 2 : status;
  }
  const generated = generateForWorlds(worlds, policy, dialectFor(options, policy));
  const { renderPolicies } = await import('../adapters/files/render-policies.ts');
  await io.stdout.write(renderPolicies(generated.policies, options.as));
  const left = leftOver(generated);
  const said = gatewayLines(generated) + left;
  if (said !== '') await io.stderr.write(said);
  if (exitStatus(report) === 2) return 2;
  return left === '' ? 0 : 1;
}
