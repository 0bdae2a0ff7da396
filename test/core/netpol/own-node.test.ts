import { describe, expect, it } from 'vitest';
import { createReach } from '../../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

const pod = (name: string, spec: string, status = ''): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: a}, spec: {${spec}, containers: [{name: c, image: i}]}, status: {${status}}}`;
const node = (name: string, ...addresses: readonly string[]): string =>
  `{apiVersion: v1, kind: Node, metadata: {name: ${name}}, status: {addresses: [${addresses.join(', ')}]}}`;
const internal = (address: string): string => `{type: InternalIP, address: '${address}'}`;

// Every pod is closed in both directions: what is told of the own node never changes what policies say.
const WORLD = [
  pod(
    'told',
    'nodeName: n1',
    "podIP: 10.244.1.1, hostIP: 192.0.2.1, hostIPs: [{ip: 192.0.2.1}, {ip: '2001:DB8::0:1'}]",
  ),
  pod('named', 'nodeName: n2', 'podIP: 10.244.2.1'),
  pod('nameless', 'nodeName: ""', 'podIP: 10.244.3.1, hostIP: 192.0.2.3'),
  pod('waiting', 'nodeName: ""'),
  pod('agent', 'nodeName: n1, hostNetwork: true', 'podIP: 192.0.2.1, hostIP: 192.0.2.1'),
  pod('proxy', 'nodeName: n4, hostNetwork: true', 'podIP: 192.0.2.4'),
  '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}}',
  node(
    'n2',
    internal('192.0.2.2'),
    internal('2001:db8::2'),
    '{type: ExternalIP, address: 203.0.113.2}',
    '{type: Hostname, address: n2}',
  ),
  node('n5', internal('192.0.2.5')),
  '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: a}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}',
];
const reach = createReach(buildWorld((parseYaml(WORLD.join('\n---\n')) as Record<string, unknown>[]).map(decoded)));

function ask(from: string, to: string): unknown {
  const end = (text: string) => (/^a\//.test(text) ? { pod: text } : { ip: text });
  const query = parseReachQuery({ from: end(from), to: end(to), port: 8080 });
  if ('problem' in query) throw new Error(query.problem);
  const answer = reach(query);
  if (!('allowed' in answer)) throw new Error(JSON.stringify(answer));
  expect(answer.allowed).toBe(false);
  return answer.ownNode;
}

describe('A pod and its own node:', () => {
  // biome-ignore format: one line a case
  it.each<[string, string, string, true | null | undefined]>([
    ['the address that the Pod tells', '192.0.2.1', 'a/told', true],
    ['that of the other family, however it is written', 'a/told', '2001:db8:0::1', true],
    ['the address of a Pod, as of the Pod', '192.0.2.1', '10.244.1.1', true],
    ['an address that is written in IPv6', '::ffff:192.0.2.1', 'a/told', true],
    ['the InternalIP of the Node that the Pod names', '192.0.2.2', 'a/named', true],
    ['its second InternalIP', 'a/named', '2001:db8::2', true],
    ['another Node', '192.0.2.5', 'a/named', undefined],
    ['a node that another Pod tells of', '192.0.2.1', 'a/named', undefined],
    ['an ExternalIP, which is most often not on the node', 'a/named', '203.0.113.2', undefined],
    ['no node', '198.51.100.7', 'a/told', undefined],
    ['another pod', 'a/named', 'a/told', undefined],
    ['a pod in the network of the same node', 'a/agent', 'a/told', true],
    ['the same, by the way out', 'a/told', 'a/agent', true],
    ['a pod in the network of another node', 'a/proxy', 'a/told', undefined],
    ['the address of a node that such a pod alone tells', '192.0.2.4', 'a/named', undefined],
    ['a Pod that tells an address and no name', 'a/nameless', '192.0.2.3', true],
    ['the same from any node with a name', 'a/nameless', '192.0.2.2', null],
    ['a Pod that is on no node yet', 'a/waiting', '192.0.2.2', null],
    ['a template, whose pods may be on any', '192.0.2.2', 'a/web', null],
    ['a template and what is no node', '198.51.100.7', 'a/web', undefined],
  ])('%s', (_title, from, to, expected) => {
    expect(ask(from, to)).toBe(expected);
  });

  it('a pod in the network of its node is that node: no policy stands between the two', () => {
    const query = parseReachQuery({ from: { ip: '192.0.2.1' }, to: { pod: 'a/agent' }, port: 8080 });
    expect('problem' in query || reach(query)).toMatchObject({ allowed: true });
    expect('problem' in query || reach(query)).not.toHaveProperty('ownNode');
  });
});
