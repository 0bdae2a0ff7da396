import { generateGuardrail } from '../app/report/guardrail.ts';
import { refText } from '../core/explain.ts';
import { MCP_SERVER_LABEL } from '../core/kube/well-known-labels.ts';
import type { GuardrailApi } from '../core/remedy/guardrail-api.ts';
import { visibleText } from '../core/visible-text.ts';
import type { CheckedInput } from './input.ts';
import type { Io } from './io.ts';

/** `generate --guardrail`: prints its objects on standard output, and on standard error whom it does not hold. */
export async function printGuardrail(
  { worlds, policy }: Pick<CheckedInput, 'worlds' | 'policy'>,
  api: GuardrailApi | undefined,
  io: Io,
): Promise<number> {
  const generated = generateGuardrail(worlds, policy, api);
  if ('reason' in generated) {
    await io.stderr.write(`${visibleText(generated.reason)}\n`);
    return 1;
  }
  const { renderFields } = await import('../adapters/files/render-policies.ts');
  await io.stdout.write(generated.manifests.map(manifest => renderFields({ ...manifest })).join('---\n'));
  const lines = generated.unselected.map(
    subject =>
      `${refText(subject)}: its pods do not bear the label ${MCP_SERVER_LABEL}, by which the guardrail selects`,
  );
  await io.stderr.write(lines.map(line => `${visibleText(line)}\n`).join(''));
  return lines.length === 0 ? 0 : 1;
}
