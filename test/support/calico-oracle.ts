/**
 * Calico's policies beside Kubernetes' own, evaluated by brute force on raw manifests: packet by packet, rule by rule, as the documentation and Felix
 * have it. What nobody can know is tried both ways. Nothing of src may be imported here.
 * Sources: the reference of NetworkPolicy, GlobalNetworkPolicy, Tier and NetworkSet of docs.tigera.io; of projectcalico/calico (2026-08)
 * updateprocessors/rules.go for what selectors mean, policy_sorter.go for orders, felix/rules/policy.go for address families.
 */

import { calicoSelector, type OracleLabels, type Predicate } from './calico-oracle-selector.ts';
import type { Endpoint, Protocol, Query } from './oracle.ts';
import { type Address, contains, parseAddress } from './oracle-address.ts';
import { get, labelsOf, list, nameOf, namespaceOf, objects, stringMap, text } from './oracle-reading.ts';

/** `null`: it depends on what is not known. */
export type Answer = boolean | null;

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly account: string;
  readonly hostNetwork: boolean;
  readonly ports: readonly unknown[];
  readonly addresses: readonly Address[];
}

/** One end of a packet; a pod in the host's network is only its address. */
interface End {
  readonly pod: Pod | undefined;
  readonly address: Address | undefined;
}

interface Packet {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Decides what is not known; each call is a question of its own. */
type Choose = () => boolean;

type Direction = 'Ingress' | 'Egress';
type Fate = 'Allow' | 'Deny' | 'Pass';

/** A policy of any kind as one direction of one pod meets it. */
interface Met {
  readonly tier: string;
  readonly order: number;
  readonly key: string;
  /** The fate of a packet by this policy; undefined: it says nothing of it. */
  readonly fate: (packet: Packet, choose: Choose) => Fate | undefined;
}

const NAME = 'kubernetes.io/metadata.name';
const isEmpty = (value: unknown): boolean => list(value).length === 0;

function readPod(object: unknown): Pod {
  const spec = get(object, 'spec');
  const status = get(object, 'status');
  const ips = new Set([get(status, 'podIP'), ...list(get(status, 'podIPs')).map(item => get(item, 'ip'))].map(text));
  return {
    namespace: namespaceOf(object),
    name: nameOf(object),
    labels: labelsOf(object),
    account: text(get(spec, 'serviceAccountName')) || 'default',
    hostNetwork: get(spec, 'hostNetwork') === true,
    ports: [...list(get(spec, 'containers')), ...list(get(spec, 'initContainers'))].flatMap(one =>
      list(get(one, 'ports')),
    ),
    addresses: [...ips].flatMap(ip => parseAddress(ip) ?? []),
  };
}

/** Everything but the packet: namespaces and sets of networks. */
class Cluster {
  readonly #namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly #sets: readonly unknown[];

  constructor(all: readonly unknown[]) {
    this.#namespaces = new Map(
      all.filter(object => get(object, 'kind') === 'Namespace').map(object => [nameOf(object), labelsOf(object)]),
    );
    this.#sets = all.filter(object => text(get(object, 'kind')).endsWith('NetworkSet'));
  }

  namespaceLabels(name: string): Map<string, string> {
    return new Map(this.#namespaces.get(name)).set(NAME, name);
  }

  /** The labels of the namespace as what is in it bears them. */
  #inherited(namespace: string): Map<string, string> {
    const own = this.namespaceLabels(namespace).set('projectcalico.org/name', namespace);
    return new Map([...own].map(([key, value]) => [`pcns.${key}`, value]));
  }

  #labelsOfPod(pod: Pod, choose: Choose): OracleLabels {
    const labels = this.#inherited(pod.namespace);
    for (const [key, value] of pod.labels) labels.set(key, value);
    labels.set('projectcalico.org/namespace', pod.namespace);
    labels.set('projectcalico.org/orchestrator', 'k8s');
    labels.set('projectcalico.org/serviceaccount', pod.account);
    labels.set('pcsa.projectcalico.org/name', pod.account);
    // Nobody keeps the labels of service accounts, and a namespace that is not there may have any.
    const isUnknown = (key: string): boolean =>
      (key.startsWith('pcsa.') || (key.startsWith('pcns.') && !this.#namespaces.has(pod.namespace))) &&
      !labels.has(key);
    const guess = (key: string) => (isUnknown(key) ? choose() : undefined);
    return { get: key => labels.get(key), has: key => labels.has(key), guess };
  }

  #labelsOfSet(set: unknown): OracleLabels {
    if (get(set, 'kind') === 'GlobalNetworkSet') return labelsOf(set);
    const labels = this.#inherited(namespaceOf(set));
    for (const [key, value] of labelsOf(set)) labels.set(key, value);
    return labels.set('projectcalico.org/namespace', namespaceOf(set));
  }

