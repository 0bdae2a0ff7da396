import { namespacesText, podsText } from '../kube/selector.ts';
import type { PodPeer, Selector } from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { type AddressSet, ALL_ADDRESSES, exampleAddress, NO_ADDRESSES, subtractAddresses } from '../net/addresses.ts';
import { formatAddress } from '../net/ip.ts';
import { ALL_PORTS, examplePort, isNoPort } from '../net/ports.ts';
import { type Box, subtractBoxes } from '../netpol/box.ts';
import { boxesLeft } from '../netpol/earlier-tiers.ts';
import { type Opening, removable } from '../netpol/effective.ts';
import { closedPods, type Granted, podsBeyond } from '../netpol/granted.ts';
import { openBoxes, openPods, openToAll } from '../netpol/open-traffic.ts';
import { describePod, regionOf, type SelectedPods, selectedPods, subtractSelections } from '../netpol/region.ts';
import { defineRule, type PolicyContext, policyRef, type Report } from '../rule.ts';

type MessageId =
  | 'any-source'
  | 'address-block'
  | 'whole-cluster'
  | 'other-environment'
  | 'other-namespace'
  | 'other-pods'
  | 'forgeable-label'
  | 'split-peer'
  | 'other-port'
  | 'assumed-gateway';

const namesNamespace = (selector: Selector): boolean => selector.some(({ key }) => key === NAMESPACE_NAME_LABEL);

/** The one namespace that a peer names; `undefined` where it may be several. */
function singleNamespace(peer: PodPeer, ownNamespace: string): string | undefined {
  if (peer.namespaces === 'own') return ownNamespace;
  const names = peer.namespaces.find(({ key, operator }) => key === NAMESPACE_NAME_LABEL && operator === 'In');
  return names?.values.size === 1 ? [...names.values][0] : undefined;
}

/** One namespace by name, and pods by the value of at least one label: precise enough to be a gateway that nobody configured. */
function isExact(peer: PodPeer, ownNamespace: string): boolean {
  return singleNamespace(peer, ownNamespace) !== undefined && peer.pods.some(({ operator }) => operator === 'In');
}

/** Whether everything that is selected is granted. */
function isWithin(selection: SelectedPods, by: Granted): boolean {
  const region = regionOf(selection);
  return region !== undefined && subtractSelections(region, by.pods).length === 0;
}

/** What a peer would admit if it stood in one list item with the item before or after it: the mistake of one dash too many. */
function isHalfOfGateway(opening: Opening, { granted, policy, namespace }: PolicyContext): boolean {
  const by = granted.ingress;
  const { peer, rule, ports, index } = opening;
  if (peer === 'any' || peer.kind !== 'pods' || rule.peers.kind === 'any') return false;
  const { peers } = rule.peers;
  return [index - 1, index + 1].some(beside => {
    const other = peers[beside];
    if (other === undefined || other.kind !== 'pods') return false;
    const [wide, narrow] = peer.namespaces === 'own' ? [other, peer] : [peer, other];
    if (wide.namespaces === 'own' || narrow.namespaces !== 'own' || wide.pods.length > 0) return false;
    const joined = { namespaces: wide.namespaces, pods: narrow.pods, ports };
    if (isWithin(joined, by)) return true;
    const mayBeGateway =
      policy.gateways.kind === 'assumed' && isExact({ ...narrow, namespaces: wide.namespaces }, namespace);
    return mayBeGateway && !isWithin({ ...joined, pods: [] }, by);
  });
}

