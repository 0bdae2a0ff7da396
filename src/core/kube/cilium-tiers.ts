import { type AddressSet, unionAddresses } from '../net/addresses.ts';
import { specifiedByAny } from '../net/cidr.ts';
import type {
  CiliumDirection,
  CiliumPeer,
  CiliumPorts,
  CiliumRule,
  CiliumSpec,
  EndpointSelector,
  Entity,
  Unjudged,
} from './cilium.ts';
import { selectorOf } from './selector.ts';
import {
  NETWORK_POLICY_ORDER,
  type OutsidePeer,
  type PlacedPolicy,
  type PodExpression,
  type TierAction,
  type TierPeer,
  type TierPolicy,
  type TierPorts,
  type TierRule,
  type TierRules,
  type UnknownPart,
} from './tiers.ts';
import type { Direction, ObjectRef, Requirement } from './types.ts';
import { NAMESPACE_NAME_LABEL } from './well-known-labels.ts';

const not = (of: PodExpression): PodExpression => ({ kind: 'not', of });
const EVERY_POD: PodExpression = { kind: 'all', of: [] };
const NO_POD: PodExpression = { kind: 'any', of: [] };

/** Every pod has a service account. */
function accountExpression({ operator, values }: Requirement): PodExpression {
  const named: PodExpression = { kind: 'service-account', names: values };
  switch (operator) {
    case 'In':
      return named;
    case 'NotIn':
      return not(named);
    case 'Exists':
      return EVERY_POD;
    case 'DoesNotExist':
      return NO_POD;
  }
}

/** `namespace`: the one that a selector without namespaces is about; empty: every one. */
function expressionOf(selector: EndpointSelector, namespace: string): PodExpression {
  const { pods, namespaces, serviceAccounts, namesNamespace, unjudged } = selector;
  const own = namespace === '' || namesNamespace ? [] : selectorOf(new Map([[NAMESPACE_NAME_LABEL, namespace]]));
  const parts: readonly PodExpression[] = [
    { kind: 'namespace', selector: [...own, ...namespaces] },
    { kind: 'labels', selector: pods },
    ...serviceAccounts.map(accountExpression),
    ...unjudged.map(() => ({ kind: 'unknown' }) as const),
  ];
  return { kind: 'all', of: parts };
}

/** What of a block is outside the cluster: Cilium knows pods and nodes by what they are, never by their addresses. */
function outsideIn(addresses: AddressSet, path: string): OutsidePeer {
  return { kind: 'outside', path, addresses, nodes: false };
}

/** A block may hold nodes as well. */
const blockIn = (addresses: AddressSet, path: string): OutsidePeer => ({
  ...outsideIn(addresses, path),
  nodes: 'by-mode',
});

const EVERY_V4 = specifiedByAny(['0.0.0.0/0']);
const EVERY_V6 = specifiedByAny(['::/0']);
const EVERY_ADDRESS = unionAddresses([EVERY_V4, EVERY_V6]);

type EntityReader = (path: string) => readonly TierPeer[];

const nobody: EntityReader = () => [];
const outside =
  (addresses: AddressSet): EntityReader =>
  path => [outsideIn(addresses, path)];
const nodes =
  (which: 'own' | 'others'): EntityReader =>
  path => [{ kind: 'cluster-nodes', path, which }];
const apiServer =
  (mayBeElsewhere: boolean): EntityReader =>
  path => [{ kind: 'api-server', path, mayBeElsewhere }];

/** Endpoints that no pod and no node is (`health`, `init`), and Cilium's own proxy (`ingress`), of which the rules about routes tell. */
const ENTITY_PEERS: Readonly<Record<Entity, EntityReader>> = {
  all: path => [{ kind: 'any', path }],
  world: outside(EVERY_ADDRESS),
  'world-ipv4': outside(EVERY_V4),
  'world-ipv6': outside(EVERY_V6),
  cluster: path => [{ kind: 'none', path, of: [outsideIn(EVERY_ADDRESS, path)] }, ...apiServer(false)(path)],
  namespace: path => [{ kind: 'pods', path, namespaces: 'own', pods: [] }],
  host: nodes('own'),
  'remote-node': nodes('others'),
  'kube-apiserver': apiServer(true),
  health: nobody,
  init: nobody,
  ingress: nobody,
  unmanaged: nobody,
  none: nobody,
};

