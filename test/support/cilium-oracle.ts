/**
 * Cilium's policies beside Kubernetes NetworkPolicies, evaluated by brute force on raw manifests as Cilium does it: every end of a connection is an
 * identity, a set of labels with their sources, and every peer of a rule is a question about these labels. It shares no code with src.
 * Sources: https://docs.cilium.io/en/stable/security/policy/ (intro, layer3, layer4, deny, kubernetes) and the policy API's Go types.
 */

import type { Endpoint, Query } from './oracle.ts';
import { type Address, contains, parseAddress } from './oracle-address.ts';
import { get, labelsOf, list, nameOf, namespaceOf, objects, stringMap, text } from './oracle-reading.ts';

/** Allowed, denied, or not to be told from the manifests. */
export type Answer = boolean | null;

export interface CiliumVerdict {
  readonly allowed: Answer;
  readonly egress: Answer;
  readonly ingress: Answer;
}

const or = (answers: readonly Answer[]): Answer =>
  answers.includes(true) ? true : answers.includes(null) ? null : false;
const and = (answers: readonly Answer[]): Answer =>
  answers.includes(false) ? false : answers.includes(null) ? null : true;
const not = (answer: Answer): Answer => (answer === null ? null : !answer);

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly hostNetwork: boolean;
  readonly containers: readonly unknown[];
  readonly addresses: readonly Address[];
  /** With their sources: `k8s:app`. */
  readonly labels: ReadonlyMap<string, string>;
}

/** One end of a packet at one of its addresses. */
interface Party {
  /** Not of a pod in the host's network. */
  readonly pod: Pod | undefined;
  readonly address: Address | undefined;
  readonly isNode: boolean;
  /** Of a node; empty: not known which. */
  readonly node: string;
}

interface Flow {
  readonly subject: Party;
  readonly other: Party;
  readonly destination: Party;
  readonly port: number;
  readonly protocol: string;
  /** Whether a node is supposed to be that of the subject, where nobody knows. */
  readonly supposed?: boolean;
}

const NAMESPACE = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.';

// ---- labels

function labelValue(labels: ReadonlyMap<string, string>, key: string): string | undefined {
  const colon = key.indexOf(':');
  const [source, name] = colon < 0 ? ['any', key] : [key.slice(0, colon), key.slice(colon + 1)];
  if (source !== 'any') return labels.get(`${source}:${name}`);
  return [...labels].find(([known]) => known.slice(known.indexOf(':') + 1) === name)?.[1];
}

function holds(requirement: unknown, labels: ReadonlyMap<string, string>): boolean {
  const value = labelValue(labels, text(get(requirement, 'key')));
  const isListed = value !== undefined && list(get(requirement, 'values')).includes(value);
  const answers = new Map([
    ['In', isListed],
    ['NotIn', !isListed],
    ['Exists', value !== undefined],
    ['DoesNotExist', value === undefined],
  ]);
  return answers.get(text(get(requirement, 'operator'))) ?? false;
}

const selects = (selector: unknown, labels: ReadonlyMap<string, string>): boolean =>
  [...stringMap(get(selector, 'matchLabels'))].every(([key, value]) => labelValue(labels, key) === value) &&
  list(get(selector, 'matchExpressions')).every(requirement => holds(requirement, labels));

const keysOf = (selector: unknown): readonly string[] => [
  ...stringMap(get(selector, 'matchLabels')).keys(),
  ...list(get(selector, 'matchExpressions')).map(requirement => text(get(requirement, 'key'))),
];

const namesNamespace = (selector: unknown): boolean =>
  keysOf(selector)
    .map(key => key.replace(/^(k8s|any):/, ''))
    .some(key => key === NAMESPACE || key.startsWith(NAMESPACE_LABELS));

// ---- ports

const namedBy = (destination: Party, name: string, { port, protocol }: Flow): boolean =>
  (destination.pod?.containers ?? [])
    .flatMap(container => list(get(container, 'ports')))
    .some(
      entry =>
        get(entry, 'name') === name &&
        get(entry, 'containerPort') === port &&
        (get(entry, 'protocol') ?? 'TCP') === protocol,
    );

