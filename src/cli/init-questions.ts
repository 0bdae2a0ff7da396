import { gatewayFlag } from '../app/init/document.ts';
import { type GatewayEntry, gatewayEntry } from '../app/init/sight.ts';
import { type NamedGateway, readNamedGateway, withNamedGateways } from '../core/gate/name-gateways.ts';
import type { GatePolicy } from '../core/gate/types.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Io } from './io.ts';

/** How often a question is put where the answer cannot be read. */
const TRIES = 3;

/** Gateways that a person names, as a configuration has them. */
export function namedEntries(policy: GatePolicy, named: readonly NamedGateway[]): readonly GatewayEntry[] {
  const { gateways } = withNamedGateways({ ...policy, gateways: { kind: 'configured', grants: [] } }, named);
  return gateways.kind === 'configured' ? gateways.grants.map(gatewayEntry) : [];
}

/** A question, and what an answer means; `undefined`: it cannot be read. */
interface Question<Answer> {
  readonly text: string;
  readonly hint: string;
  readonly read: (line: string) => Answer | undefined;
}

/** `undefined`: nobody is at a terminal, or no answer could be read. */
async function askFor<Answer>({ text, hint, read }: Question<Answer>, io: Io): Promise<Answer | undefined> {
  let prompt = text;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const line = await io.ask(prompt);
    const answer = line === undefined ? undefined : read(line);
    if (line === undefined || answer !== undefined) return answer;
    prompt = hint;
  }
  return undefined;
}

/** Numbers from 1 behind blanks or commas, as the items that they stand for; nothing: none. */
function chosenItems<Item>(line: string, items: readonly Item[]): readonly Item[] | undefined {
  const chosen = line
    .split(/[\s,]+/)
    .filter(word => word !== '')
    .map(word => (/^\d+$/.test(word) ? items[Number(word) - 1] : undefined));
  return chosen.every(item => item !== undefined) ? [...new Set(chosen)] : undefined;
}

const chooseGateways = (gateways: readonly GatewayEntry[]): Question<readonly GatewayEntry[]> => ({
  text: [
    'Several may be the gateway of the MCP servers:',
    ...gateways.map((one, index) => {
      const { name, reason } = one;
      return visibleText(`  ${index + 1}  ${name} (${reason})${gatewayFlag(one)?.replace('--gateway', ':') ?? ''}`);
    }),
    'Which of them is it? Numbers, or nothing to decide later: ',
  ].join('\n'),
  hint: `Numbers from 1 to ${gateways.length}, or nothing: `,
  read: line => chosenItems(line, gateways),
});

const nameGateway = (policy: GatePolicy): Question<readonly GatewayEntry[]> => ({
  text: 'No gateway was found. Its namespace and the labels of its Pods (NAMESPACE/KEY=VALUE), or nothing to decide later: ',
  hint: 'Such as mcp-gateway/app.kubernetes.io/name=envoy, or nothing: ',
  read: line => {
    const named = line === '' ? [] : [readNamedGateway(line)];
    return named.every(one => one !== undefined) ? namedEntries(policy, named) : undefined;
  },
});

/** Asks which gateways count, where none or several were seen; none where nobody answers. */
export async function askForGateways(
  gateways: readonly GatewayEntry[],
  policy: GatePolicy,
  io: Io,
): Promise<readonly GatewayEntry[]> {
  const question = gateways.length === 0 ? nameGateway(policy) : chooseGateways(gateways);
  return (await askFor(question, io)) ?? [];
}
