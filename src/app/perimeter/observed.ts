import type { Perimeter, RegistryRemote } from '../../core/gate/types.ts';
import { isApprovedRemote } from '../../core/mcp/approval.ts';
import { type HostStanding, hostStanding } from '../../core/mcp/host-standing.ts';
import { hasWord } from '../../core/mcp/text.ts';
import { compare } from '../../core/order.ts';

/** A request that a proxy logged, or a connection that something else did. */
export interface SeenRequest {
  /** When, milliseconds since the epoch; NaN: not told. */
  readonly timeMs: number;
  /** Address or name; empty: not told. */
  readonly client: string;
  /** In small letters, without brackets. */
  readonly host: string;
  readonly port: number;
  /** With its query; `undefined`: nobody saw it, as of a tunnel. */
  readonly path: string | undefined;
  /** The request named a session or a version of the protocol, as far as headers are logged. */
  readonly hasSession: boolean;
  readonly hasVersion: boolean;
  /** A proxy refused it, or it was dropped. */
  readonly isRefused: boolean;
  /** At least 1. */
  readonly count: number;
}

/** What tells MCP. `port`: nothing else is known of it, as of flows. Source: MCP specification 2025-11-25, Transports. */
const MCP_SIGNS = ['session', 'version', 'path', 'host', 'name', 'port'] as const;
export type McpSign = (typeof MCP_SIGNS)[number];

/** One MCP endpoint in use. */
export interface SeenEndpoint {
  readonly host: string;
  readonly port: number;
  readonly standing: HostStanding;
  /** It is the gateway, or a server that the registry approves, whichever way it was reached. */
  readonly isApproved: boolean;
  /** In the order of {@link MCP_SIGNS}. */
  readonly signs: readonly McpSign[];
  /** Requests or connections. */
  readonly calls: number;
  /** Of the calls. */
  readonly refused: number;
  /** Sorted; the first {@link MAX_CLIENTS} that were seen. */
  readonly clients: readonly string[];
  /** There are more clients than are kept. */
  readonly hasMoreClients: boolean;
  /** RFC 3339; `null`: no line told it. */
  readonly first: string | null;
  readonly last: string | null;
}

