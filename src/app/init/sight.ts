import { BUILTIN_DATA } from '../../core/gate/document/builtin.ts';
import { resolvePreset } from '../../core/gate/document/resolve.ts';
import type { Grant } from '../../core/gate/types.ts';
import { type PeerManifest, peerManifest } from '../../core/kube/syntax.ts';
import { compare } from '../../core/order.ts';
import { shownGateways } from '../../core/remedy/seen-gateways.ts';
import { refOf } from '../../core/world/refs.ts';
import type { World } from '../../core/world/world.ts';
import { type JudgedInput, refKey } from '../report/check.ts';

/** A gateway as a configuration has it. */
export interface GatewayEntry {
  readonly name: string;
  /** What it was found as; empty: somebody named it. */
  readonly reason: string;
  readonly from: readonly PeerManifest[];
}

/** What files or a cluster show of what a configuration says. */
export interface Sight {
  /** Who may be the gateway; of several a person chooses. */
  readonly gateways: readonly GatewayEntry[];
  /** As `spec.clusterDNS` names it; `undefined`: the usual one, or nothing shows it. */
  readonly clusterDns: string | undefined;
  /** How many MCP servers each namespace holds, by name. */
  readonly servers: ReadonlyMap<string, number>;
}

export const NOTHING_SEEN: Sight = { gateways: [], clusterDns: undefined, servers: new Map() };

export const gatewayEntry = ({ name, reason, peers }: Grant): GatewayEntry => ({
  name,
  reason,
  from: peers.map(peerManifest),
});

/** The documented gateways, whatever is configured. */
function builtinProducts() {
  const { gateways } = resolvePreset('baseline', BUILTIN_DATA);
  return gateways.kind === 'assumed' ? gateways.products : [];
}

/** DNS that is not where nearly every cluster has it: by a namespace of the platform, or by the label that its documentation gives its Pods. */
function dnsIn(world: World): string | undefined {
  if (world.namespaceNames().includes('openshift-dns')) return 'openshift';
  const isNodeLocal = [...world.namespace('kube-system').workloads.values()].some(
    ({ podLabels }) => podLabels.get('k8s-app') === 'node-local-dns',
  );
  return isNodeLocal ? 'node-local-dns' : undefined;
}

function serversIn({ decisions }: JudgedInput): ReadonlyMap<string, number> {
  const names = decisions.map(({ subject }) => subject.namespace).sort(compare);
  return new Map([...Map.groupBy(names, name => name)].map(([name, all]) => [name, all.length]));
}

/** What one world shows. */
export function look(judged: JudgedInput, kind: 'input' | 'cluster'): Sight {
  const servers = new Set(judged.decisions.map(({ subject }) => refKey(subject)));
  const isServer = (workload: Parameters<typeof refOf>[0]): boolean => servers.has(refKey(refOf(workload)));
  return {
    gateways: shownGateways(judged.world, kind, builtinProducts(), isServer).map(gatewayEntry),
    clusterDns: dnsIn(judged.world),
    servers: serversIn(judged),
  };
}

function sum(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const [name, count] of counts.flatMap(map => [...map])) all.set(name, (all.get(name) ?? 0) + count);
  return new Map([...all].sort(([a], [b]) => compare(a, b)));
}

/** Several worlds as one; what two of them show is there once. */
export function together(sights: readonly Sight[]): Sight {
  const gateways = sights.flatMap(one => one.gateways);
  return {
    gateways: [...new Map(gateways.map(gateway => [JSON.stringify(gateway.from), gateway])).values()],
    clusterDns: sights.find(one => one.clusterDns !== undefined)?.clusterDns,
    servers: sum(sights.map(one => one.servers)),
  };
}
