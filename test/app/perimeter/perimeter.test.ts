import { parse } from '@cdktf/hcl2json';
import { describe, expect, test } from 'vitest';
import { readAddress } from '../../../src/adapters/addresses/read-address.ts';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { PERIMETER_FORMS, type PerimeterForm } from '../../../src/app/perimeter/choices.ts';
import { perimeterText } from '../../../src/app/perimeter/forms.ts';
import { planPerimeter } from '../../../src/app/perimeter/rules.ts';
import { PERIMETER_PHASES, type PerimeterPhase } from '../../../src/core/gate/types.ts';
import { expectGolden } from '../../support/golden.ts';

const SPEC = `provider: aws
  perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32, "2001:db8::10/128"], sources: [10.0.5.0/28]}
    internalNetworks: [10.0.0.0/8, "fd00::/8"]
    agentNetworks: [10.20.0.0/16, "fd00:20::/32"]
    serverNetworks: [10.244.0.0/16, "fd00:244::/32"]
    allowedEgress: [{name: github, addresses: [192.0.2.64/28]}]
    mcpHosts: [mcp.vendor.example]`;

/** What a GatePolicy with this spec says of the perimeter. */
function perimeterOf(spec: string) {
  const text = `apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nmetadata: {name: default}\nspec:\n  ${spec}\n`;
  const { policy, problems } = readGatePolicy(text, 'chokepoint.yaml', readAddress);
  expect(problems).toEqual([]);
  if (policy?.perimeter === undefined) throw new Error('the policy has no perimeter');
  return { policy, perimeter: policy.perimeter };
}

function written(form: PerimeterForm, phase: PerimeterPhase, spec = SPEC): string {
  const { policy, perimeter } = perimeterOf(spec);
  return perimeterText(perimeter, policy, form, phase);
}

const ALL = PERIMETER_FORMS.flatMap(form => PERIMETER_PHASES.map(phase => [form, phase] as const));

test.each(ALL)('%s in the phase %s is its golden file', (form, phase) =>
  expectGolden(`perimeter/${phase}/${form}`, written(form, phase)),
);

test.each(PERIMETER_FORMS)(
  '%s says at its head what it does, how it is loaded and taken back, and what it does not see',
  form => {
    for (const phase of PERIMETER_PHASES) {
      const head = written(form, phase).split('\n\n')[0] ?? '';
      expect(head).toMatch(new RegExp(`Phase ${phase}: `));
      for (const part of ['Load, as often as you like:', 'Take back:', 'Not seen by it:']) expect(head).toContain(part);
    }
  },
);

