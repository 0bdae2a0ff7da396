import { type AddressSet, ALL_ADDRESSES, toCidrs } from '../../core/net/addresses.ts';
import type { Family } from '../../core/net/ip.ts';
import { cutText } from '../../core/visible-text.ts';
import { type Head, headText } from './head.ts';
import { type PerimeterPlan, type PerimeterRule, ruleInFamily } from './rules.ts';

/** A value as HCL writes it. Source: Terraform, "Configuration Syntax". */
type Value = string | number | boolean | readonly (string | number)[] | Raw;

/** An expression, as it stands. */
interface Raw {
  readonly raw: string;
}

/** The arguments of a block; a nested block is one that starts with its own name. */
interface Block {
  readonly head: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly blocks?: readonly Block[];
}

const raw = (text: string): Raw => ({ raw: text });

/** `${` and `%{` begin templates. */
const quoted = (text: string): string => JSON.stringify(text).replace(/[$%](?=\{)/g, sign => `${sign}${sign}`);

function valueText(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  return 'raw' in value ? value.raw : `[${value.map(valueText).join(', ')}]`;
}

/** As `terraform fmt` has it: signs of equality below each other, and a blank line before nested blocks. */
function blockText({ head, fields, blocks = [] }: Block, indent = ''): string {
  const width = Math.max(...Object.keys(fields).map(name => name.length));
  const lines = Object.entries(fields).map(
    ([name, value]) => `${indent}  ${name.padEnd(width)} = ${valueText(value)}\n`,
  );
  const nested = blocks.map(block => blockText(block, `${indent}  `));
  const parts = [...(lines.length > 0 ? [lines.join('')] : []), ...nested];
  return `${indent}${head} {\n${parts.join('\n')}${indent}}\n`;
}

const variable = (name: string, description: string): Block => ({
  head: `variable "${name}"`,
  fields: { type: raw('string'), description },
});

/** What is written for one cloud. */
interface Written {
  readonly head: Omit<Head, 'load' | 'rollBack'>;
  readonly blocks: readonly Block[];
}

const LOAD = ['terraform plan', 'terraform apply'];
const ROLL_BACK = ['terraform destroy, or take the file out and: terraform apply'];

function terraformText({ head, blocks }: Written, { phase }: PerimeterPlan): string {
  const says = [...head.says, 'No plan was made of it: read what terraform plan says before you apply it.'];
  const text = headText({ ...head, says, load: LOAD, rollBack: ROLL_BACK }, phase);
  return `${text}\n${blocks.map(block => blockText(block)).join('\n')}`;
}

/** What clouds answer past the filters that they offer. Sources: each cloud's documentation of its metadata service and of its filters. */
const UNSEEN_METADATA = {
  aws: 'The metadata service: AWS filters its traffic nowhere. Demand IMDSv2 of the instances, with a hop limit of 1.',
  google:
    'The metadata server: Google Cloud lets its traffic through, whatever the rules say. NetworkPolicies stop Pods.',
  azure:
    'The metadata service and 168.63.129.16: no rule by their addresses holds for them, one by the service tag AzurePlatformIMDS does.',
} as const;

const FAMILIES: readonly Family[] = [4, 6];
const ALL: Readonly<Record<Family, readonly string[]>> = {
  4: toCidrs({ ...ALL_ADDRESSES, v6: [] }),
  6: toCidrs({ ...ALL_ADDRESSES, v4: [] }),
};

/** A rule with the blocks of one family. */
interface RulePart {
  readonly rule: PerimeterRule;
  readonly family: Family;
  readonly index: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/**
 * The rules by family, in order. Clouds have no "not one of these blocks", so what a rule leaves to those after it is let through before it: it is the
 * last rule of its sources.
 */
function partsOf({ rules }: PerimeterPlan): readonly RulePart[] {
  const withLeft = rules.flatMap((rule): readonly PerimeterRule[] =>
    rule.except === undefined
      ? [rule]
      : [
          {
            ...rule,
            name: 'servers-inside',
            why: 'what servers reach inside is for NetworkPolicies',
            to: rule.except,
            verdict: 'pass',
          },
          { ...rule, except: undefined },
        ],
  );
  return withLeft.flatMap((rule, index) =>
    FAMILIES.flatMap(family => {
      const part = ruleInFamily(rule, family);
      if (part === undefined) return [];
      const blocks = (set: AddressSet | undefined): readonly string[] =>
        set === undefined ? ALL[family] : toCidrs(set);
      return [{ rule, family, index, from: blocks(part.from), to: blocks(part.to) }];
    }),
  );
}

const partName = ({ rule, family, index }: RulePart): string => `${rule.name}-${index}-v${family}`;
const identifier = (part: RulePart): string => partName(part).replaceAll('-', '_');

const CAPACITY_OF_RULE = 4;

function suricataRule({ rule, from, to }: RulePart, index: number, { phase }: PerimeterPlan): string {
  const action = rule.verdict === 'pass' ? 'pass' : phase === 'enforce' ? 'drop' : 'alert';
  const [protocol, ports] = rule.ports === undefined ? ['ip', 'any'] : ['tcp', `[${rule.ports.join(',')}]`];
  // Of what a server answers to others, the source is the server too: replies pass with their connection.
  return `${action} ${protocol} [${from.join(',')}] any -> [${to.join(',')}] ${ports} (msg:"chokepoint ${rule.name}"; flow:to_server; sid:${9_200_000 + index}; rev:1;)`;
}

/** A stateful rule group of AWS Network Firewall. Source: Terraform AWS provider, `aws_networkfirewall_rule_group`; AWS Network Firewall developer guide. */
export function awsNetworkFirewallText(plan: PerimeterPlan): string {
  const rules = partsOf(plan).map((part, index) => suricataRule(part, index, plan));
  const group: Block = {
    head: 'resource "aws_networkfirewall_rule_group" "chokepoint"',
    fields: {
      name: 'chokepoint-perimeter',
      type: 'STATEFUL',
      capacity: Math.max(100, rules.length * CAPACITY_OF_RULE),
    },
    blocks: [
      {
        head: 'rule_group',
        fields: {},
        blocks: [
          { head: 'rules_source', fields: { rules_string: raw(`<<-RULES\n${rules.join('\n')}\nRULES`) } },
          { head: 'stateful_rule_options', fields: { rule_order: 'STRICT_ORDER' } },
        ],
      },
    ],
  };
  return terraformText(
    {
      head: {
        what: 'Terraform for AWS Network Firewall',
        says: ['Refer to the rule group in a firewall policy with strict order. Alerts go where the firewall logs.'],
        unseen: [UNSEEN_METADATA.aws, ...plan.unseen],
      },
      blocks: [group],
    },
    plan,
  );
}

/** Security groups allow alone: there is nothing in them for the phase log. */
function awsIngress(name: string, group: string, part: RulePart, port: number, cidr: string): Block {
  const field = part.family === 4 ? 'cidr_ipv4' : 'cidr_ipv6';
  return {
    head: `resource "aws_vpc_security_group_ingress_rule" "${name}"`,
    fields: {
      security_group_id: raw(`aws_security_group.${group}.id`),
      description: part.rule.why,
      ip_protocol: 'tcp',
      from_port: port,
      to_port: port,
      [field]: cidr,
    },
  };
}

/** Which group lets in what a rule passes. */
const GROUPS: ReadonlyMap<string, { readonly group: string; readonly says: string }> = new Map([
  ['agents-to-gateway', { group: 'mcp_gateway', says: 'MCP gateway: agents by HTTPS' }],
  ['gateway-onward', { group: 'mcp_servers', says: 'MCP servers: the gateway alone' }],
]);

/** Security groups for the gateway and for what runs servers. Source: Terraform AWS provider, `aws_security_group`, `aws_vpc_security_group_ingress_rule`. */
export function awsSecurityGroupsText(plan: PerimeterPlan): string {
  const groups = [...GROUPS.values()].map(
    ({ group, says }): Block => ({
      head: `resource "aws_security_group" "${group}"`,
      fields: { name: `chokepoint-${group.replaceAll('_', '-')}`, description: says, vpc_id: raw('var.vpc_id') },
    }),
  );
  const rules = partsOf(plan).flatMap(part => {
    const target = GROUPS.get(part.rule.name);
    if (target === undefined || part.rule.ports === undefined) return [];
    return part.rule.ports.flatMap(port =>
      part.from.map((cidr, index) =>
        awsIngress(`${identifier(part)}_${port}_${index}`, target.group, part, port, cidr),
      ),
    );
  });
  return terraformText(
    {
      head: {
        what: 'Terraform for AWS security groups',
        says: [
          'Attach mcp_gateway to the load balancer of the gateway, mcp_servers to the nodes or Pods of MCP servers.',
          'Security groups allow and never deny: take other groups that open the same ports off them. They log nothing: turn on',
          'VPC flow logs for the phase log, and attach the groups when you enforce.',
        ],
        unseen: ['What servers reach: see --as aws-network-firewall.', ...plan.unseen],
      },
      blocks: [variable('vpc_id', 'VPC of the gateway and the MCP servers.'), ...groups, ...rules],
    },
    plan,
  );
}

/** First priority; a smaller one goes first. */
const FIRST_PRIORITY = 1000;

/** What enters a network, and what leaves it. */
const isEgress = ({ name }: PerimeterRule): boolean => name.startsWith('servers-');

function gcpRule(part: RulePart, index: number, { phase }: PerimeterPlan): Block {
  const { rule, from, to } = part;
  const isStop = rule.verdict === 'stop';
  return {
    head: `resource "google_compute_network_firewall_policy_rule" "${identifier(part)}"`,
    fields: {
      firewall_policy: raw('google_compute_network_firewall_policy.chokepoint.name'),
      rule_name: partName(part),
      description: rule.why,
      priority: FIRST_PRIORITY + index,
      direction: isEgress(rule) ? 'EGRESS' : 'INGRESS',
      action: isStop ? 'deny' : 'allow',
      disabled: isStop && phase === 'log',
      enable_logging: isStop,
    },
    blocks: [
      {
        head: 'match',
        fields: { src_ip_ranges: from, dest_ip_ranges: to },
        blocks: [
          {
            head: 'layer4_configs',
            fields:
              rule.ports === undefined ? { ip_protocol: 'all' } : { ip_protocol: 'tcp', ports: rule.ports.map(String) },
          },
        ],
      },
    ],
  };
}

/** A global network firewall policy. Source: Terraform Google provider, `google_compute_network_firewall_policy_rule`. */
export function gcpText(plan: PerimeterPlan): string {
  return terraformText(
    {
      head: {
        what: 'Terraform for Google Cloud firewall policies',
        says: [
          'In the phase log the rules that deny are disabled: Google Cloud logs what a rule decides, and none may decide yet.',
          'Turn on VPC flow logs of the subnets until you enforce.',
        ],
        unseen: [UNSEEN_METADATA.google, ...plan.unseen],
      },
      blocks: [
        variable('network', 'Self link of the VPC network.'),
        {
          head: 'resource "google_compute_network_firewall_policy" "chokepoint"',
          fields: { name: 'chokepoint-perimeter', description: 'MCP through its gateway alone' },
        },
        {
          head: 'resource "google_compute_network_firewall_policy_association" "chokepoint"',
          fields: {
            name: 'chokepoint-perimeter',
            firewall_policy: raw('google_compute_network_firewall_policy.chokepoint.name'),
            attachment_target: raw('var.network'),
          },
        },
        ...partsOf(plan).map((part, index) => gcpRule(part, index, plan)),
      ],
    },
    plan,
  );
}

/** Characters of a description, inclusive. Source: Azure REST API, `SecurityRulePropertiesFormat`. */
const LONGEST_DESCRIPTION = 140;

function azureRule(part: RulePart, index: number): Block {
  const { rule, from, to } = part;
  return {
    head: `resource "azurerm_network_security_rule" "${identifier(part)}"`,
    fields: {
      name: partName(part),
      description: cutText(rule.why, LONGEST_DESCRIPTION),
      resource_group_name: raw('var.resource_group_name'),
      network_security_group_name: raw('var.network_security_group_name'),
      priority: FIRST_PRIORITY + index,
      direction: isEgress(rule) ? 'Outbound' : 'Inbound',
      access: rule.verdict === 'pass' ? 'Allow' : 'Deny',
      protocol: rule.ports === undefined ? '*' : 'Tcp',
      source_port_range: '*',
      ...(rule.ports === undefined
        ? { destination_port_range: '*' }
        : { destination_port_ranges: rule.ports.map(String) }),
      source_address_prefixes: from,
      destination_address_prefixes: to,
    },
  };
}

/** Rules of a network security group. Source: Terraform AzureRM provider, `azurerm_network_security_rule`. */
export function azureNsgText(plan: PerimeterPlan): string {
  const parts = partsOf(plan).filter(({ rule }) => plan.phase === 'enforce' || rule.verdict === 'pass');
  return terraformText(
    {
      head: {
        what: 'Terraform for Azure network security groups',
        says: [
          'In the phase log the rules that deny are not there: a network security group cannot tell without deciding.',
          'Turn on virtual network flow logs until you enforce.',
        ],
        unseen: [UNSEEN_METADATA.azure, ...plan.unseen],
      },
      blocks: [
        variable('resource_group_name', 'Resource group of the network security group.'),
        variable('network_security_group_name', 'Group of the subnets of the gateway and the MCP servers.'),
        ...parts.map(azureRule),
      ],
    },
    plan,
  );
}

const isOfIPv4 = ({ family }: RulePart): boolean => family === 4;

function azureCollection(part: RulePart, index: number): Block {
  const { rule, from, to } = part;
  return {
    head: 'network_rule_collection',
    fields: {
      name: partName(part),
      priority: FIRST_PRIORITY + index,
      action: rule.verdict === 'pass' ? 'Allow' : 'Deny',
    },
    blocks: [
      {
        head: 'rule',
        fields: {
          name: rule.name,
          protocols: [rule.ports === undefined ? 'Any' : 'TCP'],
          source_addresses: from,
          destination_addresses: to,
          destination_ports: rule.ports === undefined ? ['*'] : rule.ports.map(String),
        },
      },
    ],
  };
}

/** A rule collection group of Azure Firewall, which knows IPv4 alone. Source: Terraform AzureRM provider, `azurerm_firewall_policy_rule_collection_group`. */
export function azureFirewallText(plan: PerimeterPlan): string {
  const parts = partsOf(plan).filter(
    part => isOfIPv4(part) && (plan.phase === 'enforce' || part.rule.verdict === 'pass'),
  );
  return terraformText(
    {
      head: {
        what: 'Terraform for Azure Firewall',
        says: [
          'In the phase log the collections that deny are not there: send the firewall its own network rule log to see what passes.',
        ],
        unseen: ['IPv6: the rules of Azure Firewall are for IPv4.', UNSEEN_METADATA.azure, ...plan.unseen],
      },
      blocks: [
        variable('firewall_policy_id', 'Firewall policy of the hub.'),
        {
          head: 'resource "azurerm_firewall_policy_rule_collection_group" "chokepoint"',
          fields: {
            name: 'chokepoint-perimeter',
            firewall_policy_id: raw('var.firewall_policy_id'),
            priority: FIRST_PRIORITY,
          },
          blocks: parts.map(azureCollection),
        },
      ],
    },
    plan,
  );
}
