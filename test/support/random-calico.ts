import type { Query } from './oracle.ts';
import type { Random } from './random.ts';
import { blockInside, edges, randomBlock, writeAddress, writeBlock } from './random-address.ts';
import { randomSelector } from './random-calico-selector.ts';
import {
  fieldsOf,
  KEYS,
  labelsOf,
  NAME_LABEL,
  type Plan,
  PORT_NAMES,
  PORTS,
  PROTOCOLS,
  VALUES,
} from './random-plan.ts';
import { podOf } from './random-pods.ts';
import { policyOf } from './random-policies.ts';
import type { Value } from './random-yaml.ts';

/** A cluster with Calico's policies beside Kubernetes' own, and questions about it. */
export interface RandomCalicoWorld {
  readonly objects: readonly Value[];
  readonly queries: readonly Query[];
}

const ACCOUNTS = ['default', 'web', 'mcp'];
const TIERS = ['security', 'platform', 'kube-admin', 'zone'];
const ORDERS = [undefined, undefined, 0, 10.5, 100, 1000, 1000, 2000, -1];
const NAMESPACES = ['default', 'gateway', 'team-a', 'constructor'];

/** Few of the keys, so that selectors meet labels. */
const POD_KEYS = KEYS.slice(0, 5);
const POD_VALUES = VALUES.slice(0, 5);

function podSelector({ random, namespaces }: Plan): string {
  if (random.chance(0.2)) return random.pick(['', 'all()', ' ']);
  if (random.chance(0.1)) return randomSelector(random, ['projectcalico.org/namespace'], namespaces);
  if (random.chance(0.08)) return randomSelector(random, ['projectcalico.org/orchestrator'], ['k8s', 'other']);
  if (random.chance(0.08)) return `projectcalico.org/serviceaccount == '${random.pick(ACCOUNTS)}'`;
  if (random.chance(0.05)) return `pcns.${NAME_LABEL} == '${random.pick(namespaces)}'`;
  return randomSelector(random, POD_KEYS, POD_VALUES);
}

function namespaceSelector({ random, namespaces }: Plan, ofRule: boolean): string {
  if (random.chance(0.2)) return random.pick(ofRule ? ['all()', 'global()'] : ['all()']);
  if (random.chance(0.5))
    return randomSelector(random, [NAME_LABEL, 'projectcalico.org/name'], [...namespaces, 'nowhere']);
  return randomSelector(random, POD_KEYS, POD_VALUES);
}

/** By name alone: labels of service accounts are never known. */
function accountSelector(random: Random): string {
  if (random.chance(0.03)) return "team == 'a'";
  return random.pick([
    `projectcalico.org/name == '${random.pick(ACCOUNTS)}'`,
    `projectcalico.org/name != 'web'`,
    'all()',
  ]);
}

function netsOf(plan: Plan): Value[] {
  const { random, addresses, blocks } = plan;
  return random.times(1 + random.int(2), () => {
    const around = randomBlock(random, [...addresses, ...blocks, { family: 4, base: 0x0a000000n, length: 8 }]);
    const block = random.chance(0.3) ? (blockInside(random, around) ?? around) : around;
    blocks.push(block);
    const isOne = block.length === (block.family === 4 ? 32 : 128);
    return isOne && random.chance(0.3) ? writeAddress(random, block.family, block.base) : writeBlock(random, block);
  });
}

/** Few rules ask for many things at once: those hardly ever match. */
function entityOf(plan: Plan, weight: number): Value | undefined {
  const { random } = plan;
  if (!random.chance(weight)) return random.pick([undefined, {}]);
  const some = (of: () => Value, probability: number) => (random.chance(probability) ? of() : undefined);
  const services = random.chance(0.01) ? { name: 'web', namespace: 'team-a' } : undefined;
  if (services !== undefined) return { services };
  return fieldsOf({
    nets: some(() => netsOf(plan), 0.2),
    notNets: some(() => netsOf(plan), 0.1),
    selector: some(() => podSelector(plan), 0.6),
    notSelector: some(() => podSelector(plan), 0.15),
    namespaceSelector: some(() => namespaceSelector(plan, true), 0.25),
    serviceAccounts: some(
      () =>
        fieldsOf({
          names: some(() => [random.pick(ACCOUNTS)], 0.7),
          selector: some(() => accountSelector(random), 0.3),
        }),
      0.1,
    ),
  });
}

