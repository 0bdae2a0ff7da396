import { has, type Intervals, intersect, isSubset, normalize, subtract } from './intervals.ts';

/** Protocols that a NetworkPolicyPort can name (networking.k8s.io/v1). */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/** Port numbers that can be named: 1 to 65535, inclusive. */
const ALL_PORT_NUMBERS: Intervals = [{ first: 1n, last: 65535n }];

/** A set of destination ports per protocol. A protocol that is absent has none. */
export interface PortSet {
  readonly TCP: Intervals;
  readonly UDP: Intervals;
  readonly SCTP: Intervals;
  /** Protocols without ports, or that NetworkPolicy cannot name (ICMP): only rules without `ports` let them through. */
  readonly other: boolean;
}

export const NO_PORTS: PortSet = { TCP: [], UDP: [], SCTP: [], other: false };

/** Every port of every protocol: what absent or empty `ports` means. */
export const ALL_PORTS: PortSet = { TCP: ALL_PORT_NUMBERS, UDP: ALL_PORT_NUMBERS, SCTP: ALL_PORT_NUMBERS, other: true };

/** The closed range of ports of one protocol. */
export function portRange(protocol: Protocol, first: number, last: number): PortSet {
  return { ...NO_PORTS, [protocol]: [{ first: BigInt(first), last: BigInt(last) }] };
}

function perProtocol(of: (protocol: Protocol) => Intervals, other: boolean): PortSet {
  return { TCP: of('TCP'), UDP: of('UDP'), SCTP: of('SCTP'), other };
}

export function unionPorts(sets: readonly PortSet[]): PortSet {
  const [only] = sets;
  if (only !== undefined && sets.length === 1) return only;
  return perProtocol(
    protocol => normalize(sets.flatMap(set => set[protocol])),
    sets.some(set => set.other),
  );
}

export function intersectPorts(a: PortSet, b: PortSet): PortSet {
  return perProtocol(protocol => intersect(a[protocol], b[protocol]), a.other && b.other);
}

export function subtractPorts(a: PortSet, b: PortSet): PortSet {
  return perProtocol(protocol => subtract(a[protocol], b[protocol]), a.other && !b.other);
}

export function isNoPort(set: PortSet): boolean {
  return !set.other && PROTOCOLS.every(protocol => set[protocol].length === 0);
}

/** Whether every port of `a` is in `b`. */
export function containsPorts(b: PortSet, a: PortSet): boolean {
  return (b.other || !a.other) && PROTOCOLS.every(protocol => isSubset(a[protocol], b[protocol]));
}

/** One port by its number: 1 to 65535 where it can be named. */
export interface PortNumber {
  readonly protocol: Protocol;
  readonly number: number;
}

/** Ports that a reader recognises at once: a witness names one of these where it knows none of the server's. */
const FAMILIAR_PORTS = [443, 80, 53] as const;

/**
 * One port of the set, for a witness: the first of `served` that is in it, else a familiar one, else the lowest. `undefined` when the set holds only
 * protocols without ports, or nothing.
 */
export function examplePort(
  set: PortSet,
  served: readonly PortNumber[] = [],
): { readonly protocol: Protocol; readonly port: number } | undefined {
  const serving = served.find(({ protocol, number }) => has(set[protocol], BigInt(number)));
  if (serving !== undefined) return { protocol: serving.protocol, port: serving.number };
  for (const protocol of PROTOCOLS) {
    const [lowest] = set[protocol];
    if (lowest === undefined) continue;
    const familiar = FAMILIAR_PORTS.find(port => has(set[protocol], BigInt(port)));
    return { protocol, port: familiar ?? Number(lowest.first) };
  }
  return undefined;
}
