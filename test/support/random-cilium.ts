import type { Endpoint, Query } from './oracle.ts';
import type { Random } from './random.ts';

/** A cluster that Cilium runs in, as objects, and questions about it. */
export interface CiliumWorld {
  readonly objects: readonly object[];
  readonly queries: readonly Query[];
}

type Fields = Readonly<Record<string, unknown>>;

const NAMESPACES = ['default', 'tools', 'gateway', 'constructor'];
const LABELS: Readonly<Record<string, readonly string[]>> = {
  app: ['web', 'mcp', 'db'],
  tier: ['a', 'b'],
  toString: ['x'],
};
const NAMESPACE_LABELS: Readonly<Record<string, readonly string[]>> = { team: ['ai', 'net'], env: ['prod'] };
const ACCOUNTS = ['default', 'reader', 'writer'];
const NODES = ['node-1', 'node-2'];
const PORTS = [53, 80, 443, 8080];
const NAMES = ['http', 'dns'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const OUTSIDE = ['198.51.100.7', '198.51.100.200', '203.0.113.9', '2001:db8::9', '10.244.1.77', '192.168.0.77'];
const BLOCKS = [
  '0.0.0.0/0',
  '::/0',
  '198.51.100.0/24',
  '198.51.100.0/25',
  '10.0.0.0/8',
  '192.168.0.0/16',
  '2001:db8::/32',
  '203.0.113.9/32',
];
const ENTITIES = [
  'all',
  'world',
  'cluster',
  'host',
  'remote-node',
  'kube-apiserver',
  'namespace',
  'none',
  'health',
  'world-ipv4',
  'world-ipv6',
];

const some = <T>(random: Random, items: readonly T[], most: number): T[] =>
  random.shuffle(items).slice(0, random.int(most + 1));

function labelsOf(random: Random, from: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(from)
      .filter(() => random.chance(0.7))
      .map(([key, values]) => [key, random.pick(values)]),
  );
}

/** A key as it may be written, with the values that it may have. */
function keyOf(random: Random, ofPeer: boolean): readonly [string, readonly string[]] {
  const plain = random.pick(Object.keys(LABELS));
  const ofNamespace = random.pick(Object.keys(NAMESPACE_LABELS));
  const keys: readonly (readonly [string, readonly string[]])[] = [
    [plain, LABELS[plain] ?? []],
    [plain, LABELS[plain] ?? []],
    ['io.cilium.k8s.policy.serviceaccount', ACCOUNTS],
    ...(ofPeer
      ? ([
          ['io.kubernetes.pod.namespace', NAMESPACES],
          [`io.cilium.k8s.namespace.labels.${ofNamespace}`, NAMESPACE_LABELS[ofNamespace] ?? []],
          ['io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name', NAMESPACES],
        ] as const)
      : []),
  ];
  const [key, values] = random.pick(keys);
  return [`${random.pick(['', '', 'k8s:', 'any:'])}${key}`, values];
}

