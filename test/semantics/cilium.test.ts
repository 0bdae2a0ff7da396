import { describe, expect, test } from 'vitest';
import { ciliumReach } from '../support/cilium-agreement.ts';
import { type Answer, createCiliumOracle } from '../support/cilium-oracle.ts';
import { parseYaml } from '../support/yaml.ts';
import { policyIn } from './case.ts';
import { parseProbe } from './probe.ts';

/**
 * The cluster that the cases are about: mcp (10.244.1.*) has server (10, account reader) and client (11), gateway (10.244.2.*) has envoy (10) and debug (11),
 * other (10.244.3.*) has web (10). mcp/server runs on node-1. node-1 is 192.168.0.1 and node-2 192.168.0.2, where other/agent runs in the host's network.
 */
const CLUSTER = `
{apiVersion: v1, kind: Namespace, metadata: {name: mcp, labels: {team: ai}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: gateway, labels: {team: net}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: other}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: Hostname, address: node-1}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-2}, status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: server, namespace: mcp, labels: {app: mcp}}, spec: {nodeName: node-1, serviceAccountName: reader, containers: [{name: main, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}]}, status: {podIP: 10.244.1.10}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client, namespace: mcp, labels: {app: client}}, spec: {containers: [{name: main}]}, status: {podIP: 10.244.1.11}}
---
{apiVersion: v1, kind: Pod, metadata: {name: envoy, namespace: gateway, labels: {app: envoy}}, spec: {serviceAccountName: envoy, containers: [{name: main, ports: [{name: http, containerPort: 9000}]}]}, status: {podIP: 10.244.2.10}}
---
{apiVersion: v1, kind: Pod, metadata: {name: debug, namespace: gateway, labels: {app: debug}}, spec: {containers: [{name: main}]}, status: {podIP: 10.244.2.11}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: other, labels: {app: web}}, spec: {containers: [{name: main}]}, status: {podIP: 10.244.3.10}}
---
{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: other, labels: {app: web}}, spec: {hostNetwork: true, nodeName: node-2, containers: [{name: main}]}, status: {podIP: 192.168.0.2}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}, addressType: IPv4, endpoints: [{addresses: [203.0.113.1]}]}
---
{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: partners, labels: {role: vpn}}, spec: {externalCIDRs: [198.51.100.0/24]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: other, labels: {kind: inner}}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: partner, namespace: other}, spec: {ports: [{port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: partner, namespace: other, labels: {kubernetes.io/service-name: partner}}, addressType: IPv4, endpoints: [{addresses: [198.51.100.7]}]}
`;