/** `mcp.vendor.example:443`, `[2001:db8::7]:3000`. */
export const endpointText = ({ host, port }: Pick<SeenEndpoint, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What `perimeter observed` prints. */
export interface PerimeterObserved {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'PerimeterObserved';
  readonly summary: {
    /** Requests and connections that were read. */
    readonly lines: number;
    readonly unreadable: number;
    readonly endpoints: number;
    /** Endpoints that are not the gateway. */
    readonly pastGateway: number;
    /** Of those past the gateway, the ones that nobody approved. */
    readonly unapproved: number;
    /** Requests to endpoints beyond the {@link MAX_ENDPOINTS} that are kept. */
    readonly notKept: number;
  };
  /** Those that nobody approved first, the gateway last; the most used first. */
  readonly endpoints: readonly SeenEndpoint[];
}

/** Clients of an endpoint that are kept by name. */
const MAX_CLIENTS = 256;
/** Endpoints that are kept: what is seen later is counted alone. */
const MAX_ENDPOINTS = 20_000;

/** A path of MCP, at the end of another or with others below it: `/mcp`, `/search/mcp?x=1`, `/sse/`, `/mcp/messages`. What proxies are told to stop is the same. */
const MCP_PATH = /^(?:[^?#]*\/(?:mcp|sse)\/?(?:[?#]|$)|\/(?:mcp|sse)\/)/i;

interface Kept {
  readonly host: string;
  readonly port: number;
  readonly standing: HostStanding;
  readonly isApproved: boolean;
  readonly signs: Set<McpSign>;
  readonly clients: Set<string>;
  hasMoreClients: boolean;
  calls: number;
  refused: number;
  firstMs: number;
  lastMs: number;
}

const timeText = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);

function endpointOf(kept: Kept): SeenEndpoint {
  const { host, port, standing, isApproved, signs, calls, refused, clients, hasMoreClients, firstMs, lastMs } = kept;
  return {
    ...{ host, port, standing, isApproved, calls, refused, hasMoreClients },
    signs: MCP_SIGNS.filter(sign => signs.has(sign)),
    clients: [...clients].sort(),
    first: timeText(firstMs),
    last: timeText(lastMs),
  };
}

const isGateway = ({ standing }: Pick<SeenEndpoint, 'standing'>): boolean => standing === 'gateway';

const inOrder = (a: SeenEndpoint, b: SeenEndpoint): number =>
  Number(isGateway(a)) - Number(isGateway(b)) ||
  Number(a.isApproved) - Number(b.isApproved) ||
  b.calls - a.calls ||
  compare(`${a.host}:${a.port}`, `${b.host}:${b.port}`);

/** Gathers MCP endpoints out of requests. Memory is bounded by endpoints and their clients, not by requests. */
export class EndpointObserver {
  readonly #perimeter: Perimeter;
  readonly #known: ReadonlySet<string>;
  readonly #remotes: readonly RegistryRemote[];
  readonly #endpoints = new Map<string, Kept>();
  #lines = 0;
  #notKept = 0;

  /** `known`: hosts of MCP services, as of a registry. `remotes`: those that are approved. */
  constructor(perimeter: Perimeter, known: ReadonlySet<string>, remotes: readonly RegistryRemote[]) {
    this.#perimeter = perimeter;
    this.#known = known;
    this.#remotes = remotes;
  }

  add(request: SeenRequest): void {
    this.#lines += 1;
    const standing = hostStanding(request.host, this.#perimeter, this.#known);
    const isApproved = standing === 'gateway' || isApprovedRemote(this.#remotes, request.host, request.port);
    const signs = this.#signsOf(request, standing, isApproved);
    if (signs.length === 0) return;
    const kept = this.#keptFor(request, standing, isApproved);
    if (kept === undefined) this.#notKept += request.count;
    else note(kept, request, signs);
  }

  /** A port alone is a sign where nothing of a request was seen, and inside alone: outside, many things have such ports. */
  #signsOf(
    { host, port, path, hasSession, hasVersion }: SeenRequest,
    standing: HostStanding,
    isApproved: boolean,
  ): readonly McpSign[] {
    const holds: Readonly<Record<McpSign, boolean>> = {
      session: hasSession,
      version: hasVersion,
      path: path !== undefined && MCP_PATH.test(path),
      host: standing === 'service' || isApproved,
      name: hasWord(host, 'mcp'),
      port: path === undefined && standing === 'internal' && this.#perimeter.mcpPorts.includes(port),
    };
    return MCP_SIGNS.filter(sign => holds[sign]);
  }

  #keptFor({ host, port }: SeenRequest, standing: HostStanding, isApproved: boolean): Kept | undefined {
    const key = `${host} ${port}`;
    const known = this.#endpoints.get(key);
    if (known !== undefined || this.#endpoints.size >= MAX_ENDPOINTS) return known;
    const kept: Kept = {
      ...{ host, port, standing, isApproved, signs: new Set(), clients: new Set(), hasMoreClients: false },
      ...{ calls: 0, refused: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY },
    };
    this.#endpoints.set(key, kept);
    return kept;
  }

  /** `unreadable`: lines that could not be read. */
  report(unreadable: number): PerimeterObserved {
    const endpoints = [...this.#endpoints.values()].map(endpointOf).sort(inOrder);
    return {
      apiVersion: 'chokepoint.dev/v1alpha1',
      kind: 'PerimeterObserved',
      summary: {
        lines: this.#lines,
        unreadable,
        endpoints: endpoints.length,
        pastGateway: endpoints.filter(one => !isGateway(one)).length,
        unapproved: endpoints.filter(({ isApproved }) => !isApproved).length,
        notKept: this.#notKept,
      },
      endpoints,
    };
  }
}

/** A text of its own: what is cut out of a line keeps all that was read with the line in memory. */
const copyOf = (text: string): string => text.split('').join('');

function note(kept: Kept, { client, isRefused, count, timeMs }: SeenRequest, signs: readonly McpSign[]): void {
  for (const sign of signs) kept.signs.add(sign);
  kept.calls += count;
  if (isRefused) kept.refused += count;
  if (client !== '' && !kept.clients.has(client)) {
    if (kept.clients.size < MAX_CLIENTS) kept.clients.add(copyOf(client));
    else kept.hasMoreClients = true;
  }
  if (Number.isNaN(timeMs)) return;
  kept.firstMs = Math.min(kept.firstMs, timeMs);
  kept.lastMs = Math.max(kept.lastMs, timeMs);
}