function portOf(random: Random): Value {
  if (random.chance(0.25)) return random.pick(PORT_NAMES);
  const port = random.pick(PORTS);
  return random.chance(0.3) ? `${port}:${Math.min(65535, port + random.pick([0, 1, 100, 65535]))}` : port;
}

const ports = (random: Random): Value[] => random.times(1 + random.int(3), () => portOf(random));

/** Of the destination, as the protocol of the rule lets it have them. */
function portFieldsOf(random: Random, protocol: Value | undefined): Record<string, Value> {
  if (protocol === undefined) return random.chance(0.05) ? { ports: [random.pick(PORT_NAMES)] } : {};
  if (WITHOUT_PORTS.includes(protocol)) return {};
  return fieldsOf({
    ports: random.chance(0.6) ? ports(random) : undefined,
    notPorts: random.chance(0.15) ? ports(random) : undefined,
  });
}

const WITHOUT_PORTS: readonly Value[] = ['ICMP', 50];

function ruleOf(plan: Plan, isIngress: boolean): Value {
  const { random } = plan;
  const maybe = <T>(probability: number, of: () => T) => (random.chance(probability) ? of() : undefined);
  const protocol = maybe(0.45, () => random.pick<Value>(['TCP', 'TCP', 'UDP', 'SCTP', 6, 17, ...WITHOUT_PORTS]));
  const numbered = portFieldsOf(random, protocol);
  const sourcePorts = 'ports' in numbered ? maybe(0.03, () => ({ ports: [1234] })) : undefined;
  return fieldsOf({
    action: random.pick(['Allow', 'Allow', 'Allow', 'Deny', 'Deny', 'Pass', 'Log']),
    protocol,
    notProtocol: maybe(0.06, () => random.pick<Value>(['TCP', 'UDP', 17, 'ICMP'])),
    ipVersion: maybe(0.04, () => random.pick([4, 6])),
    icmp: protocol === 'ICMP' ? maybe(0.3, () => ({ type: 8 })) : undefined,
    source: { ...(entityOf(plan, isIngress ? 0.8 : 0.15) as object), ...sourcePorts },
    destination: { ...(entityOf(plan, isIngress ? 0.15 : 0.8) as object), ...numbered },
  });
}

function rulesOf(plan: Plan, isIngress: boolean): Value | undefined {
  const { random } = plan;
  if (random.chance(0.25)) return random.pick([undefined, []]);
  return random.times(1 + random.int(3), () => ruleOf(plan, isIngress));
}

const groupOf = (random: Random): string =>
  random.pick(['projectcalico.org/v3', 'projectcalico.org/v3', 'crd.projectcalico.org/v1']);

