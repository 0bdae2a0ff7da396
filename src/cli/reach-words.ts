import { reasonText, sideText } from '../app/reach/side-text.ts';
import { walkText } from '../app/reach/walk-text.ts';
import { refText } from '../core/explain.ts';
import { nearest } from '../core/gate/nearest.ts';
import { matchesPairs } from '../core/kube/selector.ts';
import { peerManifest, portManifest } from '../core/kube/syntax.ts';
import type { Direction, PolicyPort, Service, Workload } from '../core/kube/types.ts';
import { peerText } from '../core/netpol/peer-text.ts';
import type { ReachAnswer, ReachQuery } from '../core/netpol/reach.ts';
import type { ListedPort, ListedRule, ReachList, ReachListQuery } from '../core/netpol/reach-list.ts';
import {
  askedPort,
  endpointText,
  type NoAnswer,
  type ReachEndpoint,
  type ReachPods,
  type ReachReason,
  type Side,
  workloadName,
} from '../core/netpol/reach-pods.ts';
import { visibleText } from '../core/visible-text.ts';
import { refOf } from '../core/world/refs.ts';
import type { World } from '../core/world/world.ts';

/** What no answer of `reach` holds, for people. */
const OUTSIDE = 'What Services, load balancers and address translation (NAT) lead elsewhere is outside this answer';

/** Why there is no answer, in one line. `place`: what was asked. */
export function noAnswerText(answer: NoAnswer, place: 'manifests' | 'cluster'): string {
  if ('unknown' in answer) return `${answer.unknown} is not in the ${place}`;
  return `${answer.ambiguous} is ambiguous: name one of ${answer.candidates.join(', ')}`;
}

