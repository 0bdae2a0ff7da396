import type { Finding } from '../../core/decision.ts';
import { refText } from '../../core/explain.ts';
import { type Grant, NETWORK_CLASSES } from '../../core/gate/types.ts';
import type { Direction, PodPeer } from '../../core/kube/types.ts';
import { listed, listedTexts } from '../../core/listed.ts';
import {
  type AddressSet,
  ALL_ADDRESSES,
  intersectAddresses,
  isNoAddress,
  subtractAddresses,
  toBlocks,
  unionAddresses,
} from '../../core/net/addresses.ts';
import { ALL_PORTS, NO_PORTS, type PortSet, unionPorts } from '../../core/net/ports.ts';
import { type Box, subtractBoxes } from '../../core/netpol/box.ts';
import { boxesLeft } from '../../core/netpol/earlier-tiers.ts';
import type { Opening } from '../../core/netpol/effective.ts';
import { reaches } from '../../core/netpol/egress.ts';
import { granted, namedPodsBeyond, openedPods, podsBeyond } from '../../core/netpol/granted.ts';
import { knownOf } from '../../core/netpol/guarded.ts';
import { leftBeyond, leftWitness } from '../../core/netpol/left-open.ts';
import { openToAll } from '../../core/netpol/open-traffic.ts';
import { peerText } from '../../core/netpol/peer-text.ts';
import { describePod, overlaps, regionOf, subtractSelections } from '../../core/netpol/region.ts';
import { policyRef, type RuleContext } from '../../core/rule.ts';
import { namespaceLabels } from '../../core/world/world.ts';
import type { MapEnd, MapWay, WayStanding } from './model.ts';

/** A way before it is known what is found of it, with the peer that a policy writes. */
export interface DrawnWay extends Omit<MapWay, 'standing' | 'now'> {
  /** Nobody granted it. */
  readonly beyond: boolean;
  /** Of pods. */
  readonly peer?: PodPeer;
  /** The policy and the path in it that let it through; absent: nothing closes the direction. */
  readonly at?: string;
}

const end = (kind: string, text: string): MapEnd => ({ id: `${kind} ${text}`, text });

const ANYONE = end('any', 'anyone');
const ANYTHING = end('any', 'anything');
const OTHER_PODS = end('pods', 'other pods');
const ADDRESSES = end('addresses', 'addresses');
const INTERNET = end('internet', 'Internet');
const CLUSTER = end('cluster', 'cluster addresses');
const METADATA = end('metadata', 'cloud metadata');
const LINK_LOCAL = end('link-local', 'link-local addresses');

/** Blocks that a way names; the others are counted. */
const NAMED_BLOCKS = 3;
const blocksText = (addresses: AddressSet): string => listedTexts(toBlocks(addresses), NAMED_BLOCKS);

/** `TCP 80, UDP 53`; `every port`. */
function portsText(ports: PortSet, names: Opening['names'] = []): string {
  const texts: readonly string[] = openToAll(ports).flatMap(({ ports: all }) => all);
  if (texts.includes('any')) return 'every port';
  const all = [
    ...texts.filter(text => text !== 'other'),
    ...names.map(({ protocol, name }) => `${protocol} port named ${name}`),
  ];
  return all.length === 0 ? 'no port' : listed(all, 6);
}

/** `shop/open spec.ingress[0].from[0]`; of other kinds than NetworkPolicy with the kind. */
function placeOf({ policy, path }: Opening): string {
  const ref = policyRef(policy);
  const { kind, namespace, name } = ref;
  return `${kind === 'NetworkPolicy' ? `${namespace}/${name}` : refText(ref)} ${path}`;
}

/** What a finding at the same place is known by. */
const placeKey = ({ object, path }: Pick<Finding, 'object' | 'path'>): string =>
  JSON.stringify([object.kind, object.namespace, object.name, path]);

const keyOf = (opening: Opening): string => placeKey({ object: policyRef(opening.policy), path: opening.path });

type DrawnEnd = Pick<DrawnWay, 'end' | 'who' | 'beyond'> & { readonly peer?: PodPeer; readonly ports?: string };

/** The grant that lets through all the pods of an opening; else those that let through some of them. */
function grantsFor(
  opening: Opening,
  grants: readonly Grant[],
  context: RuleContext,
  direction: Direction,
): readonly Grant[] {
  const selection = openedPods(opening);
  const ports = unionPorts([opening.ports, ...(opening.names.length > 0 ? [ALL_PORTS] : [])]);
  const region = selection && regionOf({ ...selection, ports });
  if (region === undefined) return [];
  const { subject, content } = context;
  const server = {
    namespace: subject.meta.namespace,
    namespaceLabels: namespaceLabels(content),
    containerPorts: direction === 'ingress' ? subject.containers.flatMap(one => one.ports) : [],
  };
  const podsOf = (grant: Grant) =>
    granted([grant], server).pods.map(pods => ({ ...pods, ports: pods.names.length > 0 ? ALL_PORTS : pods.ports }));
  const whole = grants.find(grant => subtractSelections(region, podsOf(grant)).length === 0);
  return whole ? [whole] : grants.filter(grant => podsOf(grant).some(pods => overlaps(region, pods)));
}