/** An endpoint selector. `ofPeer`: it may ask for namespaces. */
function selectorOf(random: Random, ofPeer: boolean): Fields {
  if (random.chance(0.25)) return {};
  const pairs = random.times(random.int(3), () => {
    const [key, values] = keyOf(random, ofPeer);
    return [key, random.pick(values)] as const;
  });
  const expressions = random.times(random.chance(0.5) ? 1 : 0, () => {
    const [key, values] = keyOf(random, ofPeer);
    const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
    return { key, operator, ...(operator.endsWith('In') && { values: [random.pick(values), random.pick(values)] }) };
  });
  return {
    ...(pairs.length > 0 && { matchLabels: Object.fromEntries(pairs) }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

const blockOf = (random: Random): string => random.pick(BLOCKS);

function cidrSetOf(random: Random): Fields {
  const except = random.chance(0.4) ? { except: ['10.244.0.0/16'] } : {};
  if (random.chance(0.2)) return { cidrGroupRef: random.pick(['partners', 'missing']) };
  if (random.chance(0.2)) return { cidrGroupSelector: { matchLabels: { role: random.pick(['vpn', 'office']) } } };
  return random.chance(0.5) ? { cidr: '10.0.0.0/8', ...except } : { cidr: blockOf(random) };
}

function serviceOf(random: Random): Fields {
  const namespace = random.chance(0.7) ? { namespace: random.pick(NAMESPACES) } : {};
  return random.chance(0.6)
    ? { k8sService: { serviceName: random.pick(['backend', 'outside', 'missing']), ...namespace } }
    : { k8sServiceSelector: { selector: { matchLabels: { kind: random.pick(['inner', 'outer']) } }, ...namespace } };
}

const few = <T>(random: Random, make: () => T): T[] => random.times(random.chance(0.07) ? 0 : 1 + random.int(2), make);

/** The field of one kind of peers, or none. */
function peersOf(random: Random, way: 'from' | 'to', isDeny: boolean): Fields {
  const kinds: readonly (() => Fields)[] = [
    () => ({ [`${way}Endpoints`]: few(random, () => selectorOf(random, true)) }),
    () => ({ [`${way}Endpoints`]: few(random, () => selectorOf(random, true)) }),
    () => ({
      [`${way}Endpoints`]: [{ matchLabels: { [`reserved:${random.pick(['host', 'world', 'remote-node'])}`]: '' } }],
    }),
    () => ({ [`${way}Entities`]: few(random, () => random.pick(ENTITIES)) }),
    () => ({ [`${way}CIDR`]: few(random, () => blockOf(random)) }),
    () => ({ [`${way}CIDRSet`]: few(random, () => cidrSetOf(random)) }),
    () => ({}),
  ];
  const outward: readonly (() => Fields)[] = [
    () => ({ toServices: [serviceOf(random)] }),
    ...(isDeny ? [] : [() => ({ toFQDNs: [{ matchName: 'example.com' }] })]),
  ];
  return random.pick(way === 'to' ? [...kinds, ...outward] : kinds)();
}

function portOf(random: Random): Fields {
  const protocol = random.pick([{}, { protocol: 'ANY' }, ...PROTOCOLS.map(name => ({ protocol: name }))]);
  if (random.chance(0.25)) return { port: random.pick(NAMES), ...protocol };
  if (random.chance(0.1)) return { port: '0', ...protocol };
  const port = random.pick(PORTS);
  return { port: String(port), ...(random.chance(0.3) && { endPort: port + random.pick([0, 27, 400]) }), ...protocol };
}

function ruleOf(random: Random, way: 'from' | 'to', isDeny: boolean): Fields {
  const peers = peersOf(random, way, isDeny);
  if (random.chance(0.45)) return peers;
  if (random.chance(0.06)) return { ...peers, icmps: [{ fields: [{ type: 8 }] }] };
  const rules = !isDeny && random.chance(0.15) ? { rules: { http: [{ path: '/' }] } } : {};
  return { ...peers, toPorts: [{ ports: random.times(1 + random.int(2), () => portOf(random)), ...rules }] };
}

function specOf(random: Random): Fields {
  const list = (key: string, way: 'from' | 'to', isDeny: boolean, likely: number): Fields =>
    random.chance(likely) ? { [key]: random.times(random.int(3), () => ruleOf(random, way, isDeny)) } : {};
  return {
    endpointSelector: selectorOf(random, false),
    ...list('ingress', 'from', false, 0.6),
    ...list('egress', 'to', false, 0.6),
    ...list('ingressDeny', 'from', true, 0.15),
    ...list('egressDeny', 'to', true, 0.15),
    ...(random.chance(0.15) && { enableDefaultDeny: { [random.pick(['ingress', 'egress'])]: random.chance(0.3) } }),
  };
}

function ciliumPolicyOf(random: Random, index: number): object {
  const isOfCluster = random.chance(0.3);
  const form = random.pick(['spec', 'spec', 'spec', 'spec', 'specs', 'both']);
  return {
    apiVersion: 'cilium.io/v2',
    kind: isOfCluster ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy',
    metadata: { name: `cilium-${index}`, ...(!isOfCluster && { namespace: random.pick(NAMESPACES) }) },
    ...(form !== 'specs' && { spec: specOf(random) }),
    ...(form !== 'spec' && { specs: [specOf(random), specOf(random)] }),
  };
}

function kubernetesPolicyOf(random: Random, index: number): object {
  const plain = (): Fields => (random.chance(0.3) ? {} : { matchLabels: { app: random.pick(LABELS.app ?? []) } });
  const peer = (): Fields =>
    random.pick<() => Fields>([
      () => ({ podSelector: plain() }),
      () => ({ namespaceSelector: random.chance(0.5) ? {} : { matchLabels: { team: 'ai' } } }),
      () => ({ ipBlock: { cidr: '0.0.0.0/0', ...(random.chance(0.5) && { except: ['198.51.100.0/25'] }) } }),
      () => ({ ipBlock: { cidr: blockOf(random) } }),
    ])();
  const port = (): Fields =>
    random.pick<() => Fields>([
      () => ({ port: random.pick(PORTS) }),
      () => ({ port: random.pick(NAMES), protocol: random.pick(PROTOCOLS) }),
      () => ({ protocol: 'UDP' }),
    ])();
  const rule = (way: string): Fields => ({
    ...(random.chance(0.7) && { [way]: [peer()] }),
    ...(random.chance(0.5) && { ports: [port()] }),
  });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: random.pick(NAMESPACES) },
    spec: {
      podSelector: plain(),
      policyTypes: random.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
      ingress: random.times(random.int(2), () => rule('from')),
      egress: random.times(random.int(2), () => rule('to')),
    },
  };
}

function podOf(random: Random, index: number): { name: string; addresses: readonly string[]; object: object } {
  const namespace = random.pick(NAMESPACES);
  const isNode = random.chance(0.15);
  const node = random.int(NODES.length);
  const addresses = isNode
    ? [`192.168.0.${node + 1}`]
    : random.pick([[`10.244.1.${index + 1}`], [`10.244.1.${index + 1}`, `fd00::${index + 1}`]]);
  const ports = some(
    random,
    [
      { name: 'http', containerPort: random.pick(PORTS) },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { name: 'http', containerPort: 80, protocol: 'UDP' },
    ],
    2,
  );
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace, labels: labelsOf(random, LABELS) },
    spec: {
      ...(isNode && { hostNetwork: true }),
      ...(random.chance(0.8) && { nodeName: isNode ? NODES[node] : random.pick(NODES) }),
      ...(random.chance(0.5) && { serviceAccountName: random.pick(ACCOUNTS) }),
      containers: [{ name: 'main', image: 'image', ports }],
    },
    status: { podIP: addresses[0], podIPs: addresses.map(ip => ({ ip })) },
  };
  return { name: `${namespace}/pod-${index}`, addresses, object };
}

