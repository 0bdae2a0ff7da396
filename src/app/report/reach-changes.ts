import { createJudge, type Judge } from '../../core/evaluate.ts';
import { refText } from '../../core/explain.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import type { Direction, ObjectRef, Workload } from '../../core/kube/types.ts';
import { listed } from '../../core/listed.ts';
import { type AddressSet, ALL_ADDRESSES, toCidrs, unionAddresses } from '../../core/net/addresses.ts';
import { ALL_PORTS, NO_PORTS, type PortSet, portRange, unionPorts } from '../../core/net/ports.ts';
import { type Box, subtractBoxes } from '../../core/netpol/box.ts';
import { boxesLeft } from '../../core/netpol/earlier-tiers.ts';
import type { Opening } from '../../core/netpol/effective.ts';
import { openedPods } from '../../core/netpol/granted.ts';
import { openToAll } from '../../core/netpol/open-traffic.ts';
import { peerText } from '../../core/netpol/peer-text.ts';
import { regionOf, type SelectedPods, subtractSelections } from '../../core/netpol/region.ts';
import { byKey } from '../../core/order.ts';
import { policyRef } from '../../core/rule.ts';
import { virtualServer } from '../../core/virtual-server.ts';
import type { World } from '../../core/world/world.ts';
import { type JudgedInput, refKey } from './check.ts';
import type { ReachChange, ReachChanges } from './check-report.ts';

/** One way into or out of a server. */
interface Way {
  readonly direction: Direction;
  /** The other end in words. */
  readonly who: string;
  readonly ports: PortSet;
  /** Either pods or addresses. */
  readonly pods?: SelectedPods;
  readonly addresses?: AddressSet;
  /** The rule that lets it through; empty: nothing closes the direction. */
  readonly by: string;
}

const EVERYBODY: readonly Pick<Way, 'who' | 'pods' | 'addresses'>[] = [
  { who: 'any pod in any namespace', pods: { namespaces: [], pods: [], ports: ALL_PORTS } },
  { who: 'any address', addresses: ALL_ADDRESSES },
];

/** Ports by name are any number of the destination. */
const portsOf = ({ ports, names }: Opening): PortSet =>
  unionPorts([ports, ...names.map(({ protocol }) => portRange(protocol, 1, 65535))]);

function waysOf(opening: Opening, direction: Direction): readonly Way[] {
  const { peer, policy, path } = opening;
  const ref = policyRef(policy);
  const common = { direction, ports: portsOf(opening), by: `${refText(ref)} ${path}` };
  const who = peerText(peer, policy.meta.namespace);
  if (peer === 'any') return EVERYBODY.map(one => ({ ...one, ...common }));
  if (peer.kind === 'pods') {
    const pods = openedPods(opening);
    return pods === undefined ? [] : [{ ...common, who, pods }];
  }
  return boxesLeft({ addresses: peer.worst, ports: opening.ports }, opening.earlier).map(({ addresses, ports }) => ({
    ...common,
    ...{ who, addresses, ports },
  }));
}

