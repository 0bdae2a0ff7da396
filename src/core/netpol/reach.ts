import { matches } from '../kube/selector.ts';
import type { Peer, PolicyPorts } from '../kube/types.ts';
import { hasAddress } from '../net/addresses.ts';
import type { Address } from '../net/ip.ts';
import type { Protocol } from '../net/ports.ts';
import type { World } from '../world.ts';
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
}

export interface ReachAnswer {
  /** `null`: not known, for the causes; a side that is refused refuses whatever the other one is. */
  readonly allowed: boolean | null;
  readonly egress: ReachSide;
  readonly ingress: ReachSide;
  /** Present, and not empty, where `allowed` is null. */
  readonly causes?: readonly ReachCause[];
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

/** Whether a port of the destination is among the rule's; names resolve on the destination pod, and on no other address. */
export function portMatches(ports: PolicyPorts, asked: ReachPort, destination: ReachPod | undefined): boolean {
  if (ports.kind === 'any') return true;
  return ports.ports.some(port => {
    if (port.protocol !== asked.protocol) return false;
    if (port.kind === 'all') return true;
    if (port.kind === 'range') return port.first <= asked.port && asked.port <= port.last;
    return (destination?.workload.containers ?? []).some(container =>
      container.ports.some(
        known => known.name === port.name && known.protocol === port.protocol && known.number === asked.port,
      ),
    );
  });
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
const score = ({ egress, ingress }: ReachAnswer): number =>
  (WORTH.get(egress.allowed) ?? 0) + (WORTH.get(ingress.allowed) ?? 0);

/** A pod in the host's network is the node, asked for by name or by address: its ports have no names there. */
const namedPortsOn = ({ pod }: Side): ReachPod | undefined => (pod?.workload.hostNetwork ? undefined : pod);

function answerPair(from: Side, to: Side, asked: ReachPort): ReachAnswer {
  const named = namedPortsOn(to);
  const [fromCauses, toCauses] = [from.pod?.unjudged.egress ?? [], to.pod?.unjudged.ingress ?? []];
  const egress = fromCauses.length > 0 ? UNKNOWN : sideAnswer(from.pod?.egress, to, asked, named);
  const ingress = toCauses.length > 0 ? UNKNOWN : sideAnswer(to.pod?.ingress, from, asked, named);
  if (egress.allowed === false || ingress.allowed === false) return { allowed: false, egress, ingress };
  const causes = [...fromCauses, ...toCauses];
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
    return 'port' in asked ? answerBetween(from, to, asked) : asked;
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
