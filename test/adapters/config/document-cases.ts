export const HEAD = 'apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\n';

/** The spec's first line is line 4 of the document. */
export const withSpec = (...lines: readonly string[]): string =>
  `${HEAD}spec:\n${lines.map(line => `  ${line}\n`).join('')}`;

/** A spec and what is said of it, as `line:column severity code field: message`. */
export interface Case {
  readonly title: string;
  readonly spec: readonly string[];
  readonly problems: readonly string[];
}

const one = (title: string, spec: string | readonly string[], ...problems: readonly string[]): Case => ({
  title,
  spec: typeof spec === 'string' ? [spec] : spec,
  problems,
});

/** A gateway without fault. */
export const GATEWAY =
  '{name: g, from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: gw}}, podSelector: {}}]}';
const PROVIDERS = 'alibaba, aws, azure, digitalocean, gcp, hetzner, linode, oci, openstack, scaleway, tencent, vultr';

// biome-ignore format: one line a case
const plainFields: readonly Case[] = [
  one('a mode that is none', 'mode: enfroce', '4:9 error invalid-value spec.mode: must be one of off, audit, warn, enforce'),
  one('a mode that YAML 1.1 would read as a boolean is a text', 'mode: off'),
  one('a boolean for a mode', 'mode: false', '4:9 error wrong-type spec.mode: expected a string, got a boolean: write it in quotes, as it stands there'),
  one('a preset that is none', 'preset: strict', '4:11 error invalid-value spec.preset: must be one of baseline, restricted'),
  one('a ruleset that is none', 'ruleset: v9', '4:12 error invalid-value spec.ruleset: must be v1'),
  one('a cloud that is not known', 'provider: amazon', `4:13 error invalid-value spec.provider: must be one of ${PROVIDERS}`),
  one('an absentPolicy that is none', 'absentPolicy: delete', '4:17 error invalid-value spec.absentPolicy: must be one of reject, hold, create'),
  one('a text for a boolean', 'completePolicies: "yes"', '4:21 error wrong-type spec.completePolicies: expected a boolean, got a string'),
  one('a field that is misspelt', 'gatways: []', '4:3 error unknown-field spec.gatways: unknown field "gatways"; did you mean "gateways"?'),
  one('a field that resembles none', 'colour: red', '4:3 error unknown-field spec.colour: unknown field "colour"'),
  one('a field with the name of a method', 'constructor: red', '4:3 error unknown-field spec.constructor: unknown field "constructor"'),
  one('a field that would be a prototype', '__proto__: {mode: off}', '4:3 error unknown-field spec.__proto__: unknown field "__proto__"'),
  one('an empty value for a list', 'gateways:', '4:3 error wrong-type spec.gateways: must be a list; leave the field out if it is not meant'),
  one('several faults at once, by place', ['mode: x', 'preset: y'], '4:9 error invalid-value spec.mode: must be one of off, audit, warn, enforce', '5:11 error invalid-value spec.preset: must be one of baseline, restricted'),
];

