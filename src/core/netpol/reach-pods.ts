import type { Dataplane } from '../gate/dataplane.ts';
import { PRIMARY_NETWORK_LABEL } from '../kube/pod-interfaces.ts';
import { matches } from '../kube/selector.ts';
import type {
  ContainerPort,
  Direction,
  ForeignPolicy,
  Labels,
  NetworkPolicy,
  Peer,
  PolicyRule,
  Workload,
} from '../kube/types.ts';
import { type Address, formatAddress, parseAddress, unmap } from '../net/ip.ts';
import type { Protocol } from '../net/ports.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../world/world.ts';
import { judgedPoliciesOf, unjudgedPoliciesOf, unjudgedText } from './foreign.ts';
import { type OwnNodeTest, ownNodeTest } from './own-node.ts';
import { type ClusterFacts, clusterFacts } from './tiers/cluster-facts.ts';
import { podMeets } from './tiers/expression.ts';
import { type CalicoReader, calicoReader } from './tiers/from-calico.ts';
import { factsOf, matcherFor } from './tiers/match.ts';
import { isOwnNode } from './tiers/outside.ts';
import { isNarrow, loweredPolicies, tiersAround } from './tiers/tiers-of.ts';
import { type Outcome, selectTiers, walk } from './tiers/walk.ts';

/** One end of a connection: a pod, or an address that may turn out to be a pod's. */
export type ReachEndpoint =
  | {
      readonly kind: 'pod';
      readonly namespace: string;
      readonly name: string;
      /** Kind of the workload, in any case of letters. Absent: the one that bears the name. */
      readonly workload?: string;
    }
  | { readonly kind: 'ip'; readonly address: Address };

/** The rule that lets it through. */
export interface ReachReason {
  /** `namespace/name` of a NetworkPolicy; of another kind, kind and name. */
  readonly policy: string;
  readonly path: string;
}

/** What is asked about does not exist in the world. */
export interface UnknownEndpoint {
  readonly unknown: string;
}

/** What is asked about could be one of several. */
export interface AmbiguousEndpoint {
  readonly ambiguous: string;
  /** What it could be, at least two, each as it can be asked about. */
  readonly candidates: readonly string[];
}

/** Why there is no answer. */
export type NoAnswer = UnknownEndpoint | AmbiguousEndpoint;

/** A way through, ready to be asked a million times. */
export interface Passage {
  readonly reason: ReachReason;
  readonly rule: PolicyRule;
  readonly peer: Peer | 'any';
  /** Of the policy. */
  readonly namespace: string;
}

/** Why a side has no answer: something that is not judged may allow or deny it. */
export interface ReachCause {
  /** Kind and name; of what is in a namespace `Kind namespace/name`. */
  readonly policy: string;
  readonly why: string;
}

/** One pod with the policies that select it. */
export interface ReachPod {
  readonly workload: Workload;
  readonly namespaceLabels: Labels;
  /** The world holds the Namespace. */
  readonly isNamespaceKnown: boolean;
  readonly addresses: readonly Address[];
  /** `undefined`: the direction is not isolated, or the pod is in the host's network. */
  readonly ingress: readonly Passage[] | undefined;
  readonly egress: readonly Passage[] | undefined;
  /** By direction, what may select it and is not judged. */
  readonly unjudged: Readonly<Record<Direction, readonly ReachCause[]>>;
  /** Present where policies of other APIs decide too: what becomes of a connection in that direction. */
  readonly walk: Readonly<Record<Direction, Walk | undefined>>;
}

/** What becomes of a connection with another end, in one direction of one pod. `own`: the address of the pod, where it has one; `named`: the pod at which names of ports are looked up. */
type Walk = (own: Address | undefined, other: Side, port: ReachPort, named: ReachPod | undefined) => Outcome;

/** An end as it is looked at from a policy: a pod in one of its families, or an address outside. */
export interface Side {
  readonly pod: ReachPod | undefined;
  /** Absent for a pod without an address: only selectors can match it. */
  readonly address: Address | undefined;
}

/** The pods of a world, by the names and the addresses that they can be asked about. */
export interface ReachPods {
  readonly all: readonly ReachPod[];
  find(endpoint: ReachEndpoint): Side | NoAnswer;
  readonly isOwnNode: OwnNodeTest;
}

/** `shop/Deployment/web`: what names one workload and no other. */
export const workloadName = ({ kind, meta }: Workload): string => `${meta.namespace}/${kind}/${meta.name}`;

/** `pod shop/web`, `Deployment shop/web`, or the address. */
export function endpointText(endpoint: ReachEndpoint): string {
  if (endpoint.kind === 'ip') return formatAddress(endpoint.address);
  return `${endpoint.workload ?? 'pod'} ${endpoint.namespace}/${endpoint.name}`;
}