test.each(PERIMETER_FORMS)('%s holds no verdict that stops anything in the phase log', form => {
  const body = written(form, 'log').replace(/^[#;].*$/gm, '');
  expect(body).not.toMatch(/\b(?:drop|DROP|http_access deny|"DENY"|Deny)\b/);
  expect(body.match(/action = "deny"\n\s+disabled = false/)).toBeNull();
  expect(body).not.toMatch(/CNAME (?!rpz-passthru\.)/);
});

test('a zone of no names says at its head that it leads none anywhere', () => {
  const zone = written(
    'rpz',
    'enforce',
    'perimeter: {gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}}',
  );
  expect(zone).toContain('perimeter.mcpHosts is empty');
  expect(written('rpz', 'enforce')).not.toContain('perimeter.mcpHosts is empty');
});

const names = (spec: string): readonly string[] => {
  const { perimeter, policy } = perimeterOf(spec);
  return planPerimeter(perimeter, policy.protectedNetworks.metadata).rules.map(({ name }) => name);
};
const MINIMAL = 'perimeter: {gateway: {addresses: [203.0.113.10/32]}}';

describe('the rules', () => {
  test.each([
    [
      'a gateway alone: agents may be anywhere, and where servers run is not known',
      MINIMAL,
      ['agents-to-gateway', 'gateway-onward', 'past-gateway'],
    ],
    ['no MCP ports', 'perimeter: {gateway: {addresses: [203.0.113.10/32]}, mcpPorts: []}', ['agents-to-gateway']],
    [
      'agents in networks of their own',
      'perimeter: {gateway: {addresses: [203.0.113.10/32]}, agentNetworks: [10.20.0.0/16], mcpPorts: []}',
      ['agents-to-gateway', 'others-to-gateway'],
    ],
    [
      'servers that may reach nothing',
      'perimeter: {gateway: {addresses: [203.0.113.10/32]}, serverNetworks: [10.244.0.0/16], mcpPorts: []}',
      ['agents-to-gateway', 'servers-to-cloud', 'servers-out'],
    ],
    [
      'a destination without ports',
      'perimeter: {gateway: {addresses: [203.0.113.10/32]}, serverNetworks: [10.244.0.0/16], mcpPorts: [], allowedEgress: [{name: a, addresses: [192.0.2.0/24], ports: []}]}',
      ['agents-to-gateway', 'servers-to-cloud', 'servers-out'],
    ],
  ])('%s', (_, spec, expected) => expect(names(spec)).toEqual(expected));

  test('have names that a prefix of iptables holds, 29 characters with what stands around them', () => {
    for (const name of names(SPEC)) expect(`chokepoint:${name} `.length).toBeLessThanOrEqual(29);
  });

  test('are those of the phase of the document, log where it names none', () => {
    expect(perimeterOf(MINIMAL).perimeter.phase).toBe('log');
    const { policy, perimeter } = perimeterOf('perimeter: {gateway: {addresses: [203.0.113.10/32]}, phase: enforce}');
    expect(perimeterText(perimeter, policy, 'nftables')).toContain('Phase enforce');
  });

  test('of one family hold no address of the other', () => {
    expect(written('iptables', 'enforce').replace(/^#.*$/gm, '')).not.toMatch(/[0-9a-f]::/);
    expect(written('ip6tables', 'enforce').replace(/^#.*$/gm, '')).not.toMatch(/ -[sd] \d+\.\d+/);
  });

  test('of many MCP ports go into several matches of iptables, of which one holds 15', () => {
    const ports = Array.from({ length: 31 }, (_, index) => 4000 + index);
    const text = written(
      'iptables',
      'enforce',
      `perimeter: {gateway: {addresses: [203.0.113.10/32]}, mcpPorts: [${ports}]}`,
    );
    const lists = [...text.matchAll(/--dports (\S+)/g)].map(match => match[1]?.split(',').length);
    expect(Math.max(...lists.map(Number))).toBe(15);
    for (const port of ports) expect(text).toContain(String(port));
  });
});

describe('names that people give', () => {
  const NAMED = `perimeter:
    gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}
    serverNetworks: [10.244.0.0/16]
    mcpHosts: [example.com, vendor.example, eu.vendor.example]
    allowedEgress:
    - {name: "a b", addresses: [192.0.2.0/28]}
    - {name: a-b, addresses: [192.0.2.16/28]}
    - {name: "x\\n    counter accept\\n-A INPUT -j ACCEPT", addresses: [192.0.2.32/28]}
    - {name: "\${var.secret} %{if true}", addresses: [192.0.2.48/28]}
    - {name: ${'n'.repeat(200)}, addresses: [192.0.2.64/28]}`;

  test.each(['nftables', 'iptables', 'ip6tables', 'csv'] as const)('are one line of %s', form => {
    const lines = written(form, 'enforce', NAMED).split(/\r?\n/);
    expect(lines.filter(line => /^\s*(?:counter accept|-A INPUT)/.test(line))).toEqual([]);
  });

  test.each(['gcp', 'azure-nsg', 'azure-firewall'] as const)(
    'are texts of %s, and no two resources have one name',
    async form => {
      const text = written(form, 'enforce', NAMED);
      const { resource } = (await parse('perimeter.tf', text)) as unknown as Parsed;
      const heads = [...text.matchAll(/^resource .*$/gm)].map(([head]) => head);
      expect(new Set(heads).size).toBe(heads.length);
      for (const blocks of Object.values(resource)) {
        const named = Object.values(blocks).flatMap(([one]) => one?.rule_name ?? one?.name ?? []);
        expect(new Set(named).size).toBe(named.length);
      }
      expect(text.replaceAll('$${', '').replaceAll('%%{', '')).not.toMatch(/[$%]\{/);
      for (const [, said = ''] of text.matchAll(/description += "([^"]*)"/g))
        if (form === 'azure-nsg') expect(said.length).toBeLessThanOrEqual(140);
    },
  );

  test('of hosts below others are listed once for Squid, and the gateway never leads to itself', () => {
    const squid = written('squid', 'enforce', NAMED);
    expect([...squid.matchAll(/acl chokepoint_hosts dstdomain (\S+)/g)].map(([, name]) => name)).toEqual([
      '.example.com',
      '.vendor.example',
    ]);
    const zone = written('rpz', 'enforce', NAMED);
    expect(zone).toContain('\nmcp.example.com CNAME rpz-passthru.\n');
    expect(zone).toContain('\n*.example.com CNAME mcp.example.com.\n');
  });
});

/** Arguments of each resource, those that must be there first, after the published schemas of the providers (AWS 6, Google 7, AzureRM 4). */
const ARGUMENTS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  aws_security_group: [['vpc_id'], ['name', 'description']],
  aws_vpc_security_group_ingress_rule: [
    ['security_group_id', 'ip_protocol'],
    ['description', 'from_port', 'to_port', 'cidr_ipv4', 'cidr_ipv6'],
  ],
  aws_networkfirewall_rule_group: [['name', 'type', 'capacity'], ['rule_group']],
  google_compute_network_firewall_policy: [['name'], ['description']],
  google_compute_network_firewall_policy_association: [['name', 'firewall_policy', 'attachment_target'], []],
  google_compute_network_firewall_policy_rule: [
    ['firewall_policy', 'priority', 'direction', 'action', 'match'],
    ['rule_name', 'description', 'disabled', 'enable_logging'],
  ],
  azurerm_network_security_rule: [
    ['name', 'resource_group_name', 'network_security_group_name', 'priority', 'direction', 'access', 'protocol'],
    [
      'description',
      'source_port_range',
      'destination_port_range',
      'destination_port_ranges',
      'source_address_prefixes',
      'destination_address_prefixes',
    ],
  ],
  azurerm_firewall_policy_rule_collection_group: [
    ['name', 'firewall_policy_id', 'priority'],
    ['network_rule_collection'],
  ],
};

/** The same of the blocks within them. */
const NESTED: typeof ARGUMENTS = {
  match: [['layer4_configs'], ['src_ip_ranges', 'dest_ip_ranges']],
  layer4_configs: [['ip_protocol'], ['ports']],
  rule_group: [['rules_source'], ['stateful_rule_options']],
  rules_source: [[], ['rules_string']],
  stateful_rule_options: [['rule_order'], []],
  network_rule_collection: [['name', 'priority', 'action', 'rule'], []],
  rule: [
    ['name', 'protocols', 'destination_ports'],
    ['source_addresses', 'destination_addresses'],
  ],
};

/** What a block of this name lacks, and what it has that is not known, with that of the blocks within it. */
function departures(
  name: string,
  block: Readonly<Record<string, unknown>>,
  table: typeof ARGUMENTS,
): readonly string[] {
  const [needed, more] = table[name] ?? [[`a known block, not ${name}`], []];
  const lacks = needed.filter(key => block[key] === undefined).map(key => `${name} lacks ${key}`);
  const found = Object.entries(block).flatMap(([key, value]) => {
    const unknown = needed.includes(key) || more.includes(key) ? [] : [`${name} has ${key}`];
    const blocks = Array.isArray(value) ? value.filter(one => typeof one === 'object') : [];
    return [...unknown, ...blocks.flatMap(one => departures(key, one, NESTED))];
  });
  return [...lacks, ...found];
}

interface Parsed {
  readonly variable?: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>>;
}

const TERRAFORM = PERIMETER_FORMS.filter(form => /^(?:aws|gcp|azure)/.test(form));

describe('Terraform', () => {
  test.each(TERRAFORM)('%s is HCL of resources with arguments that their providers know', async form => {
    for (const phase of PERIMETER_PHASES) {
      const text = written(form, phase);
      const { resource, variable = {} } = (await parse('perimeter.tf', text)) as unknown as Parsed;
      for (const [type, blocks] of Object.entries(resource)) {
        for (const [block = {}] of Object.values(blocks)) expect(departures(type, block, ARGUMENTS)).toEqual([]);
      }
      for (const [, name = ''] of text.matchAll(/\bvar\.(\w+)/g)) expect(Object.keys(variable)).toContain(name);
    }
  });

  test('priorities are each used once', () => {
    for (const form of ['gcp', 'azure-nsg'] as const) {
      const all = [...written(form, 'enforce').matchAll(/priority = (\d+)/g)].map(match => match[1]);
      expect(new Set(all).size).toBe(all.length);
    }
  });
});