  selects(predicate: Predicate, pod: Pod, choose: Choose): boolean {
    return predicate(this.#labelsOfPod(pod, choose));
  }

  /** A selector finds pods, and the addresses of sets, whoever has them. */
  finds(predicate: Predicate, { pod, address }: End, choose: Choose): boolean {
    const isFound = pod !== undefined && this.selects(predicate, pod, choose);
    return (
      isFound ||
      this.#sets.some(set => inNets(get(get(set, 'spec'), 'nets'), address) && predicate(this.#labelsOfSet(set)))
    );
  }
}

const block = (net: string): string => (net.includes('/') ? net : `${net}/${net.includes(':') ? 128 : 32}`);
/** IPv4 written as IPv6 is IPv4. */
const familyOf = (net: unknown): number | undefined => parseAddress(text(net).split('/')[0] ?? '')?.family;

const inNets = (nets: unknown, address: Address | undefined): boolean =>
  address !== undefined && list(nets).some(net => contains(block(text(net)), address) === true);

/** Felix renders a rule for a family only if its lists of nets leave any of that family. */
function netsMatch(entity: unknown, { address }: End): boolean {
  const nets = get(entity, 'nets');
  const notNets = get(entity, 'notNets');
  if (!isEmpty(nets) && !inNets(nets, address)) return false;
  if (isEmpty(notNets)) return true;
  return (
    address !== undefined && list(notNets).some(net => familyOf(net) === address.family) && !inNets(notNets, address)
  );
}

/** All selectors of an end of a rule, as Calico makes one of them; none: the rule does not ask. */
function selectorsOf(entity: unknown, namespace: string): readonly Predicate[] {
  const own = text(get(entity, 'selector'));
  const namespaces = text(get(entity, 'namespaceSelector'));
  const accounts = get(entity, 'serviceAccounts');
  const names = list(get(accounts, 'names'));
  const accountSelector = text(get(accounts, 'selector'));
  const asked: Predicate[] = [];
  if (own !== '') asked.push(calicoSelector(own));
  if (names.length > 0) asked.push(labels => names.includes(labels.get('projectcalico.org/serviceaccount')));
  if (accountSelector !== '') asked.push(prefixed(accountSelector, 'pcsa.'));
  if (namespaces !== '') asked.push(namespacesPredicate(namespaces));
  else if (namespace !== '' && (asked.length > 0 || text(get(entity, 'notSelector')) !== ''))
    asked.push(labels => labels.get('projectcalico.org/namespace') === namespace);
  return asked;
}

/** A selector that asks for keys with this beginning. */
function prefixed(selector: string, prefix: string): Predicate {
  const predicate = calicoSelector(selector);
  return labels =>
    predicate({
      get: key => labels.get(prefix + key),
      has: key => labels.has(prefix + key),
      guess: key => labels.guess?.(prefix + key),
    });
}

/** Of namespaces: `all()` is what is in one, `global()` what is in none. A key that nothing has stands for that. */
function namespacesPredicate(selector: string): Predicate {
  const written = selector.replaceAll(/all\([ \t]*\)/g, 'has(IN-ONE)').replaceAll(/global\([ \t]*\)/g, '!has(IN-ONE)');
  const predicate = calicoSelector(written);
  return labels =>
    predicate({
      get: key => labels.get(`pcns.${key}`),
      has: key => (key === 'IN-ONE' ? labels.has('projectcalico.org/namespace') : labels.has(`pcns.${key}`)),
      guess: key => (key === 'IN-ONE' ? undefined : labels.guess?.(`pcns.${key}`)),
    });
}

const NUMBERS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };
const isProtocol = (written: unknown, protocol: Protocol): boolean =>
  written === protocol || Number(written) === NUMBERS[protocol];

function isPort(written: unknown, { to, port, protocol }: Packet): boolean {
  const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(String(written)) ?? [];
  if (first !== undefined) return Number(first) <= port && port <= Number(last);
  return (to.pod?.ports ?? []).some(
    item =>
      get(item, 'name') === written &&
      get(item, 'containerPort') === port &&
      (get(item, 'protocol') ?? 'TCP') === protocol,
  );
}

