/**
 * AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy (upstream and AWS), EgressFirewall, ApplicationNetworkPolicy, FQDNNetworkPolicy and the
 * policies of Antrea around NetworkPolicies, by brute force on raw manifests: every way in which the cluster may behave is followed, and the answers are put together. As the oracle of NetworkPolicies it shares no code with src.
 * Sources: policy.networking.k8s.io v1alpha1 and v1alpha2 types, k8s.ovn.org v1 types; the readings in docs/policy-apis.
 */

import { createAntreaOracle, type Fate, isAntrea } from './antrea-oracle.ts';
import { createOracle, type Endpoint, type Query } from './oracle.ts';
import { type Address, contains, parseAddress } from './oracle-address.ts';
import { get, labelsOf, list, nameOf, namespaceOf, stringMap, text } from './oracle-reading.ts';

/** `null`: some ways in which the cluster may behave allow it, and some do not. */
export type Truth = boolean | null;
type Direction = 'ingress' | 'egress';

interface Pod {
  readonly namespace: string;
  readonly object: unknown;
  readonly host: boolean;
  readonly ips: readonly string[];
}
interface Packet {
  readonly subject: Pod;
  readonly otherPod: Pod | undefined;
  readonly otherIp: string;
  readonly destination: Pod | undefined;
  readonly port: number;
  readonly protocol: string;
  readonly direction: Direction;
}

function requirementHolds(expression: unknown, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(text(get(expression, 'key')));
  const isIn = value !== undefined && list(get(expression, 'values')).includes(value);
  const byOperator = { In: isIn, NotIn: !isIn, Exists: value !== undefined, DoesNotExist: value === undefined };
  return byOperator[text(get(expression, 'operator')) as keyof typeof byOperator];
}

const selects = (selector: unknown, labels: ReadonlyMap<string, string>): boolean =>
  [...stringMap(get(selector, 'matchLabels'))].every(([key, value]) => labels.get(key) === value) &&
  list(get(selector, 'matchExpressions')).every(expression => requirementHolds(expression, labels));

const addressOf = (ip: string): Address => {
  const address = parseAddress(ip);
  if (address === undefined) throw new Error(`no address: ${ip}`);
  return address;
};

/** An ApplicationNetworkPolicy as a NetworkPolicy: what names hosts is taken out of its rules, and so are rules that name nothing else. */
function withoutHosts(policy: unknown): unknown {
  const spec = get(policy, 'spec') as Readonly<Record<string, unknown>>;
  const isHosts = (peer: unknown): boolean => get(peer, 'domainNames') !== undefined;
  const egress = list(get(spec, 'egress')).flatMap(rule => {
    const [to, fields] = [list(get(rule, 'to')), rule as Readonly<Record<string, unknown>>];
    const others = to.filter(peer => !isHosts(peer));
    return to.length > 0 && others.length === 0 ? [] : [{ ...fields, ...(to.length > 0 && { to: others }) }];
  });
  const metadata = get(policy, 'metadata');
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: { ...spec, egress } };
}