const FIXES: Readonly<Record<Exclude<MessageId, 'other-namespace'>, string>> = {
  'any-source':
    'give it a `from` that names the gateway: its namespace by kubernetes.io/metadata.name, and its pod labels, in one list item',
  'address-block':
    'replace the block by the gateway: its namespace by kubernetes.io/metadata.name, and its pod labels, in one list item',
  'whole-cluster': 'name the namespace of the gateway by kubernetes.io/metadata.name',
  'other-environment':
    'let in the gateway of its own environment instead, or widen servesNamespaces of that gateway in the GatePolicy',
  'other-pods':
    'narrow podSelector to the labels of the gateway, or name the peer under allowedClients of the GatePolicy',
  'forgeable-label': 'name the namespace by kubernetes.io/metadata.name, the one label that nobody can forge',
  'split-peer': 'remove the dash: put namespaceSelector and podSelector into one list item, so that both must hold',
  'other-port': 'narrow the ports to those that the GatePolicy grants to this client',
  'assumed-gateway': 'name it under gateways of the GatePolicy',
};

const fixOf = (messageId: MessageId, opening: Opening): string =>
  messageId === 'other-namespace'
    ? `remove ${removable(opening)}, or name the peer under gateways or allowedClients of the GatePolicy`
    : FIXES[messageId];

const onEveryPort = ({ pods }: Granted): Granted => ({
  pods: pods.map(one => ({ ...one, ports: ALL_PORTS })),
  boxes: [],
});

/** The gateway of another environment that a selector peer is, on whatever port; `undefined`: it is none. */
const gatewayElsewhere = (opening: Opening, { granted }: PolicyContext): string | undefined =>
  granted.elsewhere.find(gateway => podsBeyond(opening, onEveryPort(gateway)).length === 0)?.name;

/** Which mistake a selector peer is. The order matters: the first that fits says most. */
function podMessage(peer: PodPeer, opening: Opening, context: PolicyContext): MessageId {
  const { granted, policy, namespace } = context;
  if (isHalfOfGateway(opening, context)) return 'split-peer';
  if (podsBeyond(opening, onEveryPort(granted.ingress)).length === 0) return 'other-port';
  if (gatewayElsewhere(opening, context) !== undefined) return 'other-environment';
  if (peer.namespaces !== 'own' && peer.namespaces.length === 0) return 'whole-cluster';
  if (peer.namespaces !== 'own' && !namesNamespace(peer.namespaces)) return 'forgeable-label';
  if (policy.gateways.kind === 'assumed' && isExact(peer, namespace)) return 'assumed-gateway';
  const anyPods = granted.ingress.pods.map(pods => ({ ...pods, pods: [] }));
  const elsewhere = regionOf(selectedPods(peer, namespace, opening.ports));
  return elsewhere && subtractSelections(elsewhere, anyPods).length === 0 ? 'other-pods' : 'other-namespace';
}

function podReport(peer: PodPeer, opening: Opening, context: PolicyContext): readonly Report<MessageId>[] {
  const [beyond] = podsBeyond(opening, context.granted.ingress);
  if (beyond === undefined) return [];
  const messageId = podMessage(peer, opening, context);
  const namespaces = namespacesText(peer.namespaces, context.namespace);
  return [
    {
      messageId,
      object: policyRef(opening.policy),
      path: opening.path,
      data: {
        pods: podsText(peer.pods),
        namespaces,
        ...(messageId === 'other-environment' && { gateway: gatewayElsewhere(opening, context) ?? '' }),
      },
      opens: openPods(peer, context.namespace, opening.ports),
      witness: { direction: 'ingress', peer: describePod(beyond), ...examplePort(beyond.ports, context.servedPorts) },
      fix: { summary: fixOf(messageId, opening) },
      ...(messageId === 'assumed-gateway' && { atMost: 'warn' as const }),
    },
  ];
}

/** What of some boxes the dataplane matches by blocks. */
const matched = (boxes: readonly Box[], unmatched: AddressSet): readonly Box[] =>
  boxes.flatMap(box => subtractBoxes(box, [{ addresses: unmatched, ports: ALL_PORTS }]));

