import type { GatePolicy } from '../gate/types.ts';
import type { TierPolicy } from '../kube/tiers.ts';
import type { Direction, ForeignPolicy, Labels, NetworkPolicy, Workload } from '../kube/types.ts';
import { type AddressSet, ALL_ADDRESSES } from '../net/addresses.ts';
import { ALL_PORTS } from '../net/ports.ts';
import { refOf } from '../world/refs.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world/world.ts';
import type { Box } from './box.ts';
import { boxesLeft, type Earlier, earlierInTier, podsLeft, type Reading } from './earlier-tiers.ts';
import { NO_PORT_NAMES, portNames } from './port-names.ts';
import { type Region, regionOf } from './region.ts';
import { podLabelsOf, surelySelects } from './selects.ts';
import { type StagedPolicy, type StagedTier, stagedTier, tiedPolicies, type View } from './staged-tiers.ts';
import { type Doubt, doubtsIn } from './tier-doubts.ts';
import type { PeerFacts } from './tier-peers.ts';
import { clusterFacts } from './tiers/cluster-facts.ts';
import { type PodFacts, podMeets, type Truth } from './tiers/expression.ts';
import { type CalicoReader, calicoReader } from './tiers/from-calico.ts';
import { loweredNothing, tiersAround } from './tiers/tiers-of.ts';

/** What beside the policies decides what their rules match, of a whole world. */
export interface TierFacts extends Omit<PeerFacts, 'direction' | 'names' | 'namespace' | 'nodeName'> {
  readonly calico: CalicoReader;
}

/** The tiers that one direction of a server meets, in order; NetworkPolicies stand among them. */
interface TierTraffic {
  readonly tiers: readonly StagedTier[];
  readonly facts: PeerFacts;
  /** A policy of another API says something of the direction. */
  readonly isTiered: boolean;
  readonly doubts: readonly Doubt[];
}

/** What policies of other APIs decide about a server's traffic. */
export interface ServerTiers {
  /** Those that may select the server. */
  readonly policies: readonly ForeignPolicy[];
  readonly reading: Reading;
  /** What beside the policies was looked at. */
  readonly world: TierFacts;
  readonly ingress: TierTraffic;
  readonly egress: TierTraffic;
}

/** A server, with the NetworkPolicies that may select it. */
interface Subject {
  readonly workload: Workload;
  readonly content: NamespaceContent;
  readonly policies: readonly NetworkPolicy[];
}

function podFactsOf({ workload, content }: Subject): PodFacts {
  const { known, open } = podLabelsOf(workload);
  return {
    namespaceLabels: namespaceLabels(content),
    isNamespaceKnown: content.namespace !== undefined,
    podLabels: known,
    openLabels: open,
    serviceAccount: workload.serviceAccount,
  };
}

/** Tells what a policy says, wherever it stands. NetworkPolicies of Kubernetes are none of those. */
function saidBy(policy: ForeignPolicy): (said: TierPolicy) => boolean {
  const { kind, namespace, name } = refOf(policy);
  const isKind = (said: string): boolean => said === kind || (said === policy.kind && said !== 'NetworkPolicy');
  return ({ source }) => source.name === name && source.namespace === namespace && isKind(source.kind);
}

/** NetworkPolicies where they stand among others: they isolate, and what they let through is told of them by themselves. */
function placesOf({ workload, policies }: Subject, direction: Direction) {
  const labels = podLabelsOf(workload);
  const isolating = policies.filter(policy => policy[direction].isolates);
  const places = isolating.map(policy => ({ policy, place: loweredNothing(policy, direction) }));
  const truths = places.map(({ policy, place }): readonly [TierPolicy, Truth] => [
    place,
    surelySelects(policy.podSelector, labels) || null,
  ]);
  const leaving = places.filter(({ policy }) => policy.meta.terminating).map(({ place }) => place);
  return { places: places.map(({ place }) => place), truths, leaving };
}

function peerFactsOf({ workload }: Subject, direction: Direction, world: TierFacts): PeerFacts {
  const names = direction === 'ingress' ? portNames(workload.containers.flatMap(({ ports }) => ports)) : NO_PORT_NAMES;
  return { ...world, direction, names, namespace: workload.meta.namespace, nodeName: workload.nodeName };
}

