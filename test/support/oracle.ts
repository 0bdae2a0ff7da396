/**
 * The NetworkPolicy API, evaluated by brute force on raw manifests: what the API documentation says, one function a
 * sentence, nothing precomputed. It is the other opinion that the project's own evaluation is compared with, so it
 * shares no code with it: nothing of src may be imported here. Sources: networking.k8s.io/v1 types, defaults and validation;
 * LabelSelector of apimachinery; KEP-4858 for the text of addresses.
 *
 * kube-network-policies v1.1.1 (its EvaluatePolicyDirection, on objects with the API server's defaults) gave the same
 * answer for each direction on 660,000 probes of random worlds and on the cases of test/semantics, those with block text
 * that is not strict left out. The one difference: it reads the port "8080", in quotes, as a number.
 */

import { type Address, contains, parseAddress } from './oracle-address.ts';
import { get, labelsOf, list, nameOf, namespaceOf, objects, stringMap, text } from './oracle-reading.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** One end of a connection: a pod by `namespace/name`, or an address. */
export type Endpoint = { readonly pod: string } | { readonly ip: string };

/** May `from` open a connection to `port` (1 to 65535) of `to`? */
export interface Query {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: Protocol;
}

/**
 * `allowed` is the connection's fate; `egress` and `ingress` what each side's policies say of it; `by` the places of the
 * rules and peers that let it through, sorted: `namespace/name spec.egress[0].to[1]`, or the rule if it has no peers.
 */
export interface Verdict {
  readonly allowed: boolean;
  readonly egress: boolean;
  readonly ingress: boolean;
  readonly by: readonly string[];
}

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly hostNetwork: boolean;
  readonly containers: readonly unknown[];
  readonly addresses: readonly Address[];
}
/** One end of a packet: a pod at one of its addresses (undefined: it has none yet), or an address that is no pod's. */
interface Party {
  readonly pod: Pod | undefined;
  readonly address: Address | undefined;
}
interface Policy {
  readonly namespace: string;
  readonly name: string;
  readonly spec: unknown;
}
interface Flow {
  /** The pod that the policy selects, and the other end. */
  readonly subject: Party;
  readonly other: Party;
  /** Where the connection goes, so whose containers name the ports. */
  readonly destination: Party;
  readonly port: number;
  readonly protocol: Protocol;
}

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

// ---- blocks and selectors

/** Unreadable text counts as every address where it allows, as no address where it excepts. */
function blockAllows(ipBlock: unknown, address: Address | undefined): boolean {
  if (address === undefined) return false;
  const inside = contains(text(get(ipBlock, 'cidr')), address) ?? true;
  return inside && !list(get(ipBlock, 'except')).some(except => contains(text(except), address) ?? false);
}