function addressReport(
  messageId: 'any-source' | 'address-block',
  beyond: readonly Box[],
  opening: Opening,
  context: PolicyContext,
): Report<MessageId> {
  const unmatched = messageId === 'any-source' || opening.byIdentity ? NO_ADDRESSES : context.guarded.unmatched;
  const left = matched(beyond, unmatched);
  // Where the dataplane matches none of these addresses by a block, nobody is let in by it; another dataplane would.
  const isUnmatched = left.length === 0 && beyond.length > 0;
  const boxes = isUnmatched ? beyond : left;
  const [box] = boxes;
  const first = box && exampleAddress(box.addresses);
  const address = first ? formatAddress(first) : undefined;
  const block = opening.peer !== 'any' && opening.peer.kind === 'block' ? opening.peer.cidr.text : '';
  return {
    messageId,
    object: policyRef(opening.policy),
    path: opening.path,
    data: { block },
    opens: messageId === 'any-source' ? openToAll(opening.ports) : openBoxes(boxes),
    witness: {
      direction: 'ingress',
      peer: messageId === 'any-source' ? 'any pod in any namespace, and any address' : (address ?? block),
      ...(address !== undefined && { address }),
      ...(box && examplePort(box.ports, context.servedPorts)),
    },
    fix: { summary: FIXES[messageId] },
    ...(isUnmatched && { atMost: 'warn' as const }),
  };
}

function reportOn(opening: Opening, context: PolicyContext): readonly Report<MessageId>[] {
  const { peer, ports } = opening;
  if (isNoPort(ports)) return [];
  if (peer !== 'any' && peer.kind === 'pods') return podReport(peer, opening, context);
  const opened = peer === 'any' ? ALL_ADDRESSES : peer.worst;
  const addresses = subtractAddresses(opened, closedPods(opening, context.granted.ingress));
  const left = boxesLeft({ addresses, ports }, opening.earlier);
  const boxes = left.flatMap(box => subtractBoxes(box, context.granted.ingress.boxes));
  const pods = peer === 'any' ? podsBeyond(opening, context.granted.ingress) : [];
  if (boxes.length === 0 && pods.length === 0) return [];
  return [addressReport(peer === 'any' ? 'any-source' : 'address-block', boxes, opening, context)];
}

/** Every admitted peer must be implied by the gateways and allowed clients, taken together, on the ports granted. */
export const ingressBeyondGateway = defineRule<MessageId>({
  id: 'ingress-beyond-gateway',
  since: 'v1',
  title: 'A policy admits somebody who is neither gateway nor allowed client',
  why: 'Policies only ever add traffic: one rule that admits another source re-opens what all others closed, and calls from there are neither authenticated nor logged by the gateway.',
  limits:
    'Judged by selectors, so it holds for pods and namespaces that do not exist yet. Traffic from the node of a pod is always allowed and not seen here. Named ports that the pod does not declare admit nobody.',
  sources: [
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.2,
  messages: {
    'any-source': 'the rule has no `from`, or one that holds everybody: any pod and any address may reach it',
    'address-block': 'addresses in {block} may reach it, and no gateway or allowed client is there',
    'whole-cluster': '{pods} in every namespace of the cluster may reach it',
    'other-environment':
      '{pods} in {namespaces} may reach it: they are gateway {gateway}, which does not serve this namespace',
    'other-namespace': '{pods} in {namespaces} may reach it, which is not where the gateway is',
    'other-pods': '{pods} in {namespaces} may reach it, more than the gateway and the allowed clients',
    'forgeable-label': '{pods} in {namespaces} may reach it: whoever may label a namespace can give it that label',
    'split-peer':
      'namespaceSelector and podSelector stand in two list items, so either is enough: {pods} in {namespaces} may reach it',
    'other-port': '{pods} in {namespaces} may reach it on more ports than they are granted',
    'assumed-gateway': '{pods} in {namespaces} may reach it, and are assumed to be the gateway: none is configured',
  },
  checkPolicy: context =>
    context.hostNetwork ? [] : context.traffic.ingress.openings.values().flatMap(opening => reportOn(opening, context)),
});
