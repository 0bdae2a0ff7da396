import type { GatePolicy, Grant } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { matches } from '../../core/kube/selector.ts';
import type { Workload } from '../../core/kube/types.ts';
import { hasAddress } from '../../core/net/addresses.ts';
import { type Address, formatAddress, parseAddress, unmap } from '../../core/net/ip.ts';
import { answerBetween } from '../../core/netpol/reach.ts';
import { type ReachPod, type ReachPods, reachPods, type Side } from '../../core/netpol/reach-pods.ts';
import { compare } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { visibleData } from '../../core/visible-text.ts';
import { overlay } from '../../core/world/overlay.ts';
import { refOf } from '../../core/world/refs.ts';
import { namespaceLabels, type World } from '../../core/world/world.ts';
import type { JudgedInput } from '../report/check.ts';
import { generateForInput } from '../report/generate.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { type Proposal, proposalFor } from './proposals.ts';

/** Connections of one kind, with what the generated policies do to them. */
export interface ObservedPeer {
  /** The MCP server: `shop/Deployment/orders`. */
  readonly server: string;
  readonly direction: 'ingress' | 'egress';
  /** The other end: a workload, or an address. */
  readonly peer: string;
  readonly port: number;
  readonly protocol: string;
  readonly connections: number;
  /** RFC 3339; `null`: no flow tells. */
  readonly last: string | null;
  /** `cut`: it went through, and would not. `kept`: it would, and so does what a server's own node sends and is sent. `unknown`: something that is not judged decides. `denied`: it did not go through. */
  readonly outcome: 'cut' | 'kept' | 'unknown' | 'denied';
}

/** A peer that the configuration lets in or out, and that no flow shows. */
export interface UnseenPeer {
  readonly server: string;
  readonly direction: 'ingress' | 'egress';
  /** Name of the gateway, client or destination. */
  readonly grant: string;
}

/** What was observed, held against what would be enforced. All of it is visible text. */
export interface ObserveReport {
  readonly apiVersion: 'chokepoint.dev/v1alpha1';
  readonly kind: 'ObserveReport';
  readonly summary: {
    /** Lines that tell of a flow, and of them those with an MCP server at one end. */
    readonly flows: number;
    readonly ofServers: number;
    /** Lines that could not be read; the first reasons are on standard error. */
    readonly unreadable: number;
    /** Flows of which an end is a Pod that is not there any more, and nothing of its name is. */
    readonly unknownPods: number;
    /** RFC 3339; `null`: no flow tells its time. */
    readonly first: string | null;
    readonly last: string | null;
    readonly cut: number;
  };
  /** What is cut first; then by server, direction and peer. */
  readonly peers: readonly ObservedPeer[];
  readonly unseen: readonly UnseenPeer[];
}

/** Kinds of connections that are kept apart; further ones are counted as those of which nothing is known. */
const MOST_PEERS = 200_000;

/** A server as flows meet it. */
interface Server {
  readonly name: string;
  readonly namespace: string;
}

interface Tally {
  readonly server: Server;
  readonly direction: 'ingress' | 'egress';
  readonly peer: string;
  readonly flow: Flow;
  readonly side: Side;
  readonly outcome: ObservedPeer['outcome'];
  connections: number;
  lastMs: number;
}

/** The world with the policies that would be written for the servers that lack one. */
function withGenerated(judged: JudgedInput, policy: GatePolicy): World {
  const decode = createDecoder();
  let { world } = judged;
  for (const { manifest } of generateForInput(judged, policy).policies) {
    const decoded = decode({ ...manifest });
    if (decoded.kind === 'object') world = overlay(world, { after: decoded.object });
  }
  return world;
}

const nameOf = ({ kind, namespace, name }: ReturnType<typeof refOf>): string => `${namespace}/${kind}/${name}`;

/** Names that a Pod's may be of what made it: without one part behind a dash, and without two. */
function madeBy(name: string): readonly string[] {
  const parts = name.replace(/\*$/, '').replace(/-$/, '').split('-');
  const lengths = [parts.length, parts.length - 1, parts.length - 2].filter(length => length > 0);
  return lengths.map(length => parts.slice(0, length).join('-'));
}

