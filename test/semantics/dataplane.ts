import { type Case, row } from './case.ts';

const MCP = 'podSelector: {matchLabels: {app: mcp}}';
const INGRESS = (rules: string) => `{${MCP}, policyTypes: [Ingress], ingress: [${rules}]}`;
const EGRESS = (rules: string) => `{${MCP}, policyTypes: [Egress], egress: [${rules}]}`;
/** The probe between two ends at TCP and at UDP. */
const both = (probe: string) => [probe, `${probe}/UDP`];
const CLIENT = 'mcp/client > mcp/server:8080';
const ENVOY = 'gateway/envoy > mcp/server:8080';
const DEBUG = 'gateway/debug > mcp/server:8080';
const WEB = 'other/web > mcp/server:8080';
const OUTSIDE_4 = '198.51.100.10 > mcp/server:8080';
const OUTSIDE_6 = '2001:db8:51::10 > mcp/server:8080';
const GATEWAY = 'namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gateway}}';
const to4 = (host = '198.51.100.10', port = 443) => `mcp/server > ${host}:${port}`;
const to6 = (host = '2001:db8:51::10', port = 443) => `mcp/server > [${host}]:${port}`;
const METADATA = to4('169.254.169.254', 80);
const NAT = (...peers: string[]) => EGRESS(`{to: [${peers.map(peer => `{ipBlock: ${peer}}`).join(', ')}]}`);

