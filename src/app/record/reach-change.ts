import type { Judge } from '../../core/evaluate.ts';
import type { Workload } from '../../core/kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';
import { type AddressSet, containsAddresses } from '../../core/net/addresses.ts';
import { containsPorts, isNoPort, NO_PORTS, type PortSet, unionPorts } from '../../core/net/ports.ts';
import { subtractBoxes } from '../../core/netpol/box.ts';
import type { NamedPort } from '../../core/netpol/port-names.ts';
import { declaredPorts } from '../../core/netpol/reach-pods.ts';
import { plainlyInside, regionOf, type SelectedPods, subtractSelections } from '../../core/netpol/region.ts';
import type { PolicyMemory } from '../../core/policy-memory.ts';
import type { JudgedTraffic } from '../../core/worked-out.ts';
import type { World } from '../../core/world/world.ts';
import type { ReachEntry } from './line.ts';
import { type PortText, type ToldPorts, toldPorts, type Way, type WorkloadTraffic } from './ways.ts';

/** How much may still be looked at for one review: values of policies, and ways compared with ways. */
export interface ReachBudget {
  left: number;
}

/** About a tenth of a second of processor time. */
export const REACH_BUDGET = 200_000;

const STEPS_OF_COMPARING = 10;

/** Who tells the traffic of the servers of one change. */
export interface TrafficReader {
  readonly judge: Pick<Judge, 'traffic'>;
  readonly memory: () => PolicyMemory;
  /** As the judge worked it out in the same states of the cluster; absent: it did not. */
  readonly judged: JudgedTraffic | undefined;
}

/** What is let into and out of a workload's pods; `undefined`: it takes too much to be looked at. */
export function trafficOf(
  workload: Workload,
  world: World,
  { judge, memory, judged }: TrafficReader,
  budget: ReachBudget,
): WorkloadTraffic | undefined {
  if (budget.left < 0) return undefined;
  const { ingress, egress, isTooLarge, policies, tiers } =
    judged?.of(world, workload) ?? judge.traffic(world, workload, memory());
  const beside = world.namespace(workload.meta.namespace).policies.size;
  budget.left -= [...policies, ...(tiers?.policies ?? [])].reduce((sum, { meta }) => sum + meta.size, beside);
  return isTooLarge || budget.left < 0 ? undefined : { ingress, egress, isInHostNetwork: workload.hostNetwork };
}

/** The ways but for those that the same rule of the same policy lets through in the others: whatever else there is, they are no change. What other APIs decide before a rule may have changed, so that it is compared. */
function changedWays(ways: readonly Way[], others: readonly Way[]): readonly Way[] {
  const known = Map.groupBy(others, ({ by }) => by?.policy);
  const isKept = ({ by, ports }: Way): boolean =>
    by !== undefined &&
    by.earlier === undefined &&
    (known.get(by.policy) ?? []).some(
      ({ by: other, ports: on }) => other?.path === by.path && other.earlier === undefined && containsPorts(on, ports),
    );
  return ways.filter(way => !isKept(way));
}

/** Whether another way lets all of a way through by itself, as plainly as most do. False proves nothing. */
function isPlainlyIn({ peers, ports }: Way, other: Way): boolean {
  if (peers.kind === 'pods') return other.peers.kind === 'pods' && plainlyInside(peers.selected, other.peers.selected);
  return (
    other.peers.kind === 'addresses' &&
    containsPorts(other.ports, ports) &&
    containsAddresses(other.peers.addresses, peers.addresses)
  );
}

/** The ports of all parts that are left of what has these ports. */
const portsOf = (parts: readonly { readonly ports: PortSet }[], ports: PortSet): PortSet =>
  parts.some(part => part.ports === ports) ? ports : unionPorts([NO_PORTS, ...parts.map(part => part.ports)]);

/** Whether the selection passes over a pod without labels, in a namespace that has none but a name that nobody has given yet. */
const passesOverUnknown = ({ namespaces, pods }: SelectedPods): boolean =>
  pods.some(({ operator }) => operator === 'In' || operator === 'Exists') ||
  namespaces.some(({ key, operator }) => operator === 'In' || (operator === 'Exists' && key !== NAMESPACE_NAME_LABEL));