/** What policies refer to by name: groups of blocks, Services, where the API server is. */
function referredTo(random: Random): object[] {
  const groups = ['partners', 'offices'].map((name, index) => ({
    apiVersion: random.pick(['cilium.io/v2', 'cilium.io/v2alpha1']),
    kind: 'CiliumCIDRGroup',
    metadata: { name, labels: { role: index === 0 ? 'vpn' : 'office' } },
    spec: { externalCIDRs: [blockOf(random)] },
  }));
  const service = (name: string, namespace: string, kind: string, spec: Fields): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { kind } },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const slice = (name: string, namespace: string, address: string): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: [{ port: 80 }],
  });
  const namespace = random.pick(NAMESPACES);
  return [
    ...groups,
    service('backend', namespace, 'inner', { selector: { app: 'db' } }),
    service('outside', namespace, 'outer', {}),
    slice('outside', namespace, '198.51.100.7'),
    ...(random.chance(0.7) ? [slice('kubernetes', 'default', random.pick(['192.168.0.1', '203.0.113.9']))] : []),
  ];
}

const nodeOf = (name: string, index: number): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: [
      { type: 'InternalIP', address: `192.168.0.${index + 1}` },
      { type: 'Hostname', address: name },
    ],
  },
});

/** Makes a world and `probes` queries about it. */
export function randomCilium(random: Random, probes: number): CiliumWorld {
  const pods = random.times(3 + random.int(6), index => podOf(random, index));
  const namespaces = NAMESPACES.map(name => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labelsOf(random, NAMESPACE_LABELS) } },
  }));
  const objects = [
    ...namespaces,
    ...pods.map(({ object }) => object),
    ...(random.chance(0.5) ? NODES.map(nodeOf) : []),
    ...referredTo(random),
    ...random.times(1 + random.int(4), index => ciliumPolicyOf(random, index)),
    ...random.times(random.int(3), index => kubernetesPolicyOf(random, index)),
  ];
  const pod = (): Endpoint => ({ pod: random.pick(pods).name });
  const address = (): Endpoint => ({
    ip: random.chance(0.3) ? random.pick(random.pick(pods).addresses) : random.pick(OUTSIDE),
  });
  const query = (): Query => {
    const [from, to] = random.pick([
      [pod, pod],
      [pod, pod],
      [pod, address],
      [address, pod],
    ] as const);
    return {
      from: from(),
      to: to(),
      port: random.pick([...PORTS, 81]),
      protocol: random.chance(0.6) ? 'TCP' : random.pick(PROTOCOLS),
    };
  };
  return { objects: random.shuffle(objects), queries: random.times(probes, query) };
}