/** The gateways and clients that an opening lets in, and whom it lets in besides. */
function fromPods(opening: Opening, context: RuleContext): readonly DrawnEnd[] {
  const { peer } = opening;
  const { gateways, allowedClients } = context.policy;
  const pods = peer !== 'any' && peer.kind === 'pods' ? { peer } : {};
  const who = peerText(peer, opening.policy.meta.namespace);
  const meant = [
    ...grantsFor(opening, gateways.grants, context, 'ingress').map(({ name }) => end('gateway', `gateway ${name}`)),
    ...grantsFor(opening, allowedClients, context, 'ingress').map(({ name }) => end('client', `client ${name}`)),
  ];
  const [beyond] = podsBeyond(opening, context.granted.ingress);
  const besides = beyond === undefined ? [] : [{ end: OTHER_PODS, who, beyond: true, ...pods }];
  // Of a wide opening the gateway is a part: it is the one that is meant.
  const part = beyond === undefined ? { who, ...pods } : { who: `let in among ${who}` };
  return [...meant.map(one => ({ end: one, beyond: false, ...part })), ...besides];
}

function fromAddresses(opening: Opening, { granted: { ingress } }: RuleContext): readonly DrawnEnd[] {
  const { peer, ports, policy } = opening;
  if (peer === 'any' || peer.kind !== 'block') return [];
  const left = boxesLeft({ addresses: peer.worst, ports }, opening.earlier);
  const beyond = left.flatMap(box => subtractBoxes(box, ingress.boxes)).length > 0;
  return left.length === 0 ? [] : [{ end: ADDRESSES, who: peerText(peer, policy.meta.namespace), beyond }];
}

function ingressEnds(opening: Opening, context: RuleContext): readonly DrawnEnd[] {
  if (opening.peer === 'any') {
    const pods = fromPods(opening, context);
    const isBeyond = pods.some(one => one.beyond);
    const everyone = { end: ANYONE, who: 'any pod in any namespace, and any address', beyond: true };
    return [...pods.filter(one => !one.beyond), ...(isBeyond ? [everyone] : [])];
  }
  return opening.peer.kind === 'pods' ? fromPods(opening, context) : fromAddresses(opening, context);
}

function toPods(opening: Opening, context: RuleContext): readonly DrawnEnd[] {
  const { peer } = opening;
  if (peer !== 'any' && peer.kind === 'block') return [];
  const { egress } = context.granted;
  const { allowedDestinations, assumedDestinations } = context.policy;
  const pods = peer === 'any' ? {} : { peer };
  const who = peer === 'any' ? 'any pod in any namespace' : peerText(peer, opening.policy.meta.namespace);
  const meant = grantsFor(opening, [...allowedDestinations, ...assumedDestinations], context, 'egress');
  const beyond = [...podsBeyond(opening, egress), ...namedPodsBeyond(opening, egress)].length > 0;
  return [
    ...meant.map(({ name }) => ({ end: end('destination', name), who, beyond: false, ...pods })),
    ...(beyond ? [{ end: OTHER_PODS, who, beyond, ...pods }] : []),
  ];
}

const addressesOf = (boxes: readonly Box[]): AddressSet =>
  boxes.length === 0 ? { v4: [], v6: [] } : unionAddresses(boxes.map(({ addresses }) => addresses));
const portsOf = (boxes: readonly Box[]): PortSet => unionPorts([NO_PORTS, ...boxes.map(({ ports }) => ports)]);

/** Which classes of the cluster's networks are among these addresses. */
function classesOf(addresses: AddressSet, { guarded: { networks } }: RuleContext): string {
  const names = NETWORK_CLASSES.filter(name => !isNoAddress(intersectAddresses(addresses, knownOf(networks, name))));
  return names.length === 0 ? '' : `${names.join(', ')}: `;
}

/** What of the addresses that an opening reaches is protected, by what protects it; the rest is the Internet. */
function toAddresses(opening: Opening, context: RuleContext): readonly DrawnEnd[] {
  const { peer } = opening;
  if (peer !== 'any' && peer.kind !== 'block') return [];
  const {
    guarded,
    granted: { egress },
  } = context;
  const assumed = guarded.unknown.length > 0 ? guarded.networks.assumed : { v4: [], v6: [] };
  const cluster = subtractAddresses(unionAddresses([guarded.known, assumed]), guarded.anyLinkLocal);
  const parts = [
    [METADATA, guarded.metadata],
    [LINK_LOCAL, guarded.linkLocal],
    [CLUSTER, cluster],
  ] as const;
  const protectedEnds = parts.flatMap(([at, addresses]): readonly DrawnEnd[] => {
    const boxes = reaches(opening, addresses, egress, false);
    const reached = addressesOf(boxes);
    if (isNoAddress(reached)) return [];
    const who = `${at === CLUSTER ? classesOf(reached, context) : ''}${blocksText(reached)}`;
    return [{ end: at, who, beyond: true, ports: portsText(portsOf(boxes)) }];
  });
  const opened = peer === 'any' ? ALL_ADDRESSES : peer.worst;
  const outside = subtractAddresses(opened, guarded.everything);
  const meant = isNoAddress(outside) ? [] : [{ end: INTERNET, who: internetText(outside), beyond: false }];
  return [...meant, ...protectedEnds];
}

