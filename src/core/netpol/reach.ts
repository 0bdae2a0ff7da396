import { matches } from '../kube/selector.ts';
import type { TierAction } from '../kube/tiers.ts';
import type { Direction, ObjectRef, Peer } from '../kube/types.ts';
import { hasAddress } from '../net/addresses.ts';
import type { Address } from '../net/ip.ts';
import type { Protocol } from '../net/ports.ts';
import type { World } from '../world/world.ts';
import {
  askedPort,
  endpointText,
  type NoAnswer,
  type Passage,
  type ReachCause,
  type ReachEndpoint,
  type ReachPod,
  type ReachPods,
  type ReachPort,
  type ReachReason,
  reachPods,
  type Side,
} from './reach-pods.ts';
import { portMatches } from './tiers/match.ts';
import type { Outcome, WalkStep } from './tiers/walk.ts';

/** May `from` open a connection to `port` of `to`? */
export interface ReachQuery {
  readonly from: ReachEndpoint;
  readonly to: ReachEndpoint;
  /** 1 to 65535, or the name of a port that the destination declares. */
  readonly port: number | string;
  /** Absent: that of the named port, else TCP. */
  readonly protocol?: Protocol;
}

/**
 * One side's answer; `null`: something that is not judged may decide it. `by` is empty where no policy isolates the direction, where nothing allows it,
 * and where there is no answer.
 */
export interface ReachSide {
  readonly allowed: boolean | null;
  readonly by: readonly ReachReason[];
  /** Present where a policy of another API selects the pod: the rules that were met, in order. Empty: none was. */
  readonly walk?: readonly ReachStep[];
  /** Present, and not empty, where policies of another API isolate the pod and no rule allows or denies it: who isolates it, named as in `by`. */
  readonly isolatedBy?: readonly string[];
}

/** A rule that was met, as {@link ReachReason} with what it says and where it stands. */
export interface ReachStep extends ReachReason {
  /** `Admin`, `NetworkPolicy`, `Baseline`. */
  readonly tier: string;
  readonly action: TierAction;
  /** It may match, or not; absent: it does. */
  readonly mayMatch?: true;
}

export interface ReachAnswer {
  /** `null`: not known, for the causes; a side that is refused refuses whatever the other one is. */
  readonly allowed: boolean | null;
  readonly egress: ReachSide;
  readonly ingress: ReachSide;
  /** Present, and not empty, where `allowed` is null. */
  readonly causes?: readonly ReachCause[];
  /**
   * `true`: one end is the node that the pod at the other end runs on. Packets between the two pass whatever policies say, of which alone `allowed` tells.
   * `null`: it is a node, and whether that of the pod is not known. Absent: it is not, as far as the world tells.
   */
  readonly ownNode?: true | null;
}

const OPEN: ReachSide = { allowed: true, by: [] };
const CLOSED: ReachSide = { allowed: false, by: [] };
const UNKNOWN: ReachSide = { allowed: null, by: [] };

function peerMatches(peer: Peer | 'any', namespace: string, { pod, address }: Side): boolean {
  if (peer === 'any') return true;
  if (peer.kind === 'block') return address !== undefined && hasAddress(peer.specified, address);
  // Pods in the host's network have the node's identity: selectors do not match them.
  if (pod === undefined || pod.workload.hostNetwork) return false;
  const inNamespace =
    peer.namespaces === 'own'
      ? pod.workload.meta.namespace === namespace
      : matches(peer.namespaces, pod.namespaceLabels);
  return inNamespace && matches(peer.pods, pod.workload.podLabels);
}

function sideAnswer(
  passages: readonly Passage[] | undefined,
  other: Side,
  asked: ReachPort,
  destination: ReachPod | undefined,
): ReachSide {
  if (passages === undefined) return OPEN;
  const by = passages
    .filter(
      ({ rule, peer, namespace }) => portMatches(rule.ports, asked, destination) && peerMatches(peer, namespace, other),
    )
    .map(({ reason }) => reason);
  return by.length === 0 ? CLOSED : { allowed: true, by };
}

/**
 * The pairs of addresses that the two ends can use: one per common family. Ends without addresses are judged by selectors alone.
 * Ends without a common family are judged by every pair: a policy does not forbid what it says nothing of.
 */
function pairs(from: Side, to: Side): readonly (readonly [Side, Side])[] {
  const addressesOf = (side: Side): readonly (Address | undefined)[] =>
    side.address ? [side.address] : side.pod && side.pod.addresses.length > 0 ? side.pod.addresses : [undefined];
  const isCommon = (a: Address | undefined, b: Address | undefined): boolean =>
    a === undefined || b === undefined || a.family === b.family;
  const all = addressesOf(from).flatMap(a =>
    addressesOf(to).map(
      b =>
        [
          { ...from, address: a },
          { ...to, address: b },
        ] as const,
    ),
  );
  const common = all.filter(([a, b]) => isCommon(a.address, b.address));
  return common.length > 0 ? common : all;
}