// biome-ignore format: one line a case
const networks: readonly Case[] = [
  one('an address without a prefix', 'protectedNetworks: {pods: [10.0.0.1]}', '4:30 error invalid-cidr spec.protectedNetworks.pods[0]: "10.0.0.1" is no CIDR block: for the one address write 10.0.0.1/32'),
  one('an IPv6 address without a prefix', 'protectedNetworks: {extra: ["fd00::1"]}', '4:31 error invalid-cidr spec.protectedNetworks.extra[0]: "fd00::1" is no CIDR block: for the one address write fd00::1/128'),
  one('text that is no address', 'protectedNetworks: {nodes: [nodes]}', '4:31 error invalid-cidr spec.protectedNetworks.nodes[0]: "nodes" is no CIDR block: An IP4 number cannot have less or greater than 4 octets'),
  one('an octet that is too large', 'protectedNetworks: {nodes: [10.0.0.256/24]}', '4:31 error invalid-cidr spec.protectedNetworks.nodes[0]: "10.0.0.256/24" is no CIDR block: Value given contains an invalid Octet; Value is less than zero or is greater than 8bit'),
  one('a prefix that is too long', 'protectedNetworks: {nodes: [10.0.0.0/33, "fd00::/129"]}', '4:31 error invalid-cidr spec.protectedNetworks.nodes[0]: "10.0.0.0/33" is no CIDR block: the prefix is a number from 0 to 32', '4:44 error invalid-cidr spec.protectedNetworks.nodes[1]: "fd00::/129" is no CIDR block: the prefix is a number from 0 to 128'),
  one('an address with a zone', 'protectedNetworks: {extra: ["fe80::1%eth0/64"]}', '4:31 error invalid-cidr spec.protectedNetworks.extra[0]: "fe80::1%eth0/64" is no CIDR block: an address with a zone is of one machine alone'),
  one('leading zeros', 'protectedNetworks: {services: [010.0.0.0/8]}', '4:34 error ambiguous-cidr spec.protectedNetworks.services[0]: 010.0.0.0/8 has leading zeros, which some read as octal: write 10.0.0.0/8 if that is meant'),
  one('host bits', 'protectedNetworks: {controlPlane: [10.1.2.3/8]}', '4:38 error ambiguous-cidr spec.protectedNetworks.controlPlane[0]: 10.1.2.3/8 has bits set after its prefix: write 10.0.0.0/8 if that is meant'),
  one('an IPv4 block in IPv6 form', 'protectedNetworks: {metadata: ["::ffff:10.0.0.0/104"]}', '4:34 error ambiguous-cidr spec.protectedNetworks.metadata[0]: ::ffff:10.0.0.0/104 is an IPv4 block in IPv6 form, which some read as IPv4 and some as IPv6: write 10.0.0.0/8 if that is meant'),
  one('a text for a list', 'protectedNetworks: {pods: 10.0.0.0/8}', '4:29 error wrong-type spec.protectedNetworks.pods: expected a list, got a string'),
  one('a class that does not exist', 'protectedNetworks: {pod: []}', '4:23 error unknown-field spec.protectedNetworks.pod: unknown field "pod"; did you mean "pods"?'),
  one('every class, good', 'protectedNetworks: {pods: [10.0.0.0/8], services: [], nodes: ["fd00::/64"], controlPlane: [1.2.3.4/32], metadata: [], extra: []}'),
];

