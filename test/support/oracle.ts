/**
 * The NetworkPolicy API, evaluated by brute force on raw manifests: what the API documentation says, one function a
 * sentence, nothing precomputed. It is the other opinion that the project's own evaluation is compared with, so it
 * shares no code with it: nothing of src may be imported here. Sources: networking.k8s.io/v1 types, defaults and validation;
 * LabelSelector of apimachinery; KEP-4858 for the text of addresses.
 */

import { type Address, contains, parseAddress } from './oracle-address.ts';

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

/** `allowed` is the connection's fate; `egress` and `ingress` what each side's policies say of it. */
export interface Verdict {
  readonly allowed: boolean;
  readonly egress: boolean;
  readonly ingress: boolean;
}

type Fields = Record<string, unknown>;
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
  readonly spec: Fields;
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

// ---- reading raw values: null is absent, a value of the wrong type too

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const get = (value: unknown, key: string): unknown => {
  const own = fields(value);
  return Object.hasOwn(own, key) ? (own[key] ?? undefined) : undefined;
};
const stringMap = (value: unknown): Map<string, string> =>
  new Map(Object.entries(fields(value)).map(([key, item]) => [key, text(item)]));

/** `kind: List` and every other list holds its objects in `items`. */
function objects(document: unknown): unknown[] {
  return text(get(document, 'kind')).endsWith('List') ? list(get(document, 'items')).flatMap(objects) : [document];
}
const nameOf = (object: unknown): string => text(get(get(object, 'metadata'), 'name'));
const namespaceOf = (object: unknown): string => text(get(get(object, 'metadata'), 'namespace')) || 'default';
const labelsOf = (object: unknown): Map<string, string> => stringMap(get(get(object, 'metadata'), 'labels'));

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
function policyTypes(spec: Fields): readonly unknown[] {
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

/** The rules of one direction of a policy, on one flow. */
function createPolicyCheck(namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>) {
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
  return (policy: Policy, rule: unknown, peersKey: 'from' | 'to', flow: Flow): boolean => {
    const peers = list(get(rule, peersKey));
    const ports = list(get(rule, 'ports'));
    return (
      (peers.length === 0 || peers.some(peer => peerAllows(peer, policy, flow.other))) &&
      (ports.length === 0 || ports.some(item => portAllows(item, flow)))
    );
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
    (object): Policy => ({ namespace: namespaceOf(object), spec: fields(get(object, 'spec')) }),
  );
  const ruleAllows = createPolicyCheck(namespaces);

  /** A hostNetwork pod is its node: no policy selects it, no selector finds it, none of its ports has a name. */
  const asParty = (pod: Pod, address: Address | undefined): Party => ({
    pod: pod.hostNetwork ? undefined : pod,
    address,
  });
  const sideAllows = (direction: 'Ingress' | 'Egress', flow: Flow): boolean => {
    const pod = flow.subject.pod;
    if (pod === undefined) return true;
    const governing = policies.filter(
      ({ namespace, spec }) =>
        namespace === pod.namespace &&
        matches(get(spec, 'podSelector'), pod.labels) &&
        policyTypes(spec).includes(direction),
    );
    const [rulesKey, peersKey] = direction === 'Ingress' ? (['ingress', 'from'] as const) : (['egress', 'to'] as const);
    return (
      governing.length === 0 ||
      governing.some(policy => list(get(policy.spec, rulesKey)).some(rule => ruleAllows(policy, rule, peersKey, flow)))
    );
  };
  const packetVerdict = (from: Party, to: Party, { port, protocol }: Query): Verdict => {
    const self = from.pod !== undefined && from.pod === to.pod;
    const shared = { destination: to, port, protocol };
    const egress = self || sideAllows('Egress', { ...shared, subject: from, other: to });
    const ingress = self || sideAllows('Ingress', { ...shared, subject: to, other: from });
    return { allowed: egress && ingress, egress, ingress };
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
    const common = pairs.filter(
      ({ from, to }) => !from.address || !to.address || from.address.family === to.address.family,
    );
    const verdicts = (common.length > 0 ? common : pairs).map(({ from, to }) => packetVerdict(from, to, query));
    return (
      verdicts.find(verdict => verdict.allowed) ?? {
        allowed: false,
        egress: verdicts.some(verdict => verdict.egress),
        ingress: verdicts.some(verdict => verdict.ingress),
      }
    );
  };
}
