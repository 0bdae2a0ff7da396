import { type EndpointBlock, type PolicyEndpoint, portText } from '../kube/policy-endpoint.ts';
import type { Direction, NetworkPolicy, PolicyPorts, PolicyRule } from '../kube/types.ts';

const DIRECTIONS = ['ingress', 'egress'] as const;

/** What a rule that names no peer becomes. */
const EVERYWHERE: readonly EndpointBlock[] = ['0.0.0.0/0', '::/0'].map(cidr => ({ cidr, except: [], ports: [] }));

/** Ports that a block can be given; `undefined`: all are named, and no address alone has a port of a name. */
function portsOf(ports: PolicyPorts): readonly string[] | undefined {
  if (ports.kind === 'any') return [];
  const texts = ports.ports.flatMap(port => {
    if (port.kind === 'named') return [];
    return port.kind === 'all'
      ? portText(port.protocol, undefined, undefined)
      : portText(port.protocol, port.first, port.last);
  });
  return texts.length === 0 ? undefined : texts;
}

/** The blocks that a rule becomes. What selectors stand for is left out: addresses of Pods come and go. */
function blocksOf({ peers, ports: written }: PolicyRule): readonly EndpointBlock[] {
  const ports = portsOf(written);
  if (ports === undefined) return [];
  if (peers.kind === 'any') return EVERYWHERE.map(block => ({ ...block, ports }));
  return peers.peers.flatMap(peer =>
    peer.kind === 'block' ? { cidr: peer.cidr.text, except: peer.except.map(({ text }) => text), ports } : [],
  );
}

/** One text for each block, whatever order and parts it is given in: the policy controller unites those of one cidr. */
function textsOf(blocks: readonly EndpointBlock[]): string {
  const byCidr = Map.groupBy(
    blocks.filter(({ cidr }) => cidr.includes('/')),
    ({ cidr }) => cidr,
  );
  const sorted = (texts: readonly string[]): string => [...new Set(texts)].sort().join(',');
  return [...byCidr]
    .map(
      ([cidr, all]) =>
        `${cidr} ${sorted(all.flatMap(({ except }) => except))} ${sorted(all.flatMap(({ ports }) => ports))}`,
    )
    .sort()
    .join('\n');
}

const isAsWritten = (policy: NetworkPolicy, direction: Direction, parts: readonly PolicyEndpoint[]): boolean => {
  const rules = policy[direction];
  if (!rules.isolates) return parts.every(({ isolates }) => !isolates.has(direction));
  if (!parts.every(({ isolates }) => isolates.has(direction))) return false;
  return textsOf(rules.rules.flatMap(blocksOf)) === textsOf(parts.flatMap(({ blocks }) => blocks[direction]));
};

const partsOf = ({ meta }: NetworkPolicy, all: readonly PolicyEndpoint[]): readonly PolicyEndpoint[] =>
  all.filter(({ policy, owners }) => policy === meta.name && owners.has(meta.uid));

/**
 * Whether the policy controller of the cluster has made of this policy, as it is written now, what agents of nodes program: the directions are the same, and
 * so are the blocks of addresses with their ports. Of selectors it proves nothing, nor that an agent has done its part.
 */
export function isResolved(policy: NetworkPolicy, all: readonly PolicyEndpoint[]): boolean {
  const parts = partsOf(policy, all);
  return parts.length > 0 && DIRECTIONS.every(direction => isAsWritten(policy, direction, parts));
}

/** Whether the agents of nodes are told of this Pod by what was made of the policy. */
export const isListed = (policy: NetworkPolicy, pod: string, all: readonly PolicyEndpoint[]): boolean =>
  partsOf(policy, all).some(({ pods }) => pods.has(pod));