function portMatches(entry: unknown, flow: Flow): boolean {
  const protocol = text(get(entry, 'protocol'));
  if (protocol !== '' && protocol !== 'ANY' && protocol !== flow.protocol) return false;
  const written = text(get(entry, 'port'));
  if (!/^\d+$/.test(written)) return namedBy(flow.destination, written.toLowerCase(), flow);
  const first = Number(written);
  if (first === 0) return true;
  const last = get(entry, 'endPort');
  return first <= flow.port && flow.port <= (typeof last === 'number' && last > 0 ? last : first);
}

const saysPorts = (rule: unknown): boolean => list(get(rule, 'toPorts')).length + list(get(rule, 'icmps')).length > 0;

const portsMatch = (rule: unknown, flow: Flow): boolean =>
  !saysPorts(rule) ||
  list(get(rule, 'toPorts'))
    .flatMap(item => list(get(item, 'ports')))
    .some(entry => portMatches(entry, flow));

function kubernetesPortMatches(entry: unknown, flow: Flow): boolean {
  if ((get(entry, 'protocol') ?? 'TCP') !== flow.protocol) return false;
  const port = get(entry, 'port');
  if (port === undefined) return true;
  if (typeof port === 'string') return namedBy(flow.destination, port, flow);
  const last = get(entry, 'endPort') ?? port;
  return typeof port === 'number' && typeof last === 'number' && port <= flow.port && flow.port <= last;
}

// ---- the world

const isSame = (a: Address, b: Address): boolean => a.family === b.family && a.value === b.value;

/** What the manifests say of the cluster, for questions about one end. */
class Cluster {
  readonly #all: readonly unknown[];
  readonly pods: readonly Pod[];
  readonly #nodeAddresses: readonly { readonly node: string; readonly address: Address }[];
  /** `undefined`: nothing says where the API server is. */
  readonly #apiServer: readonly Address[] | undefined;

  constructor(documents: readonly unknown[]) {
    this.#all = documents.flatMap(objects);
    const namespaces = new Map(this.ofKind('Namespace').map(object => [nameOf(object), labelsOf(object)]));
    this.pods = this.ofKind('Pod').map(object => readPod(object, namespaces));
    this.#nodeAddresses = [
      ...this.ofKind('Node').flatMap(object =>
        list(get(get(object, 'status'), 'addresses')).flatMap(item => {
          const address = parseAddress(text(get(item, 'address')));
          return address === undefined ? [] : [{ node: nameOf(object), address }];
        }),
      ),
      ...this.pods
        .filter(({ hostNetwork }) => hostNetwork)
        .flatMap(({ node, addresses }) => addresses.map(address => ({ node, address }))),
    ];
    const servers = this.endpointsOf('default', 'kubernetes');
    this.#apiServer = servers.length > 0 ? servers : undefined;
  }

  ofKind(kind: string): readonly unknown[] {
    return this.#all.filter(object => get(object, 'kind') === kind);
  }

  /** Addresses of the EndpointSlices of a Service. */
  endpointsOf(namespace: string, service: string): readonly Address[] {
    return this.ofKind('EndpointSlice')
      .filter(
        slice => namespaceOf(slice) === namespace && labelsOf(slice).get('kubernetes.io/service-name') === service,
      )
      .flatMap(slice => list(get(slice, 'endpoints')))
      .flatMap(endpoint => list(get(endpoint, 'addresses')))
      .flatMap(item => parseAddress(text(item)) ?? []);
  }

  isApiServer({ pod, address }: Party): Answer {
    if (pod !== undefined || address === undefined) return false;
    return this.#apiServer === undefined ? null : this.#apiServer.some(known => isSame(known, address));
  }

  partiesOf(end: Endpoint): Party[] {
    const partyOf = (pod: Pod, address: Address | undefined): Party => ({
      pod: pod.hostNetwork ? undefined : pod,
      address,
      isNode: pod.hostNetwork,
      node: pod.node,
    });
    if ('pod' in end) {
      const pod = this.pods.find(({ namespace, name }) => `${namespace}/${name}` === end.pod);
      if (pod === undefined) throw new Error(`no pod ${end.pod}`);
      return (pod.addresses.length > 0 ? pod.addresses : [undefined]).map(address => partyOf(pod, address));
    }
    const address = parseAddress(end.ip);
    if (address === undefined) throw new Error(`no address: ${end.ip}`);
    const owner = this.pods.find(pod => !pod.hostNetwork && pod.addresses.some(own => isSame(own, address)));
    if (owner !== undefined) return [partyOf(owner, address)];
    const nodes = this.#nodeAddresses.filter(known => isSame(known.address, address)).map(({ node }) => node);
    return [{ pod: undefined, address, isNode: nodes.length > 0, node: nodes.find(name => name !== '') ?? '' }];
  }
}