/** Whether one end of a packet is as the rule says; `choose` answers for what is not known. */
function entityMatches(entity: unknown, end: End, namespace: string, cluster: Cluster, choose: Choose): boolean {
  const predicates = selectorsOf(entity, namespace);
  const notSelector = text(get(entity, 'notSelector'));
  const all: Predicate = labels => predicates.every(predicate => predicate(labels));
  return (
    netsMatch(entity, end) &&
    (predicates.length === 0 || cluster.finds(all, end, choose)) &&
    (notSelector === '' || !cluster.finds(calicoSelector(notSelector), end, choose))
  );
}

function portsMatch(destination: unknown, packet: Packet): boolean {
  const isAmong = (key: string): boolean => list(get(destination, key)).some(port => isPort(port, packet));
  return (isEmpty(get(destination, 'ports')) || isAmong('ports')) && !isAmong('notPorts');
}

function ruleMatches(rule: unknown, namespace: string, packet: Packet, cluster: Cluster, choose: Choose): boolean {
  const { from, to, protocol } = packet;
  const [source, destination] = [get(rule, 'source'), get(rule, 'destination')];
  const [only, not, version] = [get(rule, 'protocol'), get(rule, 'notProtocol'), get(rule, 'ipVersion')];
  if (only !== undefined && !isProtocol(only, protocol)) return false;
  if (not !== undefined && isProtocol(not, protocol)) return false;
  if (version !== undefined && (from.address?.family !== version || to.address?.family !== version)) return false;
  if (get(rule, 'icmp') !== undefined || get(rule, 'notICMP') !== undefined) return false;
  if (!portsMatch(destination, packet)) return false;
  if (!entityMatches(source, from, namespace, cluster, choose)) return false;
  if (!entityMatches(destination, to, namespace, cluster, choose)) return false;
  const isUnknown =
    [source, destination].some(entity => get(entity, 'services') !== undefined) ||
    !isEmpty(get(source, 'ports')) ||
    !isEmpty(get(source, 'notPorts'));
  return !isUnknown || choose();
}

// ---- policies

function typesOf(spec: unknown): readonly unknown[] {
  const given = list(get(spec, 'types'));
  if (given.length > 0) return given;
  if (isEmpty(get(spec, 'egress'))) return ['Ingress'];
  return isEmpty(get(spec, 'ingress')) ? ['Egress'] : ['Ingress', 'Egress'];
}

/** Selected, or not, or not known: then it is chosen once for each packet. */
type Selects = (pod: Pod, choose: Choose) => boolean;

interface Policy extends Omit<Met, 'fate'> {
  readonly selects: Selects;
  readonly types: readonly unknown[];
  readonly fate: (direction: Direction, packet: Packet, choose: Choose) => Fate | undefined;
}

const HOST_FIELDS = ['doNotTrack', 'preDNAT', 'applyOnForward'];

/** Anything may come of it. */
function anything(choose: Choose): Fate | undefined {
  if (choose()) return 'Allow';
  return choose() ? 'Deny' : undefined;
}

function calicoPolicy(object: unknown, tiers: ReadonlyMap<string, number>, cluster: Cluster): Policy {
  const spec = get(object, 'spec');
  const namespace = get(object, 'kind') === 'GlobalNetworkPolicy' ? '' : namespaceOf(object);
  const selector = calicoSelector(text(get(spec, 'selector')));
  const accounts = text(get(spec, 'serviceAccountSelector'));
  const namespaces = text(get(spec, 'namespaceSelector'));
  const tier = text(get(spec, 'tier')) || 'default';
  const isDoubtful = !tiers.has(tier);
  const isOfHosts = HOST_FIELDS.some(field => get(spec, field) === true);
  const order = get(spec, 'order');
  const parts = [
    selector,
    ...(accounts === '' ? [] : [prefixed(accounts, 'pcsa.')]),
    ...(namespaces === '' ? [] : [namespacesPredicate(namespaces)]),
  ];
  return {
    tier,
    order: typeof order === 'number' ? order : Number.POSITIVE_INFINITY,
    key: `${nameOf(object)}\u0000${namespace}\u0000b`,
    types: typesOf(spec),
    selects: (pod, choose) =>
      (namespace === '' || pod.namespace === namespace) &&
      cluster.selects(labels => parts.every(part => part(labels)), pod, choose),
    fate: (direction, packet, choose) => {
      const free = isDoubtful || isOfHosts ? anything(choose) : undefined;
      if (free !== undefined || isDoubtful) return free;
      for (const rule of list(get(spec, direction.toLowerCase()))) {
        const action = get(rule, 'action');
        if (action === 'Log' || !ruleMatches(rule, namespace, packet, cluster, choose)) continue;
        return action as Fate;
      }
      return undefined;
    },
  };
}

