import { isIPv6 } from 'node:net';
import {
  type NetworkPolicy,
  type Peer,
  type Pod,
  type PolicyPort,
  type Rule,
  type State,
  selects,
} from './policy-objects.ts';

/**
 * NetworkPolicies as rules of nftables, as networking.k8s.io/v1 says it: a chain for each direction of each Pod of a node that a policy isolates, a line
 * for each peer and port, and at its end a refusal. It shares no code with the judge.
 */

/** Name of the table, which is all that is written. */
export const TABLE = 'chokepoint-test';

type Direction = 'Ingress' | 'Egress';

const addressesOf = ({ spec, status }: Pod): readonly string[] =>
  spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed'
    ? []
    : (status?.podIPs ?? []).map(({ ip }) => ip);

const familyOf = (address: string): 'ip' | 'ip6' => (isIPv6(address.split('/')[0] ?? '') ? 'ip6' : 'ip');

/** Absent: as the API server fills it in. */
const typesOf = ({ spec }: NetworkPolicy): readonly string[] =>
  spec.policyTypes ?? ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];

/** The Pods that a peer with selectors admits. */
function podsOf({ podSelector = {}, namespaceSelector }: Peer, namespace: string, state: State): readonly Pod[] {
  const names =
    namespaceSelector === undefined
      ? [namespace]
      : state.namespaces.filter(one => selects(namespaceSelector, one.metadata)).map(({ metadata }) => metadata.name);
  return state.pods.filter(
    ({ metadata }) => names.includes(metadata.namespace ?? '') && selects(podSelector, metadata),
  );
}

/** The other end of packets: all in these blocks, but for the excepts. `any`: of either family. */
interface Match {
  readonly family: 'ip' | 'ip6' | 'any';
  readonly cidr: string;
  readonly except: readonly string[];
}

const ANY: Match = { family: 'any', cidr: '', except: [] };
const exactly = (address: string): Match => ({ family: familyOf(address), cidr: address, except: [] });

function matchesOf(peer: Peer, namespace: string, state: State): readonly Match[] {
  const { ipBlock } = peer;
  if (ipBlock !== undefined)
    return [{ family: familyOf(ipBlock.cidr), cidr: ipBlock.cidr, except: ipBlock.except ?? [] }];
  return podsOf(peer, namespace, state).flatMap(addressesOf).map(exactly);
}

function addressText({ family, cidr, except }: Match, direction: Direction): string {
  if (family === 'any') return '';
  const field = `${family} ${direction === 'Ingress' ? 'saddr' : 'daddr'}`;
  return [`${field} ${cidr}`, ...except.map(one => `${field} != ${one}`)].join(' ');
}

/** Numbers that the containers of a Pod give this name. */
const numbersOf = ({ spec }: Pod, name: string, protocol: string): readonly number[] =>
  spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter(port => port.name === name && (port.protocol ?? 'TCP') === protocol)
    .map(({ containerPort }) => containerPort);

const portText = (protocol: string, port: number | undefined, endPort?: number): string =>
  port === undefined
    ? `meta l4proto ${protocol.toLowerCase()}`
    : `${protocol.toLowerCase()} dport ${port}${endPort === undefined ? '' : `-${endPort}`}`;

/** A name is a number at the Pod that packets go to: at the Pod itself, or at each that an egress peer admits. */
function namedEgress(matches: readonly Match[], name: string, protocol: string, state: State): readonly string[] {
  return state.pods.flatMap(pod =>
    numbersOf(pod, name, protocol).flatMap(number =>
      addressesOf(pod).flatMap(address =>
        matches
          .filter(({ family }) => family === 'any' || family === familyOf(address))
          .map(match =>
            [addressText(match, 'Egress'), addressText(exactly(address), 'Egress'), portText(protocol, number)].join(
              ' ',
            ),
          ),
      ),
    ),
  );
}

