import type { SeenRequest } from '../../app/perimeter/observed.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';

/** A line of an access log; `other`: it is of no form that is known here. */
export type ReadAccess =
  | { readonly kind: 'request'; readonly request: SeenRequest }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'other' };

const OTHER: ReadAccess = { kind: 'other' };
const unreadable = (reason: string): ReadAccess => ({ kind: 'unreadable', reason });

/** What a line says, as texts; `-` and empty: nothing. */
interface Logged {
  readonly time: number;
  readonly client: string;
  readonly status: string;
  readonly method: string;
  /** A URL, or what a CONNECT names: `host:443`. */
  readonly target: string;
  readonly sessionId?: string;
  readonly protocolVersion?: string;
}

const isSaid = (text: string | undefined): boolean => text !== undefined && text !== '' && text !== '-';

/** Where a request was for; a tunnel has no path. */
function targetOf(method: string, target: string): Pick<SeenRequest, 'host' | 'port' | 'path'> | undefined {
  const isTunnel = method === 'CONNECT';
  try {
    const url = new URL(isTunnel || !target.includes('://') ? `https://${target}` : target);
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const usual = url.protocol === 'http:' ? 80 : 443;
    const port = url.port === '' ? usual : Number(url.port);
    return host === '' ? undefined : { host, port, path: isTunnel ? undefined : url.pathname + url.search };
  } catch {
    return undefined;
  }
}

function requestOf({ time, client, status, method, target, sessionId, protocolVersion }: Logged): ReadAccess {
  const where = targetOf(method, target);
  if (where === undefined) return unreadable('it names no host');
  const code = Number(/\d{3}/.exec(status)?.[0]);
  return {
    kind: 'request',
    request: {
      ...where,
      timeMs: time,
      client: isSaid(client) ? client : '',
      hasSession: isSaid(sessionId),
      hasVersion: isSaid(protocolVersion),
      isRefused: code === 403 || code === 407,
      count: 1,
    },
  };
}

const text = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

/** `10.0.0.5:51820`, `[2001:db8::5]:51820`; an address alone stays as it is. */
const withoutPort = (text: string): string =>
  /^(?:\[([^\]]*)\]|([^:]*)):\d+$/.exec(text)?.slice(1).find(Boolean) ?? text;

/** The fields that our own configuration of Envoy logs; of others, those of the same meaning under Envoy's own names. */
function envoyJson(fields: Fields): ReadAccess {
  const first = (...keys: readonly string[]): string => keys.map(key => text(fields, key)).find(isSaid) ?? '';
  const authority = first('authority', ':authority', 'host');
  const path = first('path', ':path', 'x-envoy-original-path');
  if (authority === '' || !['method', ':method'].some(key => isSaid(text(fields, key)))) return OTHER;
  const method = first('method', ':method');
  const isTunnel = method === 'CONNECT';
  return requestOf({
    time: Date.parse(first('time', 'start_time')),
    client: withoutPort(first('client', 'downstream_remote_address')),
    status: first('status', 'response_code'),
    method,
    target: isTunnel ? authority : `http://${authority}${path}`,
    sessionId: first('sessionId', 'mcp-session-id'),
    protocolVersion: first('protocolVersion', 'mcp-protocol-version'),
  });
}

/** `[time] "METHOD PATH PROTOCOL" status …`, and at its end `"forwarded for" "agent" "id" "authority" "upstream"`. Source: Envoy, "Access logging", default format. */
const ENVOY = /^\[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d+) .*"([^"]*)" "[^"]*" "[^"]*" "([^"]*)" "[^"]*"\s*$/;

function envoyText(line: string): ReadAccess {
  const [, time = '', method = '', path = '', status = '', client = '', authority = ''] = ENVOY.exec(line) ?? [];
  if (!isSaid(authority)) return OTHER;
  const target = method === 'CONNECT' ? authority : `http://${authority}${path === '-' ? '/' : path}`;
  return requestOf({ time: Date.parse(time), client: client.split(',')[0] ?? '', status, method, target });
}

const seconds = (written: string): number => (/^\d{9,}(?:\.\d+)?$/.test(written) ? Number(written) * 1000 : Number.NaN);

/** `time client status method url contentType sessionId protocolVersion`: as our own configuration of Squid writes it. */
function ownSquid(parts: readonly string[]): ReadAccess {
  const [time = '', client = '', status = '', method = '', target = '', , sessionId, protocolVersion] = parts;
  if (parts.length !== 8 || !/^\d{3}$|^0$|^-$/.test(status) || Number.isNaN(seconds(time))) return OTHER;
  return requestOf({
    ...{ time: seconds(time), client, status, method, target },
    ...headers(sessionId, protocolVersion),
  });
}

const headers = (sessionId = '', protocolVersion = ''): Pick<Logged, 'sessionId' | 'protocolVersion'> => ({
  sessionId,
  protocolVersion,
});

/** `time elapsed client code/status bytes method url user hierarchy/peer type`. Source: squid.conf, `logformat squid`. */
function nativeSquid(parts: readonly string[]): ReadAccess {
  const [time = '', elapsed = '', client = '', status = '', , method = '', target = ''] = parts;
  if (parts.length < 10 || !/^-?\d+$/.test(elapsed) || !/^[A-Z_]+\/\d+$/.test(status)) return OTHER;
  const request = requestOf({ time: seconds(time), client, status: status.split('/')[1] ?? '', method, target });
  if (request.kind !== 'request') return request;
  return { ...request, request: { ...request.request, isRefused: status.startsWith('TCP_DENIED') } };
}

/** `client - user [time] "METHOD URL PROTOCOL" status …`, perhaps after a host and port. Source: squid.conf, `logformat common` and `combined`. */
const COMMON = /^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+)[^"]*" (\d{3}|0) /;

/** `27/Nov/2026:10:00:00 +0000`. */
const commonTime = (written: string): number => Date.parse(written.replace(':', ' ').replaceAll('/', ' '));

function common(line: string): ReadAccess {
  const [, client = '', time = '', method = '', target = '', status = ''] = COMMON.exec(line) ?? [];
  // A server logs paths alone: which host was asked, such a line does not say.
  if (!target.includes('://') && method !== 'CONNECT') return OTHER;
  return requestOf({ time: commonTime(time), client, status, method, target });
}

const first = (...readers: readonly (() => ReadAccess)[]): ReadAccess => {
  for (const read of readers) {
    const access = read();
    if (access.kind !== 'other') return access;
  }
  return OTHER;
};

function json(line: string): ReadAccess {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? envoyJson(value) : unreadable('it is no object');
  } catch {
    return unreadable('it is no JSON');
  }
}

/** Reads one line of an access log of Squid or Envoy, of whichever of their forms it is. Never throws. */
export function readAccess(line: string): ReadAccess {
  if (line.startsWith('{')) return json(line);
  const parts = line.trim().split(/\s+/);
  return first(
    () => envoyText(line),
    () => ownSquid(parts),
    () => nativeSquid(parts),
    () => common(line),
  );
}
