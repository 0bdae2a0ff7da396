import type { Direction, Peer, PolicyPort, Workload } from '../kube/types.ts';
import type { Protocol } from '../net/ports.ts';
import { byKey } from '../order.ts';
import { lineage, ownersIn } from '../owner.ts';
import type { World } from '../world/world.ts';
import { answerBetween } from './reach.ts';
import {
  askedPort,
  declaredPorts,
  endpointText,
  type NoAnswer,
  type Passage,
  type ReachCause,
  type ReachEndpoint,
  type ReachPod,
  type ReachPods,
  type ReachPort,
  type ReachReason,
  type Side,
} from './reach-pods.ts';
import { portMatches } from './tiers/match.ts';

/** Who can reach `end` (`ingress`), or what `end` can reach (`egress`)? */
export interface ReachListQuery {
  readonly direction: Direction;
  readonly end: ReachEndpoint;
  /** Of the destinations, by number or name. Absent: what each declares. */
  readonly port?: number | string;
  /** Absent: that of the port, where it is declared, else TCP. */
  readonly protocol?: Protocol;
}

/** A port with its name, which may be empty. */
export interface ListedPort extends ReachPort {
  readonly name: string;
}

/** A workload of the world at the other end. The controllers that made a Pod answer for it. */
interface ListedWorkload {
  readonly workload: Workload;
  /** At least one. */
  readonly ports: readonly ListedPort[];
  /** Rules of the end's own policies that let it through, or of this workload's where the end is an address; empty: none isolates it. */
  readonly by: readonly ReachReason[];
}

/** What a rule of the end's own policies opens, whether the world holds such pods or not. */
export interface ListedRule {
  readonly peer: Peer | 'any';
  /** Namespace of the policy, in which a peer without namespaces is; of the end where there is no policy. */
  readonly namespace: string;
  /** `any`: every port. */
  readonly ports: 'any' | readonly PolicyPort[];
  /** Absent: no policy isolates the end, so everything is open. */
  readonly by?: ReachReason;
}

/** A workload of which it is not known. */
interface UnknownWorkload {
  readonly workload: Workload;
  readonly ports: readonly ListedPort[];
  /** At least one. */
  readonly causes: readonly ReachCause[];
}

export interface ReachList {
  /** The workload at the end; `undefined` of an address that is no pod's. */
  readonly end: Workload | undefined;
  /** Sorted by namespace, kind and name. */
  readonly workloads: readonly ListedWorkload[];
  /** In the same order: whether these can, something that is not judged may decide. */
  readonly unknown: readonly UnknownWorkload[];
  /** None for an address that is no pod's; `undefined`: policies of another API decide too, and what all of them open together is not told by rule. */
  readonly rules: readonly ListedRule[] | undefined;
  /** Workloads that may be reached and declare no port: which of theirs, nobody asked. */
  readonly withoutPorts: readonly Workload[];
}

/** It has to be said at which port. */
export interface NeedsPort {
  readonly needsPort: string;
}

const named = ({ number, protocol, name }: { number: number; protocol: Protocol; name: string }): ListedPort => ({
  port: number,
  protocol,
  name,
});

/** The ports of one destination that are asked about. */
function portsOf(to: Side, toText: string, { port, protocol }: ReachListQuery): readonly ListedPort[] | NoAnswer {
  const declared = (to.pod === undefined ? [] : declaredPorts(to.pod.workload)).map(named);
  if (port === undefined) return declared.filter(one => protocol === undefined || one.protocol === protocol);
  const asked = askedPort(port, protocol, to, toText);
  if (!('port' in asked)) return asked;
  const known = declared.find(one => one.port === asked.port && one.protocol === asked.protocol);
  return [{ ...asked, name: known?.name ?? '' }];
}

interface Found<Reason> {
  readonly workload: Workload;
  readonly ports: Map<string, ListedPort>;
  readonly reasons: Map<string, Reason>;
}

/** Workloads, each once, with their ports and reasons. */
class Gathered<Reason> {
  readonly #found = new Map<string, Found<Reason>>();

  add(workload: Workload, port: ListedPort, reasons: readonly Reason[]): void {
    const key = [workload.meta.namespace, workload.kind, workload.meta.name].join('\u0000');
    const found = this.#found.get(key) ?? { workload, ports: new Map(), reasons: new Map() };
    this.#found.set(key, found);
    found.ports.set(`${port.protocol} ${port.port}`, port);
    for (const reason of reasons) found.reasons.set(JSON.stringify(reason), reason);
  }

  sorted(): readonly { workload: Workload; ports: readonly ListedPort[]; reasons: readonly Reason[] }[] {
    const sorted = [...this.#found].sort(byKey);
    return sorted.map(([, { workload, ports, reasons }]) => {
      return { workload, ports: [...ports.values()], reasons: [...reasons.values()] };
    });
  }
}

class Lister {
  readonly #world: World;
  readonly #open = new Gathered<ReachReason>();
  readonly #unknown = new Gathered<ReachCause>();

  constructor(world: World) {
    this.#world = world;
  }

