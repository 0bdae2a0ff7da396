import { matches } from '../kube/selector.ts';
import type { Direction, Labels, NetworkPolicy, Peer, PolicyPorts, PolicyRule, Workload } from '../kube/types.ts';
import { hasAddress } from '../net/addresses.ts';
import { type Address, parseAddress, unmap } from '../net/ip.ts';
import type { Protocol } from '../net/ports.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world.ts';

/** One end of a connection: a pod, or an address that may turn out to be a pod's. */
export type ReachEndpoint =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'ip'; readonly address: Address };

/** May `from` open a connection to `port` of `to`? */
export interface ReachQuery {
  readonly from: ReachEndpoint;
  readonly to: ReachEndpoint;
  /** 1 to 65535. */
  readonly port: number;
  readonly protocol: Protocol;
}

/** The rule that lets it through. */
export interface ReachReason {
  /** `namespace/name`. */
  readonly policy: string;
  readonly path: string;
}

/** One side's answer. `by` is empty where no policy isolates the direction, and where nothing allows it. */
export interface ReachSide {
  readonly allowed: boolean;
  readonly by: readonly ReachReason[];
}

export interface ReachAnswer {
  readonly allowed: boolean;
  readonly egress: ReachSide;
  readonly ingress: ReachSide;
}

/** What is asked about does not exist in the world. */
export interface UnknownEndpoint {
  readonly unknown: string;
}

/** A way through, ready to be asked a million times. */
interface Passage {
  readonly reason: ReachReason;
  readonly rule: PolicyRule;
  readonly peer: Peer | 'any';
  readonly namespace: string;
}

/** One pod with the policies that select it. */
interface ReachPod {
  readonly workload: Workload;
  readonly namespaceLabels: Labels;
  readonly addresses: readonly Address[];
  /** `undefined`: the direction is not isolated, or the pod is in the host's network. */
  readonly ingress: readonly Passage[] | undefined;
  readonly egress: readonly Passage[] | undefined;
}

const OPEN: ReachSide = { allowed: true, by: [] };
const CLOSED: ReachSide = { allowed: false, by: [] };
const addressKey = (address: Address): string => `${address.family}:${address.value}`;

function ruleList(policy: NetworkPolicy, direction: Direction, labels: Labels): readonly PolicyRule[] | undefined {
  const rules = policy[direction];
  return rules.isolates && matches(policy.podSelector, labels) ? rules.rules : undefined;
}

function passagesOfRule(rule: PolicyRule, policy: NetworkPolicy): readonly Passage[] {
  const { namespace, name } = policy.meta;
  const peers: readonly (Peer | 'any')[] = rule.peers.kind === 'any' ? ['any'] : rule.peers.peers;
  return peers.map(peer => {
    const reason = { policy: `${namespace}/${name}`, path: peer === 'any' ? rule.path : peer.path };
    return { reason, rule, peer, namespace };
  });
}

function passagesOf(
  workload: Workload,
  content: NamespaceContent,
  direction: Direction,
): readonly Passage[] | undefined {
  if (workload.hostNetwork) return undefined;
  const isolating = [...content.policies.values()].flatMap(policy => {
    const rules = ruleList(policy, direction, workload.podLabels);
    return rules === undefined ? [] : [{ policy, rules }];
  });
  if (isolating.length === 0) return undefined;
  return isolating.flatMap(({ policy, rules }) => rules.flatMap(rule => passagesOfRule(rule, policy)));
}

/** The side that is looked at from a policy: a pod in one of its families, or an address outside. */
interface Side {
  readonly pod: ReachPod | undefined;
  /** Absent for a pod without an address: only selectors can match it. */
  readonly address: Address | undefined;
}

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
function portMatches(ports: PolicyPorts, query: ReachQuery, destination: ReachPod | undefined): boolean {
  if (ports.kind === 'any') return true;
  return ports.ports.some(port => {
    if (port.protocol !== query.protocol) return false;
    if (port.kind === 'all') return true;
    if (port.kind === 'range') return port.first <= query.port && query.port <= port.last;
    return (destination?.workload.containers ?? []).some(container =>
      container.ports.some(
        known => known.name === port.name && known.protocol === port.protocol && known.number === query.port,
      ),
    );
  });
}