/** Whether somebody meets a way on all of its ports and none of the others on any, as plainly as where everybody was let through. False proves nothing. */
function isPlainlyBeyond({ peers, ports }: Way, others: readonly Way[]): boolean {
  if (isNoPort(ports)) return false;
  if (peers.kind === 'pods') {
    const isAnyPod = peers.selected.pods.length + peers.selected.namespaces.length === 0;
    return isAnyPod && others.every(({ peers: to }) => to.kind === 'pods' && passesOverUnknown(to.selected));
  }
  const { v4, v6 } = peers.addresses;
  const isNone = (isOfNone: (addresses: AddressSet) => boolean): boolean =>
    others.every(({ peers: to }) => to.kind === 'addresses' && isOfNone(to.addresses));
  return (v6.length > 0 && isNone(to => to.v6.length === 0)) || (v4.length > 0 && isNone(to => to.v4.length === 0));
}

/** The ports of a way that none of the others lets through, to and from some of its peers. */
function portsBeyond(way: Way, others: readonly Way[]): PortSet {
  const { direction, peers, ports } = way;
  const alike = others.filter(other => other.direction === direction && other.peers.kind === peers.kind);
  if (alike.length === 0 || isPlainlyBeyond(way, alike)) return ports;
  if (alike.some(other => isPlainlyIn(way, other))) return NO_PORTS;
  if (peers.kind === 'pods') {
    const region = regionOf(peers.selected);
    const selections = alike.flatMap(other => (other.peers.kind === 'pods' ? other.peers.selected : []));
    const rest = region === undefined ? [] : subtractSelections(region, selections);
    return portsOf(rest, ports);
  }
  const boxes = alike.flatMap(({ peers: to, ports: on }) =>
    to.kind === 'addresses' ? { addresses: to.addresses, ports: on } : [],
  );
  return portsOf(subtractBoxes({ addresses: peers.addresses, ports }, boxes), ports);
}

const namesText = ({ protocol, name }: NamedPort): string => `${protocol} ${name}`;

function namesBeyond(way: Way, others: readonly Way[]): readonly NamedPort[] {
  if (way.names.length === 0) return [];
  const known = new Set(
    others.flatMap(({ direction, text, names }) =>
      direction === way.direction && text === way.text ? names.map(namesText) : [],
    ),
  );
  return way.names.filter(name => !known.has(namesText(name)));
}

/** The end of a server that a way begins or ends at. */
export interface ReachServer {
  /** `namespace/name`. */
  readonly name: string;
  readonly workload: Workload;
}

/** Every port is told as `any`; those that the server declares beside it, by their numbers. */
function portTexts({ direction }: Way, told: ToldPorts, { workload }: ReachServer): readonly PortText[] {
  if (told !== 'every') return told;
  const declared = direction === 'ingress' ? declaredPorts(workload) : [];
  const numbers = declared.map(({ number, protocol }) => ({ port: number, protocol }));
  return [...numbers, { port: 'any', protocol: 'any' }];
}

const entriesOf = (
  { direction, text }: Way,
  ports: readonly PortText[],
  names: readonly NamedPort[],
  server: ReachServer,
): readonly ReachEntry[] => {
  const [from, to] = direction === 'ingress' ? [text, server.name] : [server.name, text];
  // With its keys in order, it is written as it is.
  const entries = ports.map(({ port, protocol }) => ({ from, port, protocol, to }));
  return names.length === 0
    ? entries
    : [...entries, ...names.map(({ name, protocol }) => ({ from, port: name, protocol, to }))];
};

/**
 * The entries of what the first ways let through and the others do not; `undefined`: it takes too much to be compared. A way that the others let through for
 * some of its peers is told whole.
 */
export function entriesBeyond(
  ways: readonly Way[],
  others: readonly Way[],
  server: ReachServer,
  budget: ReachBudget,
): readonly ReachEntry[] | undefined {
  const changed = others.length === 0 ? ways : changedWays(ways, others);
  budget.left -= changed.length * (others.length + 1) * STEPS_OF_COMPARING;
  if (budget.left < 0) return undefined;
  return changed.flatMap(way => {
    const [ports, names] =
      others.length === 0 ? [way.ports, way.names] : [portsBeyond(way, others), namesBeyond(way, others)];
    const told = ports === way.ports ? way.told() : toldPorts(ports);
    return entriesOf(way, portTexts(way, told, server), names, server);
  });
}