/** The workload that a decision is about; of a server that the input holds as its policy alone, what that stands for. */
function workloadOf({ kind, namespace, name }: ObjectRef, world: World): Workload | undefined {
  const { workloads, policies } = world.namespace(namespace);
  const policy = kind === 'NetworkPolicy' ? policies.get(`NetworkPolicy/${name}`) : undefined;
  return policy ? virtualServer(policy) : workloads.get(`${kind}/${name}`);
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** All ways of the servers of some worlds, by server. One that is in several worlds has those of all. */
function waysIn(
  worlds: readonly JudgedInput[],
  judge: Judge,
): ReadonlyMap<string, { ref: ObjectRef; ways: readonly Way[] }> {
  const found = new Map<string, { ref: ObjectRef; ways: readonly Way[] }>();
  for (const { decisions, world } of worlds) {
    for (const { subject: ref, mcp } of decisions) {
      const workload = workloadOf(ref, world);
      if (workload === undefined) continue;
      const { traffic } = judge.contextOf(world, workload, mcp, ref);
      const ways = DIRECTIONS.flatMap(direction => {
        const { isolated, openings } = traffic[direction];
        const isClosed = isolated && !workload.hostNetwork;
        if (!isClosed) return EVERYBODY.map((one): Way => ({ ...one, direction, ports: ALL_PORTS, by: '' }));
        return openings.flatMap(opening => waysOf(opening, direction));
      });
      found.set(refKey(ref), { ref, ways: [...(found.get(refKey(ref))?.ways ?? []), ...ways] });
    }
  }
  return found;
}

function podPortsBeyond({ pods, ports }: Way, others: readonly Way[]): PortSet {
  const region = pods && regionOf({ ...pods, ports });
  if (region === undefined) return NO_PORTS;
  const selections = others.flatMap(other => (other.pods ? { ...other.pods, ports: other.ports } : []));
  return unionPorts([NO_PORTS, ...subtractSelections(region, selections).map(part => part.ports)]);
}

const portsText = (ports: PortSet): string => {
  const texts: readonly string[] = openToAll(ports).flatMap(open => open.ports);
  return texts.includes('any') ? 'every port' : listed(texts, 6);
};

/** Blocks that a change names; the others are counted. */
const NAMED_BLOCKS = 4;

function addressText(boxes: readonly Box[], who: string, whole: AddressSet): string {
  const left = toCidrs(unionAddresses(boxes.map(({ addresses }) => addresses)));
  return left.length === toCidrs(whole).length ? who : listed(left, NAMED_BLOCKS);
}

/** What of a way none of the others lets through; `undefined`: nothing. */
function beyond(way: Way, all: readonly Way[]): Pick<ReachChange, 'who' | 'ports'> | undefined {
  const others = all.filter(({ direction }) => direction === way.direction);
  if (way.addresses === undefined) {
    const ports = portsText(podPortsBeyond(way, others));
    return ports === '' ? undefined : { who: way.who, ports };
  }
  const known = others.flatMap(({ addresses, ports }) => (addresses ? [{ addresses, ports }] : []));
  const boxes = subtractBoxes({ addresses: way.addresses, ports: way.ports }, known);
  if (boxes.length === 0) return undefined;
  return {
    who: addressText(boxes, way.who, way.addresses),
    ports: portsText(unionPorts([NO_PORTS, ...boxes.map(({ ports }) => ports)])),
  };
}

type Ways = ReturnType<typeof waysIn>;

/** The ways of `some` that `others` do not have, each once. */
function changesFrom(some: Ways, others: Ways): readonly ReachChange[] {
  const changes = [...some].sort(byKey).flatMap(([key, { ref, ways }]) =>
    ways.flatMap((way): readonly ReachChange[] => {
      const left = beyond(way, others.get(key)?.ways ?? []);
      return left === undefined ? [] : [{ server: ref, direction: way.direction, ...left, by: way.by }];
    }),
  );
  return [...new Map(changes.map(change => [JSON.stringify(change), change])).values()];
}

/** What reaches what in some worlds and does not in others, and the reverse: by the effective traffic of their servers. */
export function reachChanges(
  before: readonly JudgedInput[],
  after: readonly JudgedInput[],
  policy: GatePolicy,
): ReachChanges {
  const judge = createJudge(policy);
  const [then, now] = [waysIn(before, judge), waysIn(after, judge)];
  return { opened: changesFrom(now, then), closed: changesFrom(then, now) };
}

/** A change in a sentence without a full stop: `pods app=web in namespace dev can reach Deployment shop/orders on TCP 8080 (NetworkPolicy shop/debug spec.ingress[0])`. */
export function reachChangeText(
  { server, direction, who, ports, by }: ReachChange,
  verb: 'can reach' | 'no longer reaches',
): string {
  const [from, to] = direction === 'ingress' ? [who, refText(server)] : [refText(server), who];
  return `${from} ${verb} ${to} on ${ports} (${by === '' ? 'no policy closes this' : by})`;
}
