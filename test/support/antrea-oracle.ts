/**
 * NetworkPolicies and ClusterNetworkPolicies of Antrea, by brute force on raw manifests: all that the rules of one direction may come to. Shares no code with
 * src. Source: docs/antrea-network-policy.md of antrea-io/antrea; the readings in docs/policy-apis.
 */

import { contains, parseAddress } from './oracle-address.ts';
import { get, labelsOf, list, namespaceOf, text } from './oracle-reading.ts';

/** What a rule or a tier comes to. */
export type Fate = 'yes' | 'no' | 'pass' | 'nothing';

interface Pod {
  readonly namespace: string;
  readonly object: unknown;
  readonly host: boolean;
}
interface Packet {
  readonly subject: Pod;
  readonly otherPod: Pod | undefined;
  readonly otherIp: string;
  readonly destination: Pod | undefined;
  readonly port: number;
  readonly protocol: string;
  readonly direction: 'ingress' | 'egress';
}

/** How labels are matched; a selector that is absent matches all. */
interface Matching {
  readonly pods: (selector: unknown, labels: ReadonlyMap<string, string>) => boolean;
  readonly namespaces: (selector: unknown, name: string) => boolean;
}

const PRIORITY: Readonly<Record<string, number>> = {
  emergency: 50,
  securityops: 100,
  networkops: 150,
  platform: 200,
  application: 250,
  baseline: 253,
};
const FATES: Readonly<Record<string, Fate>> = { Allow: 'yes', Drop: 'no', Reject: 'no', Pass: 'pass' };

const specOf = (policy: unknown, key: string): unknown => get(get(policy, 'spec'), key);
const tierOf = (policy: unknown): string => text(specOf(policy, 'tier') ?? 'application').toLowerCase();
export const isAntrea = (object: unknown): boolean => text(get(object, 'apiVersion')).startsWith('crd.antrea.io/');
const isOfCluster = (policy: unknown): boolean => get(policy, 'kind') === 'ClusterNetworkPolicy';

/** What the policies of the tiers before NetworkPolicies, or of the baseline, may come to for a packet. */
export function createAntreaOracle(objects: readonly unknown[], matching: Matching) {
  const policies = objects.filter(isAntrea);

  const isApplied = (entry: unknown, pod: Pod, policy: unknown): boolean =>
    !pod.host &&
    (isOfCluster(policy) || pod.namespace === namespaceOf(policy)) &&
    matching.namespaces(get(entry, 'namespaceSelector'), pod.namespace) &&
    matching.pods(get(entry, 'podSelector'), labelsOf(pod.object));

  /** The one namespace that a peer is about; none: any. */
  const homesOf = (peer: unknown, subject: Pod, policy: unknown): readonly string[] => {
    if (get(get(peer, 'namespaces'), 'match') === 'Self') return [subject.namespace];
    return get(peer, 'namespaceSelector') || isOfCluster(policy) ? [] : [namespaceOf(policy)];
  };

  const isPeer = (peer: unknown, { subject, otherPod, otherIp }: Packet, policy: unknown): boolean | null => {
    if (get(peer, 'group') !== undefined) return null;
    const block = get(peer, 'ipBlock');
    const address = parseAddress(otherIp);
    if (block !== undefined) return address !== undefined && contains(text(get(block, 'cidr')), address) === true;
    if (otherPod === undefined || otherPod.host) return false;
    const homes = homesOf(peer, subject, policy);
    return (
      (homes.length === 0 || homes.includes(otherPod.namespace)) &&
      matching.namespaces(get(peer, 'namespaceSelector'), otherPod.namespace) &&
      matching.pods(get(peer, 'podSelector'), labelsOf(otherPod.object))
    );
  };

  const isPort = (entry: unknown, { destination, port, protocol }: Packet): boolean => {
    if ((get(entry, 'protocol') ?? 'TCP') !== protocol) return false;
    const asked = get(entry, 'port');
    if (asked === undefined) return true;
    if (typeof asked === 'number') return asked <= port && port <= Number(get(entry, 'endPort') ?? asked);
    return (
      destination !== undefined &&
      !destination.host &&
      list(get(get(destination.object, 'spec'), 'containers'))
        .flatMap(container => list(get(container, 'ports')))
        .some(
          one =>
            get(one, 'name') === asked &&
            get(one, 'containerPort') === port &&
            (get(one, 'protocol') ?? 'TCP') === protocol,
        )
    );
  };

  /** Whether a rule matches; `null`: it may. */
  const matches = (rule: unknown, packet: Packet, policy: unknown): boolean | null => {
    const applied = list(get(rule, 'appliedTo'));
    if (applied.length > 0 && !applied.some(entry => isApplied(entry, packet.subject, policy))) return false;
    const ports = list(get(rule, 'ports'));
    if (ports.length > 0 && !ports.some(entry => isPort(entry, packet))) return false;
    const peers = list(get(rule, packet.direction === 'ingress' ? 'from' : 'to'));
    const found = peers.map(peer => isPeer(peer, packet, policy));
    return peers.length === 0 || found.includes(true) || (found.includes(null) ? null : false);
  };

  const fatesOf = (policy: unknown, packet: Packet): ReadonlySet<Fate> => {
    const fates = new Set<Fate>();
    for (const rule of list(specOf(policy, packet.direction))) {
      const match = matches(rule, packet, policy);
      if (match !== false) fates.add(FATES[text(get(rule, 'action'))] ?? 'nothing');
      if (match === true) return fates;
    }
    return fates.add('nothing');
  };

  const isFor = (policy: unknown, { subject }: Packet): boolean => {
    const applied = list(specOf(policy, 'appliedTo'));
    const inScope = isOfCluster(policy) || subject.namespace === namespaceOf(policy);
    return !subject.host && (applied.length === 0 ? inScope : applied.some(entry => isApplied(entry, subject, policy)));
  };

  return (packet: Packet, ofBaseline: boolean): ReadonlySet<Fate> => {
    const all = new Set<Fate>();
    const rest = policies.filter(policy => (tierOf(policy) === 'baseline') === ofBaseline && isFor(policy, packet));
    const rank = (policy: unknown): string =>
      `${String(PRIORITY[tierOf(policy)]).padStart(3, '0')} ${Number(specOf(policy, 'priority')).toFixed(2).padStart(9, '0')}`;
    for (const now of [...new Set(rest.map(rank))].sort()) {
      const each = rest.filter(policy => rank(policy) === now).map(policy => fatesOf(policy, packet));
      for (const fate of each.flatMap(fates => [...fates])) if (fate !== 'nothing') all.add(fate);
      if (each.some(fates => !fates.has('nothing'))) return all;
    }
    return all.add('nothing');
  };
}