  /** What made it, from the last controller on: that is the name by which people know it. */
  ownerOf(workload: Workload): Workload {
    return lineage(workload, ownersIn(this.#world.namespace(workload.meta.namespace))).at(-1) ?? workload;
  }

  add(owner: Workload, port: ListedPort, { allowed, by, causes = [] }: Open): void {
    if (allowed) this.#open.add(owner, port, by);
    else this.#unknown.add(owner, port, causes);
  }

  list(): Pick<ReachList, 'workloads' | 'unknown'> {
    return {
      workloads: this.#open.sorted().map(({ reasons: by, ...rest }) => ({ ...rest, by })),
      unknown: this.#unknown.sorted().map(({ reasons: causes, ...rest }) => ({ ...rest, causes })),
    };
  }
}

const single = ({ port, protocol }: ReachPort): PolicyPort => ({ kind: 'range', protocol, first: port, last: port });

/** What was asked for of everything. */
function everything({ port, protocol }: ReachListQuery): ListedRule['ports'] {
  if (typeof port === 'number') return [single({ port, protocol: protocol ?? 'TCP' })];
  return protocol === undefined ? 'any' : [{ kind: 'all', protocol }];
}

/** What of a rule's egress ports was asked for: a name means what the destination makes of it, and nothing on an address. */
function egressPorts({ rule: { ports }, peer }: Passage, query: ReachListQuery): ListedRule['ports'] {
  const { port, protocol } = query;
  if (typeof port === 'number') {
    const asked = { port, protocol: protocol ?? 'TCP' };
    return portMatches(ports, asked, undefined) ? [single(asked)] : [];
  }
  if (ports.kind === 'any') return everything(query);
  const isBlock = peer !== 'any' && peer.kind === 'block';
  const isAsked = (one: PolicyPort): boolean => one.kind !== 'named' || (!isBlock && (port ?? one.name) === one.name);
  return ports.ports.filter(one => (protocol ?? one.protocol) === one.protocol && isAsked(one));
}

/** What the end's own rules open. */
function rulesOf(pod: ReachPod, ports: readonly ListedPort[], query: ReachListQuery): ReachList['rules'] {
  if (pod.walk[query.direction] !== undefined) return undefined;
  const passages = pod[query.direction];
  const isIngress = query.direction === 'ingress';
  if (passages === undefined) {
    const { namespace } = pod.workload.meta;
    return [{ peer: 'any', namespace, ports: isIngress ? ports.map(single) : everything(query) }];
  }
  return passages.flatMap(passage => {
    const { peer, namespace, reason: by, rule } = passage;
    const open = isIngress
      ? ports.filter(port => portMatches(rule.ports, port, pod)).map(single)
      : egressPorts(passage, query);
    return open.length === 0 ? [] : [{ peer, namespace, ports: open, by }];
  });
}

const OPPOSITE: Readonly<Record<Direction, Direction>> = { ingress: 'egress', egress: 'ingress' };

/** A port that is open, with the rules that let it through, or of which that is not known, with the causes. */
interface Open {
  readonly port: ListedPort;
  readonly allowed: true | null;
  readonly by: readonly ReachReason[];
  readonly causes?: readonly ReachCause[];
}

/** Which of these ports are open between the end and another, or may be. */
function openBetween(end: Side, other: Side, ports: readonly ListedPort[], direction: Direction): readonly Open[] {
  const [from, to] = direction === 'ingress' ? [other, end] : [end, other];
  const decides = end.pod === undefined ? OPPOSITE[direction] : direction;
  return ports.flatMap(port => {
    const { allowed, causes, ...sides } = answerBetween(from, to, port);
    return allowed === false ? [] : [{ port, allowed, by: sides[decides].by, ...(causes && { causes }) }];
  });
}

/** The ports that are asked about at each destination; why there is no answer where they are the end's own. */
function destinationPorts(
  side: Side,
  query: ReachListQuery,
): ((to: Side) => readonly ListedPort[]) | NoAnswer | NeedsPort {
  if (query.direction === 'egress') {
    return to => {
      const ports = portsOf(to, '', query);
      return 'length' in ports ? ports : [];
    };
  }
  const text = endpointText(query.end);
  const ports = portsOf(side, text, query);
  if (!('length' in ports)) return ports;
  return ports.length === 0 ? { needsPort: text } : () => ports;
}

/** The other ends: every workload that may be the source, or the destination. */
export function listReach(world: World, pods: ReachPods, query: ReachListQuery): ReachList | NoAnswer | NeedsPort {
  const { direction, end } = query;
  const side = pods.find(end);
  if (!('pod' in side)) return side;
  const portsAt = destinationPorts(side, query);
  if (typeof portsAt !== 'function') return portsAt;
  const lister = new Lister(world);
  const own = side.pod && lister.ownerOf(side.pod.workload);
  const withoutPorts = new Set<Workload>();
  for (const pod of pods.all) {
    const owner = lister.ownerOf(pod.workload);
    if (owner === own) continue;
    const other: Side = { pod, address: undefined };
    const ports = portsAt(other);
    if (ports.length === 0 && query.port === undefined) withoutPorts.add(owner);
    for (const open of openBetween(side, other, ports, direction)) lister.add(owner, open.port, open);
  }
  return {
    end: own,
    ...lister.list(),
    rules: side.pod === undefined ? [] : rulesOf(side.pod, portsAt(side), query),
    withoutPorts: [...withoutPorts],
  };
}