function calicoPolicyOf(plan: Plan, index: number): Value {
  const { random } = plan;
  const isGlobal = random.chance(0.5);
  const tier = random.pick([
    undefined,
    undefined,
    'default',
    'default',
    'security',
    'platform',
    ...(random.chance(0.1) ? TIERS : []),
  ]);
  const isOfHosts = isGlobal && random.chance(0.02);
  const spec = fieldsOf({
    tier,
    order: random.pick(ORDERS),
    selector: random.chance(0.85) ? podSelector(plan) : undefined,
    serviceAccountSelector: random.chance(0.08) ? accountSelector(random) : undefined,
    namespaceSelector: isGlobal && random.chance(0.3) ? namespaceSelector(plan, false) : undefined,
    types: random.pick([undefined, undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']]),
    ingress: rulesOf(plan, true),
    egress: rulesOf(plan, false),
    applyOnForward: isOfHosts ? true : undefined,
  });
  const name = `${random.pick(['p', 'policy', 'zz', 'knp'])}${random.chance(0.3) ? '' : `-${index}`}`;
  const namespace = isGlobal ? undefined : random.pick(plan.namespaces);
  return {
    apiVersion: groupOf(random),
    kind: isGlobal ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
    metadata: fieldsOf({ name, namespace }),
    spec,
  };
}

function setOf(plan: Plan, index: number): Value {
  const { random } = plan;
  const isGlobal = random.chance(0.5);
  return {
    apiVersion: groupOf(random),
    kind: isGlobal ? 'GlobalNetworkSet' : 'NetworkSet',
    metadata: fieldsOf({
      name: `set-${index}`,
      namespace: isGlobal ? undefined : random.pick(plan.namespaces),
      labels: labelsOf(plan),
    }),
    spec: { nets: netsOf(plan) },
  };
}

const tierOf = (random: Random, name: string): Value => ({
  apiVersion: groupOf(random),
  kind: 'Tier',
  metadata: { name },
  spec: fieldsOf({
    order: random.pick([undefined, 100, 100, 500, 2_000_000]),
    defaultAction: random.pick([undefined, 'Deny', 'Pass']),
  }),
});

/** What only mirrors or rehearses: it changes nothing. */
function idleOf(plan: Plan): Value {
  const spec = { selector: 'all()', types: ['Ingress', 'Egress'] };
  const namespace = plan.random.pick(plan.namespaces);
  return plan.random.pick<Value>([
    { apiVersion: 'projectcalico.org/v3', kind: 'StagedGlobalNetworkPolicy', metadata: { name: 'staged' }, spec },
    { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', metadata: { name: 'knp.default.x', namespace }, spec },
  ]);
}

/** With a service account, and with an address: of a pod without one, what asks for addresses is open. */
function podManifest(random: Random, pod: Value, index: number): Value {
  const { spec, status, ...rest } = pod as { spec: object; status: { podIP?: string; podIPs?: readonly unknown[] } };
  const hasAddress = status.podIP !== undefined || (status.podIPs ?? []).length > 0;
  return {
    ...rest,
    spec: { ...spec, ...fieldsOf({ serviceAccountName: random.pick([undefined, ...ACCOUNTS]) }) },
    status: hasAddress ? (status as Value) : { podIP: `10.99.0.${index}` },
  };
}

function keyOf(object: Value): string {
  const { apiVersion, kind, metadata } = object as {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string };
  };
  const isKubernetes = apiVersion.startsWith('networking.k8s.io');
  return `${isKubernetes ? 'kubernetes ' : ''}${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function queryOf(plan: Plan, pods: readonly string[]): Query {
  const { random, addresses, blocks } = plan;
  const known = [...addresses, ...blocks];
  const address = (): { ip: string } => {
    const block = random.pick(known);
    return { ip: writeAddress(random, block.family, random.pick(edges(block))) };
  };
  const pod = (): { pod: string } => ({ pod: random.pick(pods) });
  const [from, to] = random.pick([
    [pod, pod],
    [pod, pod],
    [pod, pod],
    ...(known.length > 0
      ? ([
          [pod, address],
          [address, pod],
        ] as const)
      : []),
  ] as const);
  return {
    from: from(),
    to: to(),
    port: random.pick(PORTS),
    protocol: random.chance(0.6) ? 'TCP' : random.pick(PROTOCOLS),
  };
}

/** Makes a world and `probes` queries about it from the random source. */
export function randomCalicoWorld(random: Random, probes: number): RandomCalicoWorld {
  const plan: Plan = {
    random,
    namespaces: random.shuffle(NAMESPACES).slice(0, 2 + random.int(2)),
    addresses: [],
    blocks: [],
    families: random.pick([[4], [4], [6], [4, 6]] as const),
  };
  const pods = random.times(3 + random.int(6), index => podOf(plan, index));
  const namespaces = plan.namespaces.map(
    (name): Value => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: labelsOf(plan) } }),
  );
  const policies = [
    ...random.times(random.int(4), index => policyOf(plan, index)),
    ...random.times(1 + random.int(6), index => calicoPolicyOf(plan, index)),
    ...random.times(random.int(4), index => setOf(plan, index)),
    ...TIERS.slice(0, 2)
      .filter(() => random.chance(0.95))
      .map(name => tierOf(random, name)),
    ...(random.chance(0.2) ? [idleOf(plan)] : []),
  ];
  const all = [...namespaces, ...pods.map(({ manifest }, index) => podManifest(random, manifest, index)), ...policies];
  const objects = [...new Map(all.map(object => [keyOf(object), object])).values()];
  const names = pods.map(({ name }) => name);
  return { objects: random.shuffle(objects), queries: random.times(probes, () => queryOf(plan, names)) };
}
