import type { GatePolicy, Grant } from '../../core/gate/types.ts';
import { matches, matchesPairs } from '../../core/kube/selector.ts';
import type { NetworkPolicy, Peer, Selector, ServicePort, Workload } from '../../core/kube/types.ts';
import type { Protocol } from '../../core/net/ports.ts';
import { maySelect, podLabelsOf } from '../../core/netpol/selects.ts';
import { byKey, byName } from '../../core/order.ts';
import { lineage, ownersIn } from '../../core/owner.ts';
import { type NamespaceContent, namespaceLabels, type World } from '../../core/world/world.ts';
import { portText, TRIED_PROTOCOLS, type TriedPort } from './attempts.ts';
import { createKeptLabels, type KeptLabels } from './kept-labels.ts';
import { askedKeys, createOtherNames, type OtherNames } from './other-names.ts';

/**
 * A part of a cluster under other names, in namespaces of the probe: Pods that stand in for MCP servers, for whom their policies admit, and for strangers, with
 * copies of the policies that select them. What packets do there is what they do to the servers, without a packet to them.
 */
export interface ServerScene {
  /** One for each namespace that is stood in for, and one of strangers. By {@link StandIn.namespace}. */
  readonly namespaces: readonly SceneNamespace[];
  readonly standIns: readonly StandIn[];
  readonly services: readonly SceneService[];
  readonly policies: readonly { readonly namespace: string; readonly name: string; readonly spec: object }[];
  readonly ways: readonly Way[];
  readonly servers: readonly StoodFor[];
  /** A stranger whom no policy of the scene selects: as long as it reaches itself, packets go through. */
  readonly control: StandIn;
}

interface SceneNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A Pod that stands in for another. */
export interface StandIn {
  /** Of the Pods that are made of it. */
  readonly id: string;
  readonly namespace: string;
  /** What it stands in for, in words: `server tools/Deployment/weather`. */
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As its container declares them. What listens, listens on each number. */
  readonly ports: readonly ScenePort[];
}

interface ScenePort extends TriedPort {
  /** Empty: it has none. */
  readonly name: string;
}

/** A Service that stands in for one of a server's, before its stand-in. */
export interface SceneService {
  /** Of the Service that is made of it. */
  readonly id: string;
  readonly namespace: string;
  /** What it stands in for, in words: `Service tools/weather`. */
  readonly title: string;
  readonly before: StandIn;
  /** At least one. */
  readonly ports: readonly ServedPort[];
}

/** A port of a Service, and the number of the Pod's that it leads to. */
interface ServedPort extends TriedPort {
  readonly target: number;
}

/** A connection that is tried and judged: from a stand-in to a port of another, of a Service before it, or to an address outside of the scene. */
export interface Way {
  /** That the way is about: `tools/Deployment/weather`. */
  readonly server: string;
  readonly from: StandIn;
  readonly to: StandIn | Outside | SceneService;
  readonly port: TriedPort;
}

/** An address that is not of the scene. */
export interface Outside {
  readonly title: string;
  readonly address: string;
  readonly port: TriedPort;
}

/** A server, and what stands in for it. */
interface StoodFor {
  readonly server: ProbedServer;
  readonly standIn: StandIn;
}

/** A server that is stood in for. */
export interface ProbedServer {
  /** `tools/Deployment/weather`. */
  readonly name: string;
  readonly subject: Workload;
}

/** What is tried of each server at most; more peers, ports and Pods would prove little more. */
const MOST_PEERS = 6;
const MOST_PORTS = 4;
/** Ports of which one is tried that no container declares. */
const UNDECLARED = [8080, 8081, 8082, 8083, 8084];
const STRANGER_PORTS = TRIED_PROTOCOLS.map(protocol => ({ name: '', number: 8080, protocol }));
const NO_LABELS: ReadonlyMap<string, string> = new Map();

const isPod = ({ kind, meta, hostNetwork }: Workload): boolean => kind === 'Pod' && !meta.terminating && !hostNetwork;

const podsIn = ({ workloads }: NamespaceContent): readonly Workload[] =>
  [...workloads].sort(byKey).flatMap(([, workload]) => (isPod(workload) ? workload : []));

