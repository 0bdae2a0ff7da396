import type { Grant, WritingPolicy } from '../gate/types.ts';
import { matches } from '../kube/selector.ts';
import type { Labels, PodPeer, PolicyPort, PolicyPorts } from '../kube/types.ts';
import type { Dialect } from './dialect.ts';

/** What of a configuration is for servers of one namespace, as a dialect has to say it. */
export interface ServedGrants {
  readonly policy: WritingPolicy;
  /** Gateways and allowed clients. */
  readonly enter: readonly Grant[];
  readonly leave: readonly Grant[];
  /** Those of `leave` whose hosts by name the dialect can tell, by the ports that a host outside has. */
  readonly named: readonly Grant[];
}

const DNS_PORT = 53;

const mayBeDns = (port: PolicyPort): boolean =>
  port.kind === 'all' || (port.kind === 'range' && port.first <= DNS_PORT && DNS_PORT <= port.last);

/** A port's name is the number that a pod gives it, and says nothing of an address that is no pod's. `undefined`: only names are there. */
export function numberedPorts(ports: PolicyPorts): PolicyPorts | undefined {
  if (ports.kind === 'any') return ports;
  const [first, ...rest] = ports.ports.filter(({ kind }) => kind !== 'named');
  return first && { kind: 'only', ports: [first, ...rest] };
}

/** Destinations that name hosts, by the ports that a host outside has. */
export const namedOf = (destinations: readonly Grant[]): readonly Grant[] =>
  destinations.flatMap(grant => {
    const ports = numberedPorts(grant.ports);
    return (grant.domains ?? []).length > 0 && ports !== undefined ? [{ ...grant, ports }] : [];
  });

/** Where names are looked up: the granted pods that are reached on the port of DNS. */
export function dnsPods(destinations: readonly Grant[]): readonly PodPeer[] {
  const isDns = ({ ports }: Grant): boolean => ports.kind === 'only' && ports.ports.some(mayBeDns);
  return destinations.filter(isDns).flatMap(({ peers }) => peers.filter(peer => peer.kind === 'pods'));
}

const mayLookUp = (destinations: readonly Grant[]): boolean =>
  destinations.some(({ peers, ports }) => peers.length > 0 && (ports.kind === 'any' || ports.ports.some(mayBeDns)));

/** Whether hosts are found by their names: Cilium learns them from answers of pods that it is told of, the others are only to be let ask. */
const knowsNames = (dialect: Dialect, destinations: readonly Grant[]): boolean =>
  dialect === 'cilium' ? dnsPods(destinations).length > 0 : mayLookUp(destinations);

/** The grants for servers of a namespace with these labels. */
export function servedGrants(policy: WritingPolicy, namespaceLabels: Labels, dialect: Dialect): ServedGrants {
  const serves = ({ servesNamespaces }: Grant): boolean => matches(servesNamespaces, namespaceLabels);
  const leave = policy.allowedDestinations.filter(serves);
  return {
    policy,
    enter: [...policy.gateways.grants, ...policy.allowedClients].filter(serves),
    leave,
    named: knowsNames(dialect, leave) ? namedOf(leave) : [],
  };
}