function sideAnswer(
  passages: readonly Passage[] | undefined,
  other: Side,
  query: ReachQuery,
  destination: ReachPod | undefined,
): ReachSide {
  if (passages === undefined) return OPEN;
  const by = passages
    .filter(
      ({ rule, peer, namespace }) => portMatches(rule.ports, query, destination) && peerMatches(peer, namespace, other),
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

const score = ({ egress, ingress }: ReachAnswer): number => (egress.allowed ? 1 : 0) + (ingress.allowed ? 1 : 0);

function answerPair(from: Side, to: Side, query: ReachQuery): ReachAnswer {
  // A pod in the host's network is the node, asked for by name or by address: its ports have no names there.
  const named = to.pod?.workload.hostNetwork ? undefined : to.pod;
  const egress = sideAnswer(from.pod?.egress, to, query, named);
  const ingress = sideAnswer(to.pod?.ingress, from, query, named);
  return { allowed: egress.allowed && ingress.allowed, egress, ingress };
}

/**
 * Answers for concrete pods and addresses of one world, by the specification: `allowed = egress of the source ∧ ingress of the destination`.
 * ipBlocks match pods by address too; a pod always reaches itself; dual-stack pods reach each other if they do in one common family.
 * Pods are indexed on first use, so that a million queries cost little more than their policies.
 */
export function createReach(world: World): (query: ReachQuery) => ReachAnswer | UnknownEndpoint {
  const pods = new Map<string, ReachPod | undefined>();
  const byAddress = new Map<string, ReachPod>();

  const podFor = (workload: Workload, content: NamespaceContent): ReachPod => ({
    workload,
    namespaceLabels: namespaceLabels(content),
    addresses: workload.podIPs.flatMap(text => {
      const address = parseAddress(text);
      return address ? [unmap(address)] : [];
    }),
    ingress: passagesOf(workload, content, 'ingress'),
    egress: passagesOf(workload, content, 'egress'),
  });

  for (const name of world.namespaceNames()) {
    const content = world.namespace(name);
    for (const workload of content.workloads.values()) {
      const pod = podFor(workload, content);
      const key = `${name}/${workload.meta.name}`;
      // A workload can be asked about by its name too, but a Pod of that name comes first.
      if (workload.kind === 'Pod' || !pods.has(key)) pods.set(key, pod);
      if (!workload.hostNetwork) for (const address of pod.addresses) byAddress.set(addressKey(address), pod);
    }
  }

  const sideOf = (endpoint: ReachEndpoint): Side | undefined => {
    if (endpoint.kind === 'ip') {
      const address = unmap(endpoint.address);
      return { pod: byAddress.get(addressKey(address)), address };
    }
    const pod = pods.get(`${endpoint.namespace}/${endpoint.name}`);
    return pod && { pod, address: undefined };
  };

  return query => {
    const from = sideOf(query.from);
    const to = sideOf(query.to);
    if (from === undefined || to === undefined)
      return { unknown: endpointText(from === undefined ? query.from : query.to) };
    if (from.pod !== undefined && from.pod === to.pod) return { allowed: true, egress: OPEN, ingress: OPEN };
    const answers = pairs(from, to).map(([a, b]) => answerPair(a, b, query));
    const [best] = answers.sort((a, b) => score(b) - score(a));
    return best ?? { allowed: false, egress: CLOSED, ingress: CLOSED };
  };
}

function endpointText(endpoint: ReachEndpoint): string {
  return endpoint.kind === 'pod' ? `pod ${endpoint.namespace}/${endpoint.name}` : 'address';
}
