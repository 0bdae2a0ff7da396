/** Names by which a browser on the same machine reaches what listens on its loopback addresses. Nobody else's name leads there, unless it was bent (DNS rebinding). */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** Where a dashboard is reached. */
export type DashboardPlace =
  /** At a loopback address. `port`: as browsers name it; `undefined`: any, where somebody forwards a port of their own. */
  | { readonly kind: 'loopback'; readonly port: number | undefined }
  /** Behind a proxy that asks who the caller is, under this name, over HTTPS. */
  | { readonly kind: 'proxy'; readonly name: string };

/** What of a request is looked at; header names in lower case. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Why a request is not answered. */
export interface RequestRefusal {
  readonly status: 403 | 405 | 421;
  /** A clause. */
  readonly reason: string;
}

/** Name and port of a Host header (RFC 9110, section 7.2); an IPv6 address stands in brackets. */
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/@\s]+)(?::(\d{1,5}))?$/;

function isOwnHost(host: string, place: DashboardPlace): boolean {
  const [, name = '', port = place.kind === 'proxy' ? '443' : '80'] = HOST.exec(host) ?? [];
  const lower = name.toLowerCase();
  if (place.kind === 'proxy') return lower === place.name.toLowerCase();
  return LOOPBACK_NAMES.some(own => own === lower) && (place.port === undefined || Number(port) === place.port);
}

const originOf = (host: string, place: DashboardPlace): string =>
  `${place.kind === 'proxy' ? 'https' : 'http'}://${host}`.toLowerCase();

/** Who may have sent it: the page itself, or a person who typed the address (Fetch Metadata Request Headers, Sec-Fetch-Site). Browsers that do not say count by their Origin. */
const SITES: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none']);

/**
 * Whether a request is one that a dashboard answers; `undefined`: it is. It reads alone, under its own name, for its own page: no other page, of whatever
 * site, gets anything of it, also where its name was made to lead here.
 */
export function refusalOf({ method, headers }: GuardedRequest, place: DashboardPlace): RequestRefusal | undefined {
  const { host, origin } = headers;
  if (method !== 'GET') return { status: 405, reason: 'GET is all there is' };
  if (typeof host !== 'string' || !isOwnHost(host, place)) return { status: 421, reason: 'this is not its name' };
  if (origin !== undefined && (typeof origin !== 'string' || origin.toLowerCase() !== originOf(host, place)))
    return { status: 403, reason: 'another page asks' };
  return SITES.has(headers['sec-fetch-site']) ? undefined : { status: 403, reason: 'another page asks' };
}
