import type { McpJudgement } from '../decision.ts';
import type { Grant, WritingPolicy, WrittenGateways } from '../gate/types.ts';
import { matches } from '../kube/selector.ts';
import { type PeerManifest, type PortManifest, peerManifest, portManifest, portManifests } from '../kube/syntax.ts';
import type { ContainerPort, Labels, PolicyPort, PolicyPorts } from '../kube/types.ts';

/** A rule with what is to be said of it. */
export interface NotedRule<Rule> {
  readonly rule: Rule;
  readonly note: string;
}

/** An ingress rule as it is written. */
export interface IngressRule {
  readonly from: readonly PeerManifest[];
  readonly ports?: readonly PortManifest[];
}

/** Where the server serves, and under which names its containers declare it. */
export interface ServerPorts {
  readonly mcp: McpJudgement['ports'];
  readonly declared: readonly ContainerPort[];
}

/** The part of a granted port that the server serves on. A name is kept as it is: on another pod that it selects it may be another number. */
function servedPart(port: PolicyPort, { mcp, declared }: ServerPorts): readonly PolicyPort[] {
  const sameProtocol = mcp.filter(({ protocol }) => protocol === port.protocol);
  if (port.kind === 'named') {
    const isServed = declared.some(
      ({ name, protocol, number }) =>
        name === port.name && protocol === port.protocol && sameProtocol.some(served => served.number === number),
    );
    return isServed ? [port] : [];
  }
  return sameProtocol
    .filter(({ number }) => port.kind === 'all' || (port.first <= number && number <= port.last))
    .map(({ protocol, number }) => ({ kind: 'range', protocol, first: number, last: number }));
}

/**
 * The ports on which a gateway is let in: those where the server serves, as far as they are granted.
 * All that are granted where it is not known where the server serves, or where no granted port serves: the configuration knows better.
 */
function gatewayPorts(granted: PolicyPorts, server: ServerPorts): readonly PortManifest[] | undefined {
  const mcp = server.mcp.filter(({ number }) => number >= 1 && number <= 65535);
  if (mcp.length === 0) return portManifests(granted);
  if (granted.kind === 'any') return mcp.map(({ protocol, number }) => ({ protocol, port: number }));
  const served = granted.ports.flatMap(port => servedPart(port, { ...server, mcp })).map(portManifest);
  const distinct = new Map(served.map(port => [JSON.stringify(port), port]));
  return distinct.size > 0 ? [...distinct.values()] : portManifests(granted);
}

const ingressRule = (from: readonly PeerManifest[], ports: readonly PortManifest[] | undefined): IngressRule => ({
  from,
  ...(ports && { ports }),
});

function gatewaysNote(kind: WrittenGateways['kind'], grants: readonly Grant[]): string {
  if (kind === 'configured') return `gateways: ${grants.map(({ name }) => name).join(', ')}`;
  const seen = grants.map(({ name, reason }) => `${name} (${reason})`).join(', ');
  return `none is configured, so what looks like the gateway is taken for it: ${seen}`;
}

/** Gateways that are let in on the same ports share a rule. */
function gatewayRules(
  grants: readonly Grant[],
  kind: WrittenGateways['kind'],
  server: ServerPorts,
): readonly NotedRule<IngressRule>[] {
  const byPorts = new Map<string, { readonly ports: readonly PortManifest[] | undefined; readonly grants: Grant[] }>();
  for (const grant of grants) {
    const ports = gatewayPorts(grant.ports, server);
    const key = JSON.stringify(ports ?? 'any');
    const group = byPorts.get(key) ?? { ports, grants: [] };
    byPorts.set(key, group);
    group.grants.push(grant);
  }
  return [...byPorts.values()].map(group => ({
    rule: ingressRule(
      group.grants.flatMap(grant => grant.peers.map(peerManifest)),
      group.ports,
    ),
    note: gatewaysNote(kind, group.grants),
  }));
}

/** Who may reach a server of this namespace: the gateways that serve it and the allowed clients, as the configuration writes them. */
export function ingressRules(
  { gateways, allowedClients }: WritingPolicy,
  namespaceLabels: Labels,
  server: ServerPorts,
): readonly NotedRule<IngressRule>[] {
  const serves = (grant: Grant): boolean => matches(grant.servesNamespaces, namespaceLabels);
  const clients = allowedClients.filter(serves).map(({ name, reason, peers, ports }) => ({
    rule: ingressRule(peers.map(peerManifest), portManifests(ports)),
    note: `${name}: ${reason}`,
  }));
  return [...gatewayRules(gateways.grants.filter(serves), gateways.kind, server), ...clients];
}
