import type { TierPorts } from '../kube/tiers.ts';
import type { ContainerPort, PolicyPort } from '../kube/types.ts';
import { ALL_PORTS, type PortSet, portRange, unionPorts } from '../net/ports.ts';

/** A port that a rule names instead of giving its number. */
export type NamedPort = Extract<PolicyPort, { kind: 'named' }>;

/** A port name means another port for each protocol. */
const nameKey = ({ name, protocol }: Pick<ContainerPort, 'name' | 'protocol'>): string => `${protocol} ${name}`;

/** Container ports by what a policy calls them. Several containers may call theirs alike. */
export type PortNames = ReadonlyMap<string, readonly ContainerPort[]>;

export const portNames = (containerPorts: readonly ContainerPort[]): PortNames => Map.groupBy(containerPorts, nameKey);

/** No port has a name. */
export const NO_PORT_NAMES: PortNames = new Map();

/** The ports of a rule where port names are looked up among these. A name that is not among them adds nothing. */
export function resolvePorts(ports: TierPorts, names: PortNames): PortSet {
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
export function namedPorts(ports: TierPorts): readonly NamedPort[] {
  return ports.kind === 'any' ? [] : ports.ports.filter(port => port.kind === 'named');
}