/** All of matchLabels and matchExpressions. */
function kubernetesSelects(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  const pairs = [...stringMap(get(selector, 'matchLabels'))];
  const expressions = list(get(selector, 'matchExpressions'));
  const isListed = (expression: unknown): boolean =>
    list(get(expression, 'values')).includes(labels.get(text(get(expression, 'key'))) ?? Symbol('absent'));
  const holds: Readonly<Record<string, (expression: unknown) => boolean>> = {
    In: isListed,
    NotIn: expression => !isListed(expression),
    Exists: expression => labels.has(text(get(expression, 'key'))),
    DoesNotExist: expression => !labels.has(text(get(expression, 'key'))),
  };
  return (
    pairs.every(([key, value]) => labels.get(key) === value) &&
    expressions.every(expression => holds[text(get(expression, 'operator'))]?.(expression) === true)
  );
}

/** Text that cannot be read is everything where it allows, and nothing where it excepts. */
function blockAllows(ipBlock: unknown, address: Address | undefined): boolean {
  if (address === undefined) return false;
  const isInside = (cidr: unknown): boolean | undefined => contains(text(cidr), address);
  return (isInside(get(ipBlock, 'cidr')) ?? true) && !list(get(ipBlock, 'except')).some(one => isInside(one) ?? false);
}

function kubernetesPeer(peer: unknown, namespace: string, { pod, address }: End, cluster: Cluster): boolean {
  const ipBlock = get(peer, 'ipBlock');
  if (ipBlock !== undefined) return blockAllows(ipBlock, address);
  if (pod === undefined) return false;
  const namespaces = get(peer, 'namespaceSelector');
  const isThere =
    namespaces === undefined
      ? pod.namespace === namespace
      : kubernetesSelects(namespaces, cluster.namespaceLabels(pod.namespace));
  return isThere && kubernetesSelects(get(peer, 'podSelector'), pod.labels);
}

function kubernetesPort(item: unknown, packet: Packet): boolean {
  if ((get(item, 'protocol') ?? 'TCP') !== packet.protocol) return false;
  const [port, end] = [get(item, 'port'), get(item, 'endPort')];
  if (port === undefined) return true;
  return isPort(typeof end === 'number' ? `${port}:${end}` : port, packet);
}

/** In the default tier with order 1000: its rules only allow. */
function kubernetesPolicy(object: unknown, cluster: Cluster): Policy {
  const spec = get(object, 'spec');
  const namespace = namespaceOf(object);
  const types = list(get(spec, 'policyTypes'));
  const defaulted = isEmpty(get(spec, 'egress')) ? ['Ingress'] : ['Ingress', 'Egress'];
  return {
    tier: 'default',
    order: 1000,
    key: `${nameOf(object)}\u0000${namespace}\u0000a`,
    types: types.length > 0 ? types : defaulted,
    selects: pod => pod.namespace === namespace && kubernetesSelects(get(spec, 'podSelector'), pod.labels),
    fate: (direction, packet) => {
      const [key, other] = direction === 'Ingress' ? (['from', packet.from] as const) : (['to', packet.to] as const);
      const isAllowed = list(get(spec, direction.toLowerCase())).some(rule => {
        const [peers, ports] = [list(get(rule, key)), list(get(rule, 'ports'))];
        const isPeer = peers.length === 0 || peers.some(peer => kubernetesPeer(peer, namespace, other, cluster));
        return isPeer && (ports.length === 0 || ports.some(port => kubernetesPort(port, packet)));
      });
      return isAllowed ? 'Allow' : undefined;
    },
  };
}

const OWN_TIERS = { 'kube-admin': 1e3, default: 1e6, 'kube-baseline': 1e7 };
const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

const groupOf = (object: unknown): string => text(get(object, 'apiVersion')).split('/')[0] ?? '';
const isCalico = (object: unknown): boolean => ['projectcalico.org', 'crd.projectcalico.org'].includes(groupOf(object));