const addressKey = (address: Address): string => `${address.family}:${address.value}`;

function passagesOfRule(rule: PolicyRule, policy: NetworkPolicy): readonly Passage[] {
  const { namespace, name } = policy.meta;
  const peers: readonly (Peer | 'any')[] = rule.peers.kind === 'any' ? ['any'] : rule.peers.peers;
  return peers.map(peer => {
    const reason = { policy: `${namespace}/${name}`, path: peer === 'any' ? rule.path : peer.path };
    return { reason, rule, peer, namespace };
  });
}

/** The policies that isolate a workload's pods in one direction. In the host's network none does. */
export function isolatingPolicies(
  workload: Workload,
  content: NamespaceContent,
  direction: Direction,
): readonly NetworkPolicy[] {
  if (workload.hostNetwork) return [];
  return [...content.policies.values()].filter(
    policy => policy[direction].isolates && matches(policy.podSelector, workload.podLabels),
  );
}

function passagesOf(
  workload: Workload,
  content: NamespaceContent,
  direction: Direction,
): readonly Passage[] | undefined {
  const isolating = isolatingPolicies(workload, content, direction);
  if (isolating.length === 0) return undefined;
  return isolating.flatMap(policy => {
    const rules = policy[direction];
    return rules.isolates ? rules.rules.flatMap(rule => passagesOfRule(rule, policy)) : [];
  });
}

function policyText({ kind, meta }: ForeignPolicy): string {
  return meta.namespace === '' ? `${kind} ${meta.name}` : `${kind} ${meta.namespace}/${meta.name}`;
}

/** Pods of such a namespace are on its primary network alone (OVN-Kubernetes), whatever policies say. */
function networkCauses({ name, namespace }: NamespaceContent): readonly ReachCause[] {
  if (!namespace?.meta.labels.has(PRIMARY_NETWORK_LABEL)) return [];
  const why = `namespace ${name} has a primary network of its own (label ${PRIMARY_NETWORK_LABEL}), which is not judged`;
  return [{ policy: `Namespace ${name}`, why }];
}

function unjudgedOf(
  world: World,
  workload: Workload,
  content: NamespaceContent,
  direction: Direction,
): readonly ReachCause[] {
  const unjudged = unjudgedPoliciesOf(world, content, workload, direction);
  const policies = unjudged.map(policy => ({
    policy: policyText(policy),
    why: unjudgedText(policy),
  }));
  return workload.hostNetwork ? policies : [...policies, ...networkCauses(content)];
}

/** What the rules of policies are asked with, of a whole world. */
interface WalkFacts {
  readonly cluster: ClusterFacts;
  readonly calico: CalicoReader;
  /** Blocks are read as Cilium reads them. */
  readonly narrow: boolean;
}

/** `undefined`: no policy of another API that is judged selects the pod. */
function walkOf(
  world: World,
  pod: Omit<ReachPod, 'walk'>,
  content: NamespaceContent,
  direction: Direction,
  { cluster, calico, narrow }: WalkFacts,
): ((own: ReachPod) => Walk) | undefined {
  const judged = judgedPoliciesOf(world, content, pod.workload, direction);
  const isolating = isolatingPolicies(pod.workload, content, direction);
  if (judged.length === 0 && !(narrow && isolating.length > 0)) return undefined;
  const known = factsOf(pod);
  const around = tiersAround(judged, loweredPolicies(isolating, direction, narrow), calico);
  const tiers = selectTiers(
    around,
    direction,
    ({ subject }) => podMeets(subject, known) ?? { path: 'spec.subject', why: 'which pods it selects is not known' },
  );
  return pod => (address, other, port, named) => {
    const ask = (isOwnNode?: boolean): Outcome => {
      const supposed = isOwnNode === undefined ? {} : { isOwnNode };
      return walk(tiers, matcherFor({ own: { pod, address }, other, port, named, ...supposed }, cluster));
    };
    const outcome = ask();
    if (outcome.allowed !== null || isOwnNode(other, pod, cluster) !== null) return outcome;
    // Whichever node it is, it is one of the two.
    const [own, another] = [ask(true), ask(false)];
    return own.allowed === another.allowed && own.allowed !== null ? own : outcome;
  };
}

