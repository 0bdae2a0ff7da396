import { matches } from '../kube/selector.ts';
import type { PlacedPolicy, TierPeer, TierPolicy, TierRule } from '../kube/tiers.ts';
import type {
  BlockPeer,
  Direction,
  ForeignPolicy,
  Node,
  Peer,
  PolicyPort,
  PolicyRule,
  Workload,
} from '../kube/types.ts';
import { NAMESPACE_NAME_LABEL } from '../kube/well-known-labels.ts';
import { type AddressSet, ALL_ADDRESSES } from '../net/addresses.ts';
import { ALL_PORTS, isNoPort } from '../net/ports.ts';
import { type NamespaceContent, namespaceLabels } from '../world.ts';
import type { Box } from './box.ts';
import {
  addressesOfNodes,
  boxesLeft,
  type Earlier,
  earlierInTier,
  podsLeft,
  type StagedTier,
  type StepFacts,
  stageOf,
  type Ties,
  tiedPolicies,
  tierPortSet,
} from './earlier-tiers.ts';
import type { Opening, PolicyOpenings } from './effective.ts';
import { NO_PORT_NAMES, namedPorts, portNames } from './port-names.ts';
import { type Region, regionOf } from './region.ts';
import { podLabelsOf, surelySelects } from './selects.ts';

/** The tiers around the NetworkPolicies, as one direction of a server meets them. */
interface TierTraffic {
  readonly admin: StagedTier;
  readonly baseline: StagedTier;
  readonly facts: StepFacts;
  /** A NetworkPolicy surely isolates the direction: the baseline is not asked. */
  readonly isolated: boolean;
}

/** What policies of other APIs decide about a server's traffic. */
export interface ServerTiers {
  /** Those that are judged and may select the server. */
  readonly policies: readonly ForeignPolicy[];
  /** Those of them that surely do. */
  readonly sure: readonly ForeignPolicy[];
  readonly ties: Ties;
  readonly ingress: TierTraffic;
  readonly egress: TierTraffic;
}

/** Whether a policy selects the pods whatever labels a controller adds to them, and stays. */
function surelyIsFor(policy: ForeignPolicy, content: NamespaceContent, subject: Workload): boolean {
  const { podSelector = [], namespaceSelector = [], meta } = policy;
  const isKnown = content.namespace !== undefined || namespaceSelector.every(({ key }) => key === NAMESPACE_NAME_LABEL);
  return (
    !meta.terminating &&
    isKnown &&
    matches(namespaceSelector, namespaceLabels(content)) &&
    surelySelects(podSelector, podLabelsOf(subject))
  );
}

/** What beside the policies decides what their rules match. */
export interface TierFacts {
  readonly nodes: readonly Node[];
  readonly podAddresses: AddressSet | undefined;
  readonly isolated: Readonly<Record<Direction, boolean>>;
}

/** `undefined`: no policy of another API that is judged may select the server. */
export function serverTiers(
  policies: readonly ForeignPolicy[],
  subject: Workload,
  content: NamespaceContent,
  { nodes, podAddresses, isolated }: TierFacts,
  ties: Ties,
): ServerTiers | undefined {
  if (policies.length === 0) return undefined;
  const sure = policies.filter(policy => surelyIsFor(policy, content, subject));
  const sureRules = new Set(sure.flatMap(({ says = [] }) => says.map(one => one.policy)));
  const placed = policies.flatMap(({ says = [] }) => says);
  const traffic = (direction: Direction): TierTraffic => {
    const names = direction === 'ingress' ? portNames(subject.containers.flatMap(({ ports }) => ports)) : NO_PORT_NAMES;
    const facts = { direction, names, podAddresses, nodes };
    const tier = (name: PlacedPolicy['tier']): StagedTier =>
      stageOf(
        placed.filter(one => one.tier === name).map(one => one.policy),
        policy => sureRules.has(policy),
        facts,
      );
    return { admin: tier('Admin'), baseline: tier('Baseline'), facts, isolated: isolated[direction] };
  };
  return { policies, sure, ties, ingress: traffic('ingress'), egress: traffic('egress') };
}

/** What NetworkPolicies are asked of: all that the tier of the administrator does not decide. */
export const earlierOf = (tiers: ServerTiers | undefined, direction: Direction): Earlier | undefined =>
  tiers && { ties: tiers.ties, tiers: [tiers[direction].admin.stage], sameTier: [], decided: [] };

/** What is open though no policy says so, where no NetworkPolicy surely isolates the direction. */
export interface OpenByDefault {
  readonly pods: readonly Region[];
  readonly boxes: readonly Box[];
}