/** Finds what flows name. */
class Ends {
  readonly #world: World;
  readonly #pods: ReachPods;
  readonly #byName = new Map<string, ReachPod>();

  constructor(world: World, { dataplane }: Pick<GatePolicy, 'dataplane'>) {
    this.#world = world;
    this.#pods = reachPods(world, dataplane);
    for (const pod of this.#pods.all) {
      const { namespace, name } = refOf(pod.workload);
      const key = `${namespace}/${name}`;
      if (!this.#byName.has(key) || pod.workload.kind === 'Pod') this.#byName.set(key, pod);
    }
  }

  /** `undefined`: a Pod that is not there any more, and nothing that made it either. */
  find({ namespace, name, ip }: FlowEnd): Side | undefined {
    if (name !== '') {
      const pod = madeBy(name)
        .map(one => this.#byName.get(`${namespace}/${one}`))
        .find(one => one !== undefined);
      return pod && { pod, address: undefined };
    }
    const address = parseAddress(ip);
    if (address === undefined) return undefined;
    const found = this.#pods.find({ kind: 'ip', address });
    return 'pod' in found ? found : { pod: undefined, address: unmap(address) };
  }

  /** Policies have no say between a pod and the node that it is on. */
  isOwnNode(from: Side, to: Side): boolean {
    return this.#pods.isOwnNode(from, to) === true;
  }

  /** What made it, by the name that people know. */
  topOf({ workload }: ReachPod): Workload {
    return lineage(workload, ownersIn(this.#world.namespace(workload.meta.namespace))).at(-1) ?? workload;
  }

  text({ pod, address }: Side): string {
    if (pod !== undefined) return nameOf(refOf(this.topOf(pod)));
    return address === undefined ? '' : formatAddress(address);
  }
}

const timeText = (ms: number): string | null =>
  Number.isNaN(ms) || !Number.isFinite(ms) ? null : new Date(ms).toISOString();

function grantMatches({ peers, servesNamespaces }: Grant, { side, server }: Tally, world: World): boolean {
  if (!matches(servesNamespaces, namespaceLabels(world.namespace(server.namespace)))) return false;
  return peers.some(peer => {
    if (peer.kind === 'block') {
      const addresses: readonly (Address | undefined)[] = side.address ? [side.address] : (side.pod?.addresses ?? []);
      return addresses.some(address => address !== undefined && hasAddress(peer.specified, address));
    }
    if (side.pod === undefined) return false;
    const { meta, podLabels } = side.pod.workload;
    const inNamespace =
      peer.namespaces === 'own'
        ? meta.namespace === server.namespace
        : matches(peer.namespaces, side.pod.namespaceLabels);
    return inNamespace && matches(peer.pods, podLabels);
  });
}

function observedOf({ server, direction, peer, flow, outcome, connections, lastMs }: Tally): ObservedPeer {
  const { port, protocol } = flow;
  return { server: server.name, direction, peer, port, protocol, connections, last: timeText(lastMs), outcome };
}

const OUTCOMES: readonly ObservedPeer['outcome'][] = ['cut', 'unknown', 'kept', 'denied'];

const keyOf = ({ server, direction, peer, port }: ObservedPeer): string =>
  [server, direction, peer, port].join('\u0000');
const byOutcome = (a: ObservedPeer, b: ObservedPeer): number =>
  OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || compare(keyOf(a), keyOf(b));

/** Takes flows one by one, in bounded memory, and tells what came of them. */
export interface Observer {
  add(flow: Flow): void;
  report(unreadable: number): ObserveReport;
  /** Entries of a GatePolicy that would keep what is cut. */
  proposals(): readonly Proposal[];
}

/** Holds flows against the servers of an input as it would be with the generated policies. */
export function createObserver(judged: JudgedInput, policy: GatePolicy): Observer {
  const world = withGenerated(judged, policy);
  const ends = new Ends(world, policy);
  const servers = new Map(
    judged.decisions.map(({ subject }) => [nameOf(subject), { name: nameOf(subject), namespace: subject.namespace }]),
  );
  const tallies = new Map<string, Tally>();
  const seen = {
    flows: 0,
    ofServers: 0,
    unknownPods: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
  };

  const outcomeOf = (flow: Flow, from: Side, to: Side): ObservedPeer['outcome'] => {
    if (!flow.allowed) return 'denied';
    if (ends.isOwnNode(from, to)) return 'kept';
    const { allowed } = answerBetween(from, to, { port: flow.port, protocol: flow.protocol });
    return allowed === null ? 'unknown' : allowed ? 'kept' : 'cut';
  };
  const tally = (server: Server, direction: Tally['direction'], flow: Flow, from: Side, to: Side): void => {
    const side = direction === 'ingress' ? from : to;
    const peer = ends.text(side);
    const key = [server.name, direction, peer, flow.protocol, flow.port, flow.allowed, ends.isOwnNode(from, to)].join(
      '\u0000',
    );
    const known = tallies.get(key);
    if (known !== undefined) {
      known.connections += flow.count;
      if (!(flow.timeMs <= known.lastMs)) known.lastMs = Number.isNaN(flow.timeMs) ? known.lastMs : flow.timeMs;
    } else if (tallies.size < MOST_PEERS) {
      const outcome = outcomeOf(flow, from, to);
      tallies.set(key, { server, direction, peer, flow, side, outcome, connections: flow.count, lastMs: flow.timeMs });
    } else seen.unknownPods += 1;
  };
  const serverOf = ({ pod }: Side): Server | undefined => pod && servers.get(nameOf(refOf(ends.topOf(pod))));

  const grants = (direction: Tally['direction']): readonly Grant[] =>
    direction === 'egress'
      ? policy.allowedDestinations
      : [...(policy.gateways.kind === 'configured' ? policy.gateways.grants : []), ...policy.allowedClients];
  const unseen = (): readonly UnseenPeer[] =>
    [...servers.values()].flatMap(server =>
      (['ingress', 'egress'] as const).flatMap(direction => {
        const own = [...tallies.values()].filter(one => one.server === server && one.direction === direction);
        const serves = ({ servesNamespaces }: Grant): boolean =>
          matches(servesNamespaces, namespaceLabels(world.namespace(server.namespace)));
        return grants(direction)
          .filter(grant => serves(grant) && !own.some(one => grantMatches(grant, one, world)))
          .map(({ name }) => ({ server: server.name, direction, grant: name }));
      }),
    );

  return {
    add: flow => {
      seen.flows += 1;
      const [from, to] = [ends.find(flow.from), ends.find(flow.to)];
      if (from === undefined || to === undefined) {
        seen.unknownPods += 1;
        return;
      }
      const [source, destination] = [serverOf(from), serverOf(to)];
      if (source === undefined && destination === undefined) return;
      seen.ofServers += 1;
      if (!Number.isNaN(flow.timeMs)) {
        seen.firstMs = Math.min(seen.firstMs, flow.timeMs);
        seen.lastMs = Math.max(seen.lastMs, flow.timeMs);
      }
      if (destination !== undefined) tally(destination, 'ingress', flow, from, to);
      if (source !== undefined) tally(source, 'egress', flow, from, to);
    },
    proposals: () =>
      [...tallies.values()].flatMap(one =>
        one.outcome === 'cut' ? (proposalFor(observedOf(one), one.side) ?? []) : [],
      ),
    report: unreadable => {
      const peers = [...tallies.values()].map(observedOf).sort(byOutcome);
      return visibleData<ObserveReport>({
        apiVersion: 'chokepoint.dev/v1alpha1',
        kind: 'ObserveReport',
        summary: {
          ...{ flows: seen.flows, ofServers: seen.ofServers, unreadable, unknownPods: seen.unknownPods },
          ...{ first: timeText(seen.firstMs), last: timeText(seen.lastMs) },
          cut: peers.filter(({ outcome }) => outcome === 'cut').length,
        },
        peers,
        unseen: unseen(),
      });
    },
  };
}
