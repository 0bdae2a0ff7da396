import type { Perimeter, PerimeterPhase } from '../../core/gate/types.ts';
import { headText } from './head.ts';

/** Fields of a line in this order, with a space between them: there is none in a URL, and `#` writes those of a header as %20. Source: squid.conf, `logformat`. */
const SQUID_FIELDS = [
  ['time', '%ts.%03tu'],
  ['client', '%>a'],
  ['status', '%>Hs'],
  ['method', '%rm'],
  ['url', '%ru'],
  ['contentType', '%#{Content-Type}>h'],
  ['sessionId', '%#{Mcp-Session-Id}>h'],
  ['protocolVersion', '%#{MCP-Protocol-Version}>h'],
] as const;

/** What tells an MCP request in plain HTTP, as names of access lists. Source: MCP specification 2025-11-25, Transports. */
const SIGNS = ['chokepoint_path', 'chokepoint_session', 'chokepoint_version'];

const UNSEEN = [
  'What is inside of HTTPS: of a CONNECT request the proxy sees host and port alone, unless it opens TLS itself (ssl_bump).',
  'Traffic that does not go through the proxy.',
  'MCP services under names that mcpHosts does not list, over HTTPS.',
];

/** Without those below another one, of which Squid warns. */
const topmost = (hosts: readonly string[]): readonly string[] =>
  hosts.filter(host => !hosts.some(other => host.endsWith(`.${other}`)));

function accessLists({ gateway, mcpPorts, mcpHosts }: Perimeter): readonly string[] {
  return [
    ...gateway.hosts.map(host => `acl chokepoint_gateway dstdomain ${host}`),
    `acl chokepoint_gateway_port port ${gateway.port}`,
    ...topmost(mcpHosts).map(host => `acl chokepoint_hosts dstdomain .${host}`),
    ...(mcpPorts.length === 0 ? [] : [`acl chokepoint_ports port ${mcpPorts.join(' ')}`]),
    'acl chokepoint_path urlpath_regex -i ^/(mcp|sse)/ ^[^?]*/(mcp|sse)/?(\\?|$)',
    'acl chokepoint_session req_header Mcp-Session-Id .',
    'acl chokepoint_version req_header MCP-Protocol-Version .',
  ];
}

/** Rules of the phase enforce. They deny and never allow, so that whom the proxy serves is still for the lines after them. */
function accessRules({ gateway, mcpPorts, mcpHosts }: Perimeter): readonly string[] {
  const others = gateway.hosts.length === 0 ? '' : ' !chokepoint_gateway';
  const lists = [
    ...(mcpHosts.length === 0 ? [] : ['chokepoint_hosts']),
    ...(mcpPorts.length === 0 ? [] : ['chokepoint_ports']),
    ...SIGNS,
  ];
  return [
    ...lists.map(list => `http_access deny ${list}${others}`),
    ...(mcpPorts.length === 0 ? [] : ['http_access deny chokepoint_ports !chokepoint_gateway_port']),
  ];
}

/** A fragment of squid.conf, to be included before its first `http_access`. Source: squid.conf, `acl`, `http_access`, `logformat`. */
export function squidText(perimeter: Perimeter, phase: PerimeterPhase): string {
  const head = headText(
    {
      what: 'Squid configuration',
      says: [
        'For the forward proxy that agents use. It stands before the first http_access line of squid.conf:',
        '  include /etc/squid/chokepoint.conf',
        'It denies what goes past the gateway, and leaves all else to the lines after it. Its log is one more: where squid.conf',
        'has no access_log line, Squid writes access.log no longer.',
      ],
      load: ['squid -k parse && squid -k reconfigure'],
      rollBack: ['take out the include line, and: squid -k reconfigure'],
      unseen: UNSEEN,
    },
    phase,
  );
  const lines = [
    `logformat chokepoint ${SQUID_FIELDS.map(([, code]) => code).join(' ')}`,
    'access_log stdio:/var/log/squid/chokepoint.log logformat=chokepoint',
    ...(phase === 'enforce' ? ['', ...accessLists(perimeter), '', ...accessRules(perimeter)] : []),
  ];
  return `${head}\n${lines.join('\n')}\n`;
}
