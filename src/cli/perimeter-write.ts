import { endpointText, type PerimeterObserved } from '../app/perimeter/observed.ts';
import { hostProblem } from '../core/gate/domain-names.ts';
import type { Perimeter, RegistryRemote } from '../core/gate/types.ts';
import { isApprovedRemote } from '../core/mcp/approval.ts';
import { GateError } from '../errors.ts';
import { cannotChange, putText, readText } from './configuration-file.ts';
import type { Io } from './io.ts';

const refuse = (approved: string, reason: string): GateError =>
  new GateError('bad-usage', `--approve ${approved}: ${reason}`);

/** `mcp.vendor.example`, `10.1.2.3:8080`, `[2001:db8::7]:3000`. */
const ENDPOINT = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@?#]+))(?::(\d{1,5}))?$/;

function readApproved(text: string, owner: string): RegistryRemote {
  const [, inBrackets, plain, port = '443'] = ENDPOINT.exec(text) ?? [];
  const host = (inBrackets ?? plain ?? '').toLowerCase();
  const problem = hostProblem(host);
  if (problem !== undefined) throw refuse(text, `"${host || text}" ${problem}, with its port where that is not 443`);
  return { host, port: Number(port), owner };
}

/** What the command line approves: endpoints, behind commas or given several times. */
export function approvedBy(texts: readonly string[], owner: string | undefined): readonly RegistryRemote[] {
  const endpoints = texts.flatMap(text => text.split(',')).filter(text => text !== '');
  if (endpoints.length > 0 && owner === undefined)
    throw new GateError('bad-usage', '--approve needs --owner: who answers for the use of the server');
  return endpoints.map(text => readApproved(text, owner ?? ''));
}

/** Refuses approvals of what no log tells of: most often a typing error, which would approve nobody knows what. */
export function checkSeen(approved: readonly RegistryRemote[], { endpoints }: PerimeterObserved): void {
  for (const one of approved) {
    const seen = endpoints.filter(({ host }) => host === one.host);
    const [found] = seen.filter(({ port }) => port === one.port);
    if (found?.standing === 'gateway') throw refuse(endpointText(one), 'it is the gateway');
    if (found !== undefined) continue;
    const others = seen.length === 0 ? '' : `; they tell of ${seen.map(endpointText).join(', ')}`;
    throw refuse(endpointText(one), `no log tells of it${others}`);
  }
}

/** Names of services outside that were seen, and that the perimeter does not list yet. */
const newHosts = ({ endpoints }: PerimeterObserved, { mcpHosts }: Perimeter): readonly string[] => [
  ...new Set(
    endpoints.flatMap(({ host, standing }) => {
      const isOutside = standing === 'service' || standing === 'personal' || standing === 'unknown';
      const isListed = mcpHosts.some(known => host === known || host.endsWith(`.${known}`));
      return isOutside && !isListed && /^(?=.*[a-z])[a-z0-9.-]+$/.test(host) ? host : [];
    }),
  ),
];

/** What the configuration says, and what is approved by the command. */
interface Said {
  readonly approved: readonly RegistryRemote[];
  readonly perimeter: Perimeter;
  readonly remotes: readonly RegistryRemote[];
}

/** Puts what was approved under `registry.remotes`, and services outside that were seen under `perimeter.mcpHosts`: what is there already, not again. */
export async function writeSeen(
  file: string,
  report: PerimeterObserved,
  { approved, perimeter, remotes }: Said,
  io: Io,
): Promise<void> {
  const added = approved.filter(({ host, port }) => !isApprovedRemote(remotes, host, port));
  const hosts = newHosts(report, perimeter);
  const lists = [
    ...(added.length > 0 ? [`registry.remotes: ${added.map(endpointText).join(', ')}`] : []),
    ...(hosts.length > 0 ? [`perimeter.mcpHosts: ${hosts.join(', ')}`] : []),
  ];
  if (lists.length > 0) {
    const { addMcpHosts, addRemotes } = await import('../adapters/config/list-entries-text.ts');
    const withRemotes = addRemotes(await readText(file, io), added);
    const text = withRemotes && addMcpHosts(withRemotes, hosts);
    if (text === undefined) throw cannotChange(file, `under spec: ${lists.join('; ')}`);
    await putText(file, text, io);
  }
  const said = lists.length === 0 ? ['nothing to add'] : lists.map(list => `added to ${list}`);
  await io.stderr.write(said.map(line => `${file}: ${line}\n`).join(''));
}