function readPod(object: unknown, namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>): Pod {
  const spec = get(object, 'spec');
  const status = get(object, 'status');
  const namespace = namespaceOf(object);
  const ofNamespace = new Map(namespaces.get(namespace)).set('kubernetes.io/metadata.name', namespace);
  const ips = new Set([get(status, 'podIP'), ...list(get(status, 'podIPs')).map(item => get(item, 'ip'))].map(text));
  const labels = new Map<string, string>();
  for (const [key, value] of labelsOf(object)) labels.set(`k8s:${key}`, value);
  for (const [key, value] of ofNamespace) labels.set(`k8s:${NAMESPACE_LABELS}${key}`, value);
  labels.set(`k8s:${NAMESPACE}`, namespace);
  labels.set('k8s:io.cilium.k8s.policy.serviceaccount', text(get(spec, 'serviceAccountName')) || 'default');
  return {
    namespace,
    name: nameOf(object),
    node: text(get(spec, 'nodeName')),
    hostNetwork: get(spec, 'hostNetwork') === true,
    containers: [...list(get(spec, 'containers')), ...list(get(spec, 'initContainers'))],
    addresses: [...ips].flatMap(ip => parseAddress(ip) ?? []),
    labels,
  };
}

// ---- peers

interface Policy {
  /** Empty: of the cluster. */
  readonly namespace: string;
  readonly rule: unknown;
}

const isPod = ({ pod }: Party): boolean => pod !== undefined;
const isOutside = ({ pod, isNode, address }: Party): boolean => pod === undefined && !isNode && address !== undefined;

/** Whether a node is the one that the pod runs on. `supposed`: the answer where nobody knows. */
function isHost(node: Party, subject: Party, supposed: Answer = null): Answer {
  if (!node.isNode) return false;
  const own = subject.pod?.node ?? '';
  return node.node === '' || own === '' ? supposed : node.node === own;
}

function entityMatches(entity: string, cluster: Cluster, { subject, other, supposed }: Flow): Answer {
  const isFamily = (family: number): boolean => isOutside(other) && other.address?.family === family;
  switch (entity) {
    case 'all':
      return true;
    case 'world':
      return isOutside(other);
    case 'world-ipv4':
      return isFamily(4);
    case 'world-ipv6':
      return isFamily(6);
    case 'cluster':
      if (isPod(other) || other.isNode) return true;
      return cluster.isApiServer(other) === true;
    case 'namespace':
      return isPod(other) && other.pod?.namespace === subject.pod?.namespace;
    case 'host':
      return isHost(other, subject, supposed);
    case 'remote-node':
      return other.isNode ? not(isHost(other, subject, supposed)) : false;
    case 'kube-apiserver':
      return cluster.isApiServer(other);
    default:
      return false; // health, init, ingress, unmanaged, none: no end that can be asked about
  }
}

const isIn = (cidr: unknown, except: readonly unknown[], { other }: Flow): boolean => {
  const { address } = other;
  if (address === undefined || !isOutside(other)) return false;
  return contains(text(cidr), address) === true && !except.some(block => contains(text(block), address) === true);
};

/** `reserved:host` is a label of what is no pod: of the entity of that name. */
function endpointMatches(selector: unknown, policy: Policy, cluster: Cluster, flow: Flow): Answer {
  const { other } = flow;
  const [key = ''] = keysOf(selector);
  if (key.startsWith('reserved:')) return entityMatches(key.slice('reserved:'.length), cluster, flow);
  if (other.pod === undefined || !selects(selector, other.pod.labels)) return false;
  return policy.namespace === '' || namesNamespace(selector) || other.pod.namespace === policy.namespace;
}

