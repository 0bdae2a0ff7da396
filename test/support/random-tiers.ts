import type { Endpoint, Query } from './oracle.ts';
import type { Random } from './random.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A cluster with policies of several tiers as JSON, and questions about it. */
export interface TierWorld {
  readonly objects: readonly Fields[];
  readonly queries: readonly Query[];
}

const KEYS = ['app', 'team', 'constructor'];
const VALUES = ['a', 'b', ''];
const PORTS = [53, 80, 443, 8080];
const NAMES = ['web', 'dns', 'api'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const NAMESPACES = ['red', 'green', 'blue'];
const BLOCKS = [
  '10.0.0.0/8',
  '10.0.1.0/24',
  '10.0.1.3/32',
  '192.168.0.0/24',
  '0.0.0.0/0',
  'fd00::/64',
  '::/0',
  '203.0.113.0/25',
];
const OUTSIDE = ['203.0.113.7', '203.0.113.200', '192.168.0.1', '192.168.0.9', '10.0.1.99', '2001:db8::1', 'fd00::99'];

const labels = (random: Random): Fields =>
  Object.fromEntries(KEYS.filter(() => random.chance(0.6)).map(key => [key, random.pick(VALUES)]));

function selector(random: Random): Fields {
  if (random.chance(0.25)) return {};
  if (random.chance(0.6)) return { matchLabels: { [random.pick(KEYS)]: random.pick(VALUES) } };
  const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
  const values = operator.endsWith('In') ? { values: random.pick([['a'], ['a', 'b'], ['']]) } : {};
  return { matchExpressions: [{ key: random.pick(KEYS), operator, ...values }] };
}

const namespaceSelector = (random: Random): Fields =>
  random.chance(0.4) ? { matchLabels: { 'kubernetes.io/metadata.name': random.pick(NAMESPACES) } } : selector(random);

function choice(random: Random): Fields {
  if (random.chance(0.5)) return { namespaces: namespaceSelector(random) };
  return {
    pods: {
      namespaceSelector: random.chance(0.8) ? namespaceSelector(random) : {},
      podSelector: random.chance(0.8) ? selector(random) : {},
    },
  };
}

interface Dialect {
  readonly isAws: boolean;
  readonly isNew: boolean;
  readonly actions: readonly string[];
}

function peer(random: Random, direction: string, action: string, { isAws }: Dialect): Fields {
  if (random.chance(0.03)) return random.pick<Fields>([{}, { constructor: {} }, { serviceAccounts: {} }]);
  if (direction === 'ingress') return random.chance(0.02) ? { networks: ['0.0.0.0/0'] } : choice(random);
  const roll = random.int(20);
  if (roll < 6) return { networks: random.times(1 + random.int(2), () => random.pick(BLOCKS)) };
  if (roll < 8) return isAws && random.chance(0.8) ? choice(random) : { nodes: selector(random) };
  if (roll < 9 && ['Accept', 'Allow'].includes(action)) return { domainNames: ['*.example.com'] };
  return choice(random);
}

const isPods = (one: Fields): boolean => 'namespaces' in one || 'pods' in one;

function port(random: Random, peers: readonly Fields[], { isNew }: Dialect): Fields {
  const protocol = random.pick(PROTOCOLS);
  const number = random.pick(PORTS);
  if (peers.every(isPods) && random.chance(0.3))
    return { [isNew ? 'destinationNamedPort' : 'namedPort']: random.pick(NAMES) };
  const range = { start: number, end: number + 1 + random.int(400) };
  if (!isNew) {
    const named = random.chance(0.3) ? {} : { protocol };
    return random.chance(0.7) ? { portNumber: { ...named, port: number } } : { portRange: { ...named, ...range } };
  }
  const destinationPort = random.pick([{ number }, { number }, { range }, {}]);
  return { [protocol.toLowerCase()]: random.chance(0.1) ? {} : { destinationPort } };
}

function rules(random: Random, direction: string, dialect: Dialect): readonly Fields[] {
  return random.times(random.int(5), () => {
    const action = random.pick(dialect.actions);
    const peers = random.times(1 + random.int(2), () => peer(random, direction, action, dialect));
    const ports = random.chance(0.5) ? random.times(1 + random.int(2), () => port(random, peers, dialect)) : undefined;
    return {
      action,
      [direction === 'ingress' ? 'from' : 'to']: peers,
      ...(ports && { [dialect.isNew ? 'protocols' : 'ports']: ports }),
    };
  });
}

const CNP: Dialect = { isAws: false, isNew: true, actions: ['Accept', 'Deny', 'Pass'] };
const AWS: Dialect = { isAws: true, isNew: false, actions: ['Accept', 'Deny', 'Pass'] };
const ANP: Dialect = { isAws: false, isNew: false, actions: ['Allow', 'Deny', 'Pass'] };
const BANP: Dialect = { isAws: false, isNew: false, actions: ['Allow', 'Deny'] };

function tierPolicy(random: Random, index: number): Fields {
  const [apiVersion, kind, dialect] = random.pick([
    ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', CNP],
    ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', CNP],
    ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', ANP],
    ['policy.networking.k8s.io/v1alpha1', 'BaselineAdminNetworkPolicy', BANP],
    ['networking.k8s.aws/v1alpha1', 'ClusterNetworkPolicy', AWS],
  ] as const);
  const isOnly = kind === 'BaselineAdminNetworkPolicy';
  const direction = (name: string): Fields => {
    const some = rules(random, name, dialect);
    return some.length === 0 && random.chance(0.5) ? {} : { [name]: some };
  };
  return {
    apiVersion,
    kind,
    metadata: { name: isOnly ? 'default' : `p${index}` },
    spec: {
      ...(kind === 'ClusterNetworkPolicy' && { tier: random.pick(['Admin', 'Admin', 'Baseline']) }),
      ...(!isOnly && { priority: random.int(3) }),
      subject: random.chance(0.5) ? { namespaces: {} } : choice(random),
      ...direction('ingress'),
      ...direction('egress'),
    },
  };
}

/** A policy of Antrea, of the cluster or of a namespace. */
function antreaPolicy(random: Random, index: number): Fields {
  const isOfCluster = random.chance(0.6);
  const among = (): Fields =>
    random.pick([
      () => ({ podSelector: selector(random) }),
      () => ({ namespaceSelector: namespaceSelector(random) }),
      () => ({ namespaceSelector: namespaceSelector(random), podSelector: selector(random) }),
    ])();
  const applied = (): readonly Fields[] =>
    random.times(1 + random.int(2), () => (isOfCluster ? among() : { podSelector: selector(random) }));
  const peerOf = (): Fields => {
    if (random.chance(0.04)) return { group: 'g' };
    if (random.chance(0.25)) return { ipBlock: { cidr: random.pick(BLOCKS) } };
    if (isOfCluster && random.chance(0.15)) return { namespaces: { match: 'Self' }, podSelector: selector(random) };
    return among();
  };
  const portOf = (): Fields => {
    const port = random.pick<number | string>([...PORTS, ...NAMES]);
    const protocol = random.chance(0.7) && { protocol: random.pick(PROTOCOLS) };
    return { ...protocol, port, ...(typeof port === 'number' && random.chance(0.3) && { endPort: port + 400 }) };
  };
  const isRuled = random.chance(0.15);
  const rulesOf = (field: string): readonly Fields[] =>
    random.times(random.int(4), () => ({
      action: random.pick(['Allow', 'Drop', 'Reject', 'Pass']),
      ...(random.chance(0.8) && { [field]: random.times(1 + random.int(2), peerOf) }),
      ...(random.chance(0.4) && { ports: random.times(1 + random.int(2), portOf) }),
      ...(isRuled && { appliedTo: applied() }),
    }));
  return {
    apiVersion: 'crd.antrea.io/v1beta1',
    kind: isOfCluster ? 'ClusterNetworkPolicy' : 'NetworkPolicy',
    metadata: { name: `antrea${index}`, ...(!isOfCluster && { namespace: random.pick(NAMESPACES) }) },
    spec: {
      priority: random.pick([1, 1.5, 2, 10]),
      ...(random.chance(0.6) && { tier: random.pick(['emergency', 'Platform', 'application', 'baseline']) }),
      ...(!isRuled && { appliedTo: applied() }),
      ingress: rulesOf('from'),
      egress: rulesOf('to'),
    },
  };
}

/** The one of a namespace. */
function firewall(random: Random, namespace: string): Fields {
  const to = (): Fields =>
    random.pick([
      () => ({ cidrSelector: random.pick([...BLOCKS, '0.0.0.0/0', '::/0']) }),
      () => ({ cidrSelector: random.pick(BLOCKS) }),
      () => ({ nodeSelector: selector(random) }),
      () => ({ dnsName: random.pick(['www.example.com', '*.example.com']) }),
    ])();
  const ports = (): readonly Fields[] =>
    random.times(1 + random.int(2), () => ({ protocol: random.pick(PROTOCOLS), port: random.pick(PORTS) }));
  const egress = random.times(random.int(5), () => ({
    type: random.pick(['Allow', 'Deny']),
    ...(random.chance(0.4) && { ports: ports() }),
    to: to(),
  }));
  return {
    apiVersion: 'k8s.ovn.org/v1',
    kind: 'EgressFirewall',
    metadata: { name: 'default', namespace },
    spec: { egress },
  };
}

/** A NetworkPolicy of AWS: its egress names hosts too. */
function applicationPolicy(random: Random, index: number): Fields {
  const { spec, metadata, ...policy } = networkPolicy(random, index);
  const { egress, ...others } = spec as { readonly egress: readonly Fields[] };
  const hosts = { domainNames: [random.pick(['www.example.com', '*.example.com'])] };
  const withHosts = egress.map(rule => {
    if (random.chance(0.5)) return rule;
    // A port by its name is the number that a pod gives it, and hosts are none.
    const ports = random.chance(0.5) && { ports: [{ protocol: random.pick(PROTOCOLS), port: random.pick(PORTS) }] };
    return {
      to: random.chance(0.5) ? [hosts] : [hosts, ...((rule.to as readonly Fields[] | undefined) ?? [])],
      ...ports,
    };
  });
  return {
    ...policy,
    ...{ apiVersion: 'networking.k8s.aws/v1alpha1', kind: 'ApplicationNetworkPolicy' },
    metadata: { ...(metadata as Fields), name: `app${index}` },
    spec: { ...others, egress: withHosts },
  };
}

/** Names of hosts that pods of GKE are let out to. */
function hostsPolicy(random: Random, index: number): Fields {
  const egress = random.times(1 + random.int(2), () => ({
    matches: [random.pick([{ name: 'www.example.com' }, { pattern: '*.example.com' }])],
    ...(random.chance(0.5) && { ports: [{ protocol: random.pick(PROTOCOLS), port: random.pick(PORTS) }] }),
  }));
  return {
    ...{ apiVersion: 'networking.gke.io/v1alpha1', kind: 'FQDNNetworkPolicy' },
    metadata: { name: `hosts${index}`, namespace: random.pick(NAMESPACES) },
    spec: { podSelector: selector(random), egress },
  };
}

function networkPolicy(random: Random, index: number): Fields {
  const peerOf = (): Fields =>
    random.pick([
      () => ({ podSelector: selector(random) }),
      () => ({ namespaceSelector: namespaceSelector(random) }),
      () => ({ namespaceSelector: namespaceSelector(random), podSelector: selector(random) }),
      () => ({ ipBlock: { cidr: random.pick(BLOCKS) } }),
    ])();
  const rule = (field: string): Fields => ({
    ...(random.chance(0.8) && { [field]: random.times(1 + random.int(2), peerOf) }),
    ...(random.chance(0.4) && {
      ports: [{ protocol: random.pick(PROTOCOLS), port: random.pick([...PORTS, ...NAMES]) }],
    }),
  });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `np${index}`, namespace: random.pick(NAMESPACES) },
    spec: {
      podSelector: selector(random),
      policyTypes: random.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
      ingress: random.times(random.int(3), () => rule('from')),
      egress: random.times(random.int(3), () => rule('to')),
    },
  };
}

