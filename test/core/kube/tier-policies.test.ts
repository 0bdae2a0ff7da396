import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { parseYaml } from '../../support/yaml.ts';

const decode = createDecoder();
const SUBJECT = 'subject: {namespaces: {}}';
const ALL = '{namespaces: {}}';

function issuesOf(apiVersion: string, kind: string, spec: string, name = 'p'): readonly string[] {
  const [object] = parseYaml(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${name}}, spec: ${spec}}`);
  const decoded = decode(object as Record<string, unknown>);
  if (decoded.kind !== 'object') throw new Error('not decoded');
  return decoded.issues.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

const cnp = (spec: string) => issuesOf('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', spec);
const anp = (spec: string) => issuesOf('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', spec);
const banp = (spec: string, name: string) =>
  issuesOf('policy.networking.k8s.io/v1alpha1', 'BaselineAdminNetworkPolicy', spec, name);
const aws = (spec: string) => issuesOf('networking.k8s.aws/v1alpha1', 'ClusterNetworkPolicy', spec);
const admin = (rules: string) => cnp(`{tier: Admin, priority: 1, ${SUBJECT}, ${rules}}`);
const times = (count: number, item: string): string => `[${Array<string>(count).fill(item).join(', ')}]`;

describe('A policy of tiers is read with the field that is wrong:', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing is', admin(`ingress: [{name: r, action: Pass, from: [${ALL}]}], egress: [{action: Accept, to: [{networks: [10.0.0.0/8, "fd00::/8"]}], protocols: [{tcp: {destinationPort: {number: 80}}}, {udp: {}}, {sctp: {destinationPort: {range: {start: 1, end: 2}}}}]}]`), []],
    ['nothing is, of v1alpha1', anp(`{priority: 1000, ${SUBJECT}, egress: [{action: Allow, to: [{pods: {namespaceSelector: {}, podSelector: {}}}], ports: [{portNumber: {port: 1}}, {portRange: {protocol: UDP, start: 1, end: 9}}, {namedPort: web}]}]}`), []],
    ['nothing is, of AWS', aws(`{tier: Baseline, priority: 0, ${SUBJECT}, egress: [{action: Pass, to: [{domainNames: ["*.example.com"]}]}]}`), []],
    ['tier', cnp(`{tier: admin, priority: 1, ${SUBJECT}}`), ['error spec.tier: "admin" is neither Admin nor Baseline']],
    ['no tier', cnp(`{priority: 1, ${SUBJECT}}`), ['error spec.tier: is required']],
    ['a tier that is no text', cnp(`{tier: 1, priority: 1, ${SUBJECT}}`), ['error spec.tier: expected a string, got a number: write it in quotes, "1"']],
    ['no action', admin(`ingress: [{from: [${ALL}]}]`), ['error spec.ingress[0].action: is required']],
    ['a name that is no text', admin(`ingress: [{name: 7, action: Deny, from: [${ALL}]}]`), ['error spec.ingress[0].name: expected a string, got a number: write it in quotes, "7"']],
    ['a name of 100 characters', admin(`ingress: [{name: ${'n'.repeat(100)}, action: Deny, from: [${ALL}]}]`), []],
    ['a longer name', admin(`ingress: [{name: ${'n'.repeat(101)}, action: Deny, from: [${ALL}]}]`), ['error spec.ingress[0].name: is longer than 100 characters: the API server refuses it']],
    ['no priority', anp(`{${SUBJECT}}`), ['error spec.priority: is required']],
    ['priority', anp(`{priority: 1001, ${SUBJECT}}`), ['error spec.priority: 1001 is not between 0 and 1000: the API server refuses it']],
    ['subject', anp('{priority: 1, subject: {}}'), ['error spec.subject: takes exactly one of namespaces and pods: the API server refuses it']],
    ['two subjects', anp('{priority: 1, subject: {namespaces: {}, pods: {namespaceSelector: {}, podSelector: {}}}}'), ['error spec.subject: takes exactly one of namespaces and pods: the API server refuses it']],
    ['a subject by pods of all namespaces', cnp('{tier: Admin, priority: 1, subject: {pods: {podSelector: {}}}}'), []],
    ['a subject by pods without their selector', cnp('{tier: Admin, priority: 1, subject: {pods: {namespaceSelector: {}}}}'), ['error spec.subject.pods.podSelector: is required: the API server refuses the policy']],
    ['a subject by pods of v1alpha1 without selectors', anp('{priority: 1, subject: {pods: {}}}'), ['error spec.subject.pods.namespaceSelector: is required: the API server refuses the policy', 'error spec.subject.pods.podSelector: is required: the API server refuses the policy']],
    ['a subject by pods of AWS without namespaces', aws('{tier: Admin, priority: 1, subject: {pods: {podSelector: {}}}}'), ['error spec.subject.pods.namespaceSelector: is required: the API server refuses the policy']],
    ['a peer by pods without their selector', admin('ingress: [{action: Deny, from: [{pods: {namespaceSelector: {}}}]}]'), ['error spec.ingress[0].from[0].pods.podSelector: is required: the API server refuses the policy']],
    ['action', admin(`ingress: [{action: Allow, from: [${ALL}]}]`), ['error spec.ingress[0].action: "Allow" is none of Accept, Deny, Pass']],
    ['an action of the other tier', banp(`{${SUBJECT}, ingress: [{action: Pass, from: [${ALL}]}]}`, 'default'), ['error spec.ingress[0].action: "Pass" is neither Allow nor Deny']],
    ['the name of the only baseline', banp(`{${SUBJECT}}`, 'mine'), ['error metadata.name: must be default: the API server refuses it']],
    ['no peers', admin('ingress: [{action: Deny}]'), ['error spec.ingress[0].from: is required: the API server refuses the policy']],
    ['an empty list of peers', admin('egress: [{action: Deny, to: []}]'), ['error spec.egress[0].to: must not be empty: the API server refuses it']],
    ['an unknown peer', admin('ingress: [{action: Deny, from: [{constructor: {}}]}]'), ['warning spec.ingress[0].from[0].constructor: unknown field "constructor": the API server drops or refuses it', 'warning spec.ingress[0].from[0]: none of namespaces, pods is given: as the API has it, the rule denies everything in its direction']],
    ['two fields in a peer', admin('egress: [{action: Deny, to: [{namespaces: {}, networks: [1.0.0.0/8]}]}]'), ['error spec.egress[0].to[0]: a peer has exactly one field: the API server refuses more']],
    ['a block', admin('egress: [{action: Deny, to: [{networks: [1.2.3.4]}]}]'), ['error spec.egress[0].to[0].networks[0]: "1.2.3.4" is no CIDR block: the API server refuses it']],
    ['a block that is not read alike everywhere', admin('egress: [{action: Deny, to: [{networks: [010.0.0.0/8]}]}]'), ['error spec.egress[0].to[0].networks[0]: "010.0.0.0/8" is no CIDR block: the API server refuses it']],
    ['names of hosts in a denial', admin('egress: [{action: Deny, to: [{domainNames: [example.com]}]}]'), ['error spec.egress[0].to[0].domainNames: no rule that denies takes names of hosts: the API server refuses it']],
    ['a name of a host', admin('egress: [{action: Accept, to: [{domainNames: ["*"]}]}]'), ['error spec.egress[0].to[0].domainNames[0]: "*" is no domain name: the API server refuses it']],
    ['a port by name beside addresses', admin('egress: [{action: Accept, to: [{networks: [1.0.0.0/8]}], protocols: [{destinationNamedPort: web}]}]'), ['error spec.egress[0].protocols: a port by name is a port of a pod: beside addresses it is refused']],
    ['a port', admin(`ingress: [{action: Accept, from: [${ALL}], protocols: [{tcp: {destinationPort: {number: 70000}}}]}]`), ['error spec.ingress[0].protocols[0].tcp.destinationPort.number: 70000 is not between 1 and 65535']],
    ['a range of ports', admin(`ingress: [{action: Accept, from: [${ALL}], protocols: [{tcp: {destinationPort: {range: {start: 9, end: 1}}}}]}]`), ['error spec.ingress[0].protocols[0].tcp.destinationPort.range.end: 1 is less than 9']],
    ['two protocols in one', admin(`ingress: [{action: Accept, from: [${ALL}], protocols: [{tcp: {}, udp: {}}]}]`), ['error spec.ingress[0].protocols[0]: takes exactly one of tcp, udp, sctp, destinationNamedPort']],
    ['too many rules', admin(`ingress: ${times(26, `{action: Deny, from: [${ALL}]}`)}`), ['error spec.ingress: has 26 rules, more than 25: the API server refuses it']],
    ['too many peers', anp(`{priority: 1, ${SUBJECT}, ingress: [{action: Deny, from: ${times(101, ALL)}}]}`), ['error spec.ingress[0].from: has 101 items, more than 100: the API server refuses it']],
    ['a protocol', anp(`{priority: 1, ${SUBJECT}, ingress: [{action: Deny, from: [${ALL}], ports: [{portNumber: {protocol: ICMP, port: 1}}]}]}`), ['error spec.ingress[0].ports[0].portNumber.protocol: "ICMP" is none of TCP, UDP, SCTP']],
    ['no spec', issuesOf('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'null'), ['error spec: is required']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});