/** `undefined`: nothing stands around the NetworkPolicies in this direction, so everything is. */
export function openByDefault(tiers: ServerTiers | undefined, direction: Direction): OpenByDefault | undefined {
  if (tiers === undefined) return undefined;
  const { admin, baseline } = tiers[direction];
  if (admin.groups.length + baseline.groups.length === 0) return undefined;
  const earlier = { ties: tiers.ties, tiers: [admin.stage, baseline.stage], sameTier: [], decided: [] };
  const everyPod = regionOf({ namespaces: [], pods: [], ports: ALL_PORTS });
  return {
    pods: everyPod ? podsLeft(everyPod, earlier) : [],
    boxes: boxesLeft({ addresses: ALL_ADDRESSES, ports: ALL_PORTS }, earlier),
  };
}

/** A peer as the judge of openings looks at it. */
interface OpenedPeer {
  readonly peer: Peer | 'any';
  /** It depends on a fact that is not known. */
  readonly atMost?: 'warn';
}

function nodesBlock(peer: Extract<TierPeer, { kind: 'nodes' }>, { nodes }: StepFacts): OpenedPeer {
  const addresses = addressesOfNodes(peer, nodes);
  const specified = addresses ?? ALL_ADDRESSES;
  const block: BlockPeer = {
    ...{ kind: 'block', path: peer.path, except: [], specified, worst: specified },
    cidr: { text: 'the addresses of nodes', range: specified, problems: [] },
  };
  return { peer: block, ...(addresses === undefined && { atMost: 'warn' }) };
}

/** Whom a peer lets through; `undefined`: hosts outside the cluster, of which only the names are known. */
function openedPeer(peer: TierPeer, facts: StepFacts): OpenedPeer | undefined {
  switch (peer.kind) {
    case 'pods':
    case 'block':
      return { peer };
    case 'any':
      return { peer: 'any' };
    case 'nodes':
      return nodesBlock(peer, facts);
    case 'domains':
      return undefined;
    default:
      return { peer: 'any', atMost: 'warn' };
  }
}

/** A rule in the terms of NetworkPolicies, for what is said of it. */
function ruleOf({ path, ports }: TierRule, peers: readonly Peer[]): PolicyRule {
  const [first, ...rest] = peers;
  const [port, ...more]: readonly PolicyPort[] = ports.kind === 'any' ? [] : ports.ports;
  return {
    path,
    peers: first === undefined ? { kind: 'any' } : { kind: 'only', peers: [first, ...rest] },
    ports: port === undefined ? { kind: 'any' } : { kind: 'only', ports: [port, ...more] },
  };
}

function openingsOfRule(
  policy: ForeignPolicy,
  rule: TierRule,
  { facts }: TierTraffic,
  earlier: Earlier,
): readonly Opening[] {
  const ports = tierPortSet(rule.ports, facts.names);
  const names = facts.direction === 'egress' ? namedPorts(rule.ports) : [];
  if (isNoPort(ports) && names.length === 0) return [];
  const opened = rule.peers.flatMap(one => {
    const peer = openedPeer(one, facts);
    return peer ? [{ ...peer, path: one.path }] : [];
  });
  const lowered = ruleOf(
    rule,
    opened.flatMap(({ peer }) => (peer === 'any' ? [] : [peer])),
  );
  return opened.map((one, index) => ({
    ...{ policy, rule: lowered, index, ports, names, earlier },
    ...one,
    ...(rule.unknown && { atMost: 'warn' as const }),
  }));
}

/** What a policy of a tier lets through of one direction, less what is decided before it. */
function openingsIn(
  policy: ForeignPolicy,
  { tier, policy: placed }: PlacedPolicy,
  tiers: ServerTiers,
  direction: Direction,
): readonly Opening[] {
  const traffic = tiers[direction];
  if (tier === 'Baseline' && traffic.isolated) return [];
  const [before, own] = tier === 'Baseline' ? [[traffic.admin.stage], traffic.baseline] : [[], traffic.admin];
  const rules: readonly TierRule[] = placed[direction]?.rules ?? [];
  return rules.flatMap((rule, index) =>
    rule.action === 'Allow'
      ? openingsOfRule(policy, rule, traffic, { ...earlierInTier(own, placed, index, tiers.ties), tiers: before })
      : [],
  );
}

/** The openings of a policy of another API. */
export function openingsOfTierPolicy(policy: ForeignPolicy, tiers: ServerTiers): PolicyOpenings {
  const openings = (direction: Direction): readonly Opening[] =>
    (policy.says ?? []).flatMap(placed => openingsIn(policy, placed, tiers, direction));
  return { ingress: openings('ingress'), egress: openings('egress') };
}

/** Policies of equal priority that decide differently, if any. */
export const tiedIn = ({ ingress, egress }: ServerTiers): readonly TierPolicy[] =>
  [ingress, egress].flatMap(({ admin, baseline }) => [...tiedPolicies(admin), ...tiedPolicies(baseline)]);