/** By which of two pairs of addresses is the better way: one that is not known is worth more than one that is refused. */
const WORTH: ReadonlyMap<boolean | null, number> = new Map([
  [true, 2],
  [null, 1],
  [false, 0],
]);
const score = ({ allowed, egress, ingress }: ReachAnswer): number =>
  5 * (WORTH.get(allowed) ?? 0) + (WORTH.get(egress.allowed) ?? 0) + (WORTH.get(ingress.allowed) ?? 0);

/** A pod in the host's network is the node, asked for by name or by address: its ports have no names there. */
const namedPortsOn = ({ pod }: Side): ReachPod | undefined => (pod?.workload.hostNetwork ? undefined : pod);

/** `namespace/name` of a NetworkPolicy; of other kinds, without their group, kind and name. */
function policyName({ kind, namespace, name }: ObjectRef): string {
  const named = namespace === '' ? name : `${namespace}/${name}`;
  return kind === 'NetworkPolicy' ? named : `${kind.split('.')[0]} ${named}`;
}

const stepOf = ({ tier, source, path, action, doubt }: WalkStep): ReachStep => ({
  ...{ tier, policy: policyName(source), path, action },
  ...(doubt && { mayMatch: true }),
});

/** A side with its causes, which are none where it has an answer. */
interface Answered extends ReachSide {
  readonly causes: readonly ReachCause[];
}

function walkedSide({ allowed, steps, causes, isolatedBy }: Outcome): Answered {
  const walk = steps.map(stepOf);
  const by = allowed ? walk.filter(({ action, mayMatch }) => action === 'Allow' && !mayMatch) : [];
  return {
    allowed,
    by: by.map(({ policy, path }) => ({ policy, path })),
    walk,
    ...(isolatedBy.some(({ kind }) => kind !== 'NetworkPolicy') && { isolatedBy: isolatedBy.map(policyName).sort() }),
    causes: causes.map(({ source, path, why }) => ({
      policy: policyName(source),
      why: `${policyName(source)} ${path}: ${why}`,
    })),
  };
}

/** One direction, asked of the policies of the pod at its end. */
function sideOf(
  own: Side,
  other: Side,
  asked: ReachPort,
  destination: ReachPod | undefined,
  direction: Direction,
): Answered {
  const { pod } = own;
  const causes = pod?.unjudged[direction] ?? [];
  if (causes.length > 0) return { ...UNKNOWN, causes };
  const walk = pod?.walk[direction];
  if (walk !== undefined) return walkedSide(walk(own.address, other, asked, destination));
  return { ...sideAnswer(pod?.[direction], other, asked, destination), causes };
}

function answerPair(from: Side, to: Side, asked: ReachPort): ReachAnswer {
  const named = namedPortsOn(to);
  const { causes: fromCauses, ...egress } = sideOf(from, to, asked, named, 'egress');
  const { causes: toCauses, ...ingress } = sideOf(to, from, asked, named, 'ingress');
  if (egress.allowed === false || ingress.allowed === false) return { allowed: false, egress, ingress };
  // A policy may select both ends.
  const causes = [...new Map([...fromCauses, ...toCauses].map(cause => [cause.why, cause])).values()];
  return causes.length > 0 ? { allowed: null, egress, ingress, causes } : { allowed: true, egress, ingress };
}

/**
 * The answer for two ends of one world, by the specification: `allowed = egress of the source ∧ ingress of the destination`.
 * A side whose pod something that is not judged may select has no answer. ipBlocks match pods by address too; a pod always reaches itself; dual-stack pods reach each other if they do in one common family.
 */
export function answerBetween(from: Side, to: Side, asked: ReachPort): ReachAnswer {
  if (from.pod !== undefined && from.pod === to.pod) return { allowed: true, egress: OPEN, ingress: OPEN };
  const answers = pairs(from, to).map(([a, b]) => answerPair(a, b, asked));
  const [best] = answers.sort((a, b) => score(b) - score(a));
  return best ?? { allowed: false, egress: CLOSED, ingress: CLOSED };
}

/** As {@link createReach}, of pods that are indexed already. */
export function reachAmong(pods: ReachPods): (query: ReachQuery) => ReachAnswer | NoAnswer {
  return query => {
    const from = pods.find(query.from);
    if (!('pod' in from)) return from;
    const to = pods.find(query.to);
    if (!('pod' in to)) return to;
    const asked = askedPort(query.port, query.protocol, to, endpointText(query.to));
    if (!('port' in asked)) return asked;
    const answer = answerBetween(from, to, asked);
    const ownNode = pods.isOwnNode(from, to);
    return ownNode === false ? answer : { ...answer, ownNode };
  };
}

/**
 * Answers for concrete pods and addresses of one world, see {@link answerBetween}. An end that is not there, or could be one of several, gets no
 * answer. Pods are indexed once, so that a million queries cost little more than their policies. What Services, load balancers and address
 * translation lead elsewhere is not seen.
 */
export function createReach(world: World): (query: ReachQuery) => ReachAnswer | NoAnswer {
  return reachAmong(reachPods(world));
}
