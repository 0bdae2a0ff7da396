import { type Case, policyIn, row } from './case.ts';

const IN = 'other/web > mcp/server:8080';
const OUT = 'mcp/server > other/web:8081';
const OUTSIDE = '198.51.100.10 > mcp/server:8080';

/** What absent, empty and null mean, and which directions a policy isolates (API defaults of networking.k8s.io/v1). */
export const emptinessCases: readonly Case[] = [
  row('without any policy everything is allowed', [], [IN, OUT, OUTSIDE], []),
  row('without policyTypes and egress rules only ingress is isolated', ['{podSelector: {}}'], [OUT], [IN, OUTSIDE]),
  row('empty policyTypes are defaulted like absent ones', ['{podSelector: {}, policyTypes: []}'], [OUT], [IN]),
  row('null policyTypes are defaulted like absent ones', ['{podSelector: {}, policyTypes: null}'], [OUT], [IN]),
  row(
    'an empty egress list without policyTypes does not isolate egress',
    ['{podSelector: {}, egress: []}'],
    [OUT],
    [IN],
  ),
  row('egress rules without policyTypes isolate both directions', ['{podSelector: {}, egress: [{}]}'], [OUT], [IN]),
  row(
    'an egress rule that matches nothing isolates egress by default',
    ['{egress: [{ports: [{port: 1}]}]}'],
    [],
    [OUT, IN],
  ),
  row(
    'policyTypes Ingress ignores the egress list',
    ['{policyTypes: [Ingress], egress: [{ports: [{port: 1}]}]}'],
    [OUT],
    [IN],
  ),
  row(
    'policyTypes Egress ignores the ingress list',
    ['{policyTypes: [Egress], ingress: [{ports: [{port: 1}]}]}'],
    [IN],
    [OUT],
  ),
  row('policyTypes Egress without rules closes egress', ['{policyTypes: [Egress]}'], [IN], [OUT]),
  row('policyTypes Egress with an empty list closes egress', ['{policyTypes: [Egress], egress: []}'], [IN], [OUT]),
  row(
    'a repeated policy type means the same as one',
    ['{policyTypes: [Ingress, Ingress], egress: [{ports: [{port: 1}]}]}'],
    [OUT],
    [IN],
  ),
  row('null rules are no rules', ['{policyTypes: [Ingress, Egress], ingress: null, egress: ~}'], [], [IN, OUT]),
  row('an empty ingress list allows nobody', ['{ingress: []}'], [OUT], [IN, OUTSIDE]),
  row(
    'an empty rule allows everybody on every port',
    ['{ingress: [{}]}'],
    [IN, OUTSIDE, `${IN}/UDP`, `${IN}/SCTP`],
    [],
  ),
  row('a null rule is an empty rule', ['{ingress: [null]}'], [IN, OUTSIDE], []),
  row('an empty from list allows everybody', ['{ingress: [{from: []}]}'], [IN, OUTSIDE], []),
  row('a null from list allows everybody', ['{ingress: [{from: null}]}'], [IN, OUTSIDE], []),
  row(
    'an empty to list allows every destination',
    ['{policyTypes: [Egress], egress: [{to: []}]}'],
    [OUT, 'mcp/server > 198.51.100.10:1'],
    [],
  ),
  row(
    'an empty ports list allows every port of every protocol',
    ['{ingress: [{from: [], ports: []}]}'],
    [`${IN}/SCTP`, OUTSIDE],
    [],
  ),
  row(
    'an empty from list with a port allows everybody on that port',
    ['{ingress: [{from: [], ports: [{port: 8080}]}]}'],
    [IN, OUTSIDE],
    ['other/web > mcp/server:8081', `${IN}/UDP`],
  ),
  row('an absent pod selector selects every pod', ['{ingress: []}'], [], [IN, 'other/web > mcp/client:80']),
  row(
    'a null pod selector selects every pod',
    ['{podSelector: null, ingress: []}'],
    [],
    [IN, 'other/web > mcp/client:80'],
  ),
  row(
    'an empty pod selector selects every pod',
    ['{podSelector: {}, ingress: []}'],
    [],
    [IN, 'other/web > mcp/client:80'],
  ),
  row(
    'null parts of a selector are absent',
    ['{podSelector: {matchLabels: null, matchExpressions: ~}, ingress: []}'],
    [],
    [IN],
  ),
  row(
    'a pod that no policy selects stays open',
    ['{podSelector: {matchLabels: {app: mcp}}, ingress: []}'],
    ['other/web > mcp/client:80'],
    [IN],
  ),
  row(
    'a policy governs pods of its own namespace only',
    ['{ingress: []}'],
    ['mcp/server > other/web:80', 'mcp/server > gateway/envoy:80'],
    [IN],
  ),
  row(
    'an absent namespace is the namespace default',
    [],
    [IN, 'other/web > default/lone:80'],
    ['mcp/server > default/stray:80'],
    `{kind: Pod, apiVersion: v1, metadata: {name: stray, labels: {app: stray}}, status: {podIP: 10.244.9.1}}
---
{kind: Pod, apiVersion: v1, metadata: {name: lone, namespace: default}, status: {podIP: 10.244.9.2}}
---
{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {name: closed}, spec: {podSelector: {matchLabels: {app: stray}}}}`,
  ),
  row(
    'the objects of a List are read one by one',
    [],
    [],
    [IN, 'other/web > mcp/client:80'],
    `{kind: List, apiVersion: v1, items: [${policyIn('mcp', 'a', '{podSelector: {matchLabels: {app: mcp}}}')}, {kind: NetworkPolicyList, apiVersion: networking.k8s.io/v1, items: [${policyIn('mcp', 'b', '{podSelector: {matchLabels: {app: client}}}')}]}]}`,
  ),
  row(
    'policies of one name in two namespaces are two policies',
    [],
    ['mcp/server > other/web:8081'],
    [IN, 'mcp/server > gateway/envoy:80'],
    `${policyIn('mcp', 'same', '{}')}\n---\n${policyIn('gateway', 'same', '{}')}`,
  ),
  row(
    'both sides must allow',
    ['{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress]}'],
    [IN],
    ['mcp/client > mcp/server:8080'],
  ),
  row(
    'a closed side is not opened by the other side',
    ['{ingress: []}', '{policyTypes: [Egress], egress: [{}]}'],
    [OUT],
    [IN, 'mcp/client > mcp/server:8080'],
  ),
  row(
    'policies add up',
    ['{ingress: []}', '{ingress: [{ports: [{port: 8080}]}]}', '{ingress: [{ports: [{port: 8081}]}]}'],
    [IN, 'other/web > mcp/server:8081'],
    ['other/web > mcp/server:8082'],
  ),
  row(
    'a pod reaches itself whatever its policies say',
    ['{policyTypes: [Ingress, Egress]}'],
    [
      'mcp/server > mcp/server:8080',
      '10.244.1.10 > 10.244.1.10:1',
      'mcp/server > 10.244.1.10:1',
      '10.244.1.10 > mcp/server:1',
    ],
    [IN, OUT, 'mcp/client > mcp/server:8080'],
  ),
  row(
    'a pod that runs on its node network is not governed',
    ['{policyTypes: [Ingress, Egress]}'],
    ['other/web > mcp/agent:8080', 'mcp/agent > other/web:80'],
    [IN, OUT],
  ),
  row(
    'a pod that runs on its node network is found by no pod selector',
    ['{ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]}'],
    [IN],
    ['mcp/agent > mcp/server:8080'],
  ),
  row(
    'a pod that runs on its node network is found by its address',
    ['{ingress: [{from: [{ipBlock: {cidr: 192.168.0.5/32}}]}]}'],
    ['mcp/agent > mcp/server:8080', '192.168.0.5 > mcp/server:8080'],
    [IN],
  ),
  row(
    'a pod without an address is governed and found by selectors',
    [
      '{podSelector: {matchLabels: {app: new}}}',
      '{podSelector: {matchLabels: {app: mcp}}, ingress: [{from: [{podSelector: {matchLabels: {app: new}}}]}]}',
    ],
    ['mcp/new > mcp/server:1'],
    ['mcp/server > mcp/new:1'],
    '{kind: Pod, apiVersion: v1, metadata: {name: new, namespace: mcp, labels: {app: new}}}',
  ),
  row(
    'a pod without an address is in no block',
    ['{ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: "::/0"}}]}]}'],
    [IN],
    ['mcp/new > mcp/server:1'],
    '{kind: Pod, apiVersion: v1, metadata: {name: new, namespace: mcp, labels: {app: new}}}',
  ),
];
