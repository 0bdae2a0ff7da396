import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import {
  decodeCalicoNetworkSet,
  decodeCalicoPolicy,
  decodeCalicoTier,
  isMirrored,
} from '../../../src/core/kube/decode-calico.ts';
import { createCidrReader } from '../../../src/core/kube/decode-peers.ts';
import { type Fields, Reading } from '../../../src/core/kube/reading.ts';
import { toCidrs } from '../../../src/core/net/addresses.ts';
import { parseYaml } from '../../support/yaml.ts';

const API = 'projectcalico.org/v3';

function policy(spec: Fields, kind: 'NetworkPolicy' | 'GlobalNetworkPolicy' = 'NetworkPolicy') {
  const reading = new Reading();
  const fields = { apiVersion: API, kind, metadata: { name: 'p', namespace: 'shop' }, spec };
  return { policy: decodeCalicoPolicy(kind, API, fields, reading, createCidrReader()), issues: reading.issues };
}

const issuesOf = (spec: Fields, kind?: 'NetworkPolicy' | 'GlobalNetworkPolicy'): readonly string[] =>
  policy(spec, kind).issues.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);

/** A policy of one ingress rule. */
const rule = (fields: Fields): Fields => ({ ingress: [{ action: 'Allow', ...fields }] });
const source = (fields: Fields): Fields => rule({ source: fields });
const destination = (fields: Fields, protocol: unknown = 'TCP'): Fields => rule({ protocol, destination: fields });

describe('An object of Calico that its API refuses', () => {
  it.each<readonly [Fields, string]>([
    [
      { selector: 'app = web' },
      'error invalid-selector spec.selector: no selector, at character 5: "=" cannot stand here: Calico refuses it',
    ],
    [
      source({ selector: 'global()' }),
      'error invalid-selector spec.ingress[0].source.selector: global() is for the namespaceSelector of a rule, alone: Calico refuses it',
    ],
    [
      source({ namespaceSelector: "global() || a == 'b'" }),
      'error invalid-selector spec.ingress[0].source.namespaceSelector: global() is for the namespaceSelector of a rule, alone: Calico refuses it',
    ],
    [{ order: '100' }, 'error wrong-type spec.order: expected a number'],
    [
      { types: ['ingress'] },
      'error invalid-policy-type spec.types[0]: "ingress" is neither Ingress nor Egress: Calico refuses it',
    ],
    [
      { types: ['Egress', 'Egress'] },
      'error invalid-policy-type spec.types[1]: "Egress" is given twice: Calico refuses it',
    ],
    [
      rule({ action: 'allow' }),
      'error invalid-action spec.ingress[0].action: "allow" is no action: one of Allow, Deny, Pass, Log: Calico refuses the policy',
    ],
    [
      { ingress: [{}] },
      'error invalid-action spec.ingress[0].action: an action is required: one of Allow, Deny, Pass, Log: Calico refuses the policy',
    ],
    [rule({ ipVersion: 5 }), 'error invalid-rule spec.ingress[0].ipVersion: 5 is neither 4 nor 6: Calico refuses it'],
    [
      rule({ protocol: 'tcp' }),
      'error invalid-protocol spec.ingress[0].protocol: "tcp" is none of TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite and no number from 1 to 255: Calico refuses it',
    ],
    [
      rule({ notProtocol: 256 }),
      'error invalid-protocol spec.ingress[0].notProtocol: 256 is none of TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite and no number from 1 to 255: Calico refuses it',
    ],
    [
      source({ nets: ['10.0.0.0/33'] }),
      'error invalid-cidr spec.ingress[0].source.nets[0]: "10.0.0.0/33" is no CIDR block (the prefix is a number from 0 to 32): Calico refuses it',
    ],
    [
      source({ notNets: ['10.0.0.1/8'] }),
      'warning invalid-cidr spec.ingress[0].source.notNets[0]: "10.0.0.1/8" has bits after its prefix: Calico refuses it',
    ],
    [destination({ ports: ['80-90'] }), ''],
    [
      destination({ ports: ['90:80'] }),
      'error invalid-port spec.ingress[0].destination.ports[0]: 90:80 is not between 1 and 65535, lower port first: Calico refuses it',
    ],
    [
      destination({ ports: [0] }),
      'error invalid-port spec.ingress[0].destination.ports[0]: 0 is not between 1 and 65535, lower port first: Calico refuses it',
    ],
    [
      destination({ notPorts: ['a b'] }),
      'error invalid-port spec.ingress[0].destination.notPorts[0]: "a b" is no port, range or port name: Calico refuses it',
    ],
    [
      destination({ ports: [80] }, null),
      'error invalid-port spec.ingress[0].destination.ports: ports need the protocol TCP, UDP or SCTP: Calico refuses the rule',
    ],
    [
      destination({ ports: ['web'] }, 'ICMP'),
      'error invalid-port spec.ingress[0].destination.ports: ports need the protocol TCP, UDP or SCTP: Calico refuses the rule',
    ],
    [destination({ ports: ['web'] }, null), ''],
    [
      source({ services: { name: 'web' }, nets: ['10.0.0.0/8'] }),
      'error invalid-rule spec.ingress[0].source.nets: nets cannot stand beside services: Calico refuses the rule',
    ],
    [
      rule({ sources: {} }),
      'warning unknown-field spec.ingress[0].sources: unknown field "sources": the API server drops or refuses it',
    ],
    [
      { preDNAT: true },
      'warning unknown-field spec.preDNAT: unknown field "preDNAT": the API server drops or refuses it',
    ],
    [source({ nets: '10.0.0.0/8' }), 'error wrong-type spec.ingress[0].source.nets: expected a list, got a string'],
    [{ ingress: ['Allow'] }, 'error wrong-type spec.ingress[0]: expected an object, got a string'],
  ])('%j: %s', (spec, issue) => {
    expect(issuesOf(spec)[0] ?? '').toBe(issue);
    expect(policy(spec).policy.incomplete).toBe(issue.startsWith('error'));
  });

  it('is a GlobalNetworkPolicy of host endpoints that is not applied on forward', () => {
    expect(issuesOf({ doNotTrack: true }, 'GlobalNetworkPolicy')).toEqual([
      'error invalid-policy spec.doNotTrack: doNotTrack needs applyOnForward: true: Calico refuses the policy',
    ]);
  });

  it('leaves open what the unreadable part bears on, and nothing else', () => {
    const { ingress = [] } = policy({
      ingress: [
        { action: 'Allow', source: { selector: 'app = web' } },
        { action: 'allow' },
        { action: 'Deny', source: { selector: "app == 'web'" } },
      ],
    }).policy;
    expect(ingress.map(({ path, action, unknown }) => `${path} ${action} ${unknown?.path ?? ''}`)).toEqual([
      'spec.ingress[0] Allow spec.ingress[0].source.selector',
      'spec.ingress[1] Allow spec.ingress[1].action',
      'spec.ingress[1] Deny spec.ingress[1].action',
      'spec.ingress[2] Deny ',
    ]);
  });
});

