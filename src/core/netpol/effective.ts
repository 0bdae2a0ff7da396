import { isTooLarge as isTooLargeObject, MAX_SERVER_VALUES } from '../kube/size.ts';
import type {
  ContainerPort,
  Direction,
  ForeignPolicy,
  NetworkPolicy,
  Peer,
  PolicyRule,
  Workload,
} from '../kube/types.ts';
import type { PortSet } from '../net/ports.ts';
import { byName } from '../order.ts';
import type { NamespaceContent } from '../world/world.ts';
import type { Earlier } from './earlier-tiers.ts';
import { type NamedPort, NO_PORT_NAMES, namedPorts, type PortNames, portNames, resolvePorts } from './port-names.ts';
import { maySelect, podLabelsOf, surelySelects } from './selects.ts';
import { earlierOf, type OpenByDefault, openByDefault, type ServerTiers } from './server-tiers.ts';
import { openingsOfTierPolicy } from './tier-openings.ts';

/** One way that traffic is let through: one peer of one rule of one policy, or a rule without peers. */
export interface Opening {
  readonly policy: NetworkPolicy | ForeignPolicy;
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
  /** What rules before it decide: so much less is let through. Absent: nothing. */
  readonly earlier?: Earlier;
  /** Who has the addresses of the block is meant as what it is, a node or the API server: no dataplane reads it otherwise. */
  readonly byIdentity?: true;
  /** `warn`: whether it lets anybody through depends on a fact that is not known. */
  readonly atMost?: 'warn';
}

/** The field to remove so that nothing is opened: the rule where the peer is its only one, since a rule whose peers are empty lets everybody through. */
export const removable = ({ rule, path }: Opening): string =>
  rule.peers.kind === 'only' && rule.peers.peers.length === 1 ? rule.path : path;

/** What all policies together do to one direction of a server's traffic. */
export interface DirectionTraffic {
  /** Only the openings are let through, by a policy that stays. Otherwise everything is, now or once it is gone, or what `byDefault` says. */
  readonly isolated: boolean;
  /** Of every policy that may select the pods, in the order of policy names and paths. */
  readonly openings: readonly Opening[];
  /** What is open where it is not isolated; absent: everything is. */
  readonly byDefault?: OpenByDefault;
}

/** The effective traffic of one server's pods: the union over all policies that may select them. */
export interface EffectiveTraffic {
  readonly ingress: DirectionTraffic;
  readonly egress: DirectionTraffic;
  /** Every policy that may select the pods, sorted by name. */
  readonly policies: readonly NetworkPolicy[];
  /** What policies of other APIs decide; absent: none that is judged may select the pods. */
  readonly tiers?: ServerTiers;
  /** They have more values together than are judged: no openings are listed. */
  readonly isTooLarge: boolean;
}

/** The ways that one policy lets traffic through. */
export type PolicyOpenings = Readonly<Record<Direction, readonly Opening[]>>;

const NO_OPENINGS: PolicyOpenings = { ingress: [], egress: [] };

/** The openings of a policy for pods with these ports. */
export function openingsOfPolicy(
  policy: NetworkPolicy | ForeignPolicy,
  containerPorts: readonly ContainerPort[],
  tiers?: ServerTiers,
): PolicyOpenings {
  if ('says' in policy) return tiers ? openingsOfTierPolicy(policy, tiers) : NO_OPENINGS;
  return {
    ingress: openingsOf(policy, 'ingress', portNames(containerPorts), earlierOf(tiers, policy, 'ingress')),
    egress: openingsOf(policy, 'egress', NO_PORT_NAMES, earlierOf(tiers, policy, 'egress')),
  };
}

