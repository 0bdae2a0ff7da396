import { selectorManifest } from '../../core/kube/syntax.ts';
import { formatAddress } from '../../core/net/ip.ts';
import type { Side } from '../../core/netpol/reach-pods.ts';
import { stableSelector } from '../../core/remedy/stable-selector.ts';
import type { ObservedPeer } from './observe.ts';

/** An entry of a GatePolicy that would keep what was observed, for somebody to review. */
export interface Proposal {
  readonly list: 'allowedClients' | 'allowedDestinations';
  readonly entry: object;
}

/** A peer of a policy for one end; `undefined`: its Pods have no labels that stay. */
function peerOf({ pod, address }: Side): object | undefined {
  if (pod === undefined) {
    if (address === undefined) return undefined;
    return { ipBlock: { cidr: `${formatAddress(address)}/${address.family === 4 ? 32 : 128}` } };
  }
  const selector = stableSelector(pod.workload);
  if (selector.length === 0 || pod.workload.hostNetwork) return undefined;
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': pod.workload.meta.namespace } },
    podSelector: selectorManifest(selector),
  };
}

/** A name for an entry: small letters, digits and dashes. */
const entryName = (peer: string, port: number): string =>
  `${peer
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')}-${port}`;

/** What would keep a kind of connections that the generated policies cut. */
export function proposalFor(observed: ObservedPeer, side: Side): Proposal | undefined {
  const { direction, peer, port, protocol, connections, last, server } = observed;
  const end = peerOf(side);
  if (end === undefined) return undefined;
  const seen = `observed: ${connections} connections ${direction === 'ingress' ? 'to' : 'from'} ${server}${last === null ? '' : `, last ${last}`}`;
  const common = { name: entryName(peer, port), reason: seen };
  const ports = [{ protocol, port }];
  return direction === 'ingress'
    ? { list: 'allowedClients', entry: { ...common, from: [end], ports } }
    : { list: 'allowedDestinations', entry: { ...common, to: [end], ports } };
}

/** The entries as YAML of a GatePolicy's spec; those of one name are there once. */
export function proposalsText(proposals: readonly Proposal[]): string {
  const lists = Map.groupBy(proposals, ({ list }) => list);
  const lines = [...lists].flatMap(([list, entries]) => [
    `${list}:`,
    ...new Set(entries.map(({ entry }) => `- ${JSON.stringify(entry)}`)),
  ]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