describe('A policy of Calico of which more than a rule cannot be read', () => {
  it.each<readonly [Fields, string]>([
    [{ order: '100' }, 'spec.order'],
    [{ types: ['Both'] }, 'spec.types[0]'],
    [{ selector: 'app = web' }, 'spec.selector'],
    [{ egress: {} }, 'spec.egress'],
    [{ tier: 5 }, 'spec.tier'],
  ])('%j may do anything to any pod, before all others', (spec, path) => {
    const read = policy(spec, 'GlobalNetworkPolicy').policy;
    expect([read.unknown?.path, read.order]).toEqual([path, Number.NEGATIVE_INFINITY]);
    expect([read.subject, read.ingress, read.egress]).toEqual([{ kind: 'and', parts: [] }, [], []]);
  });
});

describe('A policy of Calico', () => {
  it.each<readonly [Fields, string]>([
    [{}, 'ingress'],
    [{ ingress: [] }, 'ingress'],
    [{ ingress: [{ action: 'Allow' }] }, 'ingress'],
    [{ egress: [{ action: 'Allow' }] }, 'egress'],
    [{ ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] }, 'ingress egress'],
    [{ types: [], egress: [{ action: 'Allow' }] }, 'egress'],
    [{ types: ['Ingress'], egress: [{ action: 'Allow' }] }, 'ingress'],
    [{ types: ['Egress', 'Ingress'] }, 'ingress egress'],
  ])('%j is for %s', (spec, directions) => {
    const { ingress, egress } = policy(spec).policy;
    expect([ingress && 'ingress', egress && 'egress'].filter(Boolean).join(' ')).toBe(directions);
  });

  it('is in the default tier, and comes last, unless it says otherwise', () => {
    expect(policy({}).policy).toMatchObject({ tier: 'default', order: Number.POSITIVE_INFINITY });
    expect(policy({ tier: 'security', order: 10.5 }).policy).toMatchObject({ tier: 'security', order: 10.5 });
  });

  it('is another one where Calico shows by it a policy of Kubernetes', () => {
    expect(['knp.default.a', 'kcnp.kube-admin.a', 'knp', 'default.knp'].map(isMirrored)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each<readonly [Fields, readonly string[]]>([
    [{ nets: ['10.0.0.0/8', '192.0.2.1'] }, ['10.0.0.0/8', '192.0.2.1/32']],
    [{ nets: ['10.0.0.0/30'], notNets: ['10.0.0.0/31'] }, ['10.0.0.2/31']],
    [{ notNets: ['0.0.0.0/1'] }, ['128.0.0.0/1']],
    [{ notNets: ['0.0.0.0/0'] }, []],
    [{ nets: ['10.0.0.0/8', '2001:db8::/32'], notNets: ['10.0.0.0/9'] }, ['10.128.0.0/9']],
  ])('means by %j the addresses %j', (entity, cidrs) => {
    const { ingress = [] } = policy(source(entity)).policy;
    expect(toCidrs(ingress[0]?.source.nets?.specified ?? { v4: [], v6: [] })).toEqual(cidrs);
  });
});

describe('A Tier of Calico', () => {
  const tier = (name: string, spec: Fields) => {
    const reading = new Reading();
    const read = decodeCalicoTier(API, { apiVersion: API, kind: 'Tier', metadata: { name }, spec }, reading);
    return { order: read.order, defaultAction: read.defaultAction, issues: reading.issues.map(({ path }) => path) };
  };

  it('denies by default, and comes last', () => {
    expect(tier('a', {})).toEqual({ order: Number.POSITIVE_INFINITY, defaultAction: 'Deny', issues: [] });
    expect(tier('a', { order: 5, defaultAction: 'Pass' })).toEqual({ order: 5, defaultAction: 'Pass', issues: [] });
  });

  it('is what it must be where Calico makes it itself', () => {
    expect(tier('default', { order: 5, defaultAction: 'Pass' })).toEqual({
      order: 1_000_000,
      defaultAction: 'Deny',
      issues: ['spec.order', 'spec.defaultAction'],
    });
  });

  it('has no other default action', () => {
    expect(tier('a', { defaultAction: 'Allow' }).issues).toEqual(['spec.defaultAction']);
  });
});

describe('A set of networks', () => {
  const set = (spec: Fields) => {
    const reading = new Reading();
    const fields = { apiVersion: API, kind: 'NetworkSet', metadata: { name: 'a' }, spec };
    const { nets, incomplete } = decodeCalicoNetworkSet('NetworkSet', API, fields, reading, createCidrReader());
    return { nets: toCidrs(nets), incomplete, issues: reading.issues.map(({ path }) => path) };
  };

  it('holds its addresses, and more where it names hosts or cannot be read', () => {
    expect(set({ nets: ['10.0.0.0/8', '192.0.2.1'] })).toEqual({
      nets: ['10.0.0.0/8', '192.0.2.1/32'],
      incomplete: false,
      issues: [],
    });
    expect(set({ nets: ['10.0.0.0/8', 'ten'] })).toEqual({
      nets: ['10.0.0.0/8'],
      incomplete: true,
      issues: ['spec.nets[1]'],
    });
    expect(set({ allowedEgressDomains: ['example.com'] }).incomplete).toBe(true);
  });
});

describe('A Tier that Calico makes itself is told with the field that it refuses:', () => {
  // biome-ignore format: one line a case
  it.each<[string, string, string, readonly string[]]>([
    ['nothing is', 'default', '{order: 1000000, defaultAction: Deny}', []],
    ['another order', 'default', '{order: 5}', ['error spec.order: of tier default must be 1000000: Calico refuses it']],
    ['no order', 'kube-admin', '{defaultAction: Pass}', ['error spec.order: of tier kube-admin must be 1000: Calico refuses it']],
    ['another default action', 'default', '{order: 1000000, defaultAction: Pass}', ['error spec.defaultAction: of tier default must be Deny: Calico refuses it']],
    ['a default action that is not given', 'kube-baseline', '{order: 10000000}', ['error spec.defaultAction: of tier kube-baseline must be Pass: Calico refuses it']],
    ['of another tier nothing is', 'sec', '{defaultAction: Pass}', []],
  ])('%s', (_title, name, spec, expected) => {
    const [object] = parseYaml(`{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: ${name}}, spec: ${spec}}`);
    const decoded = createDecoder()(object as Record<string, unknown>);
    const issues = decoded.kind === 'object' ? decoded.issues : [];
    expect(issues.map(({ severity, path, message }) => `${severity} ${path}: ${message}`)).toEqual(expected);
  });
});