function openingsOf(
  policy: NetworkPolicy,
  direction: Direction,
  declared: PortNames,
  earlier: Earlier | undefined,
): readonly Opening[] {
  const rules = policy[direction];
  if (!rules.isolates) return [];
  return rules.rules.flatMap(rule => {
    const ports = resolvePorts(rule.ports, declared);
    const names = direction === 'egress' ? namedPorts(rule.ports) : [];
    const peers: readonly (Peer | 'any')[] = rule.peers.kind === 'any' ? ['any'] : rule.peers.peers;
    return peers.map((peer, index) => ({
      ...{ policy, rule, peer, index, ports, names },
      path: peer === 'any' ? rule.path : peer.path,
      ...(earlier && { earlier }),
    }));
  });
}

/** How many ports one name stands for at most: each rule that gives the name opens them all. */
function portsOfOneName({ containers }: Workload): number {
  const names = portNames(containers.flatMap(({ ports }) => ports).filter(({ name }) => name !== ''));
  return [...names.values()].reduce((most, ports) => Math.max(most, ports.length), 1);
}

/** The NetworkPolicies that may select a workload's pods, sorted by name, and whether one surely isolates a direction. */
export interface Selecting {
  readonly policies: readonly NetworkPolicy[];
  readonly isolated: Readonly<Record<Direction, boolean>>;
}

export function selecting(workload: Workload, content: NamespaceContent): Selecting {
  const labels = podLabelsOf(workload);
  const near = [...content.policiesNear(labels)];
  const policies = near.filter(policy => maySelect(policy.podSelector, labels)).sort(byName);
  const isIsolated = (name: Direction): boolean =>
    policies.some(
      policy => policy[name].isolates && !policy.meta.terminating && surelySelects(policy.podSelector, labels),
    );
  return { policies, isolated: { ingress: isIsolated('ingress'), egress: isIsolated('egress') } };
}

/** Those of several policies as one, in their order. */
export function joinedOpenings(all: readonly PolicyOpenings[]): PolicyOpenings {
  return { ingress: all.flatMap(({ ingress }) => ingress), egress: all.flatMap(({ egress }) => egress) };
}

/**
 * Why no policy surely isolates a direction: none would, all that would are being deleted (`leaving` is one of them), or none is sure to select the pods.
 */
export function whyNotIsolated(
  { policies }: Pick<EffectiveTraffic, 'policies'>,
  name: Direction,
): { readonly messageId: 'no-policy' | 'being-deleted' | 'not-surely'; readonly leaving?: NetworkPolicy } {
  const isolating = policies.filter(policy => policy[name].isolates);
  const [leaving] = isolating;
  if (leaving === undefined) return { messageId: 'no-policy' };
  if (isolating.some(({ meta }) => !meta.terminating)) return { messageId: 'not-surely' };
  return { messageId: 'being-deleted', leaving };
}

/** The union of the NetworkPolicies that select a workload's pods, in the tiers around it. `openings`: those of all of these policies, for the ports of these pods. */
export function effectiveTraffic(
  workload: Workload,
  { policies, isolated }: Selecting,
  openings: (policies: readonly (NetworkPolicy | ForeignPolicy)[]) => PolicyOpenings,
  tiers?: ServerTiers,
): EffectiveTraffic {
  const all = tiers === undefined ? policies : [...policies, ...tiers.policies];
  // Of a policy that is too large itself nothing is left to judge.
  const size = all.reduce((sum, policy) => sum + (isTooLargeObject(policy) ? 0 : policy.meta.size), 0);
  const isTooLarge = size * portsOfOneName(workload) > MAX_SERVER_VALUES;
  const opened = isTooLarge ? NO_OPENINGS : openings(all);
  const direction = (name: Direction): DirectionTraffic => {
    const byDefault = isTooLarge ? undefined : openByDefault(tiers, name);
    const isClosed = byDefault && byDefault.pods.length + byDefault.boxes.length === 0;
    return {
      isolated: isClosed ?? isolated[name],
      openings: opened[name],
      ...(byDefault && { byDefault }),
    };
  };
  return { ingress: direction('ingress'), egress: direction('egress'), policies, isTooLarge, ...(tiers && { tiers }) };
}
