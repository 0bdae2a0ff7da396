import { type Case, policyIn, row } from './case.ts';

const SERVER = 'podSelector: {matchLabels: {app: mcp}}';
const CLIENT = 'mcp/client > mcp/server:8080';
const ENVOY = 'gateway/envoy > mcp/server:8080';
const DEBUG = 'gateway/debug > mcp/server:8080';
const WEB = 'other/web > mcp/server:8080';
const OUTSIDE = '198.51.100.10 > mcp/server:8080';
const DNS = '{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}';

/** What people write policies for (the well-known network policy recipes), in this cluster's terms. */
export const recipeCases: readonly Case[] = [
  row(
    'nobody reaches one application',
    [`{${SERVER}, ingress: []}`],
    ['other/web > mcp/client:80', 'mcp/server > other/web:80'],
    [CLIENT, ENVOY, WEB, OUTSIDE],
  ),
  row(
    'only some pods of the namespace reach an application',
    [`{${SERVER}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]}`],
    [CLIENT],
    [ENVOY, WEB, OUTSIDE],
  ),
  row(
    'everybody reaches one application of a closed namespace',
    ['{podSelector: {}, ingress: []}', `{${SERVER}, ingress: [{}]}`],
    [CLIENT, ENVOY, WEB, OUTSIDE],
    ['other/web > mcp/client:80'],
  ),
  row(
    'nobody reaches anything in a namespace',
    ['{podSelector: {}, ingress: []}'],
    ['mcp/server > other/web:80'],
    [CLIENT, WEB, 'mcp/server > mcp/client:80', OUTSIDE],
  ),
  row(
    'other namespaces are kept out',
    ['{podSelector: {matchLabels: null}, ingress: [{from: [{podSelector: {}}]}]}'],
    [CLIENT, 'mcp/server > mcp/client:80'],
    [ENVOY, WEB, OUTSIDE],
  ),
  row(
    'every namespace reaches an application',
    [`{${SERVER}, ingress: [{from: [{namespaceSelector: {}}]}]}`],
    [CLIENT, ENVOY, WEB],
    [OUTSIDE],
  ),
  row(
    'one namespace reaches an application',
    [`{${SERVER}, ingress: [{from: [{namespaceSelector: {matchLabels: {role: gateway}}}]}]}`],
    [ENVOY, DEBUG],
    [CLIENT, WEB, OUTSIDE],
  ),
  row(
    'some pods of another namespace reach an application',
    [
      `{${SERVER}, ingress: [{from: [{namespaceSelector: {matchLabels: {role: gateway}}, podSelector: {matchLabels: {app: envoy}}}]}]}`,
    ],
    [ENVOY],
    [DEBUG, CLIENT, WEB],
  ),
  row(
    'clients from outside reach an application',
    ['{podSelector: {}, ingress: []}', `{${SERVER}, ingress: [{from: []}]}`],
    [OUTSIDE, '2001:db8:51::10 > mcp/server:8080', WEB],
    ['198.51.100.10 > mcp/client:80'],
  ),
  row(
    'some pods reach one port of an application',
    [`{${SERVER}, ingress: [{ports: [{port: 9090}], from: [{podSelector: {matchLabels: {app: client}}}]}]}`],
    ['mcp/client > mcp/server:9090'],
    [CLIENT, 'gateway/envoy > mcp/server:9090'],
  ),
  row(
    'pods of several kinds reach an application',
    [
      `{${SERVER}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: envoy}}}]}]}`,
    ],
    [CLIENT, ENVOY],
    [DEBUG, WEB],
  ),
  row(
    'an application reaches nothing',
    [`{${SERVER}, policyTypes: [Egress], egress: []}`],
    [WEB, 'mcp/client > other/web:80'],
    ['mcp/server > other/web:80', 'mcp/server > 198.51.100.10:443', 'mcp/server > 10.244.0.53:53/UDP'],
  ),
  row(
    'a namespace reaches nothing',
    ['{podSelector: {}, policyTypes: [Egress], egress: []}'],
    [WEB],
    ['mcp/server > other/web:80', 'mcp/client > mcp/server:8080', 'mcp/client > 198.51.100.10:443'],
  ),
  row(
    'an application reaches the cluster and DNS but nothing outside',
    [`{${SERVER}, policyTypes: [Egress], egress: [${DNS}, {to: [{namespaceSelector: {}}]}]}`],
    ['mcp/server > other/web:80', 'mcp/server > 10.244.0.53:53/UDP', 'mcp/server > 198.51.100.10:53'],
    ['mcp/server > 198.51.100.10:443', 'mcp/server > [2001:db8:51::10]:443'],
    policyIn('other', 'unrelated', '{podSelector: {matchLabels: {app: nobody}}}'),
  ),
];
