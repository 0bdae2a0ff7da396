import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { parseYaml } from '../../support/yaml.ts';

/** Policies of other APIs that open, or close, ways out by names and blocks. */

function issuesOf(apiVersion: string, kind: string, spec: string, name = 'p'): readonly string[] {
  const text = `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: ${name}, namespace: a}, spec: ${spec}}`;
  const decoded = createDecoder()(Object(parseYaml(text)[0]));
  if (decoded.kind !== 'object') return ['not decoded'];
  return decoded.issues.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

const aws = (spec: string) => issuesOf('networking.k8s.aws/v1alpha1', 'ApplicationNetworkPolicy', spec);
const awsTo = (peer: string, ports = '') => aws(`{podSelector: {}, egress: [{to: [${peer}]${ports}}]}`);
const fqdn = (spec: string) => issuesOf('networking.gke.io/v1alpha1', 'FQDNNetworkPolicy', spec);
const fqdnTo = (match: string, ports = '') => fqdn(`{podSelector: {}, egress: [{matches: [${match}]${ports}}]}`);
const firewall = (spec: string, name = 'default') => issuesOf('k8s.ovn.org/v1', 'EgressFirewall', spec, name);
const firewallRule = (rule: string) => firewall(`{egress: [${rule}]}`);

describe('What is wrong with an ApplicationNetworkPolicy is told with its field:', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing', awsTo('{domainNames: [a.example, "*.b.example"]}', ', ports: [{port: 443}]'), []],
    ['no spec', aws('null'), ['error spec: is required']],
    ['the selector', aws('{podSelector: [], egress: [{}]}'), ['error spec.podSelector: expected an object, got a list']],
    ['a policy type', aws('{podSelector: {}, policyTypes: [egress]}'), ['error spec.policyTypes[0]: "egress" is neither Ingress nor Egress: the API server refuses it']],
    ['rules that are no list', aws('{podSelector: {}, egress: {}}'), ['error spec.egress: expected a list, got an object']],
    ['a field', aws('{podSelector: {}, egresss: []}'), ['warning spec.egresss: unknown field "egresss": the API server drops or refuses it']],
    ['every host', awsTo('{domainNames: ["*"]}'), ['error spec.egress[0].to[0].domainNames[0]: "*" is no domain name: the API server refuses it']],
    ['no host', awsTo('{domainNames: []}'), ['error spec.egress[0].to[0].domainNames: must not be empty: the API server refuses it']],
    ['hosts beside a block', awsTo('{domainNames: [a.example], ipBlock: {cidr: 10.0.0.0/8}}'), ['error spec.egress[0].to[0].ipBlock: stands beside names of hosts: what both mean is not told']],
    ['hosts beside a selector', awsTo('{domainNames: [a.example], podSelector: {}}'), ['error spec.egress[0].to[0].podSelector: stands beside names of hosts: what both mean is not told']],
    ['hosts of ingress', aws('{podSelector: {}, ingress: [{from: [{domainNames: [a.example]}]}]}'), ['warning spec.ingress[0].from[0].domainNames: unknown field "domainNames": the API server drops or refuses it', 'error spec.ingress[0].from[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it']],
    ['a block', awsTo('{ipBlock: {cidr: ten}}'), ['error spec.egress[0].to[0].ipBlock.cidr: "ten" is no CIDR block: the API server refuses it']],
    ['a port', awsTo('{podSelector: {}}', ', ports: [{port: 0}]'), ['error spec.egress[0].ports[0].port: 0 is not between 1 and 65535']],
    ['a peer of another API', awsTo('{fqdns: [a]}'), ['warning spec.egress[0].to[0].fqdns: unknown field "fqdns": the API server drops or refuses it', 'error spec.egress[0].to[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});

describe('What is wrong with a FQDNNetworkPolicy is told with its field:', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing', fqdnTo('{name: a.example}, {pattern: "*.b.example"}', ', ports: [{protocol: TCP, port: 443}]'), []],
    ['no spec', fqdn('null'), ['error spec: is required']],
    ['the selector', fqdn('{podSelector: {matchLabels: []}, egress: []}'), ['error spec.podSelector.matchLabels: expected an object, got a list']],
    ['rules that are no list', fqdn('{podSelector: {}, egress: 1}'), ['error spec.egress: expected a list, got a number']],
    ['a direction that it does not have', fqdn('{podSelector: {}, ingress: []}'), ['warning spec.ingress: unknown field "ingress": the API server drops or refuses it']],
    ['a rule without hosts', fqdn('{podSelector: {}, egress: [{}]}'), ['error spec.egress[0].matches: names at least one host']],
    ['a host without a name', fqdnTo('{}'), ['error spec.egress[0].matches[0]: takes exactly one of name and pattern']],
    ['a name and a pattern', fqdnTo('{name: a.example, pattern: "*.b"}'), ['error spec.egress[0].matches[0]: takes exactly one of name and pattern']],
    ['a name that is a number', fqdnTo('{name: 7}'), ['error spec.egress[0].matches[0].name: expected a string, got a number: write it in quotes, "7"']],
    ['a name that is a pattern', fqdnTo('{name: "*.example"}'), ['error spec.egress[0].matches[0].name: "*.example" is no domain name: the API server refuses it']],
    ['a port', fqdnTo('{name: a.example}', ', ports: [{port: 70000}]'), ['error spec.egress[0].ports[0].port: 70000 is not between 1 and 65535']],
    ['the form of another version', fqdn('{podSelector: {}, egress: [{to: [{fqdns: [a.example]}]}]}'), ['warning spec.egress[0].to: unknown field "to": the API server drops or refuses it', 'error spec.egress[0].matches: names at least one host']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});

describe('What is wrong with an EgressFirewall is told with its field:', () => {
  // biome-ignore format: one line a case
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing', firewallRule('{type: Allow, to: {dnsName: a.example}}, {type: Deny, to: {cidrSelector: 0.0.0.0/0}}'), []],
    ['no spec', firewall('null'), ['error spec: is required']],
    ['no rules', firewall('{}'), ['error spec.egress: is required']],
    ['its name', firewall('{egress: []}', 'mine'), ['error metadata.name: must be default: the API server refuses it']],
    ['no type', firewallRule('{to: {cidrSelector: 0.0.0.0/0}}'), ['error spec.egress[0].type: is required']],
    ['the type', firewallRule('{type: deny, to: {cidrSelector: 0.0.0.0/0}}'), ['error spec.egress[0].type: "deny" is neither Allow nor Deny']],
    ['no destination', firewallRule('{type: Allow, to: {}}'), ['error spec.egress[0].to: takes exactly one of cidrSelector, dnsName, nodeSelector: the API server refuses it']],
    ['two destinations', firewallRule('{type: Allow, to: {cidrSelector: 10.0.0.0/8, dnsName: a.example}}'), ['error spec.egress[0].to: takes exactly one of cidrSelector, dnsName, nodeSelector: the API server refuses it']],
    ['a block', firewallRule('{type: Allow, to: {cidrSelector: ten}}'), ['error spec.egress[0].to.cidrSelector: "ten" is no CIDR block: the firewall is not applied']],
    ['a name of a host', firewallRule('{type: Allow, to: {dnsName: "*"}}'), ['error spec.egress[0].to.dnsName: "*" is no domain name: the API server refuses it']],
    ['a protocol', firewallRule('{type: Allow, to: {cidrSelector: 10.0.0.0/8}, ports: [{protocol: ICMP, port: 1}]}'), ['error spec.egress[0].ports[0].protocol: "ICMP" is none of TCP, UDP, SCTP']],
    ['no protocol', firewallRule('{type: Allow, to: {cidrSelector: 10.0.0.0/8}, ports: [{port: 80}]}'), ['error spec.egress[0].ports[0].protocol: is required']],
  ])('%s', (_title, issues, expected) => {
    expect(issues).toEqual(expected);
  });
});
