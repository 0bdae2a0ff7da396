import { type Case, row } from './case.ts';

const IN = (ports: string) => [`{podSelector: {matchLabels: {app: mcp}}, ingress: [{ports: [${ports}]}]}`];
const OUT = (rule: string) => [`{podSelector: {matchLabels: {app: mcp}}, policyTypes: [Egress], egress: [{${rule}}]}`];
const TO = (port: number | string) => `other/web > mcp/server:${port}`;
const TO_TWICE = (port: number | string) => `other/web > mcp/twice:${port}`;

const TWICE = `{kind: Pod, apiVersion: v1, metadata: {name: twice, namespace: mcp, labels: {app: mcp}}, spec: {
  initContainers: [{name: sidecar, restartPolicy: Always, ports: [{name: http, containerPort: 7000}]}],
  containers: [{name: a, ports: [{name: http, containerPort: 8080}]}, {name: b, ports: [{name: http, containerPort: 8081, protocol: TCP}, {name: http, containerPort: 8082, protocol: UDP}]}]},
  status: {podIP: 10.244.1.20}}`;

/** Which ports a rule means (NetworkPolicyPort). */
export const portCases: readonly Case[] = [
  row(
    'the protocol of a port is TCP by default',
    IN('{port: 8080}'),
    [TO(8080)],
    [TO('8080/UDP'), TO('8080/SCTP'), TO(8081)],
  ),
  row('a null protocol is TCP', IN('{port: 8080, protocol: ~}'), [TO(8080)], [TO('8080/UDP')]),
  row(
    'a protocol without port is every port of it',
    IN('{protocol: UDP}'),
    [TO('1/UDP'), TO('65535/UDP')],
    [TO(1), TO('1/SCTP')],
  ),
  row('a null port is every port of the protocol', IN('{port: null}'), [TO(1), TO(65535)], [TO('1/UDP')]),
  row('an empty port item is every TCP port', IN('{}'), [TO(1), TO(65535)], [TO('1/UDP'), TO('1/SCTP')]),
  row(
    'endPort is inclusive',
    IN('{port: 8080, endPort: 8090}'),
    [TO(8080), TO(8090), TO(8085)],
    [TO(8079), TO(8091), TO('8085/UDP')],
  ),
  row('endPort may equal port', IN('{port: 8080, endPort: 8080}'), [TO(8080)], [TO(8079), TO(8081)]),
  row(
    'a range may cover every port',
    IN('{port: 1, endPort: 65535, protocol: SCTP}'),
    [TO('1/SCTP'), TO('65535/SCTP')],
    [TO(1)],
  ),
  row('a null endPort is absent', IN('{port: 8080, endPort: null}'), [TO(8080)], [TO(8081)]),
  row(
    'port items are alternatives',
    IN('{port: 8080}, {port: 53, protocol: UDP}'),
    [TO(8080), TO('53/UDP')],
    [TO(53), TO('8080/UDP')],
  ),
  row(
    'peers and ports of one rule must both match',
    [
      '{ingress: [{from: [{podSelector: {}}], ports: [{port: 1}]}, {from: [{namespaceSelector: {}}], ports: [{port: 2}]}]}',
    ],
    ['mcp/client > mcp/server:1', TO(2)],
    [TO(1), 'mcp/client > mcp/server:3'],
  ),
  row(
    'a named port of ingress is the selected pod’s',
    IN('{port: http}'),
    [TO(8080)],
    [TO(8081), TO(9090), TO('8080/UDP')],
  ),
  row(
    'a named port means another number on another pod',
    ['{ingress: [{ports: [{port: http}]}]}'],
    [TO(8080), 'other/web > mcp/client:9090'],
    [TO(9090), 'other/web > mcp/client:8080'],
  ),
  row('a named port needs the protocol too', IN('{port: dns}'), [], [TO('53/UDP'), TO(53)]),
  row('a named port of UDP is found by UDP', IN('{port: dns, protocol: UDP}'), [TO('53/UDP')], [TO(53)]),
  row('a name that no container has opens nothing', IN('{port: absent}'), [], [TO(8080), TO(1)]),
  row(
    'a name that several containers have means all of their ports',
    IN('{port: http}'),
    [TO_TWICE(7000), TO_TWICE(8080), TO_TWICE(8081)],
    [TO_TWICE(8082), TO_TWICE('8082/UDP')],
    TWICE,
  ),
  row(
    'a name may stand for a port of each protocol',
    IN('{port: http, protocol: UDP}'),
    [TO_TWICE('8082/UDP')],
    [TO_TWICE(8082), TO_TWICE(8080)],
    TWICE,
  ),
  row('a name that looks like a method of objects is a name', IN('{port: constructor}'), [], [TO(8080), TO(1)]),
  row('digits in quotes are a name, not a number', IN('{port: "8080"}'), [], [TO(8080)]),
  row(
    'a named port of egress is the destination’s',
    OUT('ports: [{port: http}]'),
    ['mcp/server > gateway/envoy:8080', 'mcp/server > other/web:8081', 'mcp/server > mcp/client:9090'],
    ['mcp/server > gateway/envoy:8081', 'mcp/server > other/web:8080'],
  ),
  row(
    'a named port of egress is no port of an outer address',
    OUT('ports: [{port: http}]'),
    [],
    ['mcp/server > 198.51.100.10:8080', 'mcp/server > 198.51.100.10:8081', 'mcp/server > [2001:db8:51::10]:8080'],
  ),
  row(
    'a named port of egress to a block is the pod’s in the block',
    OUT('to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]'),
    ['mcp/server > gateway/envoy:8080', 'mcp/server > 10.244.2.10:8080'],
    ['mcp/server > gateway/envoy:8081', 'mcp/server > 198.51.100.10:8080'],
  ),
  row(
    'a named port of egress does not stand for the source’s own',
    OUT('to: [{namespaceSelector: {}}], ports: [{port: metrics}]'),
    [],
    ['mcp/server > mcp/client:9090', 'mcp/server > gateway/envoy:9090'],
  ),
  row(
    'ports of a pod on its node network have no names',
    OUT('ports: [{port: http}]'),
    [],
    ['mcp/server > 192.168.0.5:8080', 'mcp/server > mcp/agent:8080'],
  ),
  row(
    'a port alone opens it on the whole world',
    OUT('ports: [{port: 53}, {port: 53, protocol: UDP}]'),
    ['mcp/server > 198.51.100.10:53', 'mcp/server > [2001:db8:51::10]:53/UDP', 'mcp/server > other/web:53'],
    ['mcp/server > 198.51.100.10:443', 'mcp/server > other/web:53/SCTP'],
  ),
];