/** Reads the documents and answers whether the packets of a connection get there. */
export function createCalicoOracle(documents: readonly unknown[]): (query: Query) => Answer {
  const all = documents.flatMap(objects);
  const cluster = new Cluster(all);
  const pods = all.filter(object => get(object, 'kind') === 'Pod').map(readPod);
  const tiers = new Map<string, number>(Object.entries(OWN_TIERS));
  const passing = new Set(['kube-admin', 'kube-baseline']);
  for (const tier of all.filter(object => get(object, 'kind') === 'Tier')) {
    const order = get(get(tier, 'spec'), 'order');
    if (tiers.has(nameOf(tier))) continue;
    tiers.set(nameOf(tier), typeof order === 'number' ? order : Number.POSITIVE_INFINITY);
    if (get(get(tier, 'spec'), 'defaultAction') === 'Pass') passing.add(nameOf(tier));
  }
  const policies = all.flatMap(object => {
    const kind = get(object, 'kind');
    if (isCalico(object) && (kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy')) {
      return nameOf(object).startsWith('knp.default.') ? [] : calicoPolicy(object, tiers, cluster);
    }
    return kind === 'NetworkPolicy' && groupOf(object) === 'networking.k8s.io' ? kubernetesPolicy(object, cluster) : [];
  });
  const placeOf = ({ tier, order, key }: Policy): readonly [number, string, number, string] => [
    tiers.get(tier) ?? Number.NEGATIVE_INFINITY,
    tier,
    order,
    key,
  ];
  const sorted = policies.toSorted((a, b) => {
    const [one, other] = [placeOf(a), placeOf(b)];
    return (
      compare(one[0], other[0]) || compare(one[1], other[1]) || compare(one[2], other[2]) || compare(one[3], other[3])
    );
  });

  /** One direction, with every question answered. */
  const passes = (direction: Direction, pod: Pod | undefined, packet: Packet, choose: Choose): boolean => {
    if (pod === undefined) return true;
    const met = sorted.filter(policy => policy.types.includes(direction) && policy.selects(pod, choose));
    for (const [tier, ofTier] of Map.groupBy(met, policy => policy.tier)) {
      let fate: Fate | undefined;
      for (const policy of ofTier) fate ??= policy.fate(direction, packet, choose);
      fate ??= passing.has(tier) || !tiers.has(tier) ? 'Pass' : 'Deny';
      if (fate !== 'Pass') return fate === 'Allow';
    }
    return true;
  };

  const packetAnswer = (packet: Packet): Answer => {
    const { from, to } = packet;
    if (from.pod !== undefined && from.pod === to.pod) return true;
    const egress = bothWays(choose => passes('Egress', from.pod, packet, choose));
    const ingress = bothWays(choose => passes('Ingress', to.pod, packet, choose));
    if (egress === false || ingress === false) return false;
    return egress === null || ingress === null ? null : true;
  };
  const endsOf = (end: Endpoint): End[] => {
    const asEnd = (pod: Pod, address: Address | undefined): End => ({
      pod: pod.hostNetwork ? undefined : pod,
      address,
    });
    if ('pod' in end) {
      const pod = pods.find(({ namespace, name }) => `${namespace}/${name}` === end.pod);
      if (pod === undefined) throw new Error(`no pod ${end.pod}`);
      return (pod.addresses.length > 0 ? pod.addresses : [undefined]).map(address => asEnd(pod, address));
    }
    const address = parseAddress(end.ip);
    if (address === undefined) throw new Error(`no address: ${end.ip}`);
    const has = (own: Address): boolean => own.family === address.family && own.value === address.value;
    return [{ pod: pods.find(pod => !pod.hostNetwork && pod.addresses.some(has)), address }];
  };

  return ({ from, to, port, protocol }) => {
    const pairs = endsOf(from).flatMap(one => endsOf(to).map(other => ({ from: one, to: other, port, protocol })));
    const common = pairs.filter(
      packet => !packet.from.address || !packet.to.address || packet.from.address.family === packet.to.address.family,
    );
    const answers = (common.length > 0 ? common : pairs).map(packetAnswer);
    return answers.includes(true) || (answers.includes(null) ? null : false);
  };
}

/** Tries every way of answering the questions that are asked: both answers, or the one that all give. */
function bothWays(ask: (choose: Choose) => boolean): Answer {
  const found = new Set<boolean>();
  const open: (readonly boolean[])[] = [[]];
  for (let given = open.pop(); given !== undefined && found.size < 2; given = open.pop()) {
    const answers = [...given];
    let next = 0;
    found.add(
      ask(() => {
        if (next === answers.length) {
          open.push([...answers, true]);
          answers.push(false);
        }
        next += 1;
        return answers[next - 1] ?? false;
      }),
    );
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}