const SERVER = 'endpointSelector: {matchLabels: {app: mcp}}';
const inMcp = (spec: string): string =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: mcp}, spec: ${spec}}`;
const inAll = (spec: string): string =>
  `{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: c}, spec: ${spec}}`;
const into = (...rules: string[]): string => inMcp(`{${SERVER}, ingress: [${rules.join(', ')}]}`);
const out = (...rules: string[]): string => inMcp(`{${SERVER}, egress: [${rules.join(', ')}]}`);
const kubernetes = (spec: string): string => policyIn('mcp', 'np', `{podSelector: {matchLabels: {app: mcp}}, ${spec}}`);

const CLIENT = 'mcp/client > mcp/server:8080';
const ENVOY = 'gateway/envoy > mcp/server:8080';
const DEBUG = 'gateway/debug > mcp/server:8080';
const WEB = 'other/web > mcp/server:8080';
const OUTSIDE = '198.51.100.7 > mcp/server:8080';
const NODE = '192.168.0.1 > mcp/server:8080';
const AGENT = 'other/agent > mcp/server:8080';
const EVERYBODY = [CLIENT, ENVOY, DEBUG, WEB, OUTSIDE, NODE, AGENT];
const to = (address: string, port = 443): string => `mcp/server > ${address}:${port}`;
const TO_PODS = ['mcp/server > mcp/client:443', 'mcp/server > other/web:443', to('10.244.3.10')];
const TO_NODES = [to('192.168.0.1'), to('192.168.0.2'), 'mcp/server > other/agent:443'];

type Row = readonly [
  title: string,
  policies: readonly string[],
  allowed: readonly string[],
  denied: readonly string[],
  unknown?: readonly string[],
];

// biome-ignore format: one line a case
const ROWS: readonly Row[] = [
  ['no rule in a direction leaves it open', [inMcp(`{${SERVER}, egress: [{}]}`)], EVERYBODY, ['mcp/server > other/web:80', to('198.51.100.7')]],
  ['an empty list leaves it open', [inMcp(`{${SERVER}, ingress: []}`)], EVERYBODY, []],
  ['an empty rule isolates and lets nobody in', [into('{}')], [], EVERYBODY],
  ['an empty selector is every endpoint of the own namespace', [into('{fromEndpoints: [{}]}')], [CLIENT], [ENVOY, WEB, OUTSIDE, NODE, AGENT]],
  ['an empty selector of a policy of the cluster is every endpoint', [inAll(`{${SERVER}, ingress: [{fromEndpoints: [{}]}]}`)], [CLIENT, ENVOY, WEB], [OUTSIDE, NODE, AGENT]],
  ['an empty list of endpoints is nobody', [into('{fromEndpoints: []}')], [], EVERYBODY],
  ['an empty list of endpoints is nobody, with ports too', [into('{fromEndpoints: [], toPorts: [{ports: [{port: "8080"}]}]}')], [], EVERYBODY],
  ['ports alone are everybody on them', [into('{toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}')], EVERYBODY, ['gateway/envoy > mcp/server:81', 'gateway/envoy > mcp/server:8080/UDP']],
  ['a port without a protocol is one of all', [into('{toPorts: [{ports: [{port: "8080"}]}]}')], [ENVOY, 'gateway/envoy > mcp/server:8080/UDP', 'gateway/envoy > mcp/server:8080/SCTP'], ['gateway/envoy > mcp/server:81']],
  ['port 0 is every port', [into('{toPorts: [{ports: [{port: "0", protocol: TCP}]}]}')], [ENVOY, 'gateway/envoy > mcp/server:1'], ['gateway/envoy > mcp/server:1/UDP']],
  ['endPort makes a range', [into('{toPorts: [{ports: [{port: "8000", endPort: 8080, protocol: TCP}]}]}')], [ENVOY, 'gateway/envoy > mcp/server:8000'], ['gateway/envoy > mcp/server:8081']],
  ['a name is what the destination calls so', [into('{toPorts: [{ports: [{port: http}]}]}')], [ENVOY], ['gateway/envoy > mcp/server:9000', 'gateway/envoy > mcp/server:8080/UDP']],
  ['a list of ports that is empty is none', [into('{toPorts: [{ports: []}]}')], [], EVERYBODY],
  ['messages alone open no port', [into('{icmps: [{fields: [{type: 8}]}]}')], [], EVERYBODY],
  ['rules about what is said let the connection be made', [into('{fromEndpoints: [{matchLabels: {app: client}}], toPorts: [{ports: [{port: "8080", protocol: TCP}], rules: {http: [{method: GET}]}}]}')], [CLIENT], [ENVOY]],
  ['keys may say their source', [into('{fromEndpoints: [{matchLabels: {"k8s:app": client}}, {matchLabels: {"any:app": debug, "k8s:io.kubernetes.pod.namespace": gateway}}]}')], [CLIENT, DEBUG], [ENVOY, WEB]],
  ['a namespace by its name', [into('{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: gateway, app: envoy}}]}')], [ENVOY], [DEBUG, CLIENT, WEB]],
  ['namespaces but one', [into('{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [other]}]}]}')], [ENVOY, CLIENT], [WEB, OUTSIDE]],
  ['a namespace by its labels', [into('{fromEndpoints: [{matchLabels: {io.cilium.k8s.namespace.labels.team: net}}]}')], [ENVOY, DEBUG], [CLIENT, WEB]],
  ['a service account', [into('{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: envoy, io.kubernetes.pod.namespace: gateway}}]}')], [ENVOY], [DEBUG]],
  ['a service account of the subject', [inMcp('{endpointSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: reader}}, ingress: [{}]}')], ['gateway/envoy > mcp/client:80'], [ENVOY]],
  ['a selector of another namespace selects nothing here', [inMcp('{endpointSelector: {matchLabels: {app: web}}, ingress: [{}]}')], [ENVOY, 'mcp/client > other/web:80'], []],
  ['all is everybody', [into('{fromEntities: [all]}')], EVERYBODY, []],
  ['world is outside', [into('{fromEntities: [world]}')], [OUTSIDE, '203.0.113.9 > mcp/server:8080'], [CLIENT, ENVOY, NODE, AGENT]],
  ['world-ipv6 is outside over IPv6', [into('{fromEntities: [world-ipv6]}')], ['2001:db8::9 > mcp/server:8080'], [OUTSIDE]],
  ['cluster is every pod and node', [into('{fromEntities: [cluster]}')], [CLIENT, ENVOY, WEB, NODE, AGENT], [OUTSIDE]],
  ['namespace is the own one', [inAll('{endpointSelector: {}, ingress: [{fromEntities: [namespace]}]}'), inAll('{endpointSelector: {}, egress: [{fromEntities: [all]}], egressDeny: []}').replace('name: c', 'name: d').replace('fromEntities', 'toEntities')], [CLIENT, 'gateway/envoy > gateway/debug:80'], [ENVOY, WEB, NODE]],
  ['host is the own node', [into('{fromEntities: [host]}')], [NODE], [AGENT, CLIENT, OUTSIDE]],
  ['host and remote-node are every node, whichever the pod runs on', [inMcp('{endpointSelector: {matchLabels: {app: client}}, ingress: [{fromEntities: [host]}, {fromEntities: [remote-node]}]}')], ['192.168.0.1 > mcp/client:80', 'other/agent > mcp/client:80'], ['gateway/debug > mcp/client:80']],
  ['remote-node is every other one', [into('{fromEntities: [remote-node]}')], [AGENT], [NODE, CLIENT, OUTSIDE]],
  ['a reserved label is the entity', [into('{fromEndpoints: [{matchLabels: {"reserved:remote-node": ""}}]}')], [AGENT], [NODE, CLIENT, OUTSIDE]],
  ['kube-apiserver is where its endpoints are', [out('{toEntities: [kube-apiserver]}')], [to('203.0.113.1')], [to('203.0.113.2'), to('192.168.0.1'), ...TO_PODS]],
  ['none, health and init are nobody here', [into('{fromEntities: [none, health, init]}')], [], EVERYBODY],
  ['a block is outside: no pod and no node', [out('{toCIDR: [0.0.0.0/0]}')], [to('198.51.100.7'), to('10.1.2.3')], [...TO_PODS, ...TO_NODES, to('[2001:db8::9]')]],
  ['a block of pods lets nobody in', [into('{fromCIDR: [10.244.0.0/16, 192.168.0.0/16]}')], ['10.244.9.9 > mcp/server:8080'], EVERYBODY],
  ['excepts are of their own block', [out('{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}, {cidr: 10.96.0.0/16}]}')], [to('10.1.0.1'), to('10.96.0.1')], [to('10.97.0.1'), to('198.51.100.7')]],
  ['a group of blocks by its name', [out('{toCIDRSet: [{cidrGroupRef: partners}]}')], [to('198.51.100.7')], [to('203.0.113.9')]],
  ['groups of blocks by their labels', [out('{toCIDRSet: [{cidrGroupSelector: {matchLabels: {role: vpn}}, except: [198.51.100.128/25]}]}')], [to('198.51.100.7')], [to('198.51.100.200')]],
  ['a group that is not there is empty', [out('{toCIDRSet: [{cidrGroupRef: nobody}]}')], [], [to('198.51.100.7'), ...TO_PODS]],
  ['a Service with a selector is its pods', [out('{toServices: [{k8sService: {serviceName: web, namespace: other}}]}')], ['mcp/server > other/web:443'], ['mcp/server > mcp/client:443', 'mcp/server > other/agent:443']],
  ['a Service without one is what was written for it', [out('{toServices: [{k8sService: {serviceName: partner}}]}')], [to('198.51.100.7')], [to('198.51.100.8'), ...TO_PODS]],
  ['Services by their labels', [out('{toServices: [{k8sServiceSelector: {selector: {matchLabels: {kind: inner}}}}]}')], ['mcp/server > other/web:443'], [to('198.51.100.7')]],
  ['hosts by name are some addresses outside', [out('{toFQDNs: [{matchName: api.example.com}]}')], [], [...TO_PODS, ...TO_NODES], [to('198.51.100.7')]],
  ['hosts by name, on their ports', [out('{toFQDNs: [{matchPattern: "*"}], toPorts: [{ports: [{port: "443"}]}]}')], [], [to('198.51.100.7', 80)], [to('198.51.100.7')]],
  ['a denial wins over an allow', [inMcp(`{${SERVER}, ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: client}}]}]}`)], [ENVOY, OUTSIDE], [CLIENT]],
  ['a denial of another policy wins, and of a port it denies no other', [into('{fromEntities: [all]}'), inAll('{endpointSelector: {}, ingressDeny: [{toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}]}')], ['gateway/envoy > mcp/server:81'], [ENVOY, OUTSIDE]],
  ['a denial wins over a NetworkPolicy', [kubernetes('ingress: [{}]'), inMcp(`{${SERVER}, ingressDeny: [{fromEntities: [world]}]}`)], [ENVOY, CLIENT], [OUTSIDE]],
  ['a denial alone isolates as well', [inMcp(`{${SERVER}, ingressDeny: [{fromEntities: [world]}]}`)], [], EVERYBODY],
  ['a denial without isolation denies that alone', [inMcp(`{${SERVER}, ingressDeny: [{fromEntities: [world]}], enableDefaultDeny: {ingress: false}}`)], [CLIENT, ENVOY, NODE], [OUTSIDE]],
  ['a rule without isolation leaves everything open', [inMcp(`{${SERVER}, ingress: [{fromEndpoints: [{}]}], enableDefaultDeny: {ingress: false, egress: false}}`)], EVERYBODY, []],
  ['the switch isolates nothing that has no rules', [inMcp(`{${SERVER}, enableDefaultDeny: {ingress: true}}`)], EVERYBODY, []],
  ['a rule without isolation adds to what another isolates', [into('{}'), inAll(`{${SERVER}, ingress: [{fromEndpoints: [{matchLabels: {app: envoy}}]}], enableDefaultDeny: {ingress: false}}`)], [ENVOY], [CLIENT, OUTSIDE]],
  ['NetworkPolicies and policies of Cilium add up', [kubernetes('ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]'), into('{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: gateway, app: envoy}}]}')], [CLIENT, ENVOY], [DEBUG, WEB, OUTSIDE]],
  ['a policy of Cilium opens what a NetworkPolicy closed', [kubernetes('ingress: []'), into('{fromEntities: [cluster]}')], [CLIENT, ENVOY], [OUTSIDE]],
  ['an ipBlock is outside too, where Cilium is', [kubernetes('policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]'), inAll('{endpointSelector: {matchLabels: {app: nobody}}, ingress: [{}]}')], [to('198.51.100.7')], [...TO_PODS, ...TO_NODES]],
  ['policies for nodes are for no pod', [inAll('{nodeSelector: {}, ingressDeny: [{fromEntities: [all]}]}')], EVERYBODY, []],
  ['several rule objects each have their own pods', [`{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: mcp}, specs: [{${SERVER}, ingress: [{fromEndpoints: [{matchLabels: {app: client}}]}]}, {endpointSelector: {matchLabels: {app: client}}, ingress: [{}]}]}`], [CLIENT], [ENVOY, 'gateway/envoy > mcp/client:80']],
];

describe('On Cilium', () => {
  test.each(ROWS.map(row => [row[0], row] as const))('%s', (_title, [, policies, allowed, denied, unknown = []]) => {
    const objects = [CLUSTER, ...policies].flatMap(text => parseYaml(text)) as object[];
    const [oracle, reach] = [createCiliumOracle(objects), ciliumReach(objects)];
    const said = (ask: typeof reach, probes: readonly string[]) =>
      probes.map(probe => [probe, ask(parseProbe(probe)).allowed]);
    const expected = (probes: readonly string[], answer: Answer) => probes.map(probe => [probe, answer]);
    const probes = [...allowed, ...denied, ...unknown];
    const right = [...expected(allowed, true), ...expected(denied, false), ...expected(unknown, null)];
    expect(said(oracle, probes), 'the oracle').toEqual(right);
    expect(said(reach, probes), 'reach').toEqual(right);
  });
});