/** The first Pod, by namespace and name, that a peer of a policy admits. Of a block of addresses none. */
function podOf(peer: Peer, own: string, world: World): Workload | undefined {
  if (peer.kind === 'block') return undefined;
  const { namespaces, pods } = peer;
  const names =
    namespaces === 'own'
      ? [own]
      : world
          .namespaceNames()
          .filter(name => matches(namespaces, namespaceLabels(world.namespace(name))))
          .sort();
  for (const name of names) {
    const found = podsIn(world.namespace(name)).find(({ podLabels }) => matches(pods, podLabels));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A Pod of the server that runs, which knows its own labels; else what it is made from. */
function labelledLike({ subject }: ProbedServer, content: NamespaceContent): Workload {
  const owners = ownersIn(content);
  return podsIn(content).find(pod => lineage(pod, owners).at(-1) === subject) ?? subject;
}

const selectsAny = (selector: Selector, pods: readonly Workload[]): boolean =>
  pods.some(pod => maySelect(selector, podLabelsOf(pod)));

const peersOf = (policies: readonly NetworkPolicy[]): readonly Peer[] =>
  policies
    .flatMap(({ ingress, egress }) => [ingress, egress])
    .flatMap(direction => (direction.isolates ? direction.rules : []))
    .flatMap(({ peers }) => (peers.kind === 'any' ? [] : peers.peers));

const gatewayPeers = ({ gateways: { grants } }: GatePolicy, content: NamespaceContent): readonly Peer[] =>
  grants
    .filter(({ servesNamespaces }: Grant) => matches(servesNamespaces, namespaceLabels(content)))
    .flatMap(({ peers }) => peers);

/** Pods that may have to do with a server: of its gateways, and of each peer that its policies name. */
function partners(server: ProbedServer, pod: Workload, world: World, policy: GatePolicy): readonly Workload[] {
  const own = server.subject.meta.namespace;
  const content = world.namespace(own);
  const policies = [...content.policies.values()]
    .filter(({ podSelector }) => selectsAny(podSelector, [pod]))
    .sort(byName);
  const peers = [...gatewayPeers(policy, content), ...peersOf(policies)];
  const pods = new Set(peers.flatMap(peer => podOf(peer, own, world) ?? []));
  pods.delete(pod);
  return [...pods].slice(0, MOST_PEERS);
}

const isTried = <Port extends { readonly protocol: Protocol }>(port: Port): port is Port & TriedPort =>
  TRIED_PROTOCOLS.some(protocol => protocol === port.protocol);

/** The ports of its containers, of the first few numbers. One number may have several names, and within one container no name two numbers. */
function portsOf({ containers }: Workload): readonly ScenePort[] {
  const declared = containers.flatMap(({ ports }) => ports).filter(isTried);
  const numbers = new Set([...new Set(declared.map(portText))].slice(0, MOST_PORTS));
  const isFirst = (port: ScenePort, index: number): boolean =>
    declared.findIndex(one => one.name === port.name && (port.name !== '' || portText(one) === portText(port))) ===
    index;
  return declared
    .filter(isFirst)
    .filter(port => numbers.has(portText(port)))
    .map(({ name, number, protocol }) => ({ name, number, protocol }));
}

/** Each number of each protocol once. */
export const listenedOn = ({ ports }: Pick<StandIn, 'ports'>): readonly TriedPort[] => [
  ...new Map(ports.map(({ number, protocol }) => [portText({ number, protocol }), { number, protocol }])).values(),
];

/** With one port of each protocol more than it declares. */
function withUndeclared(ports: readonly ScenePort[]): readonly ScenePort[] {
  const number = UNDECLARED.find(free => !ports.some(port => port.number === free));
  return number === undefined
    ? ports
    : [...ports, ...TRIED_PROTOCOLS.map(protocol => ({ name: '', number, protocol }))];
}

/** What declares none is listened for on one all the same. */
const withOne = (ports: readonly ScenePort[]): readonly ScenePort[] => (ports.length === 0 ? STRANGER_PORTS : ports);

/** A server, the Pod whose labels it has, and the Pods that may have to do with it. */
interface Part {
  readonly server: ProbedServer;
  readonly pod: Workload;
  readonly partners: readonly Workload[];
}

const partOf = (server: ProbedServer, world: World, policy: GatePolicy): Part => {
  const pod = labelledLike(server, world.namespace(server.subject.meta.namespace));
  return { server, pod, partners: partners(server, pod, world, policy) };
};

/** What a Pod is called, and what is listened on in its place. */
type Role = Pick<StandIn, 'title' | 'ports'>;

/** Each Pod once: what is a server is one, whoever has to do with it. */
function rolesOf(parts: readonly Part[]): ReadonlyMap<Workload, Role> {
  const servers = parts.map(({ server, pod }): readonly [Workload, Role] => [
    pod,
    { title: `server ${server.name}`, ports: withUndeclared(portsOf(pod)) },
  ]);
  const others = parts
    .flatMap(one => one.partners)
    .map((pod): readonly [Workload, Role] => [
      pod,
      { title: `Pod ${pod.meta.namespace}/${pod.meta.name}`, ports: withOne(portsOf(pod)) },
    ]);
  return new Map([...others, ...servers]);
}

/** Policies that select one of these Pods, or Pods without labels: a stranger beside them. */
const copiedIn = (content: NamespaceContent, pods: readonly Workload[]): readonly NetworkPolicy[] =>
  [...content.policies.values()]
    .filter(({ podSelector }) => matches(podSelector, NO_LABELS) || selectsAny(podSelector, pods))
    .sort(byName);

/** Where the scene is set, and by what names. */
interface Stage {
  readonly world: World;
  /** Names in the scene by those of the cluster. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** Of strangers in a namespace that nothing else is in. */
  readonly elsewhere: string;
  readonly policies: readonly NetworkPolicy[];
  readonly names: OtherNames;
  /** Labels that policies ask for. */
  readonly asked: ReadonlySet<string>;
  readonly kept: KeptLabels;
}

function stageOf(pods: readonly Workload[], world: World, policy: GatePolicy, prefix: string): Stage {
  const byNamespace = Map.groupBy(pods, ({ meta }) => meta.namespace);
  const real = [...byNamespace.keys()].sort();
  const namespaces = new Map(real.map((name, index) => [name, `${prefix}-${index + 1}`]));
  const policies = real.flatMap(name => copiedIn(world.namespace(name), byNamespace.get(name) ?? []));
  const names = createOtherNames(namespaces, `${prefix}-none-`);
  const kept = createKeptLabels(pods, world, policy);
  return { world, namespaces, elsewhere: `${prefix}-0`, policies, names, asked: askedKeys(policies), kept };
}

const placeIn = ({ namespaces, elsewhere }: Stage, name: string): string => namespaces.get(name) ?? elsewhere;

const standInFor = (stage: Stage, pod: Workload, { title, ports }: Role, number: number): StandIn => ({
  id: `s${number}`,
  namespace: placeIn(stage, pod.meta.namespace),
  title,
  labels: { ...stage.names.labels(pod.podLabels, stage.asked), ...stage.kept.ofPod(pod) },
  ports: ports.map(port => ({ ...port, name: port.name === '' ? '' : stage.names.port(port.name) })),
});

function labelsOf({ world, names, asked, kept }: Stage, namespace: string): SceneNamespace['labels'] {
  const labels = namespaceLabels(world.namespace(namespace));
  return { ...names.labels(labels, asked), ...kept.ofNamespace(labels) };
}

const strangerIn = (namespace: string, title: string): StandIn => ({
  ...{ id: 'stranger', namespace, title },
  labels: {},
  ports: STRANGER_PORTS,
});

/** The number that a port of a Service leads to on a Pod; `undefined`: to none. */
function targetOf({ targetPort, number, protocol }: ServicePort, { containers }: Workload): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? number : targetPort;
  const declared = containers.flatMap(({ ports }) => ports);
  return declared.find(port => port.name === targetPort && port.protocol === protocol)?.number;
}

/** A Service in place of the first of the server's, by name, that leads to a port on which its stand-in listens; `undefined`: there is none. */
function serviceFor({ pod }: Part, own: StandIn, world: World): SceneService | undefined {
  const { services } = world.namespace(pod.meta.namespace);
  const listened = new Set(listenedOn(own).map(portText));
  const all = [...services.values()].sort(byName).flatMap(({ meta, selector, ports }): readonly SceneService[] => {
    if (selector === undefined || !matchesPairs(selector, pod.podLabels)) return [];
    const served = ports.filter(isTried).flatMap((port): readonly ServedPort[] => {
      const target = targetOf(port, pod);
      const { number, protocol } = port;
      return target !== undefined && listened.has(portText({ number: target, protocol }))
        ? [{ number, protocol, target }]
        : [];
    });
    const title = `Service ${meta.namespace}/${meta.name}`;
    return served.length === 0 ? [] : [{ id: own.id, namespace: own.namespace, title, before: own, ports: served }];
  });
  return all[0];
}

/** What is tried of a server: who gets in, on each of its ports and by its Service, and where it gets out to. */
function waysOf(own: StandIn, server: string, around: readonly StandIn[], beyond: Beyond): readonly Way[] {
  const { service, outside } = beyond;
  const into = around.flatMap(from => listenedOn(own).map(port => ({ from, to: own, port })));
  const served =
    service === undefined ? [] : around.flatMap(from => service.ports.map(port => ({ from, to: service, port })));
  const out = around.flatMap(to => listenedOn(to).map(port => ({ from: own, to, port })));
  const away = outside.map(to => ({ from: own, to, port: to.port }));
  return [...into, ...served, ...out, ...away].map(way => ({ server, ...way }));
}

/** What is tried of a server beside stand-ins. */
interface Beyond {
  readonly service: SceneService | undefined;
  readonly outside: readonly Outside[];
}

/** Plans the scene of these servers. `prefix`: what the names of its namespaces begin with. `outside`: where they are to try to get out of it. */
export function planScene(
  servers: readonly ProbedServer[],
  world: World,
  policy: GatePolicy,
  { prefix, outside }: { readonly prefix: string; readonly outside: readonly Outside[] },
): ServerScene {
  const parts = servers.map(server => partOf(server, world, policy));
  const roles = rolesOf(parts);
  const stage = stageOf([...roles.keys()], world, policy, prefix);
  const standIns = new Map([...roles].map(([pod, role], index) => [pod, standInFor(stage, pod, role, index + 1)]));
  const stranger = strangerIn(stage.elsewhere, 'a stranger');
  const neighbours = new Map(
    servers.map(({ subject: { meta } }) => [
      meta.namespace,
      strangerIn(placeIn(stage, meta.namespace), `a stranger in ${meta.namespace}`),
    ]),
  );
  const around = (one: Part): readonly StandIn[] =>
    [...one.partners.map(pod => standIns.get(pod)), neighbours.get(one.pod.meta.namespace), stranger].flatMap(
      standIn => standIn ?? [],
    );
  const services = new Map(
    parts.map(one => {
      const own = standIns.get(one.pod);
      return [one, own && serviceFor(one, own, world)] as const;
    }),
  );
  return {
    namespaces: [
      { name: stage.elsewhere, labels: {} },
      ...[...stage.namespaces].map(([real, name]) => ({
        name,
        labels: labelsOf(stage, real),
      })),
    ],
    services: [...services.values()].filter(service => service !== undefined),
    standIns: [...standIns.values(), ...neighbours.values(), stranger],
    policies: stage.policies.map((one, index) => ({
      namespace: placeIn(stage, one.meta.namespace),
      name: `policy-${index + 1}`,
      spec: stage.names.spec(one),
    })),
    ways: parts.flatMap(one => {
      const own = standIns.get(one.pod);
      return own === undefined
        ? []
        : waysOf(own, one.server.name, around(one), { service: services.get(one), outside });
    }),
    servers: parts.flatMap(({ server, pod }) => {
      const standIn = standIns.get(pod);
      return standIn === undefined ? [] : [{ server, standIn }];
    }),
    control: stranger,
  };
}