// biome-ignore format: one line a case
const grants: readonly Case[] = [
  one('a gateway, good', `gateways: [${GATEWAY}]`),
  one('no gateway at all', 'gateways: []'),
  one('two gateways of one name', ['gateways:', `- ${GATEWAY}`, `- ${GATEWAY}`], '6:12 error duplicate-name spec.gateways[1].name: "g" is also the name of spec.gateways[0]'),
  one('one name in two lists', [`gateways: [${GATEWAY}]`, 'allowedDestinations: [{name: g, to: [{podSelector: {}}]}]']),
  one('a gateway without a name', 'gateways: [{from: [{podSelector: {}}]}]', '4:14 error required spec.gateways[0].name: is required'),
  one('a gateway without peers', 'gateways: [{name: g, from: []}]', '4:24 error no-peer spec.gateways[0].from: at least one peer is required: empty would mean everybody'),
  one('a gateway with an empty peer', 'gateways: [{name: g, from: [{}]}]', '4:31 error invalid-peer spec.gateways[0].from[0]: a peer needs podSelector, namespaceSelector or ipBlock: the API server refuses it'),
  one('pods of the own namespace', 'gateways: [{name: g, from: [{podSelector: {}}]}]'),
  one('a namespace by a label that anyone may set', 'gateways: [{name: g, from: [{namespaceSelector: {matchLabels: {team: a}}}]}]', '4:32 warning forgeable-namespace spec.gateways[0].from[0].namespaceSelector: whoever may label a namespace can make it match: use kubernetes.io/metadata.name, which nobody can forge'),
  one(
    'every namespace but one',
    'gateways: [{name: g, from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [dev]}]}}]}]',
    '4:32 warning forgeable-namespace spec.gateways[0].from[0].namespaceSelector: whoever may label a namespace can make it match: use kubernetes.io/metadata.name, which nobody can forge',
  ),
  one('every pod of the cluster', 'gateways: [{name: g, from: [{namespaceSelector: {}}]}]', '4:32 error everybody spec.gateways[0].from[0].namespaceSelector: this is every pod of the cluster: then nothing stands between servers'),
  one('every IPv4 address', 'gateways: [{name: g, from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]', '4:24 error everybody spec.gateways[0].from: these blocks are every address: then nothing stands between a server and anybody'),
  one('every IPv6 address in two halves', 'gateways: [{name: g, from: [{ipBlock: {cidr: "::/1"}}, {ipBlock: {cidr: "8000::/1"}}]}]', '4:24 error everybody spec.gateways[0].from: these blocks are every address: then nothing stands between a server and anybody'),
  one('one block of addresses', 'gateways: [{name: g, from: [{ipBlock: {cidr: 130.211.0.0/22}}]}]'),
  one('a block with host bits', 'gateways: [{name: g, from: [{ipBlock: {cidr: 10.1.2.3/8}}]}]', '4:48 error ambiguous-cidr spec.gateways[0].from[0].ipBlock.cidr: 10.1.2.3/8 has bits set after its prefix: write 10.0.0.0/8 if that is meant'),
  one('a block with leading zeros', 'gateways: [{name: g, from: [{ipBlock: {cidr: 010.0.0.0/8}}]}]', '4:48 error ambiguous-cidr spec.gateways[0].from[0].ipBlock.cidr: 010.0.0.0/8 has leading zeros, which some read as octal: write 10.0.0.0/8 if that is meant'),
  one('a block that cannot be read', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: nodes}}]}]', '4:57 error invalid-cidr spec.allowedDestinations[0].to[0].ipBlock.cidr: "nodes" is no CIDR block: the API server refuses it'),
  one('an except that is no subset', 'gateways: [{name: g, from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}]', '4:69 error invalid-except spec.gateways[0].from[0].ipBlock.except[0]: 11.0.0.0/8 is no strict subset of 10.0.0.0/8: the API server refuses it'),
  one('a port number in quotes', 'gateways: [{name: g, from: [{podSelector: {}}], ports: [{port: "8080"}]}]', '4:66 error invalid-port spec.gateways[0].ports[0].port: "8080" is no port name: the API server refuses it: write it without quotes, 8080'),
  one(
    'a selector with an operator that is none',
    'gateways: [{name: g, servesNamespaces: {matchExpressions: [{key: a, operator: Is, values: [b]}]}, from: [{podSelector: {}}]}]',
    '4:81 error invalid-selector spec.gateways[0].servesNamespaces.matchExpressions[0].operator: "Is" is none of In, NotIn, Exists, DoesNotExist',
  ),
  one('a client without a reason', 'allowedClients: [{name: p, from: [{podSelector: {}}]}]', '4:20 error required spec.allowedClients[0].reason: is required'),
  one('a client with a blank reason', 'allowedClients: [{name: p, reason: " ", from: [{podSelector: {}}]}]', '4:38 error required spec.allowedClients[0].reason: must not be empty'),
  one('a destination that includes the metadata address', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.0.0/16}}]}]', "4:57 error metadata-granted spec.allowedDestinations[0].to[0].ipBlock.cidr: includes the cloud's metadata address 169.254.169.254/32, which cannot be granted"),
  one('a destination that includes its NAT64 form', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: "64:ff9b::/96"}}]}]', "4:57 error metadata-granted spec.allowedDestinations[0].to[0].ipBlock.cidr: includes the cloud's metadata address 64:ff9b::a9fe:a9fe/128, which cannot be granted"),
  one('a destination that leaves the metadata address out', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.0.0/16, except: [169.254.169.254/32]}}]}]'),
  one("another cloud's metadata address", 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 168.63.129.16/32}}]}]'),
  one("the own cloud's metadata address", ['provider: azure', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 168.63.129.16/32}}]}]'], "5:57 error metadata-granted spec.allowedDestinations[0].to[0].ipBlock.cidr: includes the cloud's metadata address 168.63.129.16/32, which cannot be granted"),
  one('a block that holds where the own cloud hands out credentials', ['provider: aws', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.170.0/24}}]}]'], '5:57 error credentials-granted spec.allowedDestinations[0].to[0].ipBlock.cidr: holds 169.254.170.2/32, 169.254.170.23/32, where the provider hands out credentials to pods: grant exactly that address and its port, or leave it out by except'),
  one('exactly that address', ['provider: aws', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.170.23/32}}], ports: [{port: 80}]}]']),
  one('the block without it', ['provider: aws', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.170.0/24, except: [169.254.170.2/32, 169.254.170.23/32]}}]}]']),
  one('the block of another cloud', ['provider: gcp', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.170.0/24}}]}]']),
  one('an added metadata address', ['protectedNetworks: {metadata: [192.0.2.1/32]}', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]'], "5:57 error metadata-granted spec.allowedDestinations[0].to[0].ipBlock.cidr: includes the cloud's metadata address 192.0.2.1/32, which cannot be granted"),
  one('node-local DNS', 'allowedDestinations: [{name: d, to: [{ipBlock: {cidr: 169.254.20.10/32}}], ports: [{protocol: UDP, port: 53}]}]'),
];

