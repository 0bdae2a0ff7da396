import type { GatePolicy, Perimeter } from '../../../core/gate/types.ts';

/** An approved server as clients are told of it. */
export interface GatewayServer {
  /** Letters, digits, `-` and `_`: what every client takes for a name. */
  readonly name: string;
  /** At the gateway. */
  readonly url: string;
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `registry.example.com/tools/search` is `search`; where there are two of that name, `tools-search`. */
const namesOf = (path: string): readonly [short: string, long: string] => {
  const parts = path.replace(/^@/, '').split('/').slice(-2);
  return [plain(lastPart(path)), plain(parts.join('-'))];
};

const plain = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);

/** What stands for a server's name in the path of its address. */
export const NAME_GAP = '{name}';

/** `https://mcp.example.com`, with a port that is not the usual one. */
export function gatewayOrigin({ gateway: { hosts, port } }: Perimeter): string | undefined {
  const [host] = hosts;
  return host === undefined ? undefined : `https://${host}${port === 443 ? '' : `:${port}`}`;
}

/** Whether a policy approves anything, or says that nothing is. */
export const hasApproved = ({ registry, remotes }: Approved): boolean => registry !== undefined || remotes.length > 0;

/** What a policy approves. */
type Approved = Pick<GatePolicy, 'registry' | 'remotes'>;

/**
 * The approved servers at the gateway, sorted by name, those that run elsewhere too; what is deleted from the registry is none. `path`: with {@link NAME_GAP}, each has its own; without, the
 * gateway offers them all at one address, and there is one entry.
 */
export function approvedServers(
  { registry, remotes }: Approved,
  origin: string,
  path: string,
): readonly GatewayServer[] {
  if (!path.includes(NAME_GAP)) return [{ name: 'gateway', url: `${origin}${path}` }];
  const entries = [
    ...(registry?.servers ?? []).map(({ image, status }) => ({ path: image, status })),
    ...(registry?.packages ?? []).map(({ name, status }) => ({ path: name, status })),
    ...remotes.map(({ host, port }) => ({ path: port === 443 ? host : `${host}-${port}`, status: 'active' })),
  ].filter(({ status }) => status !== 'deleted');
  const names = entries.map(one => namesOf(one.path));
  const count = Map.groupBy(names, ([short]) => short);
  const told = names.map(([short, long]) => ((count.get(short)?.length ?? 0) > 1 ? long : short));
  return [...new Set(told)].sort().map(name => ({ name, url: `${origin}${path.replaceAll(NAME_GAP, name)}` }));
}
