import { isApprovedRemote } from '../../../core/mcp/approval.ts';
import type { HostStanding } from '../../../core/mcp/host-standing.ts';
import type { Report } from '../../../core/rule.ts';
import type { Placed } from '../client-server.ts';
import { type Destination, destinationOf } from '../destination.ts';
import { type ClientFacts, defineClientRule, SOURCES } from '../rule.ts';

type Told = Exclude<HostStanding, 'gateway' | 'unknown'> | 'approved' | 'port' | 'variable' | 'unread';

/** What may be the gateway after all where the configuration does not say which host that is. */
const MAY_BE: ReadonlySet<Told> = new Set(['internal']);

function messageOf(destination: Destination, { remotes }: ClientFacts): Told | undefined {
  if (destination.kind === 'wrong-port') return 'port';
  if (destination.kind === 'socket') return 'machine';
  if (destination.kind !== 'host') return destination.kind;
  const { standing, host, port } = destination;
  if (standing === 'gateway') return undefined;
  if (isApprovedRemote(remotes, host, port)) return 'approved';
  return standing === 'unknown' ? undefined : standing;
}

function reportsOn({ text, path }: Placed, facts: ClientFacts): readonly Report<Told>[] {
  const destination = destinationOf(text, facts);
  const messageId = messageOf(destination, facts);
  if (messageId === undefined) return [];
  const host = 'host' in destination ? destination.host : 'a socket';
  const port = destination.kind === 'wrong-port' ? { port: String(destination.port) } : {};
  const isWarning =
    ['variable', 'approved'].includes(messageId) || (facts.perimeter === undefined && MAY_BE.has(messageId));
  const [name = 'the gateway'] = facts.perimeter?.gateway.hosts ?? [];
  return [
    {
      messageId,
      path,
      data: { host, ...port },
      ...(isWarning && { atMost: 'warn' }),
      fix: { summary: `have it reached through ${name}` },
    },
  ];
}

export const pastGateway = defineClientRule<Told>({
  id: 'client-past-gateway',
  since: 'v1',
  title: 'A client reaches a server past the gateway',
  why: 'What an agent asks of a server past the gateway is authenticated, authorized and logged by nobody.',
  limits:
    'Where a variable says the host, its value is not known. Without spec.perimeter in the configuration it is not known which host the gateway is: what may be one is a warning then.',
  sources: [SOURCES.shadow, SOURCES.practices],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8,
  messages: {
    machine: '{host} is this machine: the server is reached past the gateway',
    internal: '{host} is inside of your networks: the server is reached past the gateway',
    service: '{host} offers MCP to the public: the server is reached past the gateway',
    personal: '{host} is a name that anybody with an account gets: the server is reached past the gateway',
    approved: '{host} is approved, and is reached past the gateway',
    port: '{host} is the gateway, and {port} is not the port on which it serves agents',
    variable: 'which host the server is, a variable says: nobody can tell whether it is the gateway',
    unread: 'the address of the server is no URL with a host',
  },
  check: ({ urls, isEnabled }, facts) => (isEnabled ? urls.flatMap(url => reportsOn(url, facts)) : []),
});