/** All of matchLabels and all of matchExpressions; an empty selector matches everything. */
function matches(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  const wanted = [...stringMap(get(selector, 'matchLabels'))];
  return (
    wanted.every(([key, value]) => labels.get(key) === value) &&
    list(get(selector, 'matchExpressions')).every(expression => requirementHolds(expression, labels))
  );
}
function requirementHolds(expression: unknown, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(text(get(expression, 'key')));
  const listed = value !== undefined && list(get(expression, 'values')).includes(value);
  switch (get(expression, 'operator')) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed; // also of an object that lacks the key
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

// ---- policies

/** Absent or empty: Ingress, and Egress if there are egress rules. */
function policyTypes(spec: unknown): readonly unknown[] {
  const given = list(get(spec, 'policyTypes'));
  if (given.length > 0) return given;
  return list(get(spec, 'egress')).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** A name stands for every port that any container of the destination pod gives that name, for that protocol. */
function portNames(destination: Party, name: string, port: number, protocol: Protocol): boolean {
  return (destination.pod?.containers ?? [])
    .flatMap(container => list(get(container, 'ports')))
    .some(
      entry =>
        get(entry, 'name') === name &&
        get(entry, 'containerPort') === port &&
        (get(entry, 'protocol') ?? 'TCP') === protocol,
    );
}
function portAllows(item: unknown, flow: Flow): boolean {
  if ((get(item, 'protocol') ?? 'TCP') !== flow.protocol) return false;
  const port = get(item, 'port');
  if (port === undefined) return true;
  if (typeof port === 'string') return portNames(flow.destination, port, flow.port, flow.protocol);
  const last = get(item, 'endPort') ?? port;
  return typeof port === 'number' && typeof last === 'number' && port <= flow.port && flow.port <= last;
}

/** What of a rule lets a flow through: its peers by their place in it, or '' for a rule without peers. */
function createRuleCheck(namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>) {
  const namespaceLabels = (name: string): Map<string, string> =>
    new Map(namespaces.get(name)).set(NAMESPACE_NAME, name);
  const peerAllows = (peer: unknown, policy: Policy, other: Party): boolean => {
    const ipBlock = get(peer, 'ipBlock');
    if (ipBlock !== undefined) return blockAllows(ipBlock, other.address);
    const podSelector = get(peer, 'podSelector');
    const namespaceSelector = get(peer, 'namespaceSelector');
    if (other.pod === undefined || (podSelector === undefined && namespaceSelector === undefined)) return false;
    const inNamespace =
      namespaceSelector === undefined
        ? other.pod.namespace === policy.namespace
        : matches(namespaceSelector, namespaceLabels(other.pod.namespace));
    return inNamespace && matches(podSelector, other.pod.labels);
  };
  return (policy: Policy, rule: unknown, peersKey: 'from' | 'to', flow: Flow): readonly string[] => {
    const peers = list(get(rule, peersKey));
    const ports = list(get(rule, 'ports'));
    if (ports.length > 0 && !ports.some(item => portAllows(item, flow))) return [];
    if (peers.length === 0) return [''];
    return peers.flatMap((peer, index) => (peerAllows(peer, policy, flow.other) ? [`.${peersKey}[${index}]`] : []));
  };
}

function readPod(object: unknown): Pod {
  const spec = get(object, 'spec');
  const status = get(object, 'status');
  const ips = new Set([get(status, 'podIP'), ...list(get(status, 'podIPs')).map(item => get(item, 'ip'))].map(text));
  return {
    namespace: namespaceOf(object),
    name: nameOf(object),
    labels: labelsOf(object),
    hostNetwork: get(spec, 'hostNetwork') === true,
    containers: [...list(get(spec, 'containers')), ...list(get(spec, 'initContainers'))],
    addresses: [...ips].flatMap(ip => parseAddress(ip) ?? []),
  };
}

/** Reads the documents (any Kubernetes objects, lists too) and answers queries; throws on a query it cannot read. */
export function createOracle(documents: readonly unknown[]): (query: Query) => Verdict {
  const all = documents.flatMap(objects);
  const ofKind = (kind: string) => all.filter(object => get(object, 'kind') === kind);
  const pods = ofKind('Pod').map(readPod);
  const namespaces = new Map(ofKind('Namespace').map(object => [nameOf(object), labelsOf(object)]));
  const policies = ofKind('NetworkPolicy').map(
    (object): Policy => ({
      namespace: namespaceOf(object),
      name: nameOf(object),
      spec: get(object, 'spec'),
    }),
  );
  const passages = createRuleCheck(namespaces);

  /** A hostNetwork pod is its node: no policy selects it, no selector finds it, none of its ports has a name. */
  const asParty = (pod: Pod, address: Address | undefined): Party => ({
    pod: pod.hostNetwork ? undefined : pod,
    address,
  });
  /** The places that let the flow through; undefined where no policy governs the direction. */
  const sideOf = (direction: 'Ingress' | 'Egress', flow: Flow): readonly string[] | undefined => {
    const pod = flow.subject.pod;
    const governing = policies.filter(
      ({ namespace, spec }) =>
        namespace === pod?.namespace &&
        matches(get(spec, 'podSelector'), pod.labels) &&
        policyTypes(spec).includes(direction),
    );
    if (governing.length === 0) return undefined;
    const [rulesKey, peersKey] = direction === 'Ingress' ? (['ingress', 'from'] as const) : (['egress', 'to'] as const);
    return governing.flatMap(policy =>
      list(get(policy.spec, rulesKey)).flatMap((rule, index) => {
        const place = `${policy.namespace}/${policy.name} spec.${rulesKey}[${index}]`;
        return passages(policy, rule, peersKey, flow).map(peer => `${place}${peer}`);
      }),
    );
  };
  const packetVerdict = (from: Party, to: Party, { port, protocol }: Query): Verdict => {
    const isSelf = from.pod !== undefined && from.pod === to.pod;
    const shared = { destination: to, port, protocol };
    const egress = isSelf ? undefined : sideOf('Egress', { ...shared, subject: from, other: to });
    const ingress = isSelf ? undefined : sideOf('Ingress', { ...shared, subject: to, other: from });
    const [out, into] = [egress?.length !== 0, ingress?.length !== 0];
    return { allowed: out && into, egress: out, ingress: into, by: [...(egress ?? []), ...(ingress ?? [])].sort() };
  };
  /** The end at each address that it may use; a pod that has no address yet is one end without address. */
  const partiesOf = (end: Endpoint): Party[] => {
    if ('pod' in end) {
      const pod = pods.find(({ namespace, name }) => `${namespace}/${name}` === end.pod);
      if (pod === undefined) throw new Error(`no pod ${end.pod}`);
      return (pod.addresses.length > 0 ? pod.addresses : [undefined]).map(address => asParty(pod, address));
    }
    const address = parseAddress(end.ip);
    if (address === undefined) throw new Error(`no address: ${end.ip}`);
    const isItsAddress = (own: Address) => own.family === address.family && own.value === address.value;
    const owner = pods.find(pod => !pod.hostNetwork && pod.addresses.some(isItsAddress));
    return [{ pod: owner, address }];
  };

  return query => {
    const pairs = partiesOf(query.from).flatMap(from => partiesOf(query.to).map(to => ({ from, to })));
    // Ends without a common family are judged by the policies alone: nothing forbids what nothing is said of.
    const common = pairs.filter(
      ({ from, to }) => !from.address || !to.address || from.address.family === to.address.family,
    );
    const verdicts = (common.length > 0 ? common : pairs).map(({ from, to }) => packetVerdict(from, to, query));
    // Both ends use one family: the one in which most is allowed, so that `allowed` is always `egress` and `ingress`.
    const sides = ({ egress, ingress }: Verdict) => Number(egress) + Number(ingress);
    return verdicts.reduce((best, verdict) => (sides(verdict) > sides(best) ? verdict : best));
  };
}