/** What may have been meant by the name of an end that is not there; starts with a separator, empty where nothing comes near. */
export function hintFor(endpoint: ReachEndpoint, { all }: ReachPods, world: World): string {
  if (endpoint.kind === 'ip') return '';
  const { namespace, name } = endpoint;
  if (world.namespace(namespace).services.has(`Service/${name}`))
    return `; Service ${namespace}/${name} is, but reach answers for pods: ask for the workload behind it`;
  const here = new Map(all.map(({ workload }) => [`${workload.meta.namespace}/${workload.meta.name}`, workload]));
  const near = nearest(`${namespace}/${name}`, here.keys());
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** Services that publish the workload's pods outside the cluster. */
function publishing({ meta, podLabels }: Workload, world: World): readonly Service[] {
  return [...world.namespace(meta.namespace).services.values()].filter(
    ({ type, externalIPs, selector }) =>
      (type !== 'ClusterIP' || externalIPs.length > 0) && selector !== undefined && matchesPairs(selector, podLabels),
  );
}

/** What is outside the answer, with the Services that publish the destination by name. */
function outsideText(destination: Workload | undefined, world: World): string {
  const services = destination === undefined ? [] : publishing(destination, world);
  const names = services.map(service => refText(refOf(service))).sort();
  return names.length === 0
    ? `${OUTSIDE}.`
    : `${OUTSIDE}; ${names.join(', ')} publish${names.length === 1 ? 'es' : ''} it.`;
}

/** What an end that has an answer is. */
function sideAt(endpoint: ReachEndpoint, pods: ReachPods): Side {
  const found = pods.find(endpoint);
  return 'pod' in found ? found : { pod: undefined, address: undefined };
}

function portText({ port, protocol, to }: ReachQuery, destination: Side): string {
  const asked = askedPort(port, protocol, destination, endpointText(to));
  if (!('port' in asked)) return `port ${port}`;
  return listedPort({ ...asked, name: typeof port === 'string' ? port : '' });
}

/** How an answer begins, and what the source can do. */
function beginning({ allowed, ownNode }: ReachAnswer): readonly [word: string, can: string] {
  if (ownNode && !allowed) return ['By policies, no', 'could not'];
  if (allowed === null) return ['Not known', 'may or may not'];
  return allowed ? ['Yes', 'can'] : ['No', 'cannot'];
}

/** What is true of a pod and its own node beside what policies say. */
function ownNodeLines(ownNode: ReachAnswer['ownNode']): readonly string[] {
  const why = 'packets between a Pod and its own node pass, whatever policies say';
  if (ownNode === undefined) return [];
  return [ownNode ? `  its own node: ${why}` : `  may be its own node, which is not known: ${why}`];
}

/** An answer for a person: whether, and by which policy and rule on each side; to explain, with the walk over the tiers. Without a line end. */
export function describeReach(
  query: ReachQuery,
  answer: ReachAnswer,
  { pods, world, explain }: { readonly pods: ReachPods; readonly world: World; readonly explain: boolean },
): string {
  const { from, to } = query;
  const [word, can] = beginning(answer);
  const [source, destination] = [sideAt(from, pods), sideAt(to, pods)];
  const server = destination.pod?.workload;
  const isPublished = server !== undefined && publishing(server, world).length > 0;
  return [
    `${word}: ${endpointText(from)} ${can} open ${portText(query, destination)} of ${endpointText(to)}.`,
    `  egress of ${endpointText(from)}: ${sideText(answer.egress, source.pod?.workload, 'egress', world)}`,
    ...(explain ? [`    ${walkText(answer.egress, 'egress')}`] : []),
    `  ingress of ${endpointText(to)}: ${sideText(answer.ingress, server, 'ingress', world)}`,
    ...(explain ? [`    ${walkText(answer.ingress, 'ingress')}`] : []),
    ...(answer.causes ?? []).map(({ why }) => `  not judged: ${why}`),
    ...ownNodeLines(answer.ownNode),
    ...(isPublished ? [outsideText(server, world)] : []),
  ]
    .map(visibleText)
    .join('\n');
}

const listedPort = ({ protocol, port, name }: ListedPort): string =>
  `${protocol} ${port}${name === '' ? '' : ` (${name})`}`;

function policyPort(port: PolicyPort): string {
  if (port.kind === 'all') return `every ${port.protocol} port`;
  if (port.kind === 'named') return `${port.protocol} port named ${port.name}`;
  return `${port.protocol} ${port.first === port.last ? port.first : `${port.first}-${port.last}`}`;
}

const rulePorts = (ports: ListedRule['ports']): string =>
  ports === 'any' ? 'every port' : ports.map(policyPort).join(', ');

function reasonsText(by: readonly ReachReason[], direction: Direction): string {
  const [first, ...others] = by;
  if (first === undefined) return `no NetworkPolicy isolates its ${direction}`;
  return `${reasonText(first)}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

interface Row {
  readonly who: string;
  readonly ports: string;
  readonly why: string;
}

const rowLines = ({ who, ports, why }: Row): readonly string[] => [`  ${who}: ${ports}`, `      ${why}`];

/** What the end's own policies open, rule by rule. */
function openedLines({ end, rules }: ReachList, direction: Direction): readonly string[] {
  if (end === undefined) return [];
  const opened =
    direction === 'ingress' ? 'Its own policies admit, here or not' : 'Its own policies let it out, here or not, to';
  if (rules === undefined) return [`${opened}: not listed, as policies of other APIs decide too; ask for one end`];
  if (rules.length === 0) return [`${opened}: nothing`];
  const rows = rules.map(({ peer, namespace, ports, by }) => ({
    who: peerText(peer, namespace),
    ports: rulePorts(ports),
    why: reasonsText(by === undefined ? [] : [by], direction),
  }));
  return [`${opened}:`, ...rows.flatMap(rowLines)];
}

/** What no rule opens, and no list of rules holds. */
function ownNodeOf({ end }: ReachList, isIngress: boolean): readonly string[] {
  if (end === undefined || end.hostNetwork) return [];
  return [
    isIngress
      ? 'The node that it runs on can reach it, and Pods in the network of that node, whatever policies say.'
      : 'It can reach the node that it runs on, and Pods in the network of that node, whatever policies say.',
  ];
}

/** A list for a person: the workloads of the world, then what the rules open besides. Without a line end. */
export function describeList(
  list: ReachList,
  { end, direction }: ReachListQuery,
  { world, kind }: { readonly world: World; readonly kind: 'manifests' | 'cluster' },
): string {
  const isIngress = direction === 'ingress';
  const name = list.end === undefined ? endpointText(end) : refText(refOf(list.end));
  // An address has no policies: those of the other end decide.
  const decides = list.end !== undefined ? direction : isIngress ? 'egress' : 'ingress';
  const workloads = list.workloads.map(({ workload, ports, by }) => ({
    who: refText(refOf(workload)),
    ports: ports.map(listedPort).join(', '),
    why: reasonsText(by, decides),
  }));
  const unknown = list.unknown.map(({ workload, ports, causes }) => ({
    who: refText(refOf(workload)),
    ports: ports.map(listedPort).join(', '),
    why: `not judged: ${causes.map(({ why }) => why).join('; ')}`,
  }));
  const bare = list.withoutPorts.map(workload => refText(refOf(workload)));
  const heading = isIngress ? `Workloads that can reach ${name}` : `Workloads that ${name} can reach`;
  return [
    ...(workloads.length === 0 ? [`${heading}: none of the ${kind}`] : [`${heading}:`, ...workloads.flatMap(rowLines)]),
    ...(unknown.length === 0 ? [] : ['Not known, whether these can:', ...unknown.flatMap(rowLines)]),
    ...openedLines(list, direction),
    ...ownNodeOf(list, isIngress),
    ...(bare.length === 0 ? [] : [`Without a declared port, so ask with --port: ${bare.join(', ')}`]),
    outsideText(isIngress ? list.end : undefined, world),
  ]
    .map(visibleText)
    .join('\n');
}

/** A list as data: workloads as `namespace/Kind/name`, peers and ports as NetworkPolicies write them, null for any; `by` null: no policy isolates the end; `rules` null: not told. */
export function listData(list: ReachList, { end, direction }: ReachListQuery): object {
  const name = list.end === undefined ? endpointText(end) : workloadName(list.end);
  return {
    [direction === 'ingress' ? 'to' : 'from']: name,
    workloads: list.workloads.map(({ workload, ports, by }) => ({ workload: workloadName(workload), ports, by })),
    unknown: list.unknown.map(({ workload, ports, causes }) => ({ workload: workloadName(workload), ports, causes })),
    rules:
      list.rules?.map(({ peer, namespace, ports, by = null }) => ({
        namespace,
        peer: peer === 'any' ? null : peerManifest(peer),
        ports: ports === 'any' ? null : ports.map(portManifest),
        by,
      })) ?? null,
    withoutPorts: list.withoutPorts.map(workloadName),
  };
}