/** The server among the policies of other APIs that may select it; `undefined`: none may, and `worldFacts` are not asked for. */
export function serverTiers(
  policies: readonly ForeignPolicy[],
  subject: Subject,
  worldFacts: () => TierFacts,
  reading: Reading,
): ServerTiers | undefined {
  if (policies.length === 0) return undefined;
  const world = worldFacts();
  const pod = podFactsOf(subject);
  const terminating = policies.filter(({ meta }) => meta.terminating).map(saidBy);
  const traffic = (direction: Direction): TierTraffic => {
    const { places, ...networkPolicies } = placesOf(subject, direction);
    const truths = new Map(networkPolicies.truths);
    const selects = (policy: TierPolicy): Truth => {
      const known = truths.get(policy);
      const meets = known === undefined ? podMeets(policy.subject, pod) : known;
      const truth = meets === true && policy.doubt ? null : meets;
      truths.set(policy, truth);
      return truth;
    };
    const facts = peerFactsOf(subject, direction, world);
    const view: View = {
      ...{ pod, facts, reading },
      selects,
      isLeaving: policy => networkPolicies.leaving.includes(policy) || terminating.some(isSaid => isSaid(policy)),
    };
    const tiers = tiersAround(policies, places, world.calico).map(tier => stagedTier(tier, view));
    const isTiered = tiers.some(({ groups }) => groups.flat().some(({ policy }) => !places.includes(policy)));
    return { tiers, facts, isTiered, doubts: doubtsIn(tiers, view) };
  };
  return { policies, reading, world, ingress: traffic('ingress'), egress: traffic('egress') };
}

/** A policy where it stands in a direction, with what comes before its rules. */
export interface Placed {
  readonly staged: StagedPolicy;
  before(index: number): Earlier;
}

/** Where policies stand that fit. */
function find(
  { tiers, facts }: TierTraffic,
  reading: Reading,
  fits: (policy: TierPolicy) => boolean,
): readonly Placed[] {
  const { podAddresses } = facts;
  return tiers.flatMap(({ groups, stage }, index) => {
    const earlier = tiers.slice(0, index).map(tier => tier.stage);
    const found = groups.flat().filter(({ policy }) => fits(policy));
    return found.map(staged => ({
      staged,
      before: rule => ({ ...earlierInTier(stage.groups, staged.steps, rule, reading), tiers: earlier, podAddresses }),
    }));
  });
}

/** What NetworkPolicies are asked of: all that nothing before this one decides. */
export function earlierOf(
  tiers: ServerTiers | undefined,
  { meta }: NetworkPolicy,
  direction: Direction,
): Earlier | undefined {
  if (tiers === undefined) return undefined;
  const isThis = ({ source }: TierPolicy): boolean =>
    source.kind === 'NetworkPolicy' && source.name === meta.name && source.namespace === meta.namespace;
  return find(tiers[direction], tiers.reading, isThis)[0]?.before(0);
}

/** What a policy of another API says of a direction, each where it stands. */
export const placedIn = (policy: ForeignPolicy, tiers: ServerTiers, direction: Direction): readonly Placed[] =>
  find(tiers[direction], tiers.reading, saidBy(policy));

/** What is open though no policy says so. */
export interface OpenByDefault {
  readonly pods: readonly Region[];
  readonly boxes: readonly Box[];
  readonly podAddresses: AddressSet | undefined;
}

/** `undefined`: no policy of another API says anything of the direction, so that NetworkPolicies alone decide. */
export function openByDefault(tiers: ServerTiers | undefined, direction: Direction): OpenByDefault | undefined {
  if (tiers === undefined || !tiers[direction].isTiered) return undefined;
  const { podAddresses } = tiers[direction].facts;
  const stages = tiers[direction].tiers.map(({ stage }) => stage);
  const earlier: Earlier = { reading: tiers.reading, tiers: stages, sameTier: [], decided: [], podAddresses };
  const everyPod = regionOf({ namespaces: [], pods: [], ports: ALL_PORTS });
  return {
    pods: everyPod ? podsLeft(everyPod, earlier) : [],
    boxes: boxesLeft({ addresses: ALL_ADDRESSES, ports: ALL_PORTS }, earlier),
    podAddresses,
  };
}

/** The facts of a world, for servers judged under a configuration. */
export function tierFacts(
  world: World,
  {
    protectedNetworks: { classes, assumed },
    dataplane,
    cilium,
  }: Pick<GatePolicy, 'protectedNetworks' | 'dataplane' | 'cilium'>,
): TierFacts {
  const { tiers, sets } = world.calico;
  const ofNamespace = (name: string): Labels => namespaceLabels(world.namespace(name));
  return {
    nodes: world.nodes,
    podAddresses: classes.pods,
    nodeAddresses: classes.nodes,
    controlPlane: classes.controlPlane,
    assumed,
    cluster: clusterFacts(world, dataplane ?? cilium),
    calico: calicoReader(tiers, { sets, namespaceLabels: ofNamespace }),
  };
}

/** Policies of equal priority that decide differently, if any. */
export const tiedIn = ({ ingress, egress }: ServerTiers): readonly TierPolicy[] =>
  [ingress, egress].flatMap(({ tiers }) => tiers.flatMap(tiedPolicies));
