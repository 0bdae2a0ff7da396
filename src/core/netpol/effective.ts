import { isTooLarge as isTooLargeObject, MAX_SERVER_VALUES } from '../kube/size.ts';
import type {
  ContainerPort,
  Direction,
  NetworkPolicy,
  Peer,
  PolicyPort,
  PolicyPorts,
  PolicyRule,
  Workload,
} from '../kube/types.ts';
import { ALL_PORTS, type PortSet, portRange, unionPorts } from '../net/ports.ts';
import { byName } from '../order.ts';
import type { NamespaceContent } from '../world.ts';
import { maySelect, podLabelsOf, surelySelects } from './selects.ts';

/** A port that a rule names instead of giving its number. */
export type NamedPort = Extract<PolicyPort, { kind: 'named' }>;

/** One way that traffic is let through: one peer of one rule of one policy, or a rule without peers. */
export interface Opening {
  readonly policy: NetworkPolicy;
  readonly rule: PolicyRule;
  /** `any`: the rule has no peers, so it is everybody, inside the cluster and outside. */
  readonly peer: Peer | 'any';
  /** Of the peer among those of its rule; 0 where the rule has none. */
  readonly index: number;
  /** Field path of the peer, or of the rule where it has no peers. */
  readonly path: string;
  /** Port numbers. For ingress, named ports are resolved on the subject; for egress they are in `namedPorts`. */
  readonly ports: PortSet;
  /** Egress only: ports by name, which resolve on whatever pod is the destination, and on no other address. */
  readonly names: readonly NamedPort[];
}

/** What all policies together do to one direction of a server's traffic. */
export interface DirectionTraffic {
  /** A policy that stays surely isolates the direction: only the openings are let through. Otherwise everything is, now or once it is gone. */
  readonly isolated: boolean;
  /** Of every policy that may select the pods, in the order of policy names and paths. */
  readonly openings: readonly Opening[];
}

/** The effective traffic of one server's pods: the union over all policies that may select them. */
export interface EffectiveTraffic {
  readonly ingress: DirectionTraffic;
  readonly egress: DirectionTraffic;
  /** Every policy that may select the pods, sorted by name. */
  readonly policies: readonly NetworkPolicy[];
  /** They have more values together than are judged: no openings are listed. */
  readonly isTooLarge: boolean;
}

/** A port name means another port for each protocol. */
const nameKey = ({ name, protocol }: Pick<ContainerPort, 'name' | 'protocol'>): string => `${protocol} ${name}`;

/** Container ports by what a policy calls them. Several containers may call theirs alike. */
export type PortNames = ReadonlyMap<string, readonly ContainerPort[]>;

export const portNames = (containerPorts: readonly ContainerPort[]): PortNames => Map.groupBy(containerPorts, nameKey);

/** No port has a name. */
export const NO_PORT_NAMES: PortNames = new Map();

/** The ports of a rule where port names are looked up among these. A name that is not among them adds nothing. */
export function resolvePorts(ports: PolicyPorts, names: PortNames): PortSet {
  if (ports.kind === 'any') return ALL_PORTS;
  const resolved = namedPorts(ports).flatMap(port => names.get(nameKey(port)) ?? []);
  return unionPorts([
    ...ports.ports.flatMap(port => {
      if (port.kind === 'named') return [];
      return port.kind === 'all' ? portRange(port.protocol, 1, 65535) : portRange(port.protocol, port.first, port.last);
    }),
    ...resolved.map(({ protocol, number }) => portRange(protocol, number, number)),
  ]);
}

/** The ports that a rule gives by name. */
export function namedPorts(ports: PolicyPorts): readonly NamedPort[] {
  return ports.kind === 'any' ? [] : ports.ports.filter(port => port.kind === 'named');
}

/** The ways that one policy lets traffic through. */
export type PolicyOpenings = Readonly<Record<Direction, readonly Opening[]>>;

/** The openings of a policy for pods with these ports. */
export function openingsOfPolicy(policy: NetworkPolicy, containerPorts: readonly ContainerPort[]): PolicyOpenings {
  return {
    ingress: openingsOf(policy, 'ingress', portNames(containerPorts)),
    egress: openingsOf(policy, 'egress', NO_PORT_NAMES),
  };
}

function openingsOf(policy: NetworkPolicy, direction: Direction, declared: PortNames): readonly Opening[] {
  const rules = policy[direction];
  if (!rules.isolates) return [];
  return rules.rules.flatMap(rule => {
    const ports = resolvePorts(rule.ports, declared);
    const names = direction === 'egress' ? namedPorts(rule.ports) : [];
    const peers: readonly (Peer | 'any')[] = rule.peers.kind === 'any' ? ['any'] : rule.peers.peers;
    return peers.map((peer, index) => ({
      ...{ policy, rule, peer, index, ports, names },
      path: peer === 'any' ? rule.path : peer.path,
    }));
  });
}

/** How many ports one name stands for at most: each rule that gives the name opens them all. */
function portsOfOneName({ containers }: Workload): number {
  const names = portNames(containers.flatMap(({ ports }) => ports).filter(({ name }) => name !== ''));
  return [...names.values()].reduce((most, ports) => Math.max(most, ports.length), 1);
}

/** The union of all policies of the namespace that select the workload's pods. Costs what the namespace holds. `openings`: those of a policy, for the ports of these pods. */
export function effectiveTraffic(
  workload: Workload,
  content: NamespaceContent,
  openings: (policy: NetworkPolicy) => PolicyOpenings,
): EffectiveTraffic {
  const labels = podLabelsOf(workload);
  const policies = [...content.policies.values()].filter(policy => maySelect(policy.podSelector, labels)).sort(byName);
  // Of a policy that is too large itself nothing is left to judge.
  const size = policies.reduce((sum, policy) => sum + (isTooLargeObject(policy) ? 0 : policy.meta.size), 0);
  const isTooLarge = size * portsOfOneName(workload) > MAX_SERVER_VALUES;
  const direction = (name: Direction): DirectionTraffic => ({
    isolated: policies.some(
      policy => policy[name].isolates && !policy.meta.terminating && surelySelects(policy.podSelector, labels),
    ),
    openings: isTooLarge ? [] : policies.flatMap(policy => openings(policy)[name]),
  });
  return { ingress: direction('ingress'), egress: direction('egress'), policies, isTooLarge };
}