/** The peers that one peer of a rule comes to. */
function peersOf(peer: CiliumPeer, namespace: string): readonly TierPeer[] {
  const { path } = peer;
  switch (peer.kind) {
    case 'endpoints':
      // What of it is not judged stands at the rule, with its field.
      return [{ kind: 'expression', path, where: expressionOf({ ...peer.selector, unjudged: [] }, namespace) }];
    case 'entity':
      return ENTITY_PEERS[peer.entity](path);
    case 'block':
      return [blockIn(peer.addresses, path)];
    case 'cidr-groups':
    case 'services':
      return [peer];
    case 'names':
      return [{ kind: 'domains', path, domains: peer.names }];
    case 'unjudged':
      return [];
  }
}

const portsOf = (ports: CiliumPorts, other: boolean): TierPorts =>
  ports.kind === 'any' ? ports : { kind: 'only', ports: ports.ports, other };

const unknownOf = ({ field, why }: Unjudged): UnknownPart => ({ path: field, why });

/** What of a peer is not judged, and what it could be at the most. */
interface Doubtful {
  readonly peers: readonly TierPeer[];
  readonly unknown: UnknownPart;
}

function doubtful(peer: CiliumPeer, namespace: string): readonly Doubtful[] {
  const { path } = peer;
  if (peer.kind === 'unjudged') return [{ peers: [{ kind: 'any', path }], unknown: { path, why: peer.why } }];
  const [doubt] = peer.kind === 'endpoints' ? peer.selector.unjudged : [];
  return doubt === undefined ? [] : [{ peers: peersOf(peer, namespace), unknown: unknownOf(doubt) }];
}

/** One rule for what of it is judged, one for each peer that is not. */
function rulesOf(rule: CiliumRule, action: TierAction, namespace: string): readonly TierRule[] {
  const { path, ports, others, peers, unjudged } = rule;
  const shared = { path, action, ports: portsOf(ports, others) };
  const [doubt] = unjudged;
  if (peers === 'any')
    return [{ ...shared, peers: [{ kind: 'any', path }], ...(doubt && { unknown: unknownOf(doubt) }) }];
  const unsure = peers.filter(peer => doubtful(peer, namespace).length > 0);
  const known = peers.filter(peer => !unsure.includes(peer)).flatMap(peer => peersOf(peer, namespace));
  return [
    { ...shared, peers: known, ...(doubt && { unknown: unknownOf(doubt) }) },
    ...unsure.flatMap(peer => doubtful(peer, namespace).map(part => ({ ...shared, ...part }))),
  ];
}

/** What of a direction some rules say; `undefined`: nothing. */
function tierRules(
  rules: readonly CiliumRule[],
  action: TierAction,
  otherwise: TierRules['otherwise'],
  namespace: string,
): TierRules | undefined {
  if (rules.length === 0 && otherwise === 'Pass') return undefined;
  return { rules: rules.flatMap(rule => rulesOf(rule, action, namespace)), otherwise };
}

const SIDES: Readonly<Record<'deny' | 'allow', TierAction>> = { deny: 'Deny', allow: 'Allow' };

function policyOf(spec: CiliumSpec, side: 'deny' | 'allow', source: ObjectRef): readonly TierPolicy[] {
  const { subject, directions } = spec;
  if (subject === undefined) return [];
  const { namespace } = source;
  const of = (direction: CiliumDirection): TierRules | undefined => {
    const otherwise = side === 'allow' && direction.isolates ? 'Deny' : 'Pass';
    return tierRules(direction[side], SIDES[side], otherwise, namespace);
  };
  const rules: Readonly<Record<Direction, TierRules | undefined>> = {
    ingress: of(directions.ingress),
    egress: of(directions.egress),
  };
  if (rules.ingress === undefined && rules.egress === undefined) return [];
  return [
    {
      source,
      order: NETWORK_POLICY_ORDER,
      subject: expressionOf({ ...subject, namesNamespace: false }, namespace),
      ...(rules.ingress && { ingress: rules.ingress }),
      ...(rules.egress && { egress: rules.egress }),
    },
  ];
}

/**
 * A policy of Cilium, by its rule objects, as tiers know it: what it denies goes before everything that allows, what it allows stands beside the NetworkPolicies. Each rule
 * object is a policy of its own here. `source`: how it is named.
 */
export function tiersOf(specs: readonly CiliumSpec[], source: ObjectRef): readonly PlacedPolicy[] {
  return [
    ...specs.flatMap(spec => policyOf(spec, 'deny', source).map(policy => ({ tier: 'Cilium deny' as const, policy }))),
    ...specs.flatMap(spec =>
      policyOf(spec, 'allow', source).map(policy => ({ tier: 'NetworkPolicy' as const, policy })),
    ),
  ];
}