// biome-ignore format: one line a case
const others: readonly Case[] = [
  one('a rule that does not exist', 'rules: {gateway-locked-ot: {level: warn}}', '4:11 error unknown-name spec.rules.gateway-locked-ot: there is no rule "gateway-locked-ot"; did you mean "gateway-locked-out"?'),
  one('a rule with the name of a method', 'rules: {toString: {level: warn}}', '4:11 error unknown-name spec.rules.toString: there is no rule "toString"'),
  one('a level that is none', 'rules: {host-network: {level: block}}', '4:33 error invalid-value spec.rules.host-network.level: must be one of deny, warn, off'),
  one('a rule without a level', 'rules: {host-network: {}}', '4:11 error required spec.rules.host-network.level: is required'),
  one('an exception, good', 'exceptions: [{namespace: a, kind: Deployment, name: b, rules: [host-network], reason: r, expires: 2028-02-29}]'),
  one(
    'an exception without anything',
    'exceptions: [{}]',
    '4:16 error required spec.exceptions[0].expires: is required',
    '4:16 error required spec.exceptions[0].kind: is required',
    '4:16 error required spec.exceptions[0].name: is required',
    '4:16 error required spec.exceptions[0].namespace: is required',
    '4:16 error required spec.exceptions[0].reason: is required',
    '4:16 error required spec.exceptions[0].rules: is required',
  ),
  one('an exception until a day that does not exist', 'exceptions: [{namespace: a, kind: Deployment, name: b, rules: [host-network], reason: r, expires: 2026-02-29}]', '4:101 error invalid-date spec.exceptions[0].expires: "2026-02-29" is no date: write a day that exists as YYYY-MM-DD'),
  one('an exception of a rule that does not exist', 'exceptions: [{namespace: a, kind: Deployment, name: b, rules: [hostnetwork], reason: r, expires: 2026-12-31}]', '4:66 error unknown-name spec.exceptions[0].rules[0]: there is no rule "hostnetwork"; did you mean "host-network"?'),
  one('an exception of a kind in lower case', 'exceptions: [{namespace: a, kind: deployment, name: b, rules: [host-network], reason: r, expires: 2026-12-31}]', '4:37 warning unknown-kind spec.exceptions[0].kind: no finding is about a "deployment"; did you mean "Deployment"?'),
  one('exceptions from annotations, good', 'exceptionsFromAnnotations: {rules: [service-exposed], longestDays: 90}'),
  one(
    'exceptions from annotations without anything',
    'exceptionsFromAnnotations: {}',
    '4:3 error required spec.exceptionsFromAnnotations.longestDays: is required',
    '4:3 error required spec.exceptionsFromAnnotations.rules: is required',
  ),
  one('exceptions from annotations of no rule', 'exceptionsFromAnnotations: {rules: [], longestDays: 90}', '4:31 error required spec.exceptionsFromAnnotations.rules: must not be empty'),
  one('exceptions from annotations of a rule that does not exist', 'exceptionsFromAnnotations: {rules: [service-exposd], longestDays: 90}', '4:39 error unknown-name spec.exceptionsFromAnnotations.rules[0]: there is no rule "service-exposd"; did you mean "service-exposed"?'),
  one('exceptions from annotations that guard metadata', 'exceptionsFromAnnotations: {rules: [host-network], longestDays: 90}', '4:39 warning never-ignored spec.exceptionsFromAnnotations.rules[0]: "host-network" stays: it guards cloud metadata'),
  one('exceptions from annotations for no day', 'exceptionsFromAnnotations: {rules: [service-exposed], longestDays: 0}', '4:70 error invalid-value spec.exceptionsFromAnnotations.longestDays: must be at least 1'),
  one('exceptions from annotations for ever', 'exceptionsFromAnnotations: {rules: [service-exposed], longestDays: 3650}', '4:70 error invalid-value spec.exceptionsFromAnnotations.longestDays: must be at most 366'),
  one('an image with a tag', 'detection: {images: ["a/b:1"]}', '4:24 error invalid-image spec.detection.images[0]: "a/b:1" must be written without tag and digest'),
  one('a registry with a port in its name', 'detection: {images: ["localhost:5000/b"]}'),
  one('a signal that does not exist', 'detection: {disabled: [no-such-signal-anywhere]}', '4:26 error unknown-name spec.detection.disabled[0]: there is no signal "no-such-signal-anywhere"'),
  one('an image of the default registry with a tag', 'detection: {images: ["a:1"]}', '4:24 error invalid-image spec.detection.images[0]: "a:1" must be written without tag and digest'),
  one('an image of a registry with a port', 'detection: {images: ["r.example.com:5000/a"]}'),
  one('an image of a registry with a port, and a tag', 'detection: {images: ["r.example.com:5000/a:1"]}', '4:24 error invalid-image spec.detection.images[0]: "r.example.com:5000/a:1" must be written without tag and digest'),
  one('an approved image with a digest', 'registry: {servers: [{image: "a@sha256:1", owner: o}]}', '4:32 error invalid-image spec.registry.servers[0].image: "a@sha256:1" must be written without tag and digest'),
  one('an image approved twice', 'registry: {servers: [{image: a, owner: o}, {image: a, owner: p}]}', '4:54 error duplicate-name spec.registry.servers[1].image: "a" is also the image of spec.registry.servers[0]'),
  one('a registry without a list', 'registry: {}', '4:3 error required spec.registry: must not be empty'),
  one('remote servers by name and address', 'registry: {remotes: [{host: mcp.vendor.example, owner: o}, {host: "2001:db8::7", port: 80, owner: o}]}'),
  one('a remote server by its URL', 'registry: {remotes: [{host: "https://mcp.vendor.example/mcp", owner: o}]}', '4:31 error invalid-name spec.registry.remotes[0].host: "https://mcp.vendor.example/mcp" is no host name in small letters, as mcp.example.com'),
  one('a remote server on a port that there is not', 'registry: {remotes: [{host: mcp.vendor.example, port: 0, owner: o}]}', '4:57 error invalid-value spec.registry.remotes[0].port: must be at least 1'),
  one('a remote server approved twice', 'registry: {remotes: [{host: a.example, owner: o}, {host: a.example, port: 443, owner: p}]}', '4:60 error duplicate-name spec.registry.remotes[1].host: "a.example:443" is also the host of spec.registry.remotes[0]'),
  one('a Gateway without a namespace', 'routes: {gateways: [external]}', '4:23 error invalid-name spec.routes.gateways[0]: "external" must be written namespace/name'),
  one('a service account as the API server names it', 'modeChangers: {serviceAccounts: ["system:serviceaccount:a:b"]}', '4:36 error invalid-name spec.modeChangers.serviceAccounts[0]: "system:serviceaccount:a:b" must be written namespace/name'),
  one('a perimeter', 'perimeter: {gateway: {hosts: [mcp.example.com], addresses: [203.0.113.10/32]}, mcpPorts: [3000], phase: log}'),
  one('a perimeter without a gateway', 'perimeter: {}', '4:3 error required spec.perimeter.gateway: is required'),
  one('a gateway without an address', 'perimeter: {gateway: {addresses: []}}', '4:25 error required spec.perimeter.gateway.addresses: must not be empty'),
  one('a gateway at what is no block', 'perimeter: {gateway: {addresses: [mcp.example.com]}}', '4:37 error invalid-cidr spec.perimeter.gateway.addresses[0]: "mcp.example.com" is no CIDR block: An IP4 number cannot have less or greater than 4 octets'),
  one('an MCP port that is none', 'perimeter: {gateway: {addresses: [203.0.113.10/32]}, mcpPorts: [0]}', '4:67 error invalid-value spec.perimeter.mcpPorts[0]: must be at least 1'),
  one('a name of a gateway with a scheme', 'perimeter: {gateway: {hosts: ["https://mcp.example.com"], addresses: [203.0.113.10/32]}}', '4:33 error invalid-name spec.perimeter.gateway.hosts[0]: "https://mcp.example.com" is no host name in small letters, as mcp.example.com'),
  one('a rollout by its end', 'rollout: [{name: all, warnFrom: 2026-12-24, enforceFrom: 2026-12-31}]'),
  one('a rollout by its start', 'rollout: [{name: all, start: 2026-12-01, auditDays: 30, warnDays: 0, namespaces: {matchLabels: {a: b}}}]'),
  one('a rollout from the first look on', 'rollout: [{name: all, readyWhen: {cleanDays: 0, openFindings: 3}, atDate: enforce, apply: propose}]'),
  one('a rollout by both', 'rollout: [{name: all, start: 2026-12-01, auditDays: 30, enforceFrom: 2026-12-31}]', '4:13 error invalid-rollout spec.rollout[0]: needs either enforceFrom or start and auditDays, not both'),
  one('a rollout that warns when it enforces', 'rollout: [{name: all, warnFrom: 2026-12-31, enforceFrom: 2026-12-31}]', '4:35 error invalid-rollout spec.rollout[0].warnFrom: must be a day before enforceFrom, 2026-12-31'),
  one('a rollout that warns without an end', 'rollout: [{name: all, warnFrom: 2026-12-31}]', '4:35 error invalid-rollout spec.rollout[0].warnFrom: needs enforceFrom; without it, warnDays says how long'),
  one('a rollout on a day that is none', 'rollout: [{name: all, start: 2026-02-30}]', '4:32 error invalid-date spec.rollout[0].start: "2026-02-30" is no date: write a day that exists as YYYY-MM-DD'),
  one('a rollout without a name', 'rollout: [{}]', '4:13 error required spec.rollout[0].name: is required'),
  one('two rollouts of one name', 'rollout: [{name: all}, {name: all}]', '4:33 error duplicate-name spec.rollout[1].name: "all" is also the name of spec.rollout[0]'),
  one('a rollout that is no list', 'rollout: {name: all}', '4:3 error wrong-type spec.rollout: expected a list, got an object'),
  one('a rollout of no days', 'rollout: [{name: all, auditDays: 0}]', '4:36 error invalid-value spec.rollout[0].auditDays: must be at least 1'),
  one('a rollout of more days than a date can be counted by', 'rollout: [{name: all, auditDays: 1000000000000000}]', '4:36 error invalid-value spec.rollout[0].auditDays: must be at most 3660'),
  one('a rollout that does something else at its date', 'rollout: [{name: all, atDate: wait}]', '4:33 error invalid-value spec.rollout[0].atDate: must be one of hold, enforce'),
  one('an exception of no rule', 'exceptions: [{namespace: a, kind: Deployment, name: b, rules: [], reason: r, expires: 2026-12-31}]', '4:58 error required spec.exceptions[0].rules: must not be empty'),
  one('an exception until a blank', 'exceptions: [{namespace: a, kind: Deployment, name: b, rules: [host-network], reason: r, expires: ""}]', '4:101 error invalid-date spec.exceptions[0].expires: "" is no date: write a day that exists as YYYY-MM-DD'),
  one('an exception that is null', 'exceptions: [null]', '4:16 error wrong-type spec.exceptions[0]: must be an object; leave the field out if it is not meant'),
];