/** Most rules mean all of it but for what is protected: nobody reads the blocks of that. */
function internetText(outside: AddressSet): string {
  const blocks = toBlocks(outside);
  return blocks.length > 8
    ? `every address that is not protected, in ${blocks.length} blocks`
    : listedTexts(blocks, NAMED_BLOCKS);
}

/** Nothing closes the direction: everything is open, or what other policies leave by default. */
function openWays(side: MapWay['side'], direction: Direction, context: RuleContext): readonly DrawnWay[] {
  const { byDefault } = context.traffic[direction];
  const common = { side, beyond: true, by: [] };
  if (byDefault === undefined) {
    const who =
      direction === 'ingress'
        ? 'any pod in any namespace, and any address'
        : 'any pod, every node and service, and any address';
    return [{ ...common, end: direction === 'ingress' ? ANYONE : ANYTHING, who, ports: 'every port' }];
  }
  const left = leftBeyond(byDefault, context.granted[direction]);
  if (left.pods.length + left.boxes.length === 0) return [];
  const witness = leftWitness(left, direction);
  const ports = portsText(
    unionPorts([NO_PORTS, ...left.pods.map(one => one.ports), ...left.boxes.map(one => one.ports)]),
  );
  const [region] = left.pods;
  const who = `what no policy closes, such as ${region === undefined ? witness.peer : describePod(region)}`;
  return [{ ...common, end: direction === 'ingress' ? ANYONE : ANYTHING, who, ports }];
}

/** Every way in (`ingress`) or out of a server, from its effective traffic. */
export function drawnWays(direction: Direction, context: RuleContext): readonly DrawnWay[] {
  const side = direction === 'ingress' ? ('from' as const) : ('to' as const);
  const { isolated, openings } = context.traffic[direction];
  if (context.subject.hostNetwork) {
    const who = 'its Pods are in the network of their node, where no policy holds';
    return [{ side, end: direction === 'ingress' ? ANYONE : ANYTHING, who, ports: 'every port', by: [], beyond: true }];
  }
  const open = isolated ? [] : openWays(side, direction, context);
  const ways = openings.flatMap((opening): readonly DrawnWay[] => {
    const ends =
      direction === 'ingress'
        ? ingressEnds(opening, context)
        : [...toPods(opening, context), ...toAddresses(opening, context)];
    const common = { side, by: [placeOf(opening)], at: keyOf(opening) };
    return ends.map(one => ({ ...common, ports: portsText(opening.ports, opening.names), ...one }));
  });
  return [...open, ...ways];
}

/** The rule that finds a way which nobody granted. */
function ruleOf({ side, at, end: { id } }: DrawnWay): string {
  if (at === undefined) return side === 'from' ? 'ingress-not-isolated' : 'egress-not-isolated';
  if (side === 'from') return 'ingress-beyond-gateway';
  return TO_RULES.get(id) ?? 'egress-beyond-allowed';
}

const TO_RULES: ReadonlyMap<string, string> = new Map([
  [METADATA.id, 'egress-reaches-metadata'],
  [LINK_LOCAL.id, 'egress-reaches-link-local'],
  [CLUSTER.id, 'egress-reaches-cluster'],
]);

/** What is found of a server, by rule and place; of what stands in no policy, by the rule alone. */
export type LevelsFound = ReadonlyMap<string, 'deny' | 'warn'>;

export function levelsFound(findings: readonly Finding[]): LevelsFound {
  const levels = new Map<string, 'deny' | 'warn'>();
  for (const { rule, level, object, path } of findings) {
    for (const key of [rule, `${rule} ${placeKey({ object, path })}`])
      if (levels.get(key) !== 'deny') levels.set(key, level);
  }
  return levels;
}

/** How bad a way is, by what is found of it. What nobody granted and nothing is found of, since a rule is off or an exception holds, is as bad as a warning. */
export function standingOf(way: DrawnWay, levels: LevelsFound): WayStanding {
  if (!way.beyond) return 'meant';
  const rule = ruleOf(way);
  return levels.get(way.at === undefined ? rule : `${rule} ${way.at}`) === 'deny' ? 'open' : 'warned';
}