export function createTierOracle(objects: readonly unknown[]): (query: Query) => Truth {
  const ofKind = (kind: string): readonly unknown[] =>
    objects.filter(object => get(object, 'kind') === kind && !isAntrea(object));
  const namespaces = new Map(
    ofKind('Namespace').map(object => [
      nameOf(object),
      new Map(labelsOf(object)).set('kubernetes.io/metadata.name', nameOf(object)),
    ]),
  );
  const pods = ofKind('Pod').map(
    (object): Pod => ({
      namespace: namespaceOf(object),
      object,
      host: get(get(object, 'spec'), 'hostNetwork') === true,
      ips: list(get(get(object, 'status'), 'podIPs')).map(item => text(get(item, 'ip'))),
    }),
  );
  const nodes = ofKind('Node');
  const kubernetes = createOracle([
    ...['Namespace', 'Pod', 'NetworkPolicy'].flatMap(ofKind),
    ...ofKind('ApplicationNetworkPolicy').map(withoutHosts),
  ]);

  const namespaceSelected = (selector: unknown, name: string): boolean =>
    selector === undefined || selects(selector, namespaces.get(name) ?? new Map());

  /** `namespaces` or `pods` of a subject or a peer. */
  const podIsAmong = (choice: unknown, pod: Pod | undefined): boolean => {
    if (pod === undefined || pod.host) return false;
    const among = get(choice, 'namespaces');
    if (among !== undefined) return namespaceSelected(among, pod.namespace);
    const chosen = get(choice, 'pods');
    return (
      chosen !== undefined &&
      namespaceSelected(get(chosen, 'namespaceSelector'), pod.namespace) &&
      selects(get(chosen, 'podSelector'), labelsOf(pod.object))
    );
  };

  /** Whose address it is among the Nodes. */
  const nodeAt = (ip: string): unknown =>
    nodes.find(node =>
      list(get(get(node, 'status'), 'addresses')).some(entry => {
        const own = parseAddress(text(get(entry, 'address')));
        const asked = addressOf(ip);
        return own !== undefined && own.family === asked.family && own.value === asked.value;
      }),
    );

  /** Names of hosts are outside: of no pod, and of no node, which a pod in its network shows too. */
  const nameMatches = ({ otherPod, otherIp }: Packet): Truth => {
    const isOfHost = pods.some(({ host, ips }) => host && ips.includes(otherIp));
    return otherPod !== undefined || isOfHost || nodeAt(otherIp) !== undefined ? false : null;
  };

  const nodesMatch = (selector: unknown, { otherPod, otherIp }: Packet): Truth => {
    if (otherPod !== undefined && !otherPod.host) return false;
    if (nodes.length === 0) return null;
    const node = nodeAt(otherIp);
    return node !== undefined && selects(selector, labelsOf(node));
  };
  const peerMatches = (peer: unknown, packet: Packet, isAws: boolean): Truth | 'unknown peer' => {
    const { direction, otherPod, otherIp } = packet;
    const field = (key: string): unknown => get(peer, key);
    if (field('namespaces') !== undefined || field('pods') !== undefined) return podIsAmong(peer, otherPod);
    if (direction === 'ingress') return 'unknown peer';
    if (field('networks') !== undefined)
      return list(field('networks')).some(cidr => contains(text(cidr), addressOf(otherIp)) === true);
    if (field('nodes') !== undefined && !isAws) return nodesMatch(field('nodes'), packet);
    return field('domainNames') === undefined ? 'unknown peer' : nameMatches(packet);
  };

  const isNamed = (name: unknown, { destination, port, protocol }: Packet): boolean =>
    destination !== undefined &&
    !destination.host &&
    list(get(get(destination.object, 'spec'), 'containers'))
      .flatMap(container => list(get(container, 'ports')))
      .some(
        entry =>
          get(entry, 'name') === name &&
          get(entry, 'containerPort') === port &&
          (get(entry, 'protocol') ?? 'TCP') === protocol,
      );

  const between = (port: number, first: unknown, last: unknown): boolean =>
    Number(first) <= port && port <= Number(last);

  const oldPortMatches = (entry: unknown, { port, protocol }: Packet): boolean =>
    (get(entry, 'protocol') ?? 'TCP') === protocol &&
    (get(entry, 'port') === port || between(port, get(entry, 'start'), get(entry, 'end')));
  const portMatches = (item: unknown, packet: Packet): boolean => {
    const { port, protocol } = packet;
    const name = get(item, 'namedPort') ?? get(item, 'destinationNamedPort');
    if (name !== undefined) return isNamed(name, packet);
    const old = get(item, 'portNumber') ?? get(item, 'portRange');
    if (old !== undefined) return oldPortMatches(old, packet);
    const destination = get(get(item, protocol.toLowerCase()), 'destinationPort');
    const range = get(destination, 'range');
    if (range !== undefined) return between(port, get(range, 'start'), get(range, 'end'));
    return get(item, protocol.toLowerCase()) !== undefined && (get(destination, 'number') ?? port) === port;
  };

  const FATES: Readonly<Record<string, Fate>> = { Accept: 'yes', Allow: 'yes', Deny: 'no', Pass: 'pass' };

  /** What one rule may come to; `undefined`: it surely does not match. */
  const ruleFate = (rule: unknown, packet: Packet, isAws: boolean): { fate: Fate; isSure: boolean } | undefined => {
    const fate = FATES[text(get(rule, 'action'))] ?? 'nothing';
    const peers = list(get(rule, 'from') ?? get(rule, 'to')).map(peer => peerMatches(peer, packet, isAws));
    if (peers.includes('unknown peer')) return fate === 'yes' ? undefined : { fate: 'no', isSure: true };
    const ports = list(get(rule, 'ports') ?? get(rule, 'protocols'));
    if (ports.length > 0 && !ports.some(port => portMatches(port, packet))) return undefined;
    const isSure = peers.includes(true);
    return isSure || peers.includes(null) ? { fate, isSure } : undefined;
  };

  /** All that the rules of one policy may come to. */
  const policyFates = (policy: unknown, packet: Packet): ReadonlySet<Fate> => {
    const fates = new Set<Fate>();
    const isAws = text(get(policy, 'apiVersion')).startsWith('networking.k8s.aws/');
    for (const rule of list(get(get(policy, 'spec'), packet.direction))) {
      const met = ruleFate(rule, packet, isAws);
      if (met) fates.add(met.fate);
      if (met?.isSure) return fates;
    }
    return fates.add('nothing');
  };

  const isBaseline = (policy: unknown): boolean =>
    get(policy, 'kind') === 'BaselineAdminNetworkPolicy' || get(get(policy, 'spec'), 'tier') === 'Baseline';
  const ofTiers = ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'].flatMap(ofKind);

  /** `older`: that of a BaselineAdminNetworkPolicy, which has none. */
  const rankOf = (policy: unknown, older: number): number => Number(get(get(policy, 'spec'), 'priority') ?? older);

  const tierFates = (policies: readonly unknown[], packet: Packet, older = 0): ReadonlySet<Fate> => {
    const all = new Set<Fate>();
    const rest = policies.filter(policy => podIsAmong(get(get(policy, 'spec'), 'subject'), packet.subject));
    const ranks = [...new Set(rest.map(policy => rankOf(policy, older)))].sort((a, b) => a - b);
    for (const rank of ranks) {
      const each = rest.filter(policy => rankOf(policy, older) === rank).map(policy => policyFates(policy, packet));
      for (const fate of each.flatMap(fates => [...fates])) if (fate !== 'nothing') all.add(fate);
      if (each.some(fates => !fates.has('nothing'))) return all;
    }
    return all.add('nothing');
  };

  const firewalls = new Map(ofKind('EgressFirewall').map(object => [namespaceOf(object), object]));

  const firewallRuleMatches = (rule: unknown, packet: Packet): Truth => {
    const { otherPod, otherIp, port, protocol } = packet;
    const ports = list(get(rule, 'ports'));
    const isPort = (entry: unknown): boolean => get(entry, 'protocol') === protocol && get(entry, 'port') === port;
    if (ports.length > 0 && !ports.some(isPort)) return false;
    const field = (key: string): unknown => get(get(rule, 'to'), key);
    if (field('nodeSelector') !== undefined) return nodesMatch(field('nodeSelector'), packet);
    if (field('dnsName') !== undefined) return nameMatches(packet);
    const isPod = otherPod !== undefined && !otherPod.host;
    return !isPod && contains(text(field('cidrSelector')), addressOf(otherIp)) === true;
  };

  /** Whether the firewall of the namespace lets it out: all that it may come to. */
  const firewallAnswers = (packet: Packet): ReadonlySet<boolean> => {
    const answers = new Set<boolean>();
    const firewall = packet.direction === 'egress' ? firewalls.get(packet.subject.namespace) : undefined;
    for (const rule of list(get(get(firewall, 'spec'), 'egress'))) {
      const match = firewallRuleMatches(rule, packet);
      if (match !== false) answers.add(get(rule, 'type') === 'Allow');
      if (match === true) return answers;
    }
    return answers.add(true);
  };

  /** What NetworkPolicies say of one direction. */
  const kubernetesFate = (packet: Packet, from: Endpoint, to: Endpoint): Fate => {
    const verdict = kubernetes({ from, to, port: packet.port, protocol: packet.protocol as Query['protocol'] });
    if (!verdict[packet.direction]) return 'no';
    return verdict.by.some(place => place.includes(` spec.${packet.direction}[`)) ? 'yes' : 'nothing';
  };

  const isOfSubject = (policy: unknown, { subject }: Packet): boolean =>
    namespaceOf(policy) === subject.namespace &&
    selects(get(get(policy, 'spec'), 'podSelector') ?? {}, labelsOf(subject.object));

  /** Rules of egress that name hosts. */
  const hostRules = (policy: unknown): readonly unknown[] =>
    list(get(get(policy, 'spec'), 'egress')).filter(
      rule => get(rule, 'matches') !== undefined || list(get(rule, 'to')).some(peer => get(peer, 'domainNames')),
    );

  /** Of policies that name hosts: whether one of them may let the packet out, and whether one may isolate its pod, of which nobody says whether it does. */
  const saidByHosts = (packet: Packet): { readonly mayAllow: boolean; readonly mayIsolate: boolean } => {
    if (packet.direction === 'ingress') return { mayAllow: false, mayIsolate: false };
    const gke = ofKind('FQDNNetworkPolicy').filter(policy => isOfSubject(policy, packet));
    const aws = ofKind('ApplicationNetworkPolicy').filter(
      policy => isOfSubject(policy, packet) && list(get(get(policy, 'spec'), 'policyTypes')).includes('Egress'),
    );
    const { port, protocol } = packet;
    const isPort = (rule: unknown): boolean => {
      const ports = list(get(rule, 'ports'));
      const isOne = (entry: unknown): boolean => get(entry, 'protocol') === protocol && get(entry, 'port') === port;
      return ports.length === 0 || ports.some(isOne);
    };
    const isNamed = [...gke, ...aws].flatMap(hostRules).some(isPort);
    return { mayAllow: isNamed && nameMatches(packet) === null, mayIsolate: gke.length > 0 };
  };

  /** All that NetworkPolicies and what adds to them may come to in one direction. */
  const middleFates = (packet: Packet, from: Endpoint, to: Endpoint): ReadonlySet<Fate> => {
    const fate = kubernetesFate(packet, from, to);
    if (fate === 'yes') return new Set([fate]);
    const { mayAllow, mayIsolate } = saidByHosts(packet);
    const fates = new Set<Fate>([fate]);
    if (mayAllow) fates.add('yes');
    return mayIsolate ? fates.add('no') : fates;
  };

  const antrea = createAntreaOracle(objects, {
    pods: (selector, labels) => selector === undefined || selects(selector, labels),
    namespaces: namespaceSelected,
  });

  /** Notes what is final; whether it may go on to the next tier. */
  const goesOn = (fates: ReadonlySet<Fate>, answers: Set<boolean>): boolean => {
    if (fates.has('yes')) answers.add(true);
    if (fates.has('no')) answers.add(false);
    return fates.has('pass') || fates.has('nothing');
  };

  const policyAnswers = (packet: Packet, from: Endpoint, to: Endpoint): ReadonlySet<boolean> => {
    const answers = new Set<boolean>();
    const admin = tierFates(
      ofTiers.filter(policy => !isBaseline(policy)),
      packet,
    );
    if (!goesOn(antrea(packet, false), answers) || !goesOn(admin, answers)) return answers;
    if (!goesOn(middleFates(packet, from, to), answers)) return answers;
    if (!goesOn(antrea(packet, true), answers)) return answers;
    // Nobody says whether the older kind is asked before the newer one, or after it.
    const baseline = [-1, 1001].flatMap(older => [...tierFates(ofTiers.filter(isBaseline), packet, older)]);
    for (const fate of baseline) answers.add(fate !== 'no');
    return answers;
  };

  const side = (packet: Packet | undefined, from: Endpoint, to: Endpoint): ReadonlySet<boolean> => {
    if (packet === undefined || packet.subject.host) return new Set([true]);
    const firewall = firewallAnswers(packet);
    const isOut = firewall.has(true) ? policyAnswers(packet, from, to) : [];
    return new Set([...isOut, ...(firewall.has(false) ? [false] : [])]);
  };

  const findPod = (ip: string): Pod | undefined => pods.find(pod => !pod.host && pod.ips.includes(ip));
  const endsOf = (end: Endpoint): readonly { readonly pod: Pod | undefined; readonly ip: string }[] => {
    if ('ip' in end) return [{ pod: findPod(end.ip), ip: end.ip }];
    const pod = pods.find(one => `${one.namespace}/${nameOf(one.object)}` === end.pod);
    if (pod === undefined) throw new Error(`no pod ${end.pod}`);
    return pod.ips.map(ip => ({ pod, ip }));
  };

  return ({ from, to, port, protocol }) => {
    const pairs = endsOf(from).flatMap(source => endsOf(to).map(destination => [source, destination] as const));
    const common = pairs.filter(([a, b]) => addressOf(a.ip).family === addressOf(b.ip).family);
    const answers = (common.length > 0 ? common : pairs).map(([source, destination]): Truth => {
      if (source.pod !== undefined && source.pod === destination.pod) return true;
      const shared = { destination: destination.pod, port, protocol };
      const ends = [{ ip: source.ip }, { ip: destination.ip }] as const;
      const egress = side(
        source.pod && {
          ...shared,
          direction: 'egress',
          subject: source.pod,
          otherPod: destination.pod,
          otherIp: destination.ip,
        },
        ...ends,
      );
      const ingress = side(
        destination.pod && {
          ...shared,
          direction: 'ingress',
          subject: destination.pod,
          otherPod: source.pod,
          otherIp: source.ip,
        },
        ...ends,
      );
      if (!egress.has(true) || !ingress.has(true)) return false;
      return egress.has(false) || ingress.has(false) ? null : true;
    });
    return answers.includes(true) ? true : answers.includes(null) ? null : false;
  };
}