/** Whole texts and what is said of them. */
// biome-ignore format: one line a case
export const TEXTS: readonly (readonly [title: string, text: string, ...problems: string[]])[] = [
  ['a document alone', `${HEAD}spec: {}\n`],
  ['a document among others', `kind: ConfigMap\n---\n${HEAD}spec: {}\n---\n`],
  ['JSON', '{"apiVersion":"chokepoint.dev/v1alpha1","kind":"GatePolicy","spec":{"mode":"off"}}'],
  ['the second of three documents', `a: 1\n---\n${withSpec('mode: x')}---\nb: 1\n`, '6:9 error invalid-value spec.mode: must be one of off, audit, warn, enforce'],
  [
    'a value behind an alias',
    withSpec('protectedNetworks:', '  pods: &p [10.1.2.3/8]', '  nodes: *p'),
    '5:15 error ambiguous-cidr spec.protectedNetworks.nodes[0]: 10.1.2.3/8 has bits set after its prefix: write 10.0.0.0/8 if that is meant',
    '5:15 error ambiguous-cidr spec.protectedNetworks.pods[0]: 10.1.2.3/8 has bits set after its prefix: write 10.0.0.0/8 if that is meant',
  ],
  ['nothing', '', '1:1 error no-gate-policy : no GatePolicy is here: one document with apiVersion chokepoint.dev/v1alpha1 and kind GatePolicy is required'],
  ['a list', '- a\n', '1:1 error no-gate-policy : no GatePolicy is here: one document with apiVersion chokepoint.dev/v1alpha1 and kind GatePolicy is required'],
  ['another kind', 'apiVersion: v1\nkind: ConfigMap\n', '1:1 error no-gate-policy : no GatePolicy is here: one document with apiVersion chokepoint.dev/v1alpha1 and kind GatePolicy is required'],
  ['two of them', `${HEAD}spec: {}\n---\n${HEAD}spec: {}\n`, '6:1 error several-gate-policies kind: a second GatePolicy: the first is on line 2, and only one can hold'],
  ['another version', 'apiVersion: chokepoint.dev/v2\nkind: GatePolicy\nspec: {}\n', '1:13 error invalid-value apiVersion: must be chokepoint.dev/v1alpha1'],
  ['no spec', HEAD, '1:1 error required spec: is required'],
  ['a field beside the spec', `${HEAD}spec: {}\nmode: off\n`, '4:1 error unknown-field mode: unknown field "mode"'],
  ['a key twice', withSpec('mode: off', 'mode: warn'), '5:3 error duplicate-key : duplicate key "mode": readers differ in which of the two they take'],
  ['a tab', `${HEAD}spec:\n\tmode: off\n`, '4:1 error yaml-syntax : this document is not valid YAML: tab characters must not be used in indentation; indent with spaces'],
  ['a template', withSpec('mode: {{ .Values.mode }}'), '4:9 error unrendered-template : this is a template that has not been rendered ("{{ … }}"): check the output of `helm template` instead'],
  ['an alias of nothing', `${HEAD}spec: *x\n`, '3:8 error yaml-syntax : this document is not valid YAML: unidentified alias "x"'],
  ['an alias bomb', `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n---\n${HEAD}spec: {}\n`, '2:8 error alias-bomb : the aliases of this document expand to more than 100000 values'],
  ['an alias inside of what it stands for', `${HEAD}spec: &s {rules: *s}\n`, '3:18 error alias-bomb : an alias stands inside what it refers to, so the document has no end'],
  ['words that only YAML 1.1 takes for booleans, as keys and values', withSpec('rollout: [{name: all, namespaces: {matchLabels: {on: off, y: n}}}]')],
  ['numbers as YAML 1.2 reads them', withSpec('rollout: [{name: all, auditDays: 0o12}]', 'allowedDestinations: [{name: d, to: [{podSelector: {}}], ports: [{port: 0x35}, {port: 053}, {port: 1_0}]}]'), '5:102 error invalid-port spec.allowedDestinations[0].ports[2].port: "1_0" is no port name: the API server refuses it'],
  [
    'keys that a merge brings',
    withSpec('gateways:', '- &a {name: g, from: [{podSelector: {}}]}', '- {<<: *a, ports: [{port: 99999}]}'),
    '5:15 error duplicate-name spec.gateways[1].name: "g" is also the name of spec.gateways[0]',
    '6:29 error invalid-port spec.gateways[1].ports[0].port: 99999 is not between 1 and 65535',
  ],
];

export const CASES: Readonly<Record<string, readonly Case[]>> = { plainFields, networks, grants, others };
