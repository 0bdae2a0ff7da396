import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { selectorText } from '../../../src/core/kube/selector.ts';
import type { DirectionRules, NetworkPolicy, Peers, PolicyPorts } from '../../../src/core/kube/types.ts';
import { toCidrs } from '../../../src/core/net/addresses.ts';
import { decoded } from '../../support/workload.ts';
import { parseYaml } from '../../support/yaml.ts';

function policyOf(spec: string): NetworkPolicy {
  const text = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: ${spec}}`;
  const object = decoded(parseYaml(text)[0] as Record<string, unknown>);
  return object.kind === 'NetworkPolicy' ? (object as NetworkPolicy) : expect.fail(object.kind);
}

function peersText(peers: Peers): string {
  if (peers.kind === 'any') return 'any';
  const texts = peers.peers.map(peer => {
    if (peer.kind === 'block') return toCidrs(peer.specified).join('+') || 'nothing';
    const namespaces = peer.namespaces === 'own' ? 'own' : selectorText(peer.namespaces);
    return `${namespaces}/${selectorText(peer.pods)}`;
  });
  return texts.join(' or ');
}

function portsText(ports: PolicyPorts): string {
  if (ports.kind === 'any') return 'any';
  const texts = ports.ports.map(port => {
    if (port.kind === 'all') return `${port.protocol} *`;
    return port.kind === 'named' ? `${port.protocol} ${port.name}` : `${port.protocol} ${port.first}-${port.last}`;
  });
  return texts.join(' or ');
}

function rulesText(rules: DirectionRules): string {
  if (!rules.isolates) return 'open';
  return rules.rules.map(rule => `${peersText(rule.peers)} on ${portsText(rule.ports)}`).join('; ') || 'closed';
}

describe('The API server sets policyTypes where they are absent (SetDefaults_NetworkPolicy):', () => {
  it.each<readonly [spec: string, ingress: string, egress: string]>([
    ['{}', 'closed', 'open'],
    ['{policyTypes: []}', 'closed', 'open'],
    ['{policyTypes: null}', 'closed', 'open'],
    ['{egress: []}', 'closed', 'open'],
    ['{egress: [{}]}', 'closed', 'any on any'],
    ['{egress: [null]}', 'closed', 'any on any'],
    ['{ingress: [{}]}', 'any on any', 'open'],
    ['{policyTypes: [Egress]}', 'open', 'closed'],
    ['{policyTypes: [Egress], ingress: [{}]}', 'open', 'closed'],
    ['{policyTypes: [Ingress], egress: [{}]}', 'closed', 'open'],
    ['{policyTypes: [Ingress, Egress], egress: []}', 'closed', 'closed'],
    ['{policyTypes: [Ingress, Ingress], egress: [{}]}', 'closed', 'open'],
  ])('%s', (spec, ingress, egress) => {
    const policy = policyOf(spec);
    expect([rulesText(policy.ingress), rulesText(policy.egress)]).toEqual([ingress, egress]);
  });
});

describe('Emptiness is settled when a rule is decoded:', () => {
  it.each<readonly [rule: string, means: string]>([
    ['{}', 'any on any'],
    ['{to: [], ports: []}', 'any on any'],
    ['{to: null, ports: null}', 'any on any'],
    ['{ports: [{}]}', 'any on TCP *'],
    ['{ports: [null]}', 'any on TCP *'],
    ['{ports: [{protocol: UDP}]}', 'any on UDP *'],
    ['{ports: [{port: 53}]}', 'any on TCP 53-53'],
    ['{ports: [{port: 53, protocol: null}]}', 'any on TCP 53-53'],
    ['{ports: [{port: 80, endPort: 90, protocol: SCTP}]}', 'any on SCTP 80-90'],
    ['{ports: [{port: http}]}', 'any on TCP http'],
    ['{to: [{podSelector: {}}]}', 'own/everything on any'],
    ['{to: [{namespaceSelector: {}}]}', 'everything/everything on any'],
    ['{to: [{namespaceSelector: {}, podSelector: null}]}', 'everything/everything on any'],
    ['{to: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}', 'everything/a=b on any'],
    [
      '{to: [{namespaceSelector: {}}, {podSelector: {matchLabels: {a: b}}}]}',
      'everything/everything or own/a=b on any',
    ],
    ['{to: [{podSelector: {matchLabels: {a: null}}}]}', 'own/a= on any'],
    ['{to: [{ipBlock: {cidr: 10.0.0.0/30, except: [10.0.0.2/31]}}]}', '10.0.0.0/31 on any'],
    ['{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/1]}}]}', 'nothing on any'],
    ['{to: [{ipBlock: {cidr: 010.0.0.0/8}}]}', '10.0.0.0/8 on any'],
    ['{to: [{ipBlock: {cidr: 10.1.2.3/8}}]}', '10.0.0.0/8 on any'],
    ['{to: [{ipBlock: {cidr: text}}]}', '0.0.0.0/0+::/0 on any'],
    ['{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [text]}}]}', '10.0.0.0/8 on any'],
  ])('%s', (rule, means) => {
    expect(rulesText(policyOf(`{policyTypes: [Egress], egress: [${rule}]}`).egress)).toBe(means);
  });
});

describe('What cannot be read never turns into its opposite:', () => {
  it.each<readonly [rule: string, means: string, incomplete: boolean]>([
    ['{to: [{}]}', 'closed', true],
    ['{to: [null, {podSelector: {}}]}', 'own/everything on any', true],
    ['{ports: [{port: "80"}]}', 'closed', true],
    ['{ports: [{port: "80"}, {port: 443}]}', 'any on TCP 443-443', true],
    ['{ports: 80}', 'any on any', true],
    ['{to: [{ipBlock: {cidr: text}}]}', '0.0.0.0/0+::/0 on any', false],
  ])('%s', (rule, means, incomplete) => {
    const policy = policyOf(`{policyTypes: [Egress], egress: [${rule}]}`);
    expect([rulesText(policy.egress), policy.incomplete]).toEqual([means, incomplete]);
  });
});

describe('Keys that objects have of themselves are ordinary text:', () => {
  const read = (json: string): NetworkPolicy => {
    const result = createDecoder()(JSON.parse(json) as Record<string, unknown>);
    return result.kind === 'object' ? (result.object as NetworkPolicy) : expect.fail(result.kind);
  };
  const head = '"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"';

  it.each<readonly [spec: string, selector: string]>([
    ['{"podSelector": {"matchLabels": {"constructor": "a"}}}', 'constructor=a'],
    ['{"podSelector": {"matchLabels": {"hasOwnProperty": "a"}}}', 'hasOwnProperty=a'],
    ['{"podSelector": {"matchLabels": {"__proto__": "a"}}}', '__proto__=a'],
    ['{"podSelector": {"matchExpressions": [{"key": "toString", "operator": "Exists"}]}}', 'toString'],
    ['{"podSelector": {"__proto__": {"matchLabels": {"a": "b"}}}}', 'everything'],
    ['{"__proto__": {"podSelector": {"matchLabels": {"a": "b"}}}}', 'everything'],
  ])('%s', (spec, selector) => {
    expect(selectorText(read(`{${head}, "metadata": {"name": "a"}, "spec": ${spec}}`).podSelector)).toBe(selector);
  });

  it('labels and annotations hold them, and no others', () => {
    const { meta } = read(`{${head}, "metadata": {"name": "a", "labels": {"__proto__": "x", "valueOf": "y"}}}`);
    expect([...meta.labels]).toEqual([
      ['__proto__', 'x'],
      ['valueOf', 'y'],
    ]);
    expect(meta.labels.get('constructor')).toBeUndefined();
    expect(meta.annotations.size).toBe(0);
  });
});

describe('who wrote the spec', () => {
  const entry = (manager: unknown, fields: object): object => ({ manager, operation: 'Apply', fieldsV1: fields });
  const SPEC = { 'f:spec': { 'f:egress': {} } };

  it.each<readonly [string, unknown, readonly string[]]>([
    ['nothing is said', undefined, []],
    ['one did', [entry('one', SPEC)], ['one']],
    ['two did, one of them twice', [entry('two', SPEC), entry('one', SPEC), entry('two', SPEC)], ['one', 'two']],
    ['another wrote labels alone', [entry('one', SPEC), entry('two', { 'f:metadata': {} })], ['one']],
    ['what is written is no list', { manager: 'one' }, []],
    ['entries are not as the API server writes them', ['x', null, entry(1, SPEC), { manager: 'one' }], []],
  ])('is read where %s', (_title, managedFields, expected) => {
    const policy = decoded({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'a', managedFields },
      spec: {},
    });
    expect((policy as NetworkPolicy).specManagers).toEqual(expected);
  });
});
