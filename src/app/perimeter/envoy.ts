import type { Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { toCidrs } from '../../core/net/addresses.ts';
import { headText } from './head.ts';

type Fields = Readonly<Record<string, unknown>>;

const typed = (type: string, fields: Fields): Fields => ({ '@type': `type.googleapis.com/${type}`, ...fields });

const HTTP = 'envoy.extensions.filters.http';

/** Names looked up for clients, in both families. */
const DNS_CACHE = { name: 'chokepoint', dns_lookup_family: 'ALL' };

/** Fields of a line. Source: Envoy, "Access logging", command operators. */
const LOG_FIELDS = {
  time: '%START_TIME%',
  client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  status: '%RESPONSE_CODE%',
  method: '%REQ(:METHOD)%',
  authority: '%REQ(:AUTHORITY)%',
  path: '%REQ(:PATH)%',
  contentType: '%REQ(CONTENT-TYPE)%',
  sessionId: '%REQ(MCP-SESSION-ID)%',
  protocolVersion: '%REQ(MCP-PROTOCOL-VERSION)%',
};

const accessLog: Fields = {
  name: 'envoy.access_loggers.stdout',
  typed_config: typed('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format: { json_format: LOG_FIELDS },
  }),
};

const header = (name: string, match: Fields): Fields => ({ header: { name, ...match } });
const matching = (regex: string): Fields => ({ string_match: { safe_regex: { regex } } });
const escaped = (text: string): string => text.replaceAll('.', '\\.').replaceAll(':', '\\:');

/** An authority of the host, or of one below it. */
const ofHost = (host: string, below: string, port: string): Fields =>
  header(':authority', matching(`${below}${escaped(host)}(:${port})?`));

/** What is refused: requests that show MCP, unless they go to the gateway. Source: Envoy, "Role Based Access Control (RBAC) Filter". */
function refused({ gateway, mcpPorts, mcpHosts }: Perimeter): Fields {
  const signs = [
    ...mcpHosts.map(host => ofHost(host, '(.+\\.)?', '[0-9]+')),
    ...(mcpPorts.length === 0 ? [] : [header(':authority', matching(`.+:(${mcpPorts.join('|')})`))]),
    header(':path', matching('(?i)(/(mcp|sse)/.*|[^?]*/(mcp|sse)/?([?].*)?)')),
    header('mcp-session-id', { present_match: true }),
    header('mcp-protocol-version', { present_match: true }),
  ];
  const isGateway = gateway.hosts.map(host => ofHost(host, '', `(80|443|${gateway.port})`));
  const toGateway = isGateway.length === 0 ? [] : [{ not_rule: { or_rules: { rules: isGateway } } }];
  return { and_rules: { rules: [{ or_rules: { rules: signs } }, ...toGateway] } };
}

const accessRules = (perimeter: Perimeter): Fields => ({
  name: 'envoy.filters.http.rbac',
  typed_config: typed(`${HTTP}.rbac.v3.RBAC`, {
    rules: {
      action: 'DENY',
      policies: { 'past-gateway': { permissions: [refused(perimeter)], principals: [{ any: true }] } },
    },
  }),
});

const forwarding: readonly Fields[] = [
  {
    name: 'envoy.filters.http.dynamic_forward_proxy',
    typed_config: typed(`${HTTP}.dynamic_forward_proxy.v3.FilterConfig`, { dns_cache_config: DNS_CACHE }),
  },
  { name: 'envoy.filters.http.router', typed_config: typed(`${HTTP}.router.v3.Router`, {}) },
];

const ROUTES: readonly Fields[] = [
  {
    match: { connect_matcher: {} },
    route: { cluster: 'forward', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
  },
  { match: { prefix: '/' }, route: { cluster: 'forward', timeout: '0s' } },
];

const manager = (perimeter: Perimeter, phase: PerimeterPhase): Fields => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'agents',
    access_log: [accessLog],
    upgrade_configs: [{ upgrade_type: 'CONNECT' }],
    http_filters: [...(phase === 'enforce' ? [accessRules(perimeter)] : []), ...forwarding],
    route_config: { name: 'all', virtual_hosts: [{ name: 'all', domains: ['*'], routes: ROUTES }] },
  }),
});

const FORWARD: Fields = {
  name: 'forward',
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: typed('envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', {
      dns_cache_config: DNS_CACHE,
    }),
  },
};

/** A whole bootstrap of a forward proxy. JSON is YAML too, and no library has to write it. Source: Envoy, "HTTP dynamic forward proxy". */
export function envoyText(perimeter: Perimeter, phase: PerimeterPhase): string {
  const head = headText(
    {
      what: 'Envoy configuration',
      says: [
        'A forward proxy for agents on port 3128 of 127.0.0.1: change the address of the listener to that of your network.',
        `The gateway is let through by its name; its addresses are ${toCidrs(perimeter.gateway.addresses).join(', ')}.`,
      ],
      load: ['envoy --config-path FILE'],
      rollBack: ['start it with the configuration that it had before'],
      unseen: [
        'What is inside of HTTPS: of a CONNECT request the proxy sees host and port alone.',
        'Traffic that does not go through the proxy.',
        'MCP services under names that mcpHosts does not list, over HTTPS.',
      ],
    },
    phase,
  );
  const bootstrap = {
    static_resources: {
      listeners: [
        {
          name: 'agents',
          address: { socket_address: { address: '127.0.0.1', port_value: 3128 } },
          filter_chains: [{ filters: [manager(perimeter, phase)] }],
        },
      ],
      clusters: [FORWARD],
    },
  };
  return `${head}${JSON.stringify(bootstrap, null, 2)}\n`;
}