/** The scenarios that were played with real packets, TCP and UDP, IPv4 and IPv6, with verdicts written by hand. */
export const dataplaneCases: readonly Case[] = [
  row('no policy', [], [...both(WEB), ...both(OUTSIDE_4), OUTSIDE_6, to4(), to6()], []),
  row(
    'default deny in both directions',
    ['{policyTypes: [Ingress, Egress]}'],
    [],
    [...both(WEB), OUTSIDE_4, OUTSIDE_6, to4(), to6(), METADATA, ...both('mcp/server > other/web:8081')],
  ),
  row('one empty ingress rule opens everything', [INGRESS('{}')], [...both(WEB), OUTSIDE_4, OUTSIDE_6], []),
  row(
    'an empty egress list without policyTypes isolates ingress only',
    [`{${MCP}, egress: []}`],
    [to4(), to6()],
    [WEB],
  ),
  row(
    'policyTypes Ingress with an egress list ignores the list',
    [`{${MCP}, policyTypes: [Ingress], ingress: [], egress: [{ports: [{port: 53}]}]}`],
    [to4(), to6()],
    [WEB],
  ),
  row(
    'an empty from list with port 8080 is everybody on 8080',
    [INGRESS('{from: [], ports: [{port: 8080}]}')],
    [WEB, OUTSIDE_4, OUTSIDE_6],
    ['other/web > mcp/server:9090', `${WEB}/UDP`],
  ),
  row(
    'a namespace and a pod selector in one item',
    [INGRESS(`{from: [{${GATEWAY}, podSelector: {matchLabels: {app: envoy}}}]}`)],
    both(ENVOY),
    [DEBUG, CLIENT, WEB, OUTSIDE_4],
  ),
  row(
    'the dash that makes two items of them',
    [INGRESS(`{from: [{${GATEWAY}}, {podSelector: {matchLabels: {app: envoy}}}]}`)],
    [ENVOY, DEBUG],
    [CLIENT, WEB, OUTSIDE_4],
  ),
  row(
    'the empty pod selector is the own namespace',
    [INGRESS('{from: [{podSelector: {}}]}')],
    [CLIENT],
    [ENVOY, WEB, OUTSIDE_4],
  ),
  row(
    'NotIn matches a namespace without the key',
    [INGRESS('{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [net]}]}}]}')],
    [WEB, CLIENT],
    [ENVOY],
  ),
  row(
    'a rule for UDP opens no TCP',
    [INGRESS('{ports: [{protocol: UDP}]}')],
    [`${WEB}/UDP`, 'other/web > mcp/server:1/UDP'],
    [WEB, OUTSIDE_4],
  ),
  row(
    'egress on port 53 alone is the whole world on 53',
    [EGRESS('{ports: [{port: 53}, {port: 53, protocol: UDP}]}')],
    [
      ...both(to4('198.51.100.10', 53)),
      to6('2001:db8:51::10', 53),
      to4('169.254.169.254', 53),
      'mcp/server > other/web:53',
    ],
    [to4(), to6(), METADATA],
  ),
  row(
    'a range of ports',
    [INGRESS('{ports: [{port: 8080, endPort: 8082}]}')],
    [WEB, 'other/web > mcp/server:8082'],
    ['other/web > mcp/server:8079', 'other/web > mcp/server:8083', `${WEB}/UDP`],
  ),
  row(
    'a named port of ingress differs per pod',
    ['{policyTypes: [Ingress], ingress: [{ports: [{port: http}]}]}'],
    [WEB, 'other/web > mcp/client:9090'],
    ['other/web > mcp/server:9090', 'other/web > mcp/client:8080', `${WEB}/UDP`, 'other/web > mcp/client:9090/UDP'],
  ),
  row(
    'a named port of egress is resolved at the destination',
    [EGRESS('{to: [{namespaceSelector: {}}], ports: [{port: http}]}')],
    ['mcp/server > other/web:8081', 'mcp/server > mcp/client:9090'],
    [
      'mcp/server > other/web:8080',
      'mcp/server > mcp/client:8080',
      'mcp/server > other/web:8081/UDP',
      to4('198.51.100.10', 8081),
    ],
  ),
  row(
    'a named port of egress without peers opens no outer address',
    [EGRESS('{ports: [{port: http}]}')],
    ['mcp/server > other/web:8081', 'mcp/server > mcp/client:9090'],
    [to4('198.51.100.10', 8081), to4('198.51.100.10', 9090)],
  ),
  row(
    'egress to a block with an except',
    [NAT('{cidr: 198.51.100.0/24, except: [198.51.100.200/32]}')],
    [...both(to4())],
    [to4('198.51.100.200'), to4('198.51.101.1'), to6(), 'mcp/server > other/web:8081'],
  ),
  row(
    'the internet except private ranges and metadata, without IPv6',
    [NAT('{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16]}')],
    both(to4()),
    ['mcp/server > other/web:8081', METADATA, to6()],
  ),
  row(
    'an except is opened again by a second policy',
    [NAT('{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}'), NAT('{cidr: 10.244.3.0/24}')],
    [to4(), 'mcp/server > other/web:8081'],
    ['mcp/server > gateway/envoy:8080', to6()],
  ),
  row(
    'an except is opened again by a second peer of the rule',
    [NAT('{cidr: 0.0.0.0/0, except: [198.51.100.0/24]}', '{cidr: 198.51.100.10/32}')],
    [to4(), to4('203.0.113.1')],
    [to4('198.51.100.200')],
  ),
  row(
    'a wide second peer covers the except',
    [NAT('{cidr: 198.51.100.0/24, except: [198.51.100.10/32]}', '{cidr: 198.51.0.0/16}')],
    [to4(), to4('198.51.100.200')],
    [],
  ),
  row(
    'two peers of one rule except the same address',
    [NAT('{cidr: 198.51.100.0/24, except: [198.51.100.200/32]}', '{cidr: 198.51.0.0/16, except: [198.51.100.200/32]}')],
    [to4()],
    [to4('198.51.100.200')],
  ),
  row(
    'one peer excepts exactly what the other is',
    [NAT('{cidr: 198.51.100.0/24, except: [198.51.100.200/32]}', '{cidr: 198.51.100.200/32}')],
    [to4(), to4('198.51.100.200')],
    [],
  ),
  row(
    'one peer is exactly what the other excepts',
    [NAT('{cidr: 198.51.100.200/32}', '{cidr: 198.51.100.0/24, except: [198.51.100.200/32]}')],
    [to4(), to4('198.51.100.200')],
    [],
  ),
  row(
    'excepts that cover the whole block',
    [NAT('{cidr: 198.51.100.0/24, except: [198.51.100.0/25, 198.51.100.128/25]}')],
    [],
    [...both(to4()), to4('198.51.100.200')],
  ),
  row(
    'all of IPv6 with an except, no IPv4',
    [NAT('{cidr: "::/0", except: ["fd00::/8"]}')],
    [to6()],
    ['mcp/server > [fd00:10:244:3::10]:8081', to4(), 'mcp/server > other/web:8081'],
  ),
  row('all of IPv4 alone', [NAT('{cidr: 0.0.0.0/0}')], [to4(), METADATA, 'mcp/server > other/web:8081'], [to6()]),
  row(
    'a block of one pod address admits that pod',
    [INGRESS('{from: [{ipBlock: {cidr: 10.244.2.10/32}}]}')],
    [ENVOY],
    [DEBUG, CLIENT],
  ),
  row(
    'a block of IPv6 with an except admits its other pods',
    [INGRESS('{from: [{ipBlock: {cidr: "fd00:10:244::/48", except: ["fd00:10:244:2::11/128"]}}]}')],
    [ENVOY, CLIENT],
    [DEBUG, OUTSIDE_6],
  ),
  row(
    'egress is allowed but the other side refuses',
    ['{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{}]}', INGRESS('')],
    ['mcp/client > other/web:8081'],
    [...both(CLIENT), WEB],
  ),
  row(
    'both sides allow',
    [
      '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: mcp}}}]}]}',
      INGRESS('{from: [{podSelector: {matchLabels: {app: client}}}]}'),
    ],
    both(CLIENT),
    [WEB, 'mcp/client > other/web:8081'],
  ),
  row(
    'who may not connect may still answer',
    [EGRESS('')],
    both(WEB).concat(OUTSIDE_4),
    both('mcp/server > other/web:8081'),
  ),
  row(
    'a policy in another namespace selects nothing here',
    [],
    [WEB, CLIENT, to4()],
    [],
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: gateway}, spec: {podSelector: {matchLabels: {app: mcp}}, policyTypes: [Ingress, Egress]}}',
  ),
  row(
    'what runs on a node network is an address and not governed',
    [EGRESS('{to: [{ipBlock: {cidr: 192.168.0.0/24}}]}')],
    ['mcp/server > mcp/agent:8080', 'mcp/agent > other/web:8081'],
    [to4()],
  ),
  row(
    'a closed policy and an allowing one allow',
    ['{policyTypes: [Ingress], ingress: []}', INGRESS(`{from: [{${GATEWAY}}]}`)],
    [ENVOY],
    [WEB, 'gateway/envoy > mcp/client:8080'],
  ),
];
