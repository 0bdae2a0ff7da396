import type { Perimeter } from '../../core/gate/types.ts';
import { type HostStanding, hostStanding } from '../../core/mcp/host-standing.ts';
import { hasReference, withoutReferences } from './references.ts';

/** Where an address leads. `variable`: a variable says it. `socket`: to this machine, without a host. `unread`: it is no address. */
export type Destination =
  | {
      readonly kind: 'host';
      readonly host: string;
      readonly port: number;
      readonly standing: HostStanding;
      readonly isCleartext: boolean;
    }
  /** The gateway's host, on a port that it does not serve agents on. */
  | { readonly kind: 'wrong-port'; readonly host: string; readonly port: number; readonly isCleartext: boolean }
  | { readonly kind: 'variable' | 'socket' | 'unread' };

/** What is known of hosts. */
export interface KnownHosts {
  /** `undefined`: the configuration does not say where the gateway is. */
  readonly perimeter: Perimeter | undefined;
  /** Further hosts that offer MCP, as of a registry. */
  readonly known: ReadonlySet<string>;
}

const PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['ws:', 80],
  ['https:', 443],
  ['wss:', 443],
]);

function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** A stand-in for what a variable says, which no host is called. */
const VARIABLE = 'variable.invalid';

/** Where an address of a configuration leads; of a variable with a default, where the default leads. */
export function destinationOf(text: string, { perimeter, known }: KnownHosts): Destination {
  const written = withoutReferences(text.trim(), VARIABLE);
  const url = readUrl(/^[\w.-]+(?::\d+)?(?:\/|$)/.test(written) ? `https://${written}` : written);
  // Readers differ on which host such an address has.
  if (written.includes('\\')) return { kind: 'unread' };
  if (url === undefined) return { kind: hasReference(text) ? 'variable' : 'unread' };
  const usual = PORTS.get(url.protocol);
  if (usual === undefined) return { kind: /^(?:unix|npipe|file|pipe):$/.test(url.protocol) ? 'socket' : 'unread' };
  if (url.hostname.includes(VARIABLE)) return { kind: 'variable' };
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isCleartext = usual === 80;
  // An allowlist may hold patterns: whose hosts they let in, nobody knows.
  const standing = host.includes('*') ? 'unknown' : hostStanding(host, perimeter, known);
  const port = url.port === '' ? usual : Number(url.port);
  const isOther = standing === 'gateway' && !isCleartext && port !== perimeter?.gateway.port;
  return isOther
    ? { kind: 'wrong-port', host, port, isCleartext }
    : { kind: 'host', host, port, standing, isCleartext };
}
