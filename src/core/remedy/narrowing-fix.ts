import type { Fix } from '../decision.ts';
import type { GatePolicy, Grant } from '../gate/types.ts';
import { flow, type PeerManifest, peerManifest, portManifests, selectorManifest } from '../kube/syntax.ts';
import type { PodPeer, Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { ALL_PORTS, containsPorts } from '../net/ports.ts';
import { type Opening, removable } from '../netpol/effective.ts';
import { NO_PORT_NAMES, resolvePorts } from '../netpol/port-names.ts';
import { overlaps, regionOf, type SelectedPods, selectedPods, subtractSelections } from '../netpol/region.ts';
import { policyRef } from '../rule.ts';

/** For one dash too many. */
export const REMOVE_DASH: Fix = {
  summary: 'remove the dash: put namespaceSelector and podSelector into one list item, so that both must hold',
};

/** A granted peer, with the ports on which it is granted. */
interface GrantedPeer {
  readonly grant: Grant;
  readonly peer: PodPeer;
  readonly selected: SelectedPods;
}

function grantedPeers(policy: GatePolicy, namespace: string): readonly GrantedPeer[] {
  return [...policy.allowedDestinations, ...policy.assumedDestinations].flatMap(grant =>
    grant.peers.flatMap(peer =>
      peer.kind === 'pods'
        ? [{ grant, peer, selected: selectedPods(peer, namespace, resolvePorts(grant.ports, NO_PORT_NAMES)) }]
        : [],
    ),
  );
}

const sameSelector = (a: Selector, b: Selector): boolean =>
  JSON.stringify(selectorManifest(a)) === JSON.stringify(selectorManifest(b));

const portsText = ({ grant }: GrantedPeer): string =>
  (portManifests(grant.ports) ?? []).map(({ protocol, port }) => `${port ?? 'any'}/${protocol}`).join(' and ');

/** The granted peer that the opening was most likely meant to be: on its ports, with the fewest differences. */
function meant(opening: Opening, peer: PodPeer, known: readonly GrantedPeer[], own: string): GrantedPeer | undefined {
  const region = regionOf(selectedPods(peer, own, opening.ports));
  const isMeant = ({ selected }: GrantedPeer): boolean =>
    region !== undefined && overlaps(region, selected) && containsPorts(selected.ports, opening.ports);
  return opening.names.length === 0 ? known.find(isMeant) : undefined;
}

/** The granted peer whose pods these are, where only the ports go beyond it. */
function onOtherPorts(peer: PodPeer, known: readonly GrantedPeer[], own: string): GrantedPeer | undefined {
  const region = regionOf(selectedPods(peer, own, ALL_PORTS));
  const holds = ({ selected }: GrantedPeer): boolean =>
    region !== undefined && subtractSelections(region, [{ ...selected, ports: ALL_PORTS }]).length === 0;
  return known.find(holds);
}

/** One namespace by name, pods by a label, and ports: precise enough to be granted as it stands. */
function isPrecise(peer: PodPeer, opening: Opening): boolean {
  const namesOne =
    peer.namespaces === 'own' ||
    peer.namespaces.some(
      ({ key, operator, values }) => key === NAMESPACE_NAME_LABEL && operator === 'In' && values.size === 1,
    );
  return namesOne && peer.pods.some(({ operator }) => operator === 'In') && opening.rule.ports.kind === 'only';
}

/** The peer with its namespace written out, as a configuration that holds for all namespaces has to. */
const withNamespace = (peer: PodPeer, own: string): PeerManifest => {
  const written = peerManifest(peer);
  const namespaceSelector = { matchLabels: { [NAMESPACE_NAME_LABEL]: own } };
  return peer.namespaces === 'own' ? { namespaceSelector, ...written } : written;
};

/**
 * What is to be pasted into the GatePolicy so that the server may reach the peer. A list that is given replaces cluster DNS: where there is none yet
 * the snippet names the DNS as well.
 */
function grantText(peer: PodPeer, opening: Opening, policy: GatePolicy, own: string): string {
  const ports = portManifests(opening.rule.ports);
  const name = String(
    peer.pods
      .find(({ operator }) => operator === 'In')
      ?.values.values()
      .next().value ?? 'backend',
  );
  const entry = { name, reason: 'say what for', to: [withNamespace(peer, own)], ...(ports && { ports }) };
  const isDnsImplied = policy.assumedDestinations.length > 0;
  const [dns] = isDnsImplied ? policy.allowedDestinations : [];
  const dnsText = dns === undefined ? '' : `\`clusterDNS: ${dns.name}\` and `;
  return `${dnsText}\`allowedDestinations: ${flow([entry])}\``;
}

/** Two list items that were meant as one: the namespaces of the one and the pods of the other, which alone are granted. */
export function splitFrom(opening: Opening, policy: GatePolicy, own: string): number | undefined {
  const { peer, rule, index } = opening;
  if (peer === 'any' || peer.kind !== 'pods' || rule.peers.kind === 'any') return undefined;
  const { peers } = rule.peers;
  const known = grantedPeers(policy, own).map(({ selected }) => selected);
  return [index + 1, index - 1].find(beside => {
    const other = peers[beside];
    if (other === undefined || other.kind !== 'pods') return false;
    const [wide, narrow] = peer.namespaces === 'own' ? [other, peer] : [peer, other];
    if (wide.namespaces === 'own' || narrow.namespaces !== 'own' || wide.pods.length > 0) return false;
    const joined = regionOf({ namespaces: wide.namespaces, pods: narrow.pods, ports: opening.ports });
    return joined !== undefined && subtractSelections(joined, known).length === 0;
  });
}

/**
 * What a careful colleague would do about a peer that reaches further than is granted: narrow it to the granted one that it was meant to be, or grant
 * one that is precise. To remove it comes last: it may be what the server lives on.
 */
export function narrowingFix(opening: Opening, policy: GatePolicy, own: string): Fix {
  const { peer, path } = opening;
  if (peer === 'any' || peer.kind !== 'pods') return { summary: `remove ${removable(opening)}` };
  const known = grantedPeers(policy, own);
  const target = meant(opening, peer, known, own);
  if (target !== undefined) {
    const { podSelector } = peerManifest(target.peer);
    const isNamespaceSame =
      peer.namespaces !== 'own' &&
      target.peer.namespaces !== 'own' &&
      sameSelector(peer.namespaces, target.peer.namespaces);
    const to = `${target.grant.name} on ${portsText(target)}`;
    if (isNamespaceSame && peer.pods.length === 0 && podSelector !== undefined) {
      return {
        summary: `add podSelector: ${flow(podSelector)} to ${path}, in the same list item as namespaceSelector: that is ${to}`,
        edit: { kind: 'add-pod-selector', policy: policyRef(opening.policy), path, podSelector },
      };
    }
    return { summary: `narrow ${path} to ${flow(peerManifest(target.peer))}: that is ${to}` };
  }
  const granted = onOtherPorts(peer, known, own);
  const ports = granted && portManifests(granted.grant.ports);
  if (granted !== undefined && ports !== undefined) {
    const what = `the ports of ${opening.rule.path} to ${flow(ports)}`;
    return { summary: `narrow ${what}: that is where ${granted.grant.name} is granted` };
  }
  if (isPrecise(peer, opening))
    return {
      summary: `where the server needs it, grant it in the spec of the GatePolicy: ${grantText(peer, opening, policy, own)}; else remove ${removable(opening)}`,
    };
  return {
    summary: `narrow ${path} to the namespace (by ${NAMESPACE_NAME_LABEL}), the pods and the ports that the server needs, and name them under allowedDestinations of the GatePolicy; else remove ${removable(opening)}`,
  };
}