function cidrSetMatches(item: unknown, cluster: Cluster, flow: Flow): boolean {
  const except = list(get(item, 'except'));
  if (get(item, 'cidr') !== undefined) return isIn(get(item, 'cidr'), except, flow);
  const ref = get(item, 'cidrGroupRef');
  const named = (group: unknown): boolean =>
    ref === undefined
      ? selects(
          get(item, 'cidrGroupSelector'),
          new Map([...labelsOf(group)].map(([key, value]) => [`k8s:${key}`, value])),
        )
      : nameOf(group) === ref;
  return cluster
    .ofKind('CiliumCIDRGroup')
    .filter(named)
    .flatMap(group => list(get(get(group, 'spec'), 'externalCIDRs')))
    .some(cidr => isIn(cidr, except, flow));
}

function serviceMatches(item: unknown, cluster: Cluster, { other }: Flow): boolean {
  const byName = get(item, 'k8sService');
  const given = get(item, 'k8sServiceSelector') ?? byName;
  const namespace = text(get(given, 'namespace'));
  return cluster
    .ofKind('Service')
    .filter(service => namespace === '' || namespaceOf(service) === namespace)
    .filter(service =>
      given === byName
        ? nameOf(service) === get(byName, 'serviceName')
        : selects(get(given, 'selector'), new Map([...labelsOf(service)].map(([key, value]) => [`k8s:${key}`, value]))),
    )
    .some(service => {
      const selector = stringMap(get(get(service, 'spec'), 'selector'));
      if (selector.size === 0) {
        const addresses = cluster.endpointsOf(namespaceOf(service), nameOf(service));
        return isOutside(other) && addresses.some(known => other.address !== undefined && isSame(known, other.address));
      }
      const { pod } = other;
      return (
        pod !== undefined &&
        pod.namespace === namespaceOf(service) &&
        [...selector].every(([key, value]) => pod.labels.get(`k8s:${key}`) === value)
      );
    });
}

function peersMatch(policy: Policy, rule: unknown, way: 'from' | 'to', cluster: Cluster, flow: Flow): Answer {
  const answers: Answer[] = [];
  let isNamed = false;
  const look = (key: string, match: (item: unknown) => Answer, emptyIsNobody = true): void => {
    const items = get(rule, `${way}${key}`);
    if (items === undefined || (!emptyIsNobody && list(items).length === 0)) return;
    isNamed = true;
    answers.push(...list(items).map(match));
  };
  look('Endpoints', item => endpointMatches(item, policy, cluster, flow));
  look('Entities', item => entityMatches(text(item), cluster, flow));
  look('CIDR', item => isIn(item, [], flow));
  look('CIDRSet', item => cidrSetMatches(item, cluster, flow));
  look('Services', item => serviceMatches(item, cluster, flow), false);
  look('FQDNs', () => (isOutside(flow.other) ? null : false), false);
  if (isNamed) return or(answers);
  return saysPorts(rule);
}

/** A NetworkPolicy on Cilium: a block is outside the cluster, whatever addresses its pods and nodes have. */
function kubernetesPeerMatches(peer: unknown, namespace: string, flow: Flow): boolean {
  const block = get(peer, 'ipBlock');
  if (block !== undefined) return isIn(get(block, 'cidr'), list(get(block, 'except')), flow);
  const { pod } = flow.other;
  if (pod === undefined) return false;
  const prefixed = (prefix: string): ReadonlyMap<string, string> =>
    new Map(
      [...pod.labels].flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[`k8s:${key.slice(prefix.length)}`, value] as const] : [],
      ),
    );
  const namespaces = get(peer, 'namespaceSelector');
  const inNamespace =
    namespaces === undefined ? pod.namespace === namespace : selects(namespaces, prefixed(`k8s:${NAMESPACE_LABELS}`));
  return inNamespace && selects(get(peer, 'podSelector'), pod.labels);
}