function podOf(world: World, workload: Workload, content: NamespaceContent, facts: WalkFacts): ReachPod {
  const pod: Omit<ReachPod, 'walk'> = {
    workload,
    namespaceLabels: namespaceLabels(content),
    isNamespaceKnown: content.namespace !== undefined,
    addresses: workload.podIPs.flatMap(text => {
      const address = parseAddress(text);
      return address ? [unmap(address)] : [];
    }),
    ingress: passagesOf(workload, content, 'ingress'),
    egress: passagesOf(workload, content, 'egress'),
    unjudged: {
      ingress: unjudgedOf(world, workload, content, 'ingress'),
      egress: unjudgedOf(world, workload, content, 'egress'),
    },
  };
  const ingress = walkOf(world, pod, content, 'ingress', facts);
  const egress = walkOf(world, pod, content, 'egress', facts);
  const known = { ...pod, walk: { ingress: undefined, egress: undefined } };
  return { ...pod, walk: { ingress: ingress?.(known), egress: egress?.(known) } };
}

const ambiguous = (text: string, pods: readonly ReachPod[]): AmbiguousEndpoint => ({
  ambiguous: text,
  candidates: pods.map(({ workload }) => workloadName(workload)).sort(),
});

function add(map: Map<string, ReachPod[]>, key: string, pod: ReachPod): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [pod]);
  else known.push(pod);
}

/** Looks at workloads of a world as pods. `dataplane`: what enforces the policies; absent: what they show. */
export function podReader(world: World, dataplane?: Dataplane): (workload: Workload) => ReachPod {
  const { tiers, sets } = world.calico;
  const setsOfWorld = { sets, namespaceLabels: (name: string) => namespaceLabels(world.namespace(name)) };
  const facts: WalkFacts = {
    cluster: clusterFacts(world, dataplane),
    calico: calicoReader(tiers, setsOfWorld),
    narrow: dataplane === undefined ? isNarrow(world) : !dataplane.blocks.pods,
  };
  return workload => podOf(world, workload, world.namespace(workload.meta.namespace), facts);
}

/** Indexes the workloads of a world. A template stands for the pods that it makes. `dataplane`: as for {@link podReader}. */
export function reachPods(world: World, dataplane?: Dataplane): ReachPods {
  const all: ReachPod[] = [];
  const byName = new Map<string, ReachPod[]>();
  const byAddress = new Map<string, ReachPod[]>();
  const read = podReader(world, dataplane);
  for (const name of world.namespaceNames()) {
    const content = world.namespace(name);
    for (const workload of content.workloads.values()) {
      const pod = read(workload);
      all.push(pod);
      add(byName, `${name}/${workload.meta.name}`, pod);
      if (!workload.hostNetwork) for (const address of pod.addresses) add(byAddress, addressKey(address), pod);
    }
  }

  const findAddress = (written: Address): Side | NoAnswer => {
    const address = unmap(written);
    const pods = byAddress.get(addressKey(address)) ?? [];
    return pods.length > 1 ? ambiguous(formatAddress(address), pods) : { pod: pods[0], address };
  };

  const find = (endpoint: ReachEndpoint): Side | NoAnswer => {
    if (endpoint.kind === 'ip') return findAddress(endpoint.address);
    const named = byName.get(`${endpoint.namespace}/${endpoint.name}`) ?? [];
    const asked = endpoint.workload?.toLowerCase();
    const pods = asked === undefined ? named : named.filter(({ workload }) => workload.kind.toLowerCase() === asked);
    if (pods.length > 1) return ambiguous(endpointText(endpoint), pods);
    const [pod] = pods;
    return pod === undefined ? { unknown: endpointText(endpoint) } : { pod, address: undefined };
  };
  return { all, find, isOwnNode: ownNodeTest(world) };
}

/** A port of a connection. */
export interface ReachPort {
  readonly port: number;
  readonly protocol: Protocol;
}

/** What the containers of a workload declare, each port once, in their order. */
export function declaredPorts({ containers }: Workload): readonly ContainerPort[] {
  const all = containers.flatMap(({ ports }) => ports);
  const isFirst = (port: ContainerPort, index: number): boolean =>
    all.findIndex(one => one.number === port.number && one.protocol === port.protocol) === index;
  return all.filter(isFirst);
}

/**
 * The port that is asked about. A name is looked up among those that the destination's containers declare, also in the host's network; of another
 * protocol than the one given it is not there.
 */
export function askedPort(
  port: number | string,
  protocol: Protocol | undefined,
  to: Side,
  toText: string,
): ReachPort | NoAnswer {
  if (typeof port === 'number') return { port, protocol: protocol ?? 'TCP' };
  const declared = to.pod === undefined ? [] : declaredPorts(to.pod.workload);
  const named = declared.filter(
    known => known.name === port && (protocol === undefined || known.protocol === protocol),
  );
  const text = `port ${port} of ${toText}`;
  if (named.length > 1)
    return { ambiguous: text, candidates: named.map(({ protocol, number }) => `${protocol} ${number}`) };
  const [found] = named;
  return found === undefined ? { unknown: text } : { port: found.number, protocol: found.protocol };
}
