import { loadGatePolicy } from '../adapters/config/load.ts';
import type { PerimeterForm } from '../app/perimeter/choices.ts';
import { perimeterText } from '../app/perimeter/forms.ts';
import { GateError } from '../errors.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';

/** `perimeter`: prints the rules of one firewall, proxy or resolver. Nothing is loaded anywhere. */
export async function runPerimeter(
  { as: form, phase, config }: CommandSpecific['perimeter'] & { readonly as: PerimeterForm },
  io: Io,
): Promise<number> {
  const { policy, source, problems } = await loadGatePolicy({ file: config, workingFolder: io.workingFolder });
  if (problems.length > 0) await io.stderr.write(problemText(problems));
  if (policy === undefined) return 2;
  const { perimeter } = policy;
  if (perimeter === undefined)
    throw new GateError(
      'bad-usage',
      `${source} has no spec.perimeter, which says where the gateway is: docs/perimeter.md`,
    );
  await io.stdout.write(perimeterText(perimeter, policy, form, phase));
  return 0;
}