function kubernetesTypes(spec: unknown): readonly unknown[] {
  const given = list(get(spec, 'policyTypes'));
  if (given.length > 0) return given;
  return list(get(spec, 'egress')).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

// ---- the verdict

type Direction = 'ingress' | 'egress';
const WAY: Readonly<Record<Direction, 'from' | 'to'>> = { ingress: 'from', egress: 'to' };

/** Reads the documents and answers queries; throws on one that it cannot read. */
export function createCiliumOracle(documents: readonly unknown[]): (query: Query) => CiliumVerdict {
  const cluster = new Cluster(documents);
  const cilium: readonly Policy[] = [
    ...cluster.ofKind('CiliumNetworkPolicy').map(object => ({ namespace: namespaceOf(object), object })),
    ...cluster.ofKind('CiliumClusterwideNetworkPolicy').map(object => ({ namespace: '', object })),
  ].flatMap(({ namespace, object }) =>
    [get(object, 'spec'), ...list(get(object, 'specs'))]
      .filter(rule => get(rule, 'endpointSelector') !== undefined)
      .map(rule => ({ namespace, rule })),
  );
  const kubernetes = cluster
    .ofKind('NetworkPolicy')
    .map(object => ({ namespace: namespaceOf(object), spec: get(object, 'spec') }));

  const sideOf = (direction: Direction, flow: Flow): Answer => {
    const { pod } = flow.subject;
    if (pod === undefined) return true;
    const way = WAY[direction];
    const selecting = cilium.filter(
      ({ namespace, rule }) =>
        (namespace === '' || namespace === pod.namespace) && selects(get(rule, 'endpointSelector'), pod.labels),
    );
    const rulesOf = (policy: Policy, key: string) => list(get(policy.rule, key)).map(rule => ({ policy, rule }));
    const matching = (key: string): Answer[] =>
      selecting
        .flatMap(policy => rulesOf(policy, key))
        .filter(({ rule }) => portsMatch(rule, flow))
        .map(({ policy, rule }) => peersMatch(policy, rule, way, cluster, flow));
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const isolating = kubernetes.filter(
      ({ namespace, spec }) =>
        namespace === pod.namespace &&
        kubernetesTypes(spec).includes(type) &&
        selects(get(spec, 'podSelector'), pod.labels),
    );
    const allowedByKubernetes = isolating.flatMap(({ namespace, spec }) =>
      list(get(spec, direction)).map(rule => {
        const ports = list(get(rule, 'ports'));
        const peers = list(get(rule, way));
        return (
          (ports.length === 0 || ports.some(entry => kubernetesPortMatches(entry, flow))) &&
          (peers.length === 0 || peers.some(peer => kubernetesPeerMatches(peer, namespace, flow)))
        );
      }),
    );
    const denied = or(matching(`${direction}Deny`));
    const isIsolated =
      isolating.length > 0 ||
      selecting.some(
        policy =>
          rulesOf(policy, direction).length + rulesOf(policy, `${direction}Deny`).length > 0 &&
          get(get(policy.rule, 'enableDefaultDeny'), direction) !== false,
      );
    const allowed = isIsolated ? or([...matching(direction), ...allowedByKubernetes]) : true;
    return and([not(denied), allowed]);
  };

  const packetVerdict = (from: Party, to: Party, { port, protocol }: Query): CiliumVerdict => {
    const shared = { destination: to, port, protocol };
    const isSelf = from.pod !== undefined && from.pod === to.pod;
    const ask = (direction: Direction, flow: Flow): Answer => {
      const known = sideOf(direction, flow);
      if (known !== null || isHost(flow.other, flow.subject) !== null) return known;
      const [own, another] = [true, false].map(supposed => sideOf(direction, { ...flow, supposed }));
      return own === another ? (own ?? null) : null;
    };
    const egress = isSelf ? true : ask('egress', { ...shared, subject: from, other: to });
    const ingress = isSelf ? true : ask('ingress', { ...shared, subject: to, other: from });
    return { allowed: and([egress, ingress]), egress, ingress };
  };

  return query => {
    const pairs = cluster.partiesOf(query.from).flatMap(from => cluster.partiesOf(query.to).map(to => ({ from, to })));
    const common = pairs.filter(
      ({ from, to }) => !from.address || !to.address || from.address.family === to.address.family,
    );
    const verdicts = (common.length > 0 ? common : pairs).map(({ from, to }) => packetVerdict(from, to, query));
    // Both ends use one family: the one in which most is allowed.
    const worth = (answer: Answer): number => (answer === true ? 2 : answer === null ? 1 : 0);
    const sides = ({ egress, ingress }: CiliumVerdict): number => worth(egress) + worth(ingress);
    return verdicts.reduce((best, verdict) => (sides(verdict) > sides(best) ? verdict : best));
  };
}