function pod(random: Random, index: number): Fields {
  const hostNetwork = random.chance(0.12);
  const families = random.pick([[4], [6], [4, 6]]);
  const [v4, v6] = hostNetwork
    ? [`192.168.0.${index % 2}`, `fd00:1::${index % 2}`]
    : [`10.0.${index % 2}.${index + 1}`, `fd00::${index + 1}`];
  const ports = random
    .shuffle(NAMES)
    .slice(0, random.int(4))
    .map(name => ({
      name,
      containerPort: random.pick(PORTS),
      ...(random.chance(0.6) && { protocol: random.pick(PROTOCOLS) }),
    }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod${index}`, namespace: random.pick(NAMESPACES), labels: labels(random) },
    spec: { hostNetwork, containers: [{ name: 'c', image: 'i', ports }] },
    status: { podIPs: families.map(family => ({ ip: family === 4 ? v4 : v6 })) },
  };
}

const node = (random: Random, index: number): Fields => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node${index}`, labels: labels(random) },
  status: {
    addresses: [
      { type: 'InternalIP', address: `192.168.0.${index}` },
      { type: 'InternalIP', address: `fd00:1::${index}` },
      { type: 'Hostname', address: `node${index}` },
    ],
  },
});

/** Makes a world and `probes` queries about it from the random source. */
export function randomTierWorld(random: Random, probes: number): TierWorld {
  const namespaces = NAMESPACES.map(name => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: labels(random) },
  }));
  const pods = random.times(4 + random.int(4), index => pod(random, index));
  const nodes = random.chance(0.6) ? [node(random, 0), node(random, 1)] : [];
  const tiers = random.times(1 + random.int(7), index => tierPolicy(random, index));
  const only = tiers.findLastIndex(({ kind }) => kind === 'BaselineAdminNetworkPolicy');
  const kept = tiers.filter(({ kind }, index) => kind !== 'BaselineAdminNetworkPolicy' || index === only);
  const policies = random.times(random.int(5), index => networkPolicy(random, index));
  const firewalls = NAMESPACES.filter(() => random.chance(0.3)).map(name => firewall(random, name));
  const antrea = random.chance(0.3) ? random.times(1 + random.int(3), index => antreaPolicy(random, index)) : [];
  const byHosts = [
    ...(random.chance(0.25) ? random.times(1 + random.int(2), index => applicationPolicy(random, index)) : []),
    ...(random.chance(0.25) ? random.times(1 + random.int(2), index => hostsPolicy(random, index)) : []),
  ];
  const named = pods.map(({ metadata }): Endpoint => {
    const { name, namespace } = metadata as Record<string, string>;
    return { pod: `${namespace}/${name}` };
  });
  const end = (): Endpoint => (random.chance(0.75) ? random.pick(named) : { ip: random.pick(OUTSIDE) });
  return {
    objects: random.shuffle([
      ...namespaces,
      ...pods,
      ...nodes,
      ...kept,
      ...policies,
      ...firewalls,
      ...antrea,
      ...byHosts,
    ]),
    queries: random.times(probes, () => ({
      from: random.chance(0.8) ? random.pick(named) : end(),
      to: end(),
      port: random.pick(PORTS) + (random.chance(0.2) ? 1 : 0),
      protocol: random.pick(PROTOCOLS),
    })),
  };
}