function linesOf(rule: Rule, direction: Direction, namespace: string, pod: Pod, state: State): readonly string[] {
  const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? [];
  const matches = peers.length === 0 ? [ANY] : peers.flatMap(peer => matchesOf(peer, namespace, state));
  const texts = matches.map(match => addressText(match, direction));
  const withPort = ({ protocol = 'TCP', port, endPort }: PolicyPort): readonly string[] => {
    if (typeof port !== 'string') return texts.map(text => `${text} ${portText(protocol, port, endPort)}`);
    if (direction === 'Egress') return namedEgress(matches, port, protocol, state);
    return numbersOf(pod, port, protocol).flatMap(number => texts.map(text => `${text} ${portText(protocol, number)}`));
  };
  return rule.ports === undefined || rule.ports.length === 0 ? texts : rule.ports.flatMap(withPort);
}

/** The chain of one direction of a Pod; nothing where no policy isolates it. */
function chainOf(pod: Pod, direction: Direction, name: string, state: State): string | undefined {
  const policies = state.policies.filter(
    policy =>
      policy.metadata.namespace === pod.metadata.namespace &&
      typesOf(policy).includes(direction) &&
      selects(policy.spec.podSelector ?? {}, pod.metadata),
  );
  if (policies.length === 0) return undefined;
  const lines = policies.flatMap(({ metadata, spec }) =>
    ((direction === 'Ingress' ? spec.ingress : spec.egress) ?? []).flatMap(rule =>
      linesOf(rule, direction, metadata.namespace ?? '', pod, state),
    ),
  );
  return `chain ${name} {\n${[...lines.map(line => `${line} return`), 'reject'].join('\n')}\n}`;
}

/** The chains of a Pod, and what leads into them. */
function programOf(pod: Pod, index: number, state: State): { readonly chains: string; readonly jumps: string } {
  const addresses = addressesOf(pod);
  const made = (['Egress', 'Ingress'] as const).flatMap(direction => {
    const name = `${direction.toLowerCase()}-${index}`;
    const chain = addresses.length === 0 ? undefined : chainOf(pod, direction, name, state);
    return chain === undefined ? [] : [{ chain, name, field: direction === 'Egress' ? 'saddr' : 'daddr' }];
  });
  const jumps = made.flatMap(({ name, field }) =>
    addresses.map(address => `${familyOf(address)} ${field} ${address} jump ${name}\n`),
  );
  return { chains: made.map(({ chain }) => `${chain}\n`).join(''), jumps: jumps.join('') };
}

/** What keeps addresses of these blocks from connecting, or being connected to, whose Pods are not known yet. */
function closeUnknown(pods: readonly Pod[], blocks: readonly string[]): string {
  const known = pods.flatMap(addressesOf);
  return blocks
    .flatMap(block => {
      const family = familyOf(block);
      const others = known.filter(address => familyOf(address) === family);
      const but = (field: string): string =>
        others.length === 0 ? '' : `${family} ${field} != { ${others.join(', ')} }`;
      return ['saddr', 'daddr'].map(field => `${family} ${field} ${block} ${but(field)} reject\n`);
    })
    .join('');
}

/**
 * The ruleset of a node, to be loaded as one: the table as it was goes away with it. `closed`: blocks of its Pods, where those that are not known yet are
 * closed; a plugin learns of a Pod by its address a moment after it started.
 */
export function compilePolicies(state: State, node: string, closed: readonly string[] = []): string {
  const local = state.pods.filter(({ spec }) => spec.nodeName === node);
  const programs = local.map((pod, index) => programOf(pod, index, state));
  return `table inet ${TABLE}
delete table inet ${TABLE}
table inet ${TABLE} {
${programs.map(({ chains }) => chains).join('')}chain forwarded {
type filter hook forward priority filter; policy accept;
ct state established,related accept
${closeUnknown(local, closed)}${programs.map(({ jumps }) => jumps).join('')}}
}
`;
}
